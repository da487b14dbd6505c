// Any file as Parquet: an error or samples, and each listed row is read again with the same
// content. DuckDB itself is not instrumented: mutations are blind to its branches.
#include "base/check.h"
#include "pool/formats/parquet_samples.h"
#include "tests/fuzz/fuzz_file.h"

namespace flywheel {
namespace {

constexpr size_t kMostRows = 50;

// Opening a database takes longer than reading a small file.
Duck& OneDuck() {
  static Duck duck = Duck::Open({1, 256, ""}).value();
  return duck;
}

void CheckFile(const std::string& path) {
  std::vector<ParquetSample> samples;
  std::vector<ParquetPlace> places;
  const auto notes = ForEachParquetSample(OneDuck(), path, [&](const ParquetSample& sample) {
    if (places.size() == kMostRows) return Aborted("enough");
    const Result<LlavaRow> row = RowFromParquet(sample, sample.id + ".jpg");
    if (row.ok())
      FW_CHECK(ParseLlavaRow(FormatLlavaRow(*row)).ok(), "a row that is not read again");
    samples.push_back(sample);
    places.push_back({path, sample.row});
    return OkStatus();
  });
  if (!notes.ok()) FW_CHECK(!notes.status().message().empty(), "an error without a word");
  // Damage may lie in the image bytes alone, so reading may still fail.
  (void)ReadParquetRows(
      OneDuck(), places, [&](size_t index, const ParquetSample& sample, std::string_view) {
        FW_CHECK(sample.row == samples[index].row, "another row");
        FW_CHECK(sample.conversations == samples[index].conversations, "other conversations");
        return OkStatus();
      });
}

}  // namespace
}  // namespace flywheel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  flywheel::CheckFile(flywheel::testing::FuzzFile(data, size));
  return 0;
}
