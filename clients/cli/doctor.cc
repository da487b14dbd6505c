#include "clients/cli/doctor.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "base/io/child_process.h"
#include "base/io/files.h"
#include "clients/cli/client.h"
#include "clients/cli/number_text.h"
#include "clients/cli/programs.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr double kGiB = 1024.0 * 1024 * 1024;
// A training task's peak stays below 1.5 GiB.
constexpr double kMemoryNeededGiB = 2;
constexpr double kDiskNeededGiB = 2;
constexpr double kDiskLeastGiB = 0.3;
constexpr size_t kMaxSocketPath = 107;
constexpr double kConnectTimeoutS = 2;
constexpr double kLddTimeoutS = 20;

Finding Ok(std::string check, std::string found) {
  return {std::move(check), Health::kOk, std::move(found), ""};
}

// The folder itself or the nearest one above it that exists.
fs::path NearestExisting(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_parent_path() && path != path.parent_path()) {
    path = path.parent_path();
  }
  return path;
}

void CheckPrograms(std::vector<Finding>* findings) {
  for (const char* name : {"flywheeld", "flywheel-worker", "flywheel-task"}) {
    const auto program = FindProgram(name);
    findings->push_back(
        program.ok() ? Ok(name, *program)
                     : Finding{name, Health::kFail, "not found", program.status().message()});
  }
}

// What a program prints on stdout.
Result<std::string> OutputOf(const std::string& program, const std::string& argument) {
  std::string path = (fs::temp_directory_path() / "flywheel-doctor-XXXXXX").string();
  const int fd = ::mkstemp(path.data());
  if (fd < 0) return ErrnoStatus(errno, "make", path);
  ::close(fd);
  ChildCommand command;
  command.program = program;
  command.arguments = {argument};
  command.environment = CurrentEnvironment();
  command.stdout_file = path;
  command.stderr_file = "/dev/null";
  Result<std::string> output = Internal("it did not end");
  if (auto child = ChildProcess::Start(command); !child.ok()) {
    output = child.status();
  } else if (child->WaitFor(kLddTimeoutS)) {
    output = ReadFile(path);
  }
  ::unlink(path.c_str());
  return output;
}

Finding CheckBlas() {
  const auto task = FindProgram("flywheel-task");
  if (!task.ok()) return {"blas", Health::kFail, "unknown", "build flywheel-task first"};
  const auto output = OutputOf("/usr/bin/ldd", *task);
  if (!output.ok()) {
    return {"blas", Health::kWarn, output.status().message(),
            "install ldd (libc-bin), so that this can be checked"};
  }
  return JudgeBlas(*output);
}

Finding CheckCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int cores = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (cores > 1) return Ok("cores", fmt::format("{}", cores));
  return {"cores", Health::kWarn, "1", "training is about twice as fast on two cores"};
}

Finding CheckMemory() {
  const auto text = ReadFile("/proc/meminfo");
  std::istringstream lines(text.ok() ? *text : "");
  std::string name;
  std::string unit;
  double kib = 0;
  while (lines >> name >> kib) {
    std::getline(lines, unit);
    if (name == "MemAvailable:") return JudgeMemory(kib * 1024 / kGiB);
  }
  return {"memory", Health::kWarn, "unknown", "/proc/meminfo names no MemAvailable"};
}

Finding CheckDisk(const std::string& state_dir) {
  const std::string path = NearestExisting(state_dir).string();
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) {
    return {"disk", Health::kWarn, ErrnoStatus(errno, "look at", path).message(), ""};
  }
  return JudgeDiskSpace(
      static_cast<double>(info.f_bavail) * static_cast<double>(info.f_frsize) / kGiB, path);
}

Finding CheckWriting(const std::string& state_dir) {
  const std::string path = NearestExisting(state_dir).string();
  std::string probe = path + "/.flywheel-doctor-XXXXXX";
  const int fd = ::mkstemp(probe.data());
  if (fd < 0) {
    return {"state directory", Health::kFail, ErrnoStatus(errno, "write to", path).message(),
            "choose another with --state-dir, or mend its permissions"};
  }
  ::close(fd);
  ::unlink(probe.c_str());
  if (path != state_dir) return Ok("state directory", fmt::format("{} can be made", state_dir));
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 0022) != 0) {
    return {"state directory", Health::kWarn,
            fmt::format("{}: others may write to it (mode {:o})", path, info.st_mode & 0777),
            fmt::format("chmod go-w {}", path)};
  }
  return Ok("state directory", path);
}

