#include "workers/llava/checkpoint.h"

#include <filesystem>

#include "workers/llava/safetensors.h"

namespace flywheel::llava {
namespace {

std::span<float> Values(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

}  // namespace

Status WriteCheckpoint(const std::string& path, const std::string& run,
                       const ParameterBuffer& parameters, const Optimizer& optimizer,
                       const CheckpointState& state) {
  SafetensorsWriter writer;
  const std::vector<int64_t> shape = {parameters.count()};
  writer.Add("parameters", TensorType::kF32, shape, Values(parameters.flat()));
  writer.Add("momentum", TensorType::kF32, shape, Values(optimizer.momentum()));
  writer.Add("variance", TensorType::kF32, shape, Values(optimizer.variance()));
  writer.Add("losses", TensorType::kF32, {static_cast<int64_t>(state.losses.size())}, state.losses);
  writer.SetMetadata("run", run);
  return writer.Write(path);
}

Result<CheckpointState> ReadCheckpoint(const std::string& path, const std::string& run,
                                       const ParameterBuffer& parameters, Optimizer* optimizer) {
  if (!std::filesystem::exists(path)) return CheckpointState{};
  FW_ASSIGN(const SafetensorsFile file, SafetensorsFile::Open(path));
  const auto owner = file.metadata().find("run");
  if (owner == file.metadata().end() || owner->second != run) return CheckpointState{};
  const std::vector<int64_t> shape = {parameters.count()};
  FW_TRY(file.ReadFloats("parameters", shape, Values(parameters.flat())));
  FW_TRY(file.ReadFloats("momentum", shape, Values(optimizer->momentum())));
  FW_TRY(file.ReadFloats("variance", shape, Values(optimizer->variance())));
  CheckpointState state;
  const auto losses = file.tensors().find("losses");
  if (losses == file.tensors().end() || losses->second.shape.size() != 1) {
    return InvalidArgument(path + ": tensor \"losses\" is missing");
  }
  state.losses.resize(static_cast<size_t>(losses->second.shape[0]));
  FW_TRY(file.ReadFloats("losses", losses->second.shape, state.losses));
  state.step = losses->second.shape[0];
  optimizer->set_steps(state.step);
  return state;
}

}  // namespace flywheel::llava
