// Any file as COCO's captions, as VQA's questions with itself as annotations, and as a file whose
// format is to be told: an error or good rows, every record counted.
#include "base/check.h"
#include "pool/formats/image_names.h"
#include "pool/formats/native_captions.h"
#include "pool/formats/native_vqa.h"
#include "pool/formats/sample_format.h"
#include "tests/fuzz/fuzz_file.h"

namespace flywheel {
namespace {

struct Seen {
  int64_t rows = 0, rejected = 0;
};

NativeSink SinkOf(Seen* seen) {
  return {[seen](LlavaRow&& row) {
            ++seen->rows;
            const Result<LlavaRow> back = ParseLlavaRow(FormatLlavaRow(row));
            FW_CHECK(back.ok() && *back == row, "a row that is not read again");
            FW_CHECK(CheckImagePath(row.image).ok(), "an image outside of its folder");
            return OkStatus();
          },
          [seen](const std::string& place, const Status& why) {
            ++seen->rejected;
            FW_CHECK(!place.empty() && !why.message().empty(), "an error without a word");
            return OkStatus();
          }};
}

void CheckCounts(const Result<NativeCounts>& counts, const Seen& seen) {
  if (!counts.ok()) return;
  FW_CHECK(counts->rows == seen.rows && counts->rejected == seen.rejected, "records are lost");
  FW_CHECK(counts->unused >= 0, "more used than there are");
}

}  // namespace
}  // namespace flywheel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flywheel;  // NOLINT(google-build-using-namespace)
  const std::string path = flywheel::testing::FuzzFile(data, size);
  Seen captions, questions;
  CheckCounts(ForEachCocoCaption(path, {"coco", "coco", 1}, SinkOf(&captions)), captions);
  CheckCounts(ForEachVqaQuestion({path, path}, {"vqav2", "coco", 1}, SinkOf(&questions)),
              questions);
  const Result<SampleFormat> format = DetectSampleFormat(path);
  FW_CHECK(format.ok() || !format.status().message().empty(), "an error without a word");
  return 0;
}
