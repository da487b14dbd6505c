// A real flywheeld in a child process, and its clients. Nothing is known of its inside.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/io/child_process.h"
#include "flywheel/v1/campaign_service.grpc.pb.h"
#include "flywheel/v1/worker_service.grpc.pb.h"

namespace flywheel::testing {

struct DaemonArguments {
  std::string state_dir;
  // Where the configuration and the log go, with their endings; by default beside the state.
  std::string files = {};
  // The configuration's text; by default no local workers and a short lease.
  std::string config = R"({"local": {"max_workers": 0}, "lease_s": 20})";
  std::vector<std::string> more = {};         // after --config and --state-dir
  std::vector<std::string> environment = {};  // besides PATH and FLYWHEEL_BIN_DIR
};

// What a flywheeld that ended by itself said on stderr, and how it ended.
struct Refusal {
  ExitStatus exit;
  std::string words;
};

// Ends processes that were started with this path among their arguments: also a worker whose daemon
// was killed before it could write down that it had started one.
void KillStartedWith(const std::string& path);

class DaemonProcess {
 public:
  // Starts it and waits until it answers. Its config and log lie beside `state_dir`.
  explicit DaemonProcess(DaemonArguments arguments);
  // Kills it.
  ~DaemonProcess();

  // Starts one that is expected to end at once.
  static Refusal StartRefused(const DaemonArguments& arguments);

  int pid() const { return child_->pid(); }
  const std::string& state_dir() const { return arguments_.state_dir; }
  const std::string& address() const { return address_; }
  // A connection of its own: never one to an earlier life of the daemon.
  std::shared_ptr<grpc::Channel> Channel() const;
  std::unique_ptr<v1::CampaignService::Stub> Campaigns() const;
  std::string Log() const;

  // kill -9, and gone when this returns.
  void Kill();
  // SIGTERM and its exit.
  ExitStatus Terminate();
  // The exit of a daemon that ends without our doing; it may be restarted then.
  ExitStatus WaitForEnd();
  // Again with the same arguments, on the same state.
  void Restart();
  // Restart in two halves: what happens between them happens while it comes up.
  void Launch();
  void AwaitAddress();
  // Whether it has come up so far as to say where it listens.
  bool HasAddress() const;

 private:
  DaemonArguments arguments_;
  std::optional<ChildProcess> child_;
  std::string address_;
};

// The path of a built program, such as "flywheeld".
std::string BuiltProgram(const std::string& name);

// A deadline that only a hanging test reaches.
void SetDeadline(grpc::ClientContext& context);

// A spec that every check accepts, for tasks that are faked.
v1::CampaignSpec SmallCampaign(const std::string& display_name);

}  // namespace flywheel::testing
