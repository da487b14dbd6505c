// gRPC's health service as a client without our protos sees it.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace flywheel::testing {

enum class Health { kUnknown = 0, kServing = 1, kNotServing = 2, kEnded = -1 };

// A message with this text in a field whose number is at most 15.
grpc::ByteBuffer TextMessage(int field, const std::string& text);
std::string Bytes(const grpc::ByteBuffer& buffer);

// Whether this service is served now; of the whole server when it is empty. kEnded: no answer.
Health CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

// A streaming call without generated code, one operation at a time.
class RawStream {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method);
  ~RawStream();
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  bool started() const { return started_; }
  bool Write(const grpc::ByteBuffer& message);
  // "end" when the stream has ended.
  std::string Read();

 private:
  bool Done();

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool started_ = false;
};

// What health says, change by change.
class HealthWatch {
 public:
  explicit HealthWatch(const std::shared_ptr<grpc::Channel>& channel,
                       const std::string& service = "");
  // Blocks until there is something new.
  Health Next();

 private:
  RawStream stream_;
};

}  // namespace flywheel::testing
