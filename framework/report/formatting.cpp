// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/formatting.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/text.hpp"

namespace graft::report {

std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::ptrdiff_t first = number < 0 ? 1 : 0;
    for (auto offset = static_cast<std::ptrdiff_t>(text.size()) - 3; offset > first; offset -= 3) {
        text.insert(static_cast<std::size_t>(offset), ",");
    }
    return text;
}

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e10) {
        return "-";
    }
    if (seconds < 9.95) {
        return fmt::format("{:.1f} s", seconds);
    }
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{} min {} s", whole / 60, whole % 60);
    }
    const std::int64_t minutes = (whole + 30) / 60;
    return minutes < 48 * 60 ? fmt::format("{} h {} min", minutes / 60, minutes % 60)
                             : fmt::format("{} days {} h", minutes / 1440, minutes / 60 % 24);
}

std::string size_text(std::uint64_t bytes) {
    constexpr double unit = 1024;
    double size = static_cast<double>(bytes) / unit;
    for (const char* name : {"KiB", "MiB"}) {
        if (size < unit) {
            return fmt::format("{:.1f} {}", size, name);
        }
        size /= unit;
    }
    return fmt::format("{:.1f} GiB", size);
}

std::string measure(const core::Json& number, const std::string& unit) {
    if (!number.is_number() || !std::isfinite(number.get<double>())) {
        return "-";
    }
    const double value = number.get<double>();
    const int decimals = std::abs(value) < 10 ? 4 : std::abs(value) < 1000 ? 2 : 0;
    std::string text =
        std::abs(value) < 1e9 ? fmt::format("{:.{}f}", value, decimals) : fmt::format("{:.4g}", value);
    return unit.empty() ? text : text + " " + unit;
}

std::string counted(std::int64_t number, const std::string& noun) {
    return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::size_t columns_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    }));
}

std::string printable(const std::string& text) {
    std::string shown = core::legible(text);
    std::replace(shown.begin(), shown.end(), '\t', ' ');
    return shown;
}

std::string text(const core::Json& fields, const char* key) {
    const auto found = fields.find(key);
    return found != fields.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

double number(const core::Json& fields, const char* key) {
    const auto found = fields.find(key);
    return found != fields.end() && found->is_number() ? found->get<double>() : std::nan("");
}

std::string stopping_text(const core::Json& fields) {
    return text(fields, "signal") + ": the step is finished and saved; a second signal ends it at once";
}

core::Json inner(const core::Json& fields, const char* key) {
    const auto found = fields.is_object() ? fields.find(key) : fields.end();
    return found != fields.end() && found->is_object() ? *found : core::Json::object();
}

std::string joined(const core::Json& values, const std::string& separator) {
    std::string shown;
    for (const core::Json& value : values) {
        shown += (shown.empty() ? "" : separator) +
                 (value.is_string() ? printable(value.get<std::string>()) : core::json_text(value));
    }
    return shown;
}

std::string one_line(const std::string& line, int width) {
    std::string kept;
    int columns = 0;
    for (const char byte : line) {
        columns += (static_cast<unsigned char>(byte) & 0xc0) != 0x80 ? 1 : 0;
        if (columns > width) {
            break;
        }
        kept += byte;
    }
    return kept;
}

std::string table(const Rows& rows, const std::vector<std::size_t>& right, std::size_t indent) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], columns_of(row[column]));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line(indent, ' ');
        for (std::size_t column = 0; column < row.size(); ++column) {
            const std::string padding(widths[column] - columns_of(row[column]), ' ');
            const bool flush_right = std::find(right.begin(), right.end(), column) != right.end();
            line += (column > 0 ? "  " : "") + (flush_right ? padding + row[column] : row[column] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace graft::report
