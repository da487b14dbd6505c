#include "workers/prepare/prepare_parameters.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;

void AtLeast(JsonObjectReader& reader, std::string_view name, int32_t value, int32_t bound) {
  if (value < bound) reader.Fail(name, fmt::format("expected at least {}, found {}", bound, value));
}

Result<WorldSource> ReadWorld(const json& value) {
  WorldSource world;
  JsonObjectReader reader(value, "parameters.data.world");
  reader.Required("steer_questions", &world.steer_questions);
  reader.Optional("gate_questions", &world.gate_questions);
  reader.Optional("sealed_questions", &world.sealed_questions);
  reader.Required("bank_scenes", &world.bank_scenes);
  AtLeast(reader, "steer_questions", world.steer_questions, 1);
  AtLeast(reader, "gate_questions", world.gate_questions, 0);
  AtLeast(reader, "sealed_questions", world.sealed_questions, 0);
  AtLeast(reader, "bank_scenes", world.bank_scenes, 1);
  FW_TRY(reader.Finish());
  return world;
}

// Nothing that leads out of data_root: image names are kept in artifacts and opened again later.
void BelowDataRoot(JsonObjectReader& reader, std::string_view name, const std::string& path) {
  const bool leads_out = path == ".." || path.starts_with("../") || path.ends_with("/..") ||
                         path.find("/../") != std::string::npos;
  if (path.empty() || path.starts_with('/') || leads_out) {
    reader.Fail(name, fmt::format("expected a path below data_root, found '{}'", path));
  }
}

Result<CocoSource> ReadCocoSource(const json& value) {
  CocoSource coco;
  JsonObjectReader reader(value, "parameters.data.coco");
  reader.Required("images", &coco.images);
  reader.Required("instances", &coco.instances);
  reader.Required("captions", &coco.captions);
  reader.Required("benchmark_share", &coco.benchmark_share);
  reader.Required("questions_per_image", &coco.questions_per_image);
  BelowDataRoot(reader, "images", coco.images);
  BelowDataRoot(reader, "instances", coco.instances);
  BelowDataRoot(reader, "captions", coco.captions);
  if (!(coco.benchmark_share > 0 && coco.benchmark_share < 1)) {
    reader.Fail("benchmark_share", fmt::format("expected more than 0 and less than 1, found {}",
                                               coco.benchmark_share));
  }
  AtLeast(reader, "questions_per_image", coco.questions_per_image, 1);
  FW_TRY(reader.Finish());
  return coco;
}

Result<SeedBenchSource> ReadSeedBenchSource(const json& value) {
  SeedBenchSource source;
  JsonObjectReader reader(value, "parameters.data.seed_bench");
  reader.Required("questions", &source.questions);
  reader.Required("images", &source.images);
  reader.Required("bank", &source.bank);
  BelowDataRoot(reader, "questions", source.questions);
  BelowDataRoot(reader, "images", source.images);
  BelowDataRoot(reader, "bank", source.bank);
  FW_TRY(reader.Finish());
  return source;
}

Result<SplitShares> ReadShares(const json& value) {
  SplitShares shares{};
  JsonObjectReader reader(value, "parameters.data.shares");
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    reader.Optional(kSplitNames[i], &shares[i]);
    if (!(shares[i] >= 0 && shares[i] <= 1)) {
      reader.Fail(kSplitNames[i], fmt::format("expected 0 to 1, found {}", shares[i]));
    }
    sum += shares[i];
  }
  if (shares[0] == 0) {
    reader.Fail(kSplitNames[0], "expected more than 0: weights and bad cases come from this split");
  }
  FW_TRY(reader.Finish());
  if (std::abs(sum - 1) > 1e-6) {
    return InvalidArgument(
        fmt::format("parameters.data.shares: expected a sum of 1, found {}", sum));
  }
  return shares;
}

Status ReadData(const json& value, PrepareParameters* parameters) {
  json world;
  json coco;
  json seed_bench;
  json shares;
  JsonObjectReader reader(value, "parameters.data");
  reader.Optional("world", &world);
  reader.Optional("coco", &coco);
  reader.Optional("seed_bench", &seed_bench);
  reader.Optional("shares", &shares);
  FW_TRY(reader.Finish());
  const int sources = int{!world.is_null()} + int{!coco.is_null()} + int{!seed_bench.is_null()};
  if (sources != 1) {
    return InvalidArgument(fmt::format(
        "parameters.data: expected one of world, coco and seed_bench, found {}", sources));
  }
  if (!shares.is_null()) {
    FW_ASSIGN(parameters->shares, ReadShares(shares));
  }
  if (!world.is_null()) {
    FW_ASSIGN(parameters->source, ReadWorld(world));
    return OkStatus();
  }
  if (parameters->data_root.empty()) return InvalidArgument("parameters.data_root: is missing");
  if (!coco.is_null()) {
    FW_ASSIGN(parameters->source, ReadCocoSource(coco));
  } else {
    FW_ASSIGN(parameters->source, ReadSeedBenchSource(seed_bench));
  }
  return OkStatus();
}

Result<GateNeeds> ReadGate(const json& value) {
  GateNeeds gate;
  std::string policy;
  JsonObjectReader reader(value, "parameters.gate");
  reader.Required("policy", &policy);
  reader.Optional("alpha", &gate.alpha);
  gate.always_promote = policy == "ALWAYS_PROMOTE";
  if (!gate.always_promote && policy != "MCNEMAR") {
    reader.Fail("policy", fmt::format("expected MCNEMAR or ALWAYS_PROMOTE, found '{}'", policy));
  }
  if (!gate.always_promote && !(gate.alpha > 0 && gate.alpha < 1)) {
    reader.Fail("alpha", fmt::format("expected more than 0 and less than 1, found {}", gate.alpha));
  }
  FW_TRY(reader.Finish());
  return gate;
}

}  // namespace

Result<PrepareParameters> ReadPrepareParameters(const json& value) {
  PrepareParameters parameters;
  int32_t looks = 1;
  json data;
  json model;
  json gate;
  JsonObjectReader reader(value, "parameters");
  reader.Optional("data_root", &parameters.data_root);
  reader.Required("data", &data);
  reader.Required("model", &model);
  reader.Required("gate", &gate);
  reader.Optional("iterations", &looks);
  AtLeast(reader, "iterations", looks, 1);
  FW_TRY(reader.Finish());
  FW_TRY(ReadData(data, &parameters));
  FW_ASSIGN(parameters.gate, ReadGate(gate));
  parameters.gate.looks = looks;
  JsonObjectReader model_reader(model, "parameters.model");
  model_reader.Required("base", &parameters.base_model);
  FW_TRY(model_reader.Finish());
  return parameters;
}

Status CheckGateSplit(const GateNeeds& gate, int questions) {
  if (gate.always_promote) return OkStatus();
  const double alpha = gate.alpha / gate.looks;
  int needed = 1;
  for (double p = 0.5; p > alpha; p /= 2) ++needed;
  if (questions >= needed) return OkStatus();
  return InvalidArgument(fmt::format(
      "the gate split has {} questions, expected at least {}: with fewer no candidate can pass the "
      "test at alpha {} shared by {} looks; enlarge the split or take gate.policy ALWAYS_PROMOTE",
      questions, needed, gate.alpha, gate.looks));
}

}  // namespace flywheel
