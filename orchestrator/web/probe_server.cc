#include "orchestrator/web/probe_server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace flywheel {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// A client that says nothing for so long is cut off; so is one whose request is larger.
constexpr std::chrono::seconds kPatience{10};
constexpr uint32_t kLargestHeader = 8 * 1024;
constexpr uint64_t kLargestBody = 0;
// Connections at once; others wait to be accepted.
constexpr int kMostConnections = 64;
constexpr std::chrono::milliseconds kPause{100};

using Response = http::response<http::string_body>;

Response MakeResponse(const http::request<http::empty_body>& request, http::status code,
                      const std::string& text) {
  Response response(code, request.version());
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(request.keep_alive());
  response.body() = text + "\n";
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

Response Answer(const http::request<http::empty_body>& request,
                const ProbeServer::Readiness& readiness) {
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  const std::string_view target(request.target().data(), request.target().size());
  if (target != "/healthz" && target != "/readyz") {
    return MakeResponse(request, http::status::not_found,
                        fmt::format("{}: expected /healthz or /readyz", target));
  }
  if (!reads) {
    Response response =
        MakeResponse(request, http::status::method_not_allowed, "expected GET or HEAD");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  if (target == "/healthz") return MakeResponse(request, http::status::ok, "ok");
  const Status ready = readiness();
  if (ready.ok()) return MakeResponse(request, http::status::ok, "ok");
  return MakeResponse(request, http::status::service_unavailable, ready.message());
}

}  // namespace

struct ProbeServer::Running {
  // One client's connection; lives as long as something of it is under way.
  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(tcp::socket socket, Running* the_server)
        : stream(std::move(socket)), server(the_server) {
      ++server->connections;
    }
    ~Connection() {
      if (--server->connections == kMostConnections - 1) server->Accept();
    }

    void Read() {
      parser.emplace();
      parser->header_limit(kLargestHeader);
      parser->body_limit(kLargestBody);
      stream.expires_after(kPatience);
      http::async_read(stream, buffer, *parser,
                       [self = shared_from_this()](const error_code& error, size_t) {
                         if (!error) self->Write();
                       });
    }

    void Write() {
      response = Answer(parser->get(), server->readiness);
      stream.expires_after(kPatience);
      http::async_write(stream, response,
                        [self = shared_from_this()](const error_code& error, size_t) {
                          if (!error && self->response.keep_alive()) self->Read();
                        });
    }

    beast::tcp_stream stream;
    Running* server;
    beast::flat_buffer buffer{kLargestHeader};
    std::optional<http::request_parser<http::empty_body>> parser;
    Response response;
  };

  void Accept() {
    if (closing) return;
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted) return;
      if (error) return AcceptLater();
      std::make_shared<Connection>(std::move(socket), this)->Read();
      // The last one to leave of too many lets the next in.
      if (connections < kMostConnections) Accept();
    });
  }

  // There is no descriptor for another connection: not at once again.
  void AcceptLater() {
    pause.expires_after(kPause);
    pause.async_wait([this](const error_code& error) {
      if (!error) Accept();
    });
  }

  Readiness readiness;
  int connections = 0;   // the thread's, like the next one
  bool closing = false;  // what is still there goes with the context
  boost::asio::io_context context{1};
  tcp::acceptor acceptor{context};
  boost::asio::steady_timer pause{context};
  std::thread thread;
};

ProbeServer::ProbeServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}

ProbeServer::~ProbeServer() {
  boost::asio::post(running_->context, [running = running_.get()] {
    running->closing = true;
    running->context.stop();
  });
  running_->thread.join();
}

Result<std::unique_ptr<ProbeServer>> ProbeServer::Start(const ProbeAddress& address,
                                                        Readiness readiness) {
  auto running = std::make_unique<Running>();
  running->readiness = std::move(readiness);
  error_code error;
  const auto host = boost::asio::ip::make_address(address.host, error);
  const tcp::endpoint endpoint(host, static_cast<uint16_t>(address.port));
  tcp::acceptor& acceptor = running->acceptor;
  if (!error) acceptor.open(endpoint.protocol(), error);
  // Not while another one listens: Linux allows this for addresses of connections that have ended.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kMostConnections, error);
  if (error) {
    return Unavailable(
        fmt::format("listen on {}:{}: {}", address.host, address.port, error.message()));
  }
  running->Accept();
  running->thread = std::thread([server = running.get()] { server->context.run(); });
  return std::unique_ptr<ProbeServer>(new ProbeServer(std::move(running)));
}

int ProbeServer::port() const {
  error_code ignored;
  return running_->acceptor.local_endpoint(ignored).port();
}

}  // namespace flywheel
