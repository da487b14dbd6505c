#include "tests/integration/daemon_process.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "base/io/process_identity.h"

namespace flywheel::testing {
namespace {

constexpr double kStartTimeoutS = 60;
constexpr double kPollS = 0.02;
constexpr int kCallTimeoutS = 60;

std::string Files(const DaemonArguments& arguments) {
  return arguments.files.empty() ? arguments.state_dir : arguments.files;
}

ChildCommand Command(const DaemonArguments& arguments) {
  ChildCommand command;
  command.program = BuiltProgram("flywheeld");
  command.arguments = {"--state-dir", arguments.state_dir};
  if (!arguments.config.empty()) {
    const std::string config = Files(arguments) + ".config.json";
    REQUIRE(WriteFile(config, arguments.config).ok());
    command.arguments.insert(command.arguments.end(), {"--config", config});
  }
  command.arguments.insert(command.arguments.end(), arguments.more.begin(), arguments.more.end());
  // Of a variable that is there twice the first counts.
  command.environment = arguments.environment;
  command.environment.push_back("PATH=/usr/bin:/bin");
  command.environment.push_back(std::string("FLYWHEEL_BIN_DIR=") + std::getenv("FLYWHEEL_BIN_DIR"));
  command.stdout_file = Files(arguments) + ".log";
  command.stderr_file = command.stdout_file;
  return command;
}

// The address, once the daemon with this pid has written it down.
std::optional<std::string> FindAddress(const std::string& state_dir, int pid) {
  const auto text = ReadFile(state_dir + "/daemon.json");
  if (!text.ok()) return std::nullopt;
  const auto record = nlohmann::json::parse(*text);
  if (record.at("pid") != pid) return std::nullopt;
  return record.at("address").get<std::string>();
}

// Processes that were started with this path among their arguments: also a worker whose daemon was
// killed before it could write down that it had started one.
std::vector<ProcessIdentity> StartedWith(const std::string& path) {
  std::vector<ProcessIdentity> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const Result<std::string> arguments = ReadFile(entry.path() / "cmdline");
    if (!arguments.ok() || arguments->find(path) == std::string::npos) continue;
    const Result<ProcessIdentity> process = IdentifyProcess(std::stoi(pid));
    if (process.ok()) found.push_back(*process);
  }
  return found;
}

}  // namespace

void KillStartedWith(const std::string& path) {
  for (const ProcessIdentity& process : StartedWith(path)) (void)SignalProcess(process, SIGKILL);
}

std::string BuiltProgram(const std::string& name) {
  const char* folder = std::getenv("FLYWHEEL_BIN_DIR");
  REQUIRE(folder != nullptr);
  return std::string(folder) + "/" + name;
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kCallTimeoutS));
}

DaemonProcess::DaemonProcess(DaemonArguments arguments) : arguments_(std::move(arguments)) {
  Restart();
}

DaemonProcess::~DaemonProcess() {
  Kill();
  KillStartedWith(arguments_.state_dir);
}

void DaemonProcess::Launch() {
  REQUIRE_FALSE(child_.has_value());
  auto child = ChildProcess::Start(Command(arguments_));
  INFO(child.status().ToString());
  REQUIRE(child.ok());
  child_.emplace(*std::move(child));
}

void DaemonProcess::AwaitAddress() {
  std::optional<std::string> address;
  for (double waited = 0; !address && waited < kStartTimeoutS; waited += kPollS) {
    address = FindAddress(arguments_.state_dir, child_->pid());
    const auto ended = address ? std::nullopt : child_->WaitFor(kPollS);
    INFO(Log());
    REQUIRE_FALSE(ended.has_value());
  }
  REQUIRE(address.has_value());
  address_ = *address;
}

Refusal DaemonProcess::StartRefused(const DaemonArguments& arguments) {
  ChildCommand command = Command(arguments);
  command.stdout_file = Files(arguments) + ".refused.log";
  command.stderr_file = command.stdout_file;
  auto child = ChildProcess::Start(command);
  REQUIRE(child.ok());
  const auto exit = child->WaitFor(kStartTimeoutS);
  if (!exit) child->SignalGroup(SIGKILL);
  REQUIRE(exit.has_value());
  Refusal refusal{.exit = *exit, .words = *ReadFile(command.stdout_file)};
  REQUIRE(WriteFile(command.stdout_file, "").ok());
  return refusal;
}

std::shared_ptr<grpc::Channel> DaemonProcess::Channel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
}

std::unique_ptr<v1::CampaignService::Stub> DaemonProcess::Campaigns() const {
  return v1::CampaignService::NewStub(Channel());
}

std::string DaemonProcess::Log() const {
  const auto log = ReadFile(Files(arguments_) + ".log");
  return log.ok() ? *log : log.status().ToString();
}

void DaemonProcess::Kill() {
  if (!child_) return;
  child_->SignalGroup(SIGKILL);
  (void)child_->WaitFor(kStartTimeoutS);
  child_.reset();
}

bool DaemonProcess::HasAddress() const {
  return FindAddress(arguments_.state_dir, child_->pid()).has_value();
}

ExitStatus DaemonProcess::Terminate() {
  (void)SignalProcess(child_->identity(), SIGTERM);
  return WaitForEnd();
}

ExitStatus DaemonProcess::WaitForEnd() {
  const auto exit = child_->WaitFor(kStartTimeoutS);
  INFO(Log());
  REQUIRE(exit.has_value());
  child_.reset();
  return *exit;
}

void DaemonProcess::Restart() {
  Launch();
  AwaitAddress();
}

v1::CampaignSpec SmallCampaign(const std::string& display_name) {
  v1::CampaignSpec spec;
  spec.set_display_name(display_name);
  spec.set_seed(7);
  spec.set_iterations(2);
  v1::WorldSource& world = *spec.mutable_data()->mutable_world();
  world.set_steer_questions(90);
  world.set_gate_questions(90);
  world.set_sealed_questions(90);
  world.set_bank_scenes(50);
  spec.mutable_model()->set_base("/models/tiny");
  spec.mutable_generate()->set_images(10);
  spec.mutable_generate()->set_questions_per_image(4);
  v1::TrainSpec& train = *spec.mutable_train();
  train.set_epochs(1);
  train.set_batch_size(8);
  train.set_learning_rate(1e-3);
  return spec;
}

}  // namespace flywheel::testing
