// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Lines in pictures, with the fonts of the package fonts-dejavu-core alone, so that every machine gives the
// same: they have Latin, Greek, Cyrillic, Arabic and Hebrew, and no Chinese.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "lettering/layout.hpp"
#include "lettering/lettering.hpp"
#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

using namespace graft::lettering;
using graft::tests::ScopedVariable;
using graft::tests::TemporaryFolder;
using Texts = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

/// While it lives, fontconfig knows the fonts of these folders and no others.
class FontsOf {
public:
    explicit FontsOf(const Texts& folders)
        : file_(folder_.write("fonts.conf", text(folders)).string()),
          variable_("FONTCONFIG_FILE", file_.c_str()) {}

private:
    std::string text(const Texts& folders) const {
        std::string text = "<?xml version=\"1.0\"?><fontconfig><cachedir>" + (folder_ / "cache").string() +
                           "</cachedir><alias><family>sans-serif</family><prefer><family>DejaVu "
                           "Sans</family></prefer></alias>";
        for (const std::string& folder : folders) {
            text += "<dir>" + folder + "</dir>";
        }
        return text + "</fontconfig>";
    }

    TemporaryFolder folder_;
    std::string file_;
    ScopedVariable variable_;
};

const std::string dejavu = "/usr/share/fonts/truetype/dejavu";

bool has_fonts(const std::string& folder, const std::string& package) {
    if (!fs::is_directory(folder)) {
        graft::tests::skip("the fonts of the package " + package + " are not in " + folder);
        return false;
    }
    return true;
}

/// Black on white, the line's start at (10, 60).
cv::Mat picture_of(Lettering& lettering, const std::string& text, double size = 40) {
    cv::Mat picture(90, 900, CV_8UC3, cv::Scalar::all(255));
    lettering.write(picture, text, {10, 60}, size, cv::Scalar::all(0));
    return picture;
}

/// The first and the last column that are not white.
std::pair<int, int> inked_columns(const cv::Mat& picture) {
    cv::Mat darkest;
    cv::reduce(picture.reshape(1), darkest, 0, cv::REDUCE_MIN);
    int first = -1;
    int last = -1;
    for (int column = 0; column < darkest.cols; ++column) {
        if (darkest.at<std::uint8_t>(0, column) < 128) {
            first = first < 0 ? column / 3 : first;
            last = column / 3;
        }
    }
    return {first, last};
}

bool are_equal(const cv::Mat& left, const cv::Mat& right) {
    return cv::norm(left, right, cv::NORM_INF) == 0;
}

std::vector<std::uint32_t> glyphs_of(const std::string& text, Fonts& fonts) {
    std::set<std::uint32_t> missing;
    std::vector<std::uint32_t> indices;
    for (const Glyph& glyph : laid_out(text, 40, fonts, missing).glyphs) {
        indices.push_back(glyph.index);
    }
    return indices;
}

}  // namespace

TEST_SUITE("smoke") {
    // Proves: each letter of five scripts is a glyph of its own, none is the box of a missing one, and
    // pictures of letters that differ in a dot differ.
    TEST_CASE("letters of five scripts") {
        if (!has_fonts(dejavu, "fonts-dejavu-core")) {
            return;
        }
        const FontsOf fonts({dejavu});
        Lettering lettering;
        Fonts found;
        const std::vector<Texts> letters = {
            {"e", "é", "è"}, {"Ж", "ж", "З"}, {"α", "ά", "β"}, {"ع", "غ"}, {"ש", "ס"}};
        for (const Texts& script : letters) {
            for (const std::string& letter : script) {
                CAPTURE(letter);
                REQUIRE(glyphs_of(letter, found).size() >= 1);
                CHECK(glyphs_of(letter, found).front() != 0);
                CHECK(are_equal(picture_of(lettering, letter), picture_of(lettering, script.front())) ==
                      (letter == script.front()));
                CHECK(inked_columns(picture_of(lettering, letter)).first >= 10);
            }
        }
        CHECK(lettering.notes().empty());
    }
}

// Proves: a width is that of the font's own table (DejaVu Sans: H is 1540 of 2048 units wide), in proportion
// to the size, and what is drawn takes it; an empty line takes nothing.
TEST_CASE("the width that is measured is drawn") {
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Lettering lettering;
    CHECK(lettering.width("H", 2048) == 1540);
    CHECK(lettering.width("", 40) == 0);
    for (const std::string text : {"HHHHHHH", "Ζεύς και Ηρα", "ЖЖЖ 87 %", "قطة"}) {
        for (const double size : {11.0, 18.0, 40.0}) {
            const auto [first, last] = inked_columns(picture_of(lettering, text, size));
            CAPTURE(text);
            CHECK(first >= 10 - 1);
            CHECK(first <= 10 + 0.15 * size);
            CHECK(last <= 10 + lettering.width(text, size) + 1);
            CHECK(last >= 10 + lettering.width(text, size) - 0.15 * size - 2);
        }
    }
}

// Proves: Hebrew runs from right to left, Arabic letters join, and a number behind a name stands on its right
// though the name runs to the left.
TEST_CASE("lines that run from right to left") {
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Fonts found;
    const auto alef = glyphs_of("א", found).front();
    const auto bet = glyphs_of("ב", found).front();
    CHECK(glyphs_of("אב", found) == std::vector<std::uint32_t>{bet, alef});
    const auto alone = glyphs_of("ع", found).front();
    const auto joined = glyphs_of("عع", found);
    REQUIRE(joined.size() == 2);
    CHECK(joined[0] != alone);
    CHECK(joined[1] != alone);
    CHECK(joined[0] != joined[1]);
    const auto eight = glyphs_of("8", found).front();
    const auto line = glyphs_of(isolated("قط") + " 8", found);
    CHECK(line.back() == eight);
    CHECK(isolated("ant") == "ant");
}

