// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/transfer.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <curl/curl.h>
#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/problem.hpp"

namespace graft::weights {
namespace {

constexpr long status_whole = 200;
constexpr long status_not_satisfiable = 416;  // there is nothing beyond the file's length
constexpr long connect_seconds = 30;
constexpr long most_redirections = 10;
constexpr int most_connections = 8;

struct State {
    CURL* handle;
    int file;
    const FetchControl& control;
    const TransferLimits& limits;
    std::uint64_t begin;  ///< bytes that were there before
    int write_error = 0;
    bool is_too_long = false;
    Transfer result = {};
};

/// The whole file is coming although only its end was asked for.
bool begin_anew(State& state) {
    long status = 0;
    curl_easy_getinfo(state.handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != status_whole || state.begin == 0) {
        return true;
    }
    state.begin = 0;
    return ::ftruncate(state.file, 0) == 0 && ::lseek(state.file, 0, SEEK_SET) == 0;
}

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* user) {
    State& state = *static_cast<State*>(user);
    if (!state.result.got_bytes && !begin_anew(state)) {
        state.write_error = errno;
        return CURL_WRITEFUNC_ERROR;
    }
    state.result.got_bytes = true;
    const off_t length = ::lseek(state.file, 0, SEEK_CUR);
    if (state.limits.most_bytes > 0 && static_cast<std::uint64_t>(length) + count > state.limits.most_bytes) {
        state.is_too_long = true;
        return CURL_WRITEFUNC_ERROR;
    }
    std::size_t done = 0;
    while (done < count) {
        const ssize_t written = ::write(state.file, bytes + done, count - done);
        if (written < 0 && errno != EINTR) {
            state.write_error = errno;
            return CURL_WRITEFUNC_ERROR;
        }
        done += written > 0 ? static_cast<std::size_t>(written) : 0;
    }
    return count;
}

int watch(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    const State& state = *static_cast<State*>(user);
    if (state.control.progress && now > 0) {
        state.control.progress(state.begin + static_cast<std::uint64_t>(now),
                               total > 0 ? state.begin + static_cast<std::uint64_t>(total) : 0);
    }
    return state.control.stop && state.control.stop() ? 1 : 0;
}

bool may_go_on(CURLcode code) {
    return code == CURLE_PARTIAL_FILE || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_RECV_ERROR ||
           code == CURLE_GOT_NOTHING || code == CURLE_HTTP2_STREAM || code == CURLE_HTTP2;
}

TransferEnd end_of(CURLcode code, const State& state) {
    long status = 0;
    curl_easy_getinfo(state.handle, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK ||
        (code == CURLE_HTTP_RETURNED_ERROR && status == status_not_satisfiable && state.begin > 0)) {
        return TransferEnd::whole;
    }
    if (state.write_error != 0) {
        errno = state.write_error;
        return TransferEnd::unwritable;
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return TransferEnd::stopped;
    }
    return may_go_on(code) ? TransferEnd::early : TransferEnd::refused;
}

void describe_request(State& state, const std::string& url, const std::string& range, char* error) {
    CURL* handle = state.handle;
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    const char* protocols = state.limits.https_alone ? "https" : "http,https";
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
    if (const std::string file = core::environment_variable("SSL_CERT_FILE"); !file.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, file.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, most_redirections);
    curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "graft");
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, state.control.stall_seconds);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &state);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &state);
    if (state.begin > 0) {
        curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());
    }
}

Transfer connect_once(const std::string& url, int file, const FetchControl& control,
                      const TransferLimits& limits) {
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
    const off_t length = ::lseek(file, 0, SEEK_END);
    if (!handle || length < 0) {
        return {TransferEnd::refused, "libcurl cannot begin"};
    }
    State state{handle.get(), file, control, limits, static_cast<std::uint64_t>(length)};
    std::array<char, CURL_ERROR_SIZE> error{};
    describe_request(state, url, fmt::format("{}-", length), error.data());
    const CURLcode code = curl_easy_perform(handle.get());
    state.result.end = end_of(code, state);
    state.result.resumed = state.begin > 0;
    if (state.is_too_long) {
        state.result.reason = fmt::format("it is longer than {} bytes", limits.most_bytes);
    } else if (state.result.end == TransferEnd::unwritable) {
        state.result.reason = std::strerror(errno);
    } else if (code != CURLE_OK) {
        state.result.reason = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
    }
    return state.result;
}

}  // namespace

Transfer transfer(const std::string& url, int file, const FetchControl& control,
                  const TransferLimits& limits) {
    for (int connection = 1;; ++connection) {
        Transfer got = connect_once(url, file, control, limits);
        if (got.end != TransferEnd::early || !got.got_bytes || connection == most_connections) {
            return got;
        }
    }
}

void download(const std::string& url, const std::filesystem::path& file, const FetchControl& control,
              const TransferLimits& limits) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw core::Failure(core::Category::system,
                            fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
    }
    const Transfer got = transfer(url, descriptor, control, limits);
    ::close(descriptor);
    if (got.end != TransferEnd::whole) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
        throw core::Failure(
            core::Category::system,
            fmt::format("{} cannot be fetched: {}", url,
                        got.end == TransferEnd::stopped ? std::string("it was stopped") : got.reason));
    }
}

}  // namespace graft::weights