Finding CheckSocketPath(const std::string& state_dir) {
  const std::string path = state_dir + "/run/flywheel.sock";
  if (path.size() <= kMaxSocketPath) {
    return Ok("socket", fmt::format("{} ({} of {} bytes)", path, path.size(), kMaxSocketPath));
  }
  return {"socket", Health::kWarn,
          fmt::format("{} bytes, more than the {} of a socket path", path.size(), kMaxSocketPath),
          "nothing to do: the daemon takes a folder in /tmp instead; a shorter --state-dir avoids "
          "it"};
}

Finding CheckDaemon(const DoctorQuestion& question) {
  const auto address = ServerAddress(question.server, question.state_dir);
  if (!address.ok()) {
    return Ok("daemon", "none runs here; 'flywheel run' starts its own");
  }
  const Client client(*address);
  if (!client.WaitUntilReady(kConnectTimeoutS).ok()) {
    return {"daemon", Health::kWarn, fmt::format("{} does not answer", *address),
            "nothing to do for 'flywheel run'; else start flywheeld"};
  }
  const auto workers = client.Workers();
  if (!workers.ok()) {
    return {"daemon", Health::kFail, workers.status().message(), "look at the daemon's log"};
  }
  return Ok("daemon", fmt::format("{} answers, {} connected", *address,
                                  Counted(workers->workers_size(), "worker")));
}

}  // namespace

Finding JudgeBlas(const std::string& ldd_output) {
  std::istringstream lines(ldd_output);
  std::string line;
  std::string blas;
  bool openblas = false;
  while (std::getline(lines, line)) {
    const size_t arrow = line.find("=> ");
    if (arrow == std::string::npos) continue;
    const std::string path = line.substr(arrow + 3, line.find(" (", arrow) - arrow - 3);
    const bool is_openblas = line.find("openblas") != std::string::npos;
    if (!is_openblas && line.find("libblas") == std::string::npos) continue;
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    blas = error ? path : real.string();
    openblas = openblas || blas.find("openblas") != std::string::npos;
    if (openblas) break;
  }
  // Other libraries bring a BLAS too: without LibTorch it computes no model.
  if (ldd_output.find("libtorch") == std::string::npos) {
    return {"blas", Health::kFail, "flywheel-task was built without LibTorch",
            "configure with FLYWHEEL_WITH_TORCH=ON (install libtorch-dev) to score and train"};
  }
  if (openblas) return Ok("blas", blas);
  return {"blas", Health::kFail, blas.empty() ? "no BLAS is linked" : blas,
          "install libopenblas0-pthread: with this BLAS training is about 25 times slower"};
}

Finding JudgeMemory(double available_gib) {
  const std::string found = fmt::format("{:.1f} GiB available", available_gib);
  if (available_gib >= kMemoryNeededGiB) return Ok("memory", found);
  return {"memory", Health::kWarn, found,
          fmt::format("a training task takes up to 1.5 GiB; free memory up to {:.0f} GiB",
                      kMemoryNeededGiB)};
}

Finding JudgeDiskSpace(double free_gib, const std::string& path) {
  const std::string found = fmt::format("{:.1f} GiB free at {}", free_gib, path);
  if (free_gib >= kDiskNeededGiB) return Ok("disk", found);
  return {"disk", free_gib < kDiskLeastGiB ? Health::kFail : Health::kWarn, found,
          "free some space, or choose another --state-dir: a campaign of three iterations writes "
          "some hundred MB"};
}

std::vector<Finding> Examine(const DoctorQuestion& question) {
  std::vector<Finding> findings;
  CheckPrograms(&findings);
  findings.push_back(CheckBlas());
  findings.push_back(CheckCores());
  findings.push_back(CheckMemory());
  findings.push_back(CheckDisk(question.state_dir));
  findings.push_back(CheckWriting(question.state_dir));
  findings.push_back(CheckSocketPath(question.state_dir));
  findings.push_back(Ok("fonts", "none needed: the world draws its own glyphs"));
  findings.push_back(CheckDaemon(question));
  return findings;
}

}  // namespace flywheel
