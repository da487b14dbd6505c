#include "orchestrator/wire/report_codec.h"

#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/summary_codec.h"

namespace flywheel {
namespace {

v1::EvaluationReport ToProto(const EvaluationReport& report) {
  v1::EvaluationReport message;
  *message.mutable_steer() = flywheel::ToProto(report.steer);
  *message.mutable_gate() = flywheel::ToProto(report.gate);
  *message.mutable_sealed() = flywheel::ToProto(report.sealed);
  for (const TypeAccuracy& type : report.by_type) *message.add_by_type() = flywheel::ToProto(type);
  return message;
}

v1::StageSeconds ToProto(const StageSeconds& seconds) {
  v1::StageSeconds message;
  message.set_prepare(seconds.prepare);
  message.set_evaluate(seconds.evaluate);
  message.set_analyze(seconds.analyze);
  message.set_generate(seconds.generate);
  message.set_train(seconds.train);
  return message;
}

v1::IterationReport ToProto(const IterationReport& report) {
  v1::IterationReport message;
  message.set_iteration(report.iteration);
  message.set_model(report.model);
  message.set_champion(report.champion);
  if (report.evaluation) *message.mutable_evaluation() = ToProto(*report.evaluation);
  if (report.champion_evaluation) {
    *message.mutable_champion_evaluation() = ToProto(*report.champion_evaluation);
  }
  if (report.gate) *message.mutable_gate() = flywheel::ToProto(*report.gate);
  for (const TypeWeight& weight : report.weights) {
    *message.add_weights() = flywheel::ToProto(weight);
  }
  if (report.generated) *message.mutable_generated() = flywheel::ToProto(*report.generated);
  if (report.training) *message.mutable_training() = flywheel::ToProto(*report.training);
  *message.mutable_seconds() = ToProto(report.seconds);
  return message;
}

}  // namespace

v1::CampaignReport ToProto(const CampaignReport& report) {
  v1::CampaignReport message;
  message.set_campaign(CampaignResourceName(report.campaign));
  message.set_display_name(report.display_name);
  message.set_state(std::string(CampaignPhaseName(report.state)));
  message.set_state_reason(report.state_reason);
  message.set_seed(report.seed);
  for (const IterationReport& iteration : report.iterations) {
    *message.add_iterations() = ToProto(iteration);
  }
  message.set_champion(report.champion);
  *message.mutable_seconds() = ToProto(report.seconds);
  message.set_total_seconds(report.total_seconds);
  message.set_idle_seconds(report.idle_seconds);
  if (report.prepare) *message.mutable_prepare() = ToProto(*report.prepare);
  for (const ArtifactRef& artifact : report.artifacts) {
    v1::NamedArtifact& named = *message.add_artifacts();
    named.set_name(artifact.name);
    named.set_digest(artifact.digest);
  }
  for (const std::string& note : report.notes) message.add_notes(note);
  return message;
}

}  // namespace flywheel
