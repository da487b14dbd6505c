#include "clients/cli/command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "clients/cli/campaign_file.h"

namespace flywheel {

Result<Client> Invocation::Connect() const {
  FW_ASSIGN(std::string address, ServerAddress(server, StateDir()));
  return Client(std::move(address));
}

std::string Invocation::StateDir() const {
  std::string path = std::filesystem::absolute(state_dir).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void AddJsonOption(CLI::App* command, Invocation* invocation) {
  command->add_flag("--json", invocation->json, "Print JSON on stdout instead of text");
}

void AddStateDirOption(CLI::App* command, Invocation* invocation) {
  command
      ->add_option("--state-dir", invocation->state_dir,
                   "Folder with the daemon's journal, artifacts and address")
      ->type_name("DIR")
      ->capture_default_str();
}

void AddServerOptions(CLI::App* command, Invocation* invocation) {
  command
      ->add_option("--server", invocation->server,
                   "Address of the daemon, such as unix:/run/flywheel.sock or 127.0.0.1:7070; "
                   "default: $FLYWHEEL_SERVER, else that of the state directory's daemon")
      ->type_name("ADDRESS");
  AddStateDirOption(command, invocation);
  AddJsonOption(command, invocation);
}

void AddCampaignFileOptions(CLI::App* command, CampaignFile* file) {
  command->add_option("file", file->path, "Campaign file: JSON, comments allowed")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--set", file->settings,
                   "Change a field of the campaign, such as --set train.epochs=1; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  file->current_dir = std::filesystem::current_path().string();
}

void PrintOut(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.ends_with('\n')) std::fputc('\n', stdout);
  std::fflush(stdout);
}

void PrintNote(std::string_view text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

int ExitCodeOf(v1::Campaign::State state) {
  return state == v1::Campaign::SUCCEEDED ? kExitDone : kExitFailed;
}

}  // namespace flywheel
