// What the commands of `flywheel` have in common: their options, how they print and how they end.
// Each Add function declares one command; main runs the one that was asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "clients/cli/client.h"

namespace flywheel {

// Exit codes of the command line.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

struct Invocation {
  std::string server;
  std::string state_dir = "flywheel-state";
  bool json = false;
  // The exit code; a failure is printed by main.
  std::function<Result<int>()> action;

  // The daemon that --server, FLYWHEEL_SERVER or the state directory name.
  Result<Client> Connect() const;
  // state_dir as an absolute path.
  std::string StateDir() const;
};

void AddRun(CLI::App* app, Invocation* invocation);
void AddSubmit(CLI::App* app, Invocation* invocation);
void AddList(CLI::App* app, Invocation* invocation);
void AddGet(CLI::App* app, Invocation* invocation);
void AddWatch(CLI::App* app, Invocation* invocation);
void AddTransitions(CLI::App* app, Invocation* invocation);
void AddRerun(CLI::App* app, Invocation* invocation);
void AddReport(CLI::App* app, Invocation* invocation);
void AddCompare(CLI::App* app, Invocation* invocation);
void AddEvents(CLI::App* app, Invocation* invocation);
void AddWorkers(CLI::App* app, Invocation* invocation);
void AddGc(CLI::App* app, Invocation* invocation);
void AddFsck(CLI::App* app, Invocation* invocation);
void AddWorld(CLI::App* app, Invocation* invocation);
void AddPool(CLI::App* app, Invocation* invocation);
void AddDoctor(CLI::App* app, Invocation* invocation);

// --json.
void AddJsonOption(CLI::App* command, Invocation* invocation);
// --state-dir.
void AddStateDirOption(CLI::App* command, Invocation* invocation);
// --server, --state-dir and --json.
void AddServerOptions(CLI::App* command, Invocation* invocation);
// FILE and --set.
struct CampaignFile;
void AddCampaignFileOptions(CLI::App* command, CampaignFile* file);

// What programs or people read, on stdout.
void PrintOut(std::string_view text);
// A line for people beside it, on stderr.
void PrintNote(std::string_view text);

// Data that is wrong is a failure of the command (exit 1), not a wrong use of it (exit 2).
template <typename T>
Result<T> AsFailure(Result<T> result) {
  if (result.ok() || result.status().code() != StatusCode::kInvalidArgument) return result;
  return FailedPrecondition(result.status().message());
}

// The exit code that a campaign's end is worth.
int ExitCodeOf(v1::Campaign::State state);

}  // namespace flywheel
