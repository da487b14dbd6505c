#include "pool/text/type_model.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/base64.h"
#include "base/digest.h"
#include "base/io/json.h"

namespace flywheel {

extern const std::string_view kTypeModelJson;  // shipped_model.cc
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "flywheel-question-types-1";
// Each family of features has its own hash function, so that the word "the" and the piece "the"
// fall into different buckets.
enum Family : uint64_t { kWord = 1, kPair = 2, kPiece = 3, kFirstWord = 4 };
constexpr size_t kPieceBytes = 3;

uint16_t Bucket(std::string_view feature, Family family) {
  return static_cast<uint16_t>(XXH3_64bits_withSeed(feature.data(), feature.size(), family) %
                               kTypeBuckets);
}

void AddPieces(std::string_view word, std::vector<uint16_t>* features) {
  for (size_t at = 0; at + kPieceBytes <= word.size(); ++at) {
    features->push_back(Bucket(word.substr(at, kPieceBytes), kPiece));
  }
}

template <typename T>
std::string_view BytesOf(const T& values) {
  return {reinterpret_cast<const char*>(values.data()),
          values.size() * sizeof(typename T::value_type)};
}

}  // namespace

std::vector<uint16_t> TypeFeatures(const std::vector<std::string_view>& words) {
  std::vector<uint16_t> features;
  features.reserve(words.size() * 8);
  if (!words.empty()) features.push_back(Bucket(words.front(), kFirstWord));
  std::string pair;
  for (size_t at = 0; at < words.size(); ++at) {
    features.push_back(Bucket(words[at], kWord));
    AddPieces(words[at], &features);
    if (at == 0) continue;
    pair.assign(words[at - 1]).append(1, ' ').append(words[at]);
    features.push_back(Bucket(pair, kPair));
  }
  return features;
}

TypeModel::TypeModel(Parts parts) : parts_(std::move(parts)) {
  FW_CHECK(parts_.weights.size() == kTypeBuckets * kTypeClasses, "a weight for bucket and class");
  Sha256 digest;
  digest.Update(kFormat);
  digest.Update(BytesOf(parts_.weights));
  digest.Update(BytesOf(parts_.bias));
  digest.Update(fmt::format("{}", parts_.scale));
  digest_ = digest.FinishHex();
}

Result<TypeModel> TypeModel::Load(const std::string& path) {
  FW_ASSIGN(const json value, ReadJsonFile(path));
  return FromJson(value, path);
}

Result<TypeModel> TypeModel::FromJson(const json& value, const std::string& source) {
  if (!value.is_object()) {
    return InvalidArgument(
        fmt::format("{}: expected an object, found {}", source, value.type_name()));
  }
  JsonObjectReader reader(value, source);
  std::string format, weights;
  int64_t buckets = 0;
  double scale = 0;
  std::vector<double> bias;
  Parts parts;
  reader.Required("format", &format);
  reader.Required("buckets", &buckets);
  reader.Required("seed", &parts.seed);
  reader.Required("scale", &scale);
  reader.Required("bias", &bias);
  reader.Required("weights", &weights);
  if (format != kFormat) {
    reader.Fail("format", fmt::format("is \"{}\", expected \"{}\"", format, kFormat));
  }
  if (buckets != kTypeBuckets) {
    reader.Fail("buckets", fmt::format("is {}, expected {}", buckets, kTypeBuckets));
  }
  if (bias.size() != kTypeClasses) {
    reader.Fail("bias", fmt::format("has {} values, expected {}", bias.size(), kTypeClasses));
  }
  FW_TRY(reader.Finish());
  Result<std::string> bytes = FromBase64(weights);
  if (!bytes.ok()) return bytes.status().WithContext(source + ".weights");
  if (bytes->size() != kTypeBuckets * kTypeClasses) {
    return InvalidArgument(fmt::format("{}.weights: {} bytes, expected {}", source, bytes->size(),
                                       kTypeBuckets * kTypeClasses));
  }
  parts.weights.assign(bytes->begin(), bytes->end());
  std::transform(bias.begin(), bias.end(), parts.bias.begin(),
                 [](double one) { return static_cast<float>(one); });
  parts.scale = static_cast<float>(scale);
  return TypeModel(std::move(parts));
}

json TypeModel::ToJson() const {
  // Floats as doubles of few digits: the shortest text that reads back as the same float.
  const auto shortest = [](float value) { return json::parse(fmt::format("{}", value)); };
  json bias = json::array();
  for (const float one : parts_.bias) bias.push_back(shortest(one));
  return {{"format", kFormat},   {"buckets", kTypeBuckets},
          {"seed", parts_.seed}, {"scale", shortest(parts_.scale)},
          {"bias", bias},        {"weights", Base64(BytesOf(parts_.weights))}};
}

TypeProbabilities TypeModel::Probabilities(const std::vector<std::string_view>& words) const {
  const std::vector<uint16_t> features = TypeFeatures(words);
  std::array<int32_t, kTypeClasses> sums{};
  for (const uint16_t bucket : features) {
    const int8_t* weights = parts_.weights.data() + bucket * kTypeClasses;
    for (size_t type = 0; type < kTypeClasses; ++type) sums[type] += weights[type];
  }
  const float scale =
      features.empty() ? 0 : parts_.scale / std::sqrt(static_cast<float>(features.size()));
  TypeProbabilities scores;
  for (size_t type = 0; type < kTypeClasses; ++type) {
    scores[type] = parts_.bias[type] + scale * static_cast<float>(sums[type]);
  }
  const float most = *std::max_element(scores.begin(), scores.end());
  for (float& score : scores) score = std::exp(score - most);
  const float sum = std::accumulate(scores.begin(), scores.end(), 0.0F);
  for (float& score : scores) score /= sum;
  return scores;
}

Result<TypeModel> ShippedTypeModel() {
  constexpr std::string_view kSource = "configs/pool/question_types/model.json";
  FW_ASSIGN(const nlohmann::json value, ParseJson(kTypeModelJson, kSource));
  return TypeModel::FromJson(value, std::string(kSource));
}

}  // namespace flywheel
