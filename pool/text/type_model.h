// A small linear model of a question's type: multinomial logistic regression over hashed features
// of its words (words, pairs of neighbours, three-letter pieces), weights in one byte each. Reads
// and writes its file; learning it is pool/training. Equal words give equal probabilities.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

// Types 1 to 9, and 0 for none of them.
inline constexpr size_t kTypeClasses = 10;
inline constexpr size_t kTypeBuckets = 1 << 14;

using TypeProbabilities = std::array<float, kTypeClasses>;

// The buckets of a question's features, in order of occurrence, one twice when two features fall
// into it: 64-bit XXH3 of each, kTypeBuckets of them. Empty without words.
std::vector<uint16_t> TypeFeatures(const std::vector<std::string_view>& words);

class TypeModel {
 public:
  // weights[bucket * kTypeClasses + type]; a class's score is bias + scale * (sum of the features'
  // weights) / sqrt(features).
  struct Parts {
    std::vector<int8_t> weights;
    std::array<float, kTypeClasses> bias{};
    float scale = 0;
    uint64_t seed = 0;  // with which it was trained

    bool operator==(const Parts&) const = default;
  };

  explicit TypeModel(Parts parts);
  // INVALID_ARGUMENT names file and member; NOT_FOUND the file.
  static Result<TypeModel> Load(const std::string& path);
  // `source` names the value in errors.
  static Result<TypeModel> FromJson(const nlohmann::json& value, const std::string& source);
  nlohmann::json ToJson() const;

  // They sum to 1.
  TypeProbabilities Probabilities(const std::vector<std::string_view>& words) const;

  // SHA-256 of features, weights, biases and scale.
  const std::string& digest() const { return digest_; }
  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
  std::string digest_;
};

// configs/pool/question_types/model.json as it was when this program was built.
Result<TypeModel> ShippedTypeModel();

}  // namespace flywheel
