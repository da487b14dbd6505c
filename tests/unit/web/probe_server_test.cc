#include "orchestrator/web/probe_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <catch2/catch.hpp>
#include <mutex>

namespace flywheel {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;

struct Fixture {
  Fixture() {
    auto started = ProbeServer::Start({.host = "127.0.0.1", .port = 0}, [this] {
      std::lock_guard lock(mutex);
      return ready;
    });
    REQUIRE(started.ok());
    server = *std::move(started);
  }
  beast::tcp_stream Connect() {
    beast::tcp_stream stream(context);
    stream.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"),
                                 static_cast<uint16_t>(server->port())));
    return stream;
  }
  static http::response<http::string_body> Ask(beast::tcp_stream& stream, http::verb verb,
                                               const std::string& target) {
    http::request<http::empty_body> request(verb, target, 11);
    request.set(http::field::host, "localhost");
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.skip(verb == http::verb::head);
    http::read(stream, buffer, parser);
    return parser.release();
  }

  boost::asio::io_context context;
  std::mutex mutex;
  Status ready;  // guarded
  std::unique_ptr<ProbeServer> server;
};

TEST_CASE_METHOD(Fixture, "a daemon that is well says so, again and again on one connection") {
  beast::tcp_stream stream = Connect();
  for (const char* target : {"/healthz", "/readyz", "/healthz"}) {
    const auto response = Ask(stream, http::verb::get, target);
    CHECK(response.result() == http::status::ok);
    CHECK(response.body() == "ok\n");
  }
  CHECK(Ask(stream, http::verb::head, "/readyz").body().empty());
}

TEST_CASE_METHOD(Fixture, "one that takes nothing is alive and not ready, with the reason") {
  {
    std::lock_guard lock(mutex);
    ready = ResourceExhausted("the disk is nearly full: 3 MiB are free");
  }
  beast::tcp_stream stream = Connect();
  CHECK(Ask(stream, http::verb::get, "/healthz").result() == http::status::ok);
  const auto response = Ask(stream, http::verb::get, "/readyz");
  CHECK(response.result() == http::status::service_unavailable);
  CHECK(response.body() == "the disk is nearly full: 3 MiB are free\n");
}

TEST_CASE_METHOD(Fixture, "other paths and methods are refused with what was expected") {
  beast::tcp_stream stream = Connect();
  const auto lost = Ask(stream, http::verb::get, "/etc/passwd");
  CHECK(lost.result() == http::status::not_found);
  CHECK(lost.body().find("/etc/passwd: expected /healthz or /readyz") == 0);
  const auto posted = Ask(stream, http::verb::post, "/readyz");
  CHECK(posted.result() == http::status::method_not_allowed);
  CHECK(posted[http::field::allow] == "GET, HEAD");
}

TEST_CASE_METHOD(Fixture, "what is no request, or too large, is cut off and harms nobody") {
  for (const std::string& noise :
       {std::string("\x16\x03\x01 hello\r\n\r\n"),
        "GET /healthz HTTP/1.1\r\nx: " + std::string(100'000, 'x') + "\r\n\r\n"}) {
    beast::tcp_stream stream = Connect();
    beast::error_code error;
    (void)boost::asio::write(stream.socket(), boost::asio::buffer(noise), error);
    char byte = 0;
    (void)boost::asio::read(stream.socket(), boost::asio::buffer(&byte, 1), error);
    CHECK(error);
  }
  beast::tcp_stream stream = Connect();
  CHECK(Ask(stream, http::verb::get, "/healthz").result() == http::status::ok);
}

TEST_CASE_METHOD(Fixture, "more clients than it takes at once are served one after the other") {
  constexpr int kClients = 100;
  std::vector<beast::tcp_stream> silent;
  for (int i = 0; i < kClients; ++i) silent.push_back(Connect());
  // Those that were let in leave, and the others get their turn.
  for (beast::tcp_stream& stream : silent) {
    CHECK(Ask(stream, http::verb::get, "/healthz").result() == http::status::ok);
    stream.close();
  }
}

TEST_CASE_METHOD(Fixture, "an address in use, and one that is none, are refused") {
  const auto second =
      ProbeServer::Start({.host = "127.0.0.1", .port = server->port()}, [] { return OkStatus(); });
  CHECK(second.status().code() == StatusCode::kUnavailable);
  const auto nowhere =
      ProbeServer::Start({.host = "nowhere", .port = 1}, [] { return OkStatus(); });
  CHECK(nowhere.status().code() == StatusCode::kUnavailable);
}

}  // namespace
}  // namespace flywheel
