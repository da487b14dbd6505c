// Health and reflection of a real flywheeld, spoken as any client without our protos would.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/integration/daemon_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

// HealthCheckResponse{status: SERVING} and {status: NOT_SERVING} on the wire.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

// A message whose field 1 is this text: HealthCheckRequest{service}.
grpc::ByteBuffer TextMessage(char tag, const std::string& text) {
  const std::string bytes =
      text.empty() ? "" : std::string(1, tag) + static_cast<char>(text.size()) + text;
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return "unreadable";
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// A streaming call without generated code, one operation at a time.
class RawStream {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method)
      : stub_(channel) {
    SetDeadline(context_);
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(this);
    started_ = Done();
  }
  ~RawStream() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  bool started() const { return started_; }
  bool Write(const grpc::ByteBuffer& message) {
    call_->Write(message, this);
    return Done();
  }
  // "end" when the stream has ended.
  std::string Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, this);
    return Done() ? Bytes(message) : "end";
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool started_ = false;
};

}  // namespace

TEST_CASE("health is SERVING for every service, and NOT_SERVING before the daemon ends") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  const auto channel = daemon.Channel();
  for (const char* service : {"flywheel.v1.CampaignService", "flywheel.v1.WorkerService"}) {
    RawStream health(channel, "/grpc.health.v1.Health/Watch");
    REQUIRE(health.started());
    REQUIRE(health.Write(TextMessage('\x0a', service)));
    CHECK(health.Read() == kServing);
  }
  RawStream health(channel, "/grpc.health.v1.Health/Watch");
  REQUIRE(health.started());
  REQUIRE(health.Write(TextMessage('\x0a', "")));
  REQUIRE(health.Read() == kServing);
  CHECK(daemon.Terminate() == ExitStatus{});
  CHECK(health.Read() == kNotServing);
}

TEST_CASE("reflection names the services") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  RawStream reflection(daemon.Channel(),
                       "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  REQUIRE(reflection.started());
  REQUIRE(reflection.Write(TextMessage('\x3a', "*")));  // list_services
  const std::string answer = reflection.Read();
  CHECK(answer.find("flywheel.v1.CampaignService") != std::string::npos);
  CHECK(answer.find("flywheel.v1.WorkerService") != std::string::npos);
  CHECK(answer.find("grpc.health.v1.Health") != std::string::npos);
}

}  // namespace flywheel::testing
