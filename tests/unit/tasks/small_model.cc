#include "tests/unit/tasks/small_model.h"

#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {

void WriteSmallModel(const std::string& path) {
  WriteText(path + "/config.json", R"({"model_type":"llava"})");
  WriteText(path + "/tokenizer.model", "pieces");
  WriteText(path + "/base_mixture.json", "{}");
  const std::string header = R"({"weight":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
  std::string weights(8, '\0');
  weights[0] = static_cast<char>(header.size());
  WriteText(path + "/model.safetensors", weights + header + std::string(16, 'x'));
}

}  // namespace flywheel
