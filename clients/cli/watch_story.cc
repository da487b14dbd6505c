#include "clients/cli/watch_story.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "clients/cli/number_text.h"

namespace flywheel {
namespace {

double Seconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + 1e-9 * time.nanos();
}

std::string StageLine(std::string_view stage, const std::string& rest) {
  return fmt::format("  {:<9}{}", stage, rest);
}

// "0.3 s", "41 s", from a minute on "1:08".
std::string BriefDuration(double seconds) {
  constexpr double kMinute = 59.5;
  return seconds < kMinute ? SecondsText(seconds) + " s" : DurationText(seconds);
}

std::string SplitText(const v1::SplitAccuracy& split) {
  std::string text = fmt::format("{} {} %", split.split(), Percent(split.total().accuracy()));
  if (split.split() == "sealed") {
    text += fmt::format(" ({} to {})", Percent(split.total().low()), Percent(split.total().high()));
  }
  return text;
}

std::string EvaluationText(const v1::EvaluationSummary& evaluation) {
  std::vector<std::string> parts;
  for (const auto& split : evaluation.splits()) {
    if (split.total().n() > 0) parts.push_back(SplitText(split));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The types that get most; the rest only as a count.
std::string AnalysisText(const v1::AnalysisSummary& analysis) {
  constexpr size_t kShown = 4;
  std::vector<const v1::TypeWeight*> weights;
  for (const auto& weight : analysis.weights()) {
    if (weight.weight() > 0) weights.push_back(&weight);
  }
  std::stable_sort(weights.begin(), weights.end(),
                   [](auto* a, auto* b) { return a->weight() > b->weight(); });
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(kShown, weights.size()); ++i) {
    parts.push_back(fmt::format("{} {:.0f} %", weights[i]->name(), 100 * weights[i]->weight()));
  }
  std::string text = fmt::format("{}: {}", analysis.policy(), fmt::join(parts, ", "));
  if (weights.size() > kShown) text += fmt::format(", {} more", weights.size() - kShown);
  return text;
}

std::string GenerationText(const v1::GenerationSummary& generation) {
  std::string text = fmt::format("{} on {}, {} replayed", Counted(generation.samples(), "sample"),
                                 Counted(generation.images(), "image"),
                                 Counted(generation.replay_images(), "image"));
  int64_t dropped = 0;
  for (const auto& drop : generation.dropped()) dropped += drop.count();
  if (dropped > 0) text += fmt::format(", {} dropped", CountText(dropped));
  return text;
}

std::string PrepareText(const v1::PrepareSummary& prepare) {
  std::vector<std::string> parts;
  for (const auto& split : prepare.splits()) {
    parts.push_back(fmt::format("{} {}", split.split(), CountText(split.questions())));
  }
  std::string text = fmt::format("questions: {}; bank: {}", fmt::join(parts, ", "),
                                 Counted(prepare.bank_images(), "image"));
  if (prepare.warnings_size() > 0) {
    text += fmt::format("; {} in the report", Counted(prepare.warnings_size(), "note"));
  }
  return text;
}

std::string FailureText(const v1::AttemptFailed& failed) {
  std::string text = fmt::format("{} failed: {}", failed.attempt(), failed.reason());
  if (failed.has_retry_time()) text += "; it is tried again";
  return text;
}

}  // namespace

std::string SummaryText(const v1::TaskResult& result) {
  if (result.has_prepare()) return PrepareText(result.prepare());
  if (result.has_evaluation()) return EvaluationText(result.evaluation());
  if (result.has_analysis()) return AnalysisText(result.analysis());
  if (result.has_generation()) return GenerationText(result.generation());
  if (!result.has_training()) return "";
  const auto& training = result.training();
  return fmt::format("{} on {}, loss {:.2f} to {:.2f}", Counted(training.steps(), "step"),
                     Counted(training.images(), "image"), training.first_loss(),
                     training.last_loss());
}

std::string LocalTime(const google::protobuf::Timestamp& time) {
  const std::time_t seconds = time.seconds();
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
}

std::vector<std::string> WatchStory::Tell(const v1::Event& event) {
  last_seq_ = event.seq();
  switch (event.kind_case()) {
    case v1::Event::kCampaignCreated: {
      const auto& spec = event.campaign_created().spec();
      iterations_ = spec.iterations();
      return {fmt::format("{} ({}): {}, seed {}", spec.display_name(), event.campaign(),
                          Counted(spec.iterations(), "iteration"), spec.seed())};
    }
    case v1::Event::kStageStarted:
      return BeginStage(event);
    case v1::Event::kStageEnded:
      return EndStage(event);
    case v1::Event::kAttemptStarted: {
      v1::RunningAttempt attempt;
      attempt.set_attempt(event.attempt_started().attempt());
      attempt.set_worker(event.attempt_started().worker());
      *attempt.mutable_start_time() = event.time();
      running_.push_back(std::move(attempt));
      return {};
    }
    case v1::Event::kAttemptSucceeded:
    case v1::Event::kAttemptFailed:
      return EndAttempt(event);
    case v1::Event::kGateDecided: {
      const auto& verdict = event.gate_decided().verdict();
      return {StageLine("gate", fmt::format("{}: {}", verdict.verdict(), verdict.reason()))};
    }
    case v1::Event::kCampaignEnded:
      running_.clear();
      return {fmt::format("{}: {}", v1::Campaign::State_Name(event.campaign_ended().state()),
                          event.why())};
    case v1::Event::kCampaignPaused:
    case v1::Event::kCampaignResumed:
    case v1::Event::kCampaignCancelRequested:
    case v1::Event::kCampaignDeleted:
    case v1::Event::kTaskRerun:
      return {event.why()};
    case v1::Event::kTasksAdded:
    case v1::Event::KIND_NOT_SET:
      return {};
  }
  return {};
}

void WatchStory::Update(const v1::RunningAttempt& attempt) {
  for (auto& running : running_) {
    if (running.attempt() == attempt.attempt()) *running.mutable_progress() = attempt.progress();
  }
}

std::vector<std::string> WatchStory::BeginStage(const v1::Event& event) {
  const auto& started = event.stage_started();
  stage_ = Stage{.iteration = started.iteration(),
                 .name = started.stage(),
                 .begin_s = Seconds(event.time()),
                 .outcome = {}};
  if (started.iteration() == told_iteration_) return {};
  told_iteration_ = started.iteration();
  if (iterations_ > 0 && told_iteration_ > iterations_) return {"closing evaluation"};
  return {iterations_ > 0 ? fmt::format("iteration {} of {}", told_iteration_, iterations_)
                          : fmt::format("iteration {}", told_iteration_)};
}

std::vector<std::string> WatchStory::EndStage(const v1::Event& event) {
  const auto& ended = event.stage_ended();
  const double seconds = Seconds(event.time()) - stage_.begin_s;
  std::string line =
      StageLine(ended.stage(), fmt::format("{:>7}  {}", BriefDuration(seconds), stage_.outcome));
  while (line.ends_with(' ')) line.pop_back();
  return {line};
}

std::vector<std::string> WatchStory::EndAttempt(const v1::Event& event) {
  if (event.has_attempt_failed()) {
    const auto& failed = event.attempt_failed();
    Forget(failed.attempt());
    return {StageLine(stage_.name, FailureText(failed))};
  }
  const auto& succeeded = event.attempt_succeeded();
  Forget(succeeded.attempt());
  if (std::string text = SummaryText(succeeded.result()); !text.empty()) {
    stage_.outcome = std::move(text);
  }
  return {};
}

void WatchStory::Forget(const std::string& attempt) {
  std::erase_if(running_, [&](const auto& running) { return running.attempt() == attempt; });
}

}  // namespace flywheel