// Proves: bytes that are no UTF-8 are drawn as the replacement character, line breaks as spaces; nothing that
// a file name may hold ends the program.
TEST_CASE("what is no text") {
    CHECK(code_points("a\xFF"
                      "b\n\xE6\x97") == std::vector<std::uint32_t>{'a', 0xFFFD, 'b', ' ', 0xFFFD, 0xFFFD});
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Lettering lettering;
    CHECK(are_equal(picture_of(lettering, "a\xFF"), picture_of(lettering, "a\uFFFD")));
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = "x" + std::string(3, static_cast<char>(byte)) + "\u0301\u202E\u2068y";
        CHECK(lettering.width(lettering.fitted(text, 20, 30), 20) <= 30);
    }
}

// Proves: characters that no font has are shown by their numbers, so that different names stay different, and
// the note names the script and the package.
TEST_CASE("a script without a font") {
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Lettering lettering;
    CHECK(are_equal(picture_of(lettering, "é 日本"), picture_of(lettering, "é [65E5][672C]")));
    CHECK(
        lettering.notes() ==
        Texts{"no font on this machine has Chinese (Han): pictures show such characters by their numbers, as "
              "[65E5]; a font for them: apt-get install fonts-noto-cjk"});
    CHECK(lettering.width("ไทย", 20) > 0);
    REQUIRE(lettering.notes().size() == 2);
    CHECK(lettering.notes()[1].find("has Thai:") != std::string::npos);
    CHECK(lettering.notes()[1].ends_with("apt-get install fonts-noto-core"));
}

// Proves: where there is no font at all, text is there in strokes, and the note says so.
TEST_CASE("a machine without fonts") {
    const FontsOf fonts({});
    Lettering lettering;
    CHECK(lettering.notes().empty());  // nothing was to be written
    const auto [first, last] = inked_columns(picture_of(lettering, "ant 87 %"));
    CHECK(first >= 10);
    CHECK(last <= 10 + lettering.width("ant 87 %", 40) + 2);
    CHECK(!are_equal(picture_of(lettering, "é"), picture_of(lettering, "è")));
    CHECK(lettering.width(lettering.fitted("a long name of a class", 20, 90), 20) <= 90);
    REQUIRE(lettering.notes().size() == 1);
    CHECK(lettering.notes()[0].find("apt-get install fonts-dejavu-core") != std::string::npos);
}

// Proves: as much of a line as fits is kept, marks stay with their letters, and what fits is left alone.
TEST_CASE("lines that are too long") {
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Lettering lettering;
    CHECK(lettering.fitted("ant", 20, 100) == "ant");
    const int limit = lettering.width("HHH…", 20);
    CHECK(lettering.fitted("HHHHHH", 20, limit) == "HHH…");
    CHECK(lettering.fitted("HHHHHH", 20, limit - 1) == "HH…");
    CHECK(lettering.fitted("HHHHHH", 20, 0) == "…");
    const std::string accented = "x\u0301x\u0301x\u0301x\u0301";
    CHECK(lettering.fitted(accented, 20, lettering.width("x\u0301…", 20)) == "x\u0301…");
}

// Proves: a line beside the picture, or half in it, changes nothing else and breaks nothing.
TEST_CASE("lines that leave the picture") {
    if (!has_fonts(dejavu, "fonts-dejavu-core")) {
        return;
    }
    const FontsOf fonts({dejavu});
    Lettering lettering;
    cv::Mat picture(8, 8, CV_8UC3, cv::Scalar::all(255));
    for (const cv::Point start : {cv::Point{-500, 4}, {4, -500}, {500, 4}, {4, 500}}) {
        lettering.write(picture, "HHH", start, 20, cv::Scalar::all(0));
    }
    CHECK(cv::countNonZero(picture.reshape(1) != 255) == 0);
    lettering.write(picture, "HHH", {-4, 6}, 20, cv::Scalar::all(0));
    CHECK(cv::countNonZero(picture.reshape(1) != 255) > 0);
}

// Proves: letters are taken from the next font where the first has none: Chinese and Japanese, and
// Devanagari, whose vowel sign of ki stands before its letter.
TEST_CASE("letters of a second font") {
    const std::string droid = "/usr/share/fonts/truetype/droid";
    const std::string lohit = "/usr/share/fonts/truetype/lohit-devanagari";
    if (has_fonts(dejavu, "fonts-dejavu-core") && has_fonts(droid, "fonts-droid-fallback")) {
        const FontsOf fonts({dejavu, droid});
        Lettering lettering;
        CHECK(!are_equal(picture_of(lettering, "日本"), picture_of(lettering, "日木")));
        CHECK(lettering.width("日本 87 %", 20) < lettering.width("[65E5][672C] 87 %", 20));
        CHECK(lettering.notes().empty());
    }
    if (has_fonts(dejavu, "fonts-dejavu-core") && has_fonts(lohit, "fonts-lohit-deva")) {
        const FontsOf fonts({dejavu, lohit});
        Fonts found;
        const auto letter = glyphs_of("क", found).front();
        const auto syllable = glyphs_of("कि", found);
        REQUIRE(syllable.size() == 2);
        CHECK(syllable[1] == letter);
        CHECK(syllable[0] != letter);
    }
}
