// What tasks hand back to the daemon: the values of proto/flywheel/v1/report.proto, field for
// field. Numbers only; the questions, samples and tensors behind them stay in artifacts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flywheel {

// Wilson 95 % interval around correct / n.
struct Accuracy {
  int32_t n = 0;
  int32_t correct = 0;
  double accuracy = 0;
  double low = 0;
  double high = 0;
  bool operator==(const Accuracy&) const = default;
};

struct TypeAccuracy {
  int32_t type = 0;
  std::string name;
  int32_t n = 0;
  int32_t correct = 0;
  double accuracy = 0;
  double low = 0;
  double high = 0;
  bool operator==(const TypeAccuracy&) const = default;
};

struct SplitAccuracy {
  std::string split;  // "steer", "gate" or "sealed"
  Accuracy total;
  std::vector<TypeAccuracy> by_type;
  bool operator==(const SplitAccuracy&) const = default;
};

// Candidate against champion, question by question. p_value: one-sided exact McNemar.
struct PairedTest {
  int32_t n = 0;
  int32_t fixed = 0;
  int32_t broken = 0;
  double p_value = 1;
  bool operator==(const PairedTest&) const = default;
};

struct SplitSize {
  std::string split;
  int32_t questions = 0;
  int32_t images = 0;
  bool operator==(const SplitSize&) const = default;
};

struct PrepareSummary {
  std::vector<SplitSize> splits;
  int32_t bank_images = 0;
  int32_t bank_refused = 0;
  std::vector<std::string> warnings;
  bool operator==(const PrepareSummary&) const = default;
};

struct EvaluationSummary {
  std::string scoring;  // "mean" or "sum"
  std::vector<SplitAccuracy> splits;
  std::optional<PairedTest> gate;
  bool operator==(const EvaluationSummary&) const = default;
};

struct TypeWeight {
  int32_t type = 0;
  std::string name;
  int32_t n = 0;
  double accuracy = 0;
  double weight = 0;
  int32_t bad_cases = 0;
  bool operator==(const TypeWeight&) const = default;
};

struct AnalysisSummary {
  std::string policy;
  std::vector<TypeWeight> weights;
  bool operator==(const AnalysisSummary&) const = default;
};

struct TypeSamples {
  int32_t type = 0;
  std::string name;
  int32_t quota = 0;
  int32_t samples = 0;
  bool operator==(const TypeSamples&) const = default;
};

struct DropCount {
  std::string reason;
  int32_t count = 0;
  bool operator==(const DropCount&) const = default;
};

struct GenerationSummary {
  int32_t samples = 0;
  int32_t images = 0;
  int32_t replay_images = 0;
  std::vector<TypeSamples> by_type;
  std::vector<DropCount> dropped;
  int32_t rejected_replay_images = 0;
  bool operator==(const GenerationSummary&) const = default;
};

struct TrainingSummary {
  int32_t steps = 0;
  int32_t images = 0;
  double first_loss = 0;
  double last_loss = 0;
  bool operator==(const TrainingSummary&) const = default;
};

}  // namespace flywheel
