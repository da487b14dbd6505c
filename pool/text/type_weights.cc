#include "pool/text/type_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/io/json.h"
#include "base/records/question.h"

namespace flywheel {
namespace {

constexpr int kLastType = 9;

std::string Folded(std::string text) {
  for (char& c : text) {
    c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

std::optional<int> TypeOf(const std::string& key) {
  for (int type = 0; type <= kLastType; ++type) {
    if (key == std::to_string(type)) return type;
    if (type > 0 && Folded(key) == Folded(QuestionTypeName(type))) return type;
  }
  return std::nullopt;
}

}  // namespace

Result<std::map<int, double>> ReadTypeWeights(const std::string& path) {
  FW_ASSIGN(const nlohmann::json file, ReadJsonFile(path));
  const nlohmann::json& object =
      file.is_object() && file.contains("weights") ? file["weights"] : file;
  if (!object.is_object()) {
    return InvalidArgument(fmt::format("{}: expected an object of weights by question type", path));
  }
  std::map<int, double> weights;
  for (const auto& [key, value] : object.items()) {
    const std::optional<int> type = TypeOf(key);
    if (!type.has_value()) {
      return InvalidArgument(
          fmt::format("{}: '{}' is no question type; expected 0 to {} or a name such as \"{}\"",
                      path, key, kLastType, QuestionTypeName(4)));
    }
    if (!value.is_number() || value.get<double>() < 0) {
      return InvalidArgument(fmt::format("{}: {}: expected a number that is not negative, found {}",
                                         path, key, value.dump()));
    }
    weights[*type] += value.get<double>();
  }
  return weights;
}

}  // namespace flywheel
