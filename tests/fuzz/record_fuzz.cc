// Any text as a record of every format that has records: an error or a row, and a row is written,
// read again and turned into MLLM-DataEngine's samples without loss.
#include "base/check.h"
#include "base/io/json.h"
#include "pool/formats/engine_format.h"
#include "pool/formats/record_json.h"
#include "pool/formats/sample_format.h"

namespace flywheel {
namespace {

void CheckSamples(const LlavaRow& row) {
  const Result<std::vector<EngineSample>> samples = EngineSamplesFromRow(row);
  if (!samples.ok()) return;
  for (const EngineSample& sample : *samples) {
    const std::string line = FormatEngineSample(sample);
    const Result<nlohmann::json> value = ParseRecordJson(line);
    FW_CHECK(value.ok(), "a written sample is no JSON");
    const Result<EngineSample> back = EngineSampleFromJson(*value);
    // A question that is nothing but the picture leaves no instruction.
    if (!sample.instruction.empty()) FW_CHECK(back.ok() && *back == sample, line.c_str());
  }
}

void CheckRow(const LlavaRow& row) {
  FW_CHECK(CheckLlavaRow(row).ok(), "a row that no trainer could read");
  const std::string line = FormatLlavaRow(row);
  FW_CHECK(line.find('\n') == std::string::npos, "a row of two lines");
  const Result<LlavaRow> back = ParseLlavaRow(line);
  FW_CHECK(back.ok() && *back == row, line.c_str());
  CheckSamples(row);
}

// The fast way to JSON and the one that words errors agree.
void CheckJson(std::string_view text) {
  const Result<nlohmann::json> fast = ParseRecordJson(text);
  const Result<nlohmann::json> strict = ParseJson(text, "json");
  if (fast.ok()) FW_CHECK(strict.ok() && *strict == *fast, "two parsers differ");
  if (!fast.ok() && CheckNesting(text).ok()) FW_CHECK(!strict.ok(), "the strict parser accepts it");
}

}  // namespace
}  // namespace flywheel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flywheel;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckJson(text);
  for (const SampleFormat format :
       {SampleFormat::kLlava, SampleFormat::kShareGpt, SampleFormat::kEngine}) {
    const Result<LlavaRow> row = RowFromRecord(format, text, {"fuzz", 1});
    FW_CHECK(row.ok() || !row.status().message().empty(), "an error without a word");
    if (row.ok()) CheckRow(*row);
  }
  return 0;
}
