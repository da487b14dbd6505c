#include "orchestrator/api/server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "orchestrator/api/services.h"
#include "orchestrator/api/worker_service.h"

namespace flywheel {
namespace {

constexpr int kMaxConcurrentStreams = 4096;  // a connection
constexpr double kDestructorGraceS = 1;
// Once gRPC shuts down it cancels the calls that come in before their connection is told: callers
// would see CANCELLED. For this long they are still answered, with UNAVAILABLE.
constexpr std::chrono::milliseconds kRefusing{200};

std::chrono::system_clock::time_point After(double seconds) {
  return std::chrono::system_clock::now() +
         std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

// "127.0.0.1:0" with the port that was taken.
std::string BoundAddress(const std::string& asked, int port) {
  if (asked.starts_with("unix:")) return asked;
  return fmt::format("{}:{}", asked.substr(0, asked.rfind(':')), port);
}

}  // namespace

struct ApiServer::Running {
  Running(const ApiParts& parts, const v1::Welcome& welcome)
      : registry(*parts.workers),
        campaigns(MakeCampaignService({.host = parts.host,
                                       .journal = parts.journal,
                                       .clock = parts.clock,
                                       .reader = &reader})),
        workers(*parts.host, *parts.workers, welcome),
        maintenance(MakeMaintenanceService({.host = parts.host,
                                            .artifacts = parts.artifacts,
                                            .clock = parts.clock,
                                            .thread = &upkeep})) {}

  WorkerRegistry& registry;
  ReaderThread reader;
  ReaderThread upkeep;
  std::unique_ptr<CampaignServiceSkin> campaigns;
  WorkerServiceSkin workers;
  std::unique_ptr<MaintenanceServiceSkin> maintenance;
  std::unique_ptr<grpc::Server> server;  // last: it calls the others
};

ApiServer::ApiServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}

ApiServer::~ApiServer() { Shutdown(kDestructorGraceS); }

Result<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiParts& parts,
                                                    const std::string& address,
                                                    const v1::Welcome& welcome) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto running = std::make_unique<Running>(parts, welcome);
  grpc::ServerBuilder builder;
  // gRPC shares ports by default: a second daemon would start, and get every other call.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(running->campaigns.get());
  builder.RegisterService(&running->workers);
  builder.RegisterService(running->maintenance.get());
  builder.experimental().SetInterceptorCreators(MakeInterceptors());
  running->server = builder.BuildAndStart();
  if (running->server == nullptr) {
    return Unavailable(fmt::format("listen on {}: refused; is the address in use?", address));
  }
  auto* health = running->server->GetHealthCheckService();
  for (const char* service : {"", "flywheel.v1.CampaignService", "flywheel.v1.WorkerService",
                              "flywheel.v1.MaintenanceService"}) {
    health->SetServingStatus(service, true);
  }
  std::unique_ptr<ApiServer> server(new ApiServer(std::move(running)));
  server->address_ = BoundAddress(address, port);
  return server;
}

void ApiServer::SetAccepting(bool accepting) {
  auto* health = running_->server->GetHealthCheckService();
  for (const char* service : {"", "flywheel.v1.CampaignService"}) {
    health->SetServingStatus(service, accepting);
  }
}

void ApiServer::StopServing() {
  running_->server->GetHealthCheckService()->SetServingStatus(false);
}

void ApiServer::Shutdown(double grace_s) {
  if (running_->server == nullptr) return;
  running_->registry.Close();
  std::this_thread::sleep_for(kRefusing);
  running_->server->Shutdown(After(grace_s));
  running_->server->Wait();
  running_->reader.Stop();
  running_->upkeep.Stop();
  // It has ended, but is kept: when the last user of callbacks goes, gRPC 1.51 frees their
  // completion queue twice.
  static auto* const kept = new std::vector<std::unique_ptr<grpc::Server>>();
  kept->push_back(std::move(running_->server));
}

}  // namespace flywheel
