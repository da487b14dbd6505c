#include "orchestrator/wire/spec_codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/digest.h"
#include "orchestrator/wire/json_message.h"
#include "orchestrator/wire/task_codec.h"

namespace flywheel {
namespace {

StagePolicy FromProto(const v1::StagePolicy& message) {
  StagePolicy policy{.max_attempts = message.max_attempts(),
                     .max_infrastructure_failures = message.max_infrastructure_failures(),
                     .backoff_initial_s = message.backoff_initial_s(),
                     .backoff_max_s = message.backoff_max_s(),
                     .resources = flywheel::FromProto(message.resources()),
                     .limits = flywheel::FromProto(message.limits())};
  if (message.has_final_exit_codes()) {
    const auto& codes = message.final_exit_codes().codes();
    policy.final_exit_codes.emplace(codes.begin(), codes.end());
  }
  return policy;
}

v1::StagePolicy ToProto(const StagePolicy& policy) {
  v1::StagePolicy message;
  message.set_max_attempts(policy.max_attempts);
  message.set_max_infrastructure_failures(policy.max_infrastructure_failures);
  message.set_backoff_initial_s(policy.backoff_initial_s);
  message.set_backoff_max_s(policy.backoff_max_s);
  *message.mutable_resources() = flywheel::ToProto(policy.resources);
  *message.mutable_limits() = flywheel::ToProto(policy.limits);
  if (policy.final_exit_codes) {
    message.mutable_final_exit_codes()->mutable_codes()->Add(policy.final_exit_codes->begin(),
                                                             policy.final_exit_codes->end());
  }
  return message;
}

// An empty object stands for a section that the spec does not have.
template <typename Message>
Status FillSection(const nlohmann::json& section, Message* (v1::CampaignSpec::*mutable_section)(),
                   v1::CampaignSpec& message) {
  if (section.empty()) return OkStatus();
  return JsonToMessage(section, (message.*mutable_section)());
}

}  // namespace

StagePolicies FromProto(const v1::StagePolicies& message) {
  return {.prepare = FromProto(message.prepare()),
          .evaluate = FromProto(message.evaluate()),
          .analyze = FromProto(message.analyze()),
          .generate = FromProto(message.generate()),
          .train = FromProto(message.train())};
}

v1::StagePolicies ToProto(const StagePolicies& policies) {
  v1::StagePolicies message;
  *message.mutable_prepare() = ToProto(policies.prepare);
  *message.mutable_evaluate() = ToProto(policies.evaluate);
  *message.mutable_analyze() = ToProto(policies.analyze);
  *message.mutable_generate() = ToProto(policies.generate);
  *message.mutable_train() = ToProto(policies.train);
  return message;
}

Result<CampaignSpec> FromProto(const v1::CampaignSpec& message) {
  CampaignSpec spec;
  spec.display_name = message.display_name();
  spec.description = message.description();
  spec.seed = message.seed();
  spec.iterations = message.iterations();
  spec.priority = message.priority();
  spec.data_root = message.data_root();
  spec.scoring = message.evaluate().scoring();
  spec.batch_size = message.evaluate().batch_size();
  spec.start = static_cast<TrainStart>(message.train().start());
  spec.gate = {.policy = static_cast<GatePolicy>(message.gate().policy()),
               .alpha = message.gate().alpha()};
  spec.stop = {.target_accuracy = message.stop().target_accuracy(),
               .patience = message.stop().patience(),
               .max_samples = message.stop().max_samples(),
               .max_task_seconds = message.stop().max_task_seconds()};
  spec.stages = FromProto(message.stages());
  if (message.has_data()) {
    FW_ASSIGN(spec.data, MessageToJson(message.data()));
  }
  if (message.has_model()) {
    FW_ASSIGN(spec.model, MessageToJson(message.model()));
  }
  if (message.analyze().has_weights()) {
    FW_ASSIGN(spec.weights, MessageToJson(message.analyze().weights()));
  }
  if (message.has_generate()) {
    FW_ASSIGN(spec.generate, MessageToJson(message.generate()));
  }
  if (message.has_train()) {
    FW_ASSIGN(spec.train, MessageToJson(message.train()));
  }
  return spec;
}

Result<v1::CampaignSpec> ToProto(const CampaignSpec& spec) {
  v1::CampaignSpec message;
  message.set_display_name(spec.display_name);
  message.set_description(spec.description);
  message.set_seed(spec.seed);
  message.set_iterations(spec.iterations);
  message.set_priority(spec.priority);
  message.set_data_root(spec.data_root);
  message.mutable_evaluate()->set_scoring(spec.scoring);
  message.mutable_evaluate()->set_batch_size(spec.batch_size);
  message.mutable_gate()->set_policy(static_cast<v1::GateSpec::Policy>(spec.gate.policy));
  message.mutable_gate()->set_alpha(spec.gate.alpha);
  v1::StopSpec& stop = *message.mutable_stop();
  stop.set_target_accuracy(spec.stop.target_accuracy);
  stop.set_patience(spec.stop.patience);
  stop.set_max_samples(spec.stop.max_samples);
  stop.set_max_task_seconds(spec.stop.max_task_seconds);
  *message.mutable_stages() = ToProto(spec.stages);
  FW_TRY(FillSection(spec.data, &v1::CampaignSpec::mutable_data, message));
  FW_TRY(FillSection(spec.model, &v1::CampaignSpec::mutable_model, message));
  FW_TRY(FillSection(spec.generate, &v1::CampaignSpec::mutable_generate, message));
  FW_TRY(FillSection(spec.train, &v1::CampaignSpec::mutable_train, message));
  if (!spec.weights.empty()) {
    FW_TRY(JsonToMessage(spec.weights, message.mutable_analyze()->mutable_weights()));
  }
  // The typed field is the one that was decided on.
  message.mutable_train()->set_start(static_cast<v1::TrainSpec::Start>(spec.start));
  return message;
}

std::string SpecDigest(const v1::CampaignSpec& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes);
}

}  // namespace flywheel
