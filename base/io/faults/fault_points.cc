#include "base/io/faults/fault_points.h"

#include <errno.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include "base/rng.h"

namespace flywheel {
namespace {

constexpr std::array<std::string_view, kFaultPoints> kNames = {"write", "fsync", "rename", "commit",
                                                               "rpc"};
constexpr int kExitUsage = 2;

// A share of [0, 1) that belongs to one point.
double Draw(uint64_t seed, std::string_view name, int64_t number) {
  return Rng(DeriveSeed(DeriveSeed(seed, name), static_cast<uint64_t>(number))).Unit();
}

template <typename Number>
bool ParseNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParsePoint(std::string_view name, FaultPoint* point) {
  for (size_t i = 0; i < kFaultPoints; ++i) {
    if (kNames[i] == name) {
      *point = static_cast<FaultPoint>(i);
      return true;
    }
  }
  return false;
}

Status ParseShare(std::string_view item, std::string_view value, double* share) {
  if (ParseNumber(value, share) && *share >= 0 && *share <= 1) return OkStatus();
  return InvalidArgument(fmt::format("'{}': expected a number from 0 to 1", item));
}

Status ParseCounted(std::string_view item, std::string_view value, FaultRates::Counted* counted) {
  const size_t colon = value.find(':');
  if (colon != std::string_view::npos && ParsePoint(value.substr(0, colon), &counted->point) &&
      ParseNumber(value.substr(colon + 1), &counted->number) && counted->number > 0) {
    return OkStatus();
  }
  return InvalidArgument(
      fmt::format("'{}': expected {}:NUMBER, the number from 1", item, fmt::join(kNames, "|")));
}

Status ParseItem(std::string_view item, FaultRates* rates) {
  const size_t equals = item.find('=');
  const std::string_view key = item.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
  FaultPoint point = FaultPoint::kWrite;
  if (ParsePoint(key, &point)) {
    return ParseShare(item, value, &rates->rates[static_cast<size_t>(point)]);
  }
  if (key == "late") return ParseShare(item, value, &rates->late);
  if (key == "fail_at") return ParseCounted(item, value, &rates->fail_at);
  if (key == "late_at") return ParseCounted(item, value, &rates->late_at);
  if (key == "kill_at") return ParseCounted(item, value, &rates->kill_at);
  if (key == "kill_after") return ParseCounted(item, value, &rates->kill_after);
  if (key == "only" && !value.empty()) {
    rates->only = value;
    return OkStatus();
  }
  if (key == "seed") {
    if (ParseNumber(value, &rates->seed)) return OkStatus();
    return InvalidArgument(fmt::format("'{}': expected a whole number", item));
  }
  return InvalidArgument(
      fmt::format("'{}': expected seed=, {}=, late=, fail_at=, late_at=, kill_at=, kill_after= or "
                  "only=",
                  item, fmt::join(kNames, "=, ")));
}

std::string_view WordsFor(Fault fault) {
  switch (fault) {
    case Fault::kFail:
      return "fails";
    case Fault::kFailLate:
      return "is done and reported as failed";
    case Fault::kKill:
      return "is where the process is killed";
    case Fault::kKillLate:
      return "is done and the process killed";
    case Fault::kNone:
      break;
  }
  return "";
}

struct ProcessFaults {
  explicit ProcessFaults(FaultRates rates) : points(std::move(rates)) {}
  FaultPoints points;
  bool says = true;
};

// Never freed: another thread may be in the middle of asking it.
ProcessFaults* Kept(std::unique_ptr<ProcessFaults> faults) {
  static std::mutex mutex;
  static auto* const kept = new std::vector<std::unique_ptr<ProcessFaults>>();
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(faults));
  return kept->back().get();
}

ProcessFaults* FromEnvironment() {
  const char* text = std::getenv("FLYWHEEL_FAULTS");
  Result<FaultRates> rates = ParseFaultRates(text == nullptr ? "" : text);
  if (!rates.ok()) {
    const std::string words = fmt::format("{}: FLYWHEEL_FAULTS: {}\n",
                                          program_invocation_short_name, rates.status().message());
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
    ::_exit(kExitUsage);
  }
  if (!rates->only.empty() && rates->only != program_invocation_short_name) *rates = FaultRates();
  rates->seed = DeriveSeed(rates->seed, static_cast<uint64_t>(::getpid()));
  return Kept(std::make_unique<ProcessFaults>(*std::move(rates)));
}

std::atomic<ProcessFaults*>& OfThisProcess() {
  static std::atomic<ProcessFaults*> faults = FromEnvironment();
  return faults;
}

}  // namespace

std::string_view FaultPointName(FaultPoint point) { return kNames[static_cast<size_t>(point)]; }

Result<FaultRates> ParseFaultRates(std::string_view text) {
  FaultRates rates;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    FW_TRY(ParseItem(text.substr(0, comma), &rates));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return rates;
}

Fault FaultPoints::Next(FaultPoint point) {
  const auto kind = static_cast<size_t>(point);
  const int64_t number = ++counts_[kind];
  const auto is = [&](const FaultRates::Counted& counted) {
    return counted.number == number && counted.point == point;
  };
  if (is(rates_.kill_at)) return Fault::kKill;
  if (is(rates_.kill_after)) return Fault::kKillLate;
  if (is(rates_.fail_at)) return Fault::kFail;
  if (is(rates_.late_at)) return Fault::kFailLate;
  if (rates_.rates[kind] <= 0 || Draw(rates_.seed, kNames[kind], number) >= rates_.rates[kind]) {
    return Fault::kNone;
  }
  const bool late = Draw(rates_.seed, "late",
                         number * int64_t{kFaultPoints} + static_cast<int64_t>(kind)) < rates_.late;
  return late ? Fault::kFailLate : Fault::kFail;
}

Fault NextFault(FaultPoint point) {
  ProcessFaults& faults = *OfThisProcess().load();
  const Fault fault = faults.points.Next(point);
  if (fault == Fault::kNone || !faults.says) return fault;
  const std::string words = fmt::format("fault: {} in {} ({}) {}\n", FaultPointName(point),
                                        program_invocation_short_name, ::getpid(), WordsFor(fault));
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
  return fault;
}

void KillThisProcess() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

void SetFaults(FaultRates rates) {
  auto faults = std::make_unique<ProcessFaults>(std::move(rates));
  faults->says = false;
  OfThisProcess().store(Kept(std::move(faults)));
}

}  // namespace flywheel
