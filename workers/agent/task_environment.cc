#include "workers/agent/task_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "workers/agent/channel.h"

namespace flywheel {
namespace {

constexpr std::array<std::string_view, 7> kInherited = {
    "PATH", "HOME", "LANG", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OPENBLAS_CORETYPE"};
// Options of the sanitizers, for builds that have them.
constexpr std::array<std::string_view, 5> kInheritedPrefixes = {"LC_", "ASAN_", "UBSAN_", "TSAN_",
                                                                "LSAN_"};

bool MayInherit(std::string_view name) {
  return (!name.empty() && name == AlsoInherited()) ||
         std::find(kInherited.begin(), kInherited.end(), name) != kInherited.end() ||
         std::any_of(kInheritedPrefixes.begin(), kInheritedPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<std::string> TaskEnvironment(const TaskSpec& spec, const TaskDir& dir,
                                         const char* const* inherited) {
  std::vector<std::string> environment;
  for (; *inherited != nullptr; ++inherited) {
    const std::string_view entry = *inherited;
    if (MayInherit(entry.substr(0, entry.find('=')))) environment.emplace_back(entry);
  }
  environment.push_back(fmt::format("{}={}", kTaskDirVariable, dir.root()));
  environment.push_back(fmt::format("FLYWHEEL_ATTEMPT={}", spec.attempt));
  environment.push_back(fmt::format("TMPDIR={}", dir.scratch()));
  // One BLAS thread each in as many threads as the task was granted beats threads inside BLAS, and
  // sums in the same order every time.
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
    environment.push_back(fmt::format("{}=1", name));
  }
  // Big temporaries stay in the heap: page faults of new mappings cost 5 to 10 % of a training.
  environment.emplace_back("MALLOC_TOP_PAD_=1073741824");
  environment.emplace_back("MALLOC_MMAP_THRESHOLD_=4294967296");
  environment.emplace_back("MALLOC_TRIM_THRESHOLD_=8589934592");
  return environment;
}

}  // namespace flywheel
