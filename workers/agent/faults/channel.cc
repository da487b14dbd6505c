// In the place of workers/agent/channel.cc in a build with fault points: the stream to the daemon
// breaks at a message, and tasks are told of the faults.
#include "workers/agent/channel.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>

#include <utility>
#include <vector>

#include "base/io/faults/fault_points.h"

namespace flywheel {
namespace {

// One stream's. What is sent may be lost, and what was received has been heard.
class BreakingStream : public grpc::experimental::Interceptor {
 public:
  explicit BreakingStream(grpc::experimental::ClientRpcInfo* call) : call_(call) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (batch->QueryInterceptionHookPoint(Point::PRE_SEND_MESSAGE) ||
        batch->QueryInterceptionHookPoint(Point::POST_RECV_MESSAGE)) {
      const Fault fault = NextFault(FaultPoint::kCall);
      if (fault == Fault::kKill || fault == Fault::kKillLate) KillThisProcess();
      if (fault != Fault::kNone) call_->client_context()->TryCancel();
    }
    batch->Proceed();
  }

 private:
  grpc::experimental::ClientRpcInfo* const call_;
};

class BreakingStreams : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* call) override {
    return new BreakingStream(call);
  }
};

}  // namespace

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address,
                                           const grpc::ChannelArguments& arguments) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<BreakingStreams>());
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address, grpc::InsecureChannelCredentials(), arguments, std::move(interceptors));
}

std::string_view AlsoInherited() { return "FLYWHEEL_FAULTS"; }

}  // namespace flywheel
