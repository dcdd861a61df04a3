// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "page_server.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "core/problem.hpp"

namespace graft::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

using Answer = std::function<std::optional<Served>(const std::string& path)>;

constexpr auto patience = std::chrono::seconds(10);  ///< with a browser that says or takes nothing
constexpr std::uint32_t most_header_bytes = 8192;

/// One request and its response; it lives as long as something waits for it.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, const Answer& answer, std::uint16_t port)
        : stream_(std::move(socket)), answer_(answer), port_(port) {
        parser_.header_limit(most_header_bytes);
        parser_.body_limit(0);
    }

    void begin() {
        stream_.expires_after(patience);
        http::async_read(stream_, buffer_, parser_,
                         [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                             if (!error) {
                                 self->respond();
                             }
                         });
    }

private:
    void fill(http::status status, const std::string& type, std::string body) {
        response_.result(status);
        response_.set(http::field::content_type, type);
        response_.body() = std::move(body);
    }

    void fill() {
        const auto& request = parser_.get();
        const std::string host(request[http::field::host]);
        if (host != fmt::format("127.0.0.1:{}", port_) && host != fmt::format("localhost:{}", port_)) {
            fill(http::status::misdirected_request, "text/plain",
                 fmt::format("This page is at http://127.0.0.1:{}/ alone.\n", port_));
            return;
        }
        if (request.method() != http::verb::get && request.method() != http::verb::head) {
            response_.set(http::field::allow, "GET, HEAD");
            fill(http::status::method_not_allowed, "text/plain", "This page can only be looked at.\n");
            return;
        }
        try {
            const std::string target(request.target());
            std::optional<Served> served = answer_(target.substr(0, target.find('?')));
            if (served) {
                fill(http::status::ok, served->type, std::move(served->body));
            } else {
                fill(http::status::not_found, "text/plain", "There is no such page.\n");
            }
        } catch (const std::exception& fault) {
            fill(http::status::service_unavailable, "text/plain; charset=utf-8", fault.what());
        }
    }

    void respond() {
        response_.version(11);
        response_.keep_alive(false);
        response_.set(http::field::cache_control, "no-store");
        response_.set("X-Content-Type-Options", "nosniff");
        response_.set("Referrer-Policy", "no-referrer");
        response_.set(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        fill();
        response_.content_length(response_.body().size());
        if (parser_.get().method() == http::verb::head) {
            response_.body().clear();
        }
        stream_.expires_after(patience);
        http::async_write(stream_, response_,
                          [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
    }

    void close() {
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request_parser<http::empty_body> parser_;
    http::response<http::string_body> response_;
    const Answer& answer_;
    std::uint16_t port_;
};

}  // namespace

struct PageServer::State {
    asio::io_context context{1};
    tcp::acceptor acceptor{context};

    void accept(const Answer& answer) {
        acceptor.async_accept([this, &answer](const beast::error_code& error, tcp::socket socket) {
            if (!error) {
                std::make_shared<Session>(std::move(socket), answer, acceptor.local_endpoint().port())
                    ->begin();
            }
            accept(answer);
        });
    }
};

PageServer::PageServer(std::uint16_t port) : state_(std::make_unique<State>()) {
    tcp::acceptor& acceptor = state_->acceptor;
    beast::error_code error;
    acceptor.open(tcp::v4(), error);
    if (!error) {
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
        acceptor.bind({asio::ip::address_v4::loopback(), port}, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        throw core::Failure(core::Category::system,
                            fmt::format("port {} of 127.0.0.1 cannot be had: {}", port, error.message()),
                            "--port names another one; without it any free one is taken");
    }
}

PageServer::~PageServer() = default;

std::uint16_t PageServer::port() const {
    return state_->acceptor.local_endpoint().port();
}

void PageServer::run(const Answer& answer) {
    asio::signal_set signals(state_->context, SIGINT, SIGTERM);
    signals.async_wait([this](const beast::error_code&, int) { state_->context.stop(); });
    state_->accept(answer);
    state_->context.run();
}

}  // namespace graft::app
