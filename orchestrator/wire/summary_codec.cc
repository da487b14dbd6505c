#include "orchestrator/wire/summary_codec.h"

namespace flywheel {
namespace {

Accuracy FromProto(const v1::Accuracy& message) {
  return {.n = message.n(),
          .correct = message.correct(),
          .accuracy = message.accuracy(),
          .low = message.low(),
          .high = message.high()};
}

TypeAccuracy FromProto(const v1::TypeAccuracy& message) {
  return {.type = message.type(),
          .name = message.name(),
          .n = message.n(),
          .correct = message.correct(),
          .accuracy = message.accuracy(),
          .low = message.low(),
          .high = message.high()};
}

SplitAccuracy FromProto(const v1::SplitAccuracy& message) {
  SplitAccuracy value{.split = message.split(), .total = FromProto(message.total()), .by_type = {}};
  for (const auto& type : message.by_type()) value.by_type.push_back(FromProto(type));
  return value;
}

v1::SplitAccuracy ToProto(const SplitAccuracy& value) {
  v1::SplitAccuracy message;
  message.set_split(value.split);
  *message.mutable_total() = flywheel::ToProto(value.total);
  for (const TypeAccuracy& type : value.by_type) *message.add_by_type() = flywheel::ToProto(type);
  return message;
}

}  // namespace

v1::Accuracy ToProto(const Accuracy& value) {
  v1::Accuracy message;
  message.set_n(value.n);
  message.set_correct(value.correct);
  message.set_accuracy(value.accuracy);
  message.set_low(value.low);
  message.set_high(value.high);
  return message;
}

v1::TypeAccuracy ToProto(const TypeAccuracy& value) {
  v1::TypeAccuracy message;
  message.set_type(value.type);
  message.set_name(value.name);
  message.set_n(value.n);
  message.set_correct(value.correct);
  message.set_accuracy(value.accuracy);
  message.set_low(value.low);
  message.set_high(value.high);
  return message;
}

v1::PairedTest ToProto(const PairedTest& value) {
  v1::PairedTest message;
  message.set_n(value.n);
  message.set_fixed(value.fixed);
  message.set_broken(value.broken);
  message.set_p_value(value.p_value);
  return message;
}

PairedTest FromProto(const v1::PairedTest& message) {
  return {.n = message.n(),
          .fixed = message.fixed(),
          .broken = message.broken(),
          .p_value = message.p_value()};
}

v1::TypeWeight ToProto(const TypeWeight& value) {
  v1::TypeWeight message;
  message.set_type(value.type);
  message.set_name(value.name);
  message.set_n(value.n);
  message.set_accuracy(value.accuracy);
  message.set_weight(value.weight);
  message.set_bad_cases(value.bad_cases);
  return message;
}

v1::PrepareSummary ToProto(const PrepareSummary& value) {
  v1::PrepareSummary message;
  for (const SplitSize& size : value.splits) {
    v1::SplitSize& split = *message.add_splits();
    split.set_split(size.split);
    split.set_questions(size.questions);
    split.set_images(size.images);
  }
  message.set_bank_images(value.bank_images);
  message.set_bank_refused(value.bank_refused);
  for (const std::string& warning : value.warnings) message.add_warnings(warning);
  return message;
}

PrepareSummary FromProto(const v1::PrepareSummary& message) {
  PrepareSummary value;
  for (const auto& split : message.splits()) {
    value.splits.push_back(
        {.split = split.split(), .questions = split.questions(), .images = split.images()});
  }
  value.bank_images = message.bank_images();
  value.bank_refused = message.bank_refused();
  value.warnings.assign(message.warnings().begin(), message.warnings().end());
  return value;
}

v1::EvaluationSummary ToProto(const EvaluationSummary& value) {
  v1::EvaluationSummary message;
  message.set_scoring(value.scoring);
  for (const SplitAccuracy& split : value.splits) *message.add_splits() = ToProto(split);
  if (value.gate) *message.mutable_gate() = ToProto(*value.gate);
  return message;
}

EvaluationSummary FromProto(const v1::EvaluationSummary& message) {
  EvaluationSummary value;
  value.scoring = message.scoring();
  for (const auto& split : message.splits()) value.splits.push_back(FromProto(split));
  if (message.has_gate()) value.gate = FromProto(message.gate());
  return value;
}

v1::AnalysisSummary ToProto(const AnalysisSummary& value) {
  v1::AnalysisSummary message;
  message.set_policy(value.policy);
  for (const TypeWeight& weight : value.weights) *message.add_weights() = ToProto(weight);
  return message;
}

AnalysisSummary FromProto(const v1::AnalysisSummary& message) {
  AnalysisSummary value;
  value.policy = message.policy();
  for (const auto& weight : message.weights()) {
    value.weights.push_back({.type = weight.type(),
                             .name = weight.name(),
                             .n = weight.n(),
                             .accuracy = weight.accuracy(),
                             .weight = weight.weight(),
                             .bad_cases = weight.bad_cases()});
  }
  return value;
}

v1::GenerationSummary ToProto(const GenerationSummary& value) {
  v1::GenerationSummary message;
  message.set_samples(value.samples);
  message.set_images(value.images);
  message.set_replay_images(value.replay_images);
  message.set_rejected_replay_images(value.rejected_replay_images);
  for (const TypeSamples& type : value.by_type) {
    v1::TypeSamples& samples = *message.add_by_type();
    samples.set_type(type.type);
    samples.set_name(type.name);
    samples.set_quota(type.quota);
    samples.set_samples(type.samples);
  }
  for (const DropCount& drop : value.dropped) {
    v1::DropCount& dropped = *message.add_dropped();
    dropped.set_reason(drop.reason);
    dropped.set_count(drop.count);
  }
  return message;
}

GenerationSummary FromProto(const v1::GenerationSummary& message) {
  GenerationSummary value;
  value.samples = message.samples();
  value.images = message.images();
  value.replay_images = message.replay_images();
  value.rejected_replay_images = message.rejected_replay_images();
  for (const auto& type : message.by_type()) {
    value.by_type.push_back({.type = type.type(),
                             .name = type.name(),
                             .quota = type.quota(),
                             .samples = type.samples()});
  }
  for (const auto& drop : message.dropped()) {
    value.dropped.push_back({.reason = drop.reason(), .count = drop.count()});
  }
  return value;
}

v1::TrainingSummary ToProto(const TrainingSummary& value) {
  v1::TrainingSummary message;
  message.set_steps(value.steps);
  message.set_images(value.images);
  message.set_first_loss(value.first_loss);
  message.set_last_loss(value.last_loss);
  return message;
}

TrainingSummary FromProto(const v1::TrainingSummary& message) {
  return {.steps = message.steps(),
          .images = message.images(),
          .first_loss = message.first_loss(),
          .last_loss = message.last_loss()};
}

}  // namespace flywheel
