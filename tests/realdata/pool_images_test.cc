// The 124 photographs of the real-data folder as the images of a pool: looked at, damaged, packed
// and unpacked; and DataOptim's examples as submissions against a pool of them.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "pool/export/pack.h"
#include "pool/index/image_check.h"
#include "pool/select/pool_submission.h"
#include "pool/sql/duck.h"
#include "tests/support/real_data.h"
#include "tests/unit/pool/image_pool.h"

namespace flywheel {
namespace {

using testing::RealData;

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ImagePool;
using testing::Sample;

// Two samples of each photograph.
json SamplesOf(const std::string& photos) {
  json samples = json::array();
  for (const auto& entry : fs::directory_iterator(photos)) {
    const std::string name = entry.path().filename();
    samples.push_back(Sample("a_" + name, "coco/" + name));
    samples.push_back(Sample("b_" + name, "coco/" + name));
  }
  return samples;
}

TEST_CASE("Real photographs have nothing wrong with them, damaged ones are found out") {
  const std::string photos = RealData("coco/images");
  if (photos.empty()) return;
  ImagePool made;
  fs::copy(photos, made.images + "/coco");
  made.Import("coco", SamplesOf(photos), made.images);
  const ImageCheckReport fine = CheckPoolImages({}, made.Open()).value();
  CHECK(fine.images == 124);
  CHECK(fine.problems.empty());
  CHECK_FALSE(fine.StopsTraining());
  std::map<std::string, ImageProblem> damaged;
  int i = 0;
  for (const auto& entry : fs::directory_iterator(photos)) {
    const std::string name = "coco/" + entry.path().filename().string();
    const std::string path = made.images + "/" + name;
    const std::string bytes = ReadFile(path).value();
    switch (i++ % 4) {
      case 0:
        fs::remove(path);
        damaged[name] = ImageProblem::kMissing;
        break;
      case 1:
        REQUIRE(WriteFile(path, bytes.substr(0, bytes.size() * 3 / 4)).ok());
        damaged[name] = ImageProblem::kUndecodable;
        break;
      case 2:
        REQUIRE(WriteFile(path, testing::Bmp(8, 8, 'x')).ok());
        damaged[name] = ImageProblem::kWrongExtension;
        break;
      default:
        break;
    }
  }
  ImageCheckOptions options;
  options.most_kept = 1000;
  const ImageCheckReport report = CheckPoolImages(options, made.Open()).value();
  std::map<std::string, ImageProblem> found;
  for (const PoolImageFinding& finding : report.findings) {
    CHECK(finding.samples == 2);
    found[finding.image] = finding.problem;
  }
  CHECK(found == damaged);
  CHECK(report.StopsTraining());
}

TEST_CASE("Real photographs are packed and come out of the shards byte for byte") {
  const std::string photos = RealData("coco/images");
  if (photos.empty()) return;
  ImagePool made;
  fs::create_directory_symlink(photos, made.images + "/coco");
  made.Import("coco", SamplesOf(photos), made.images);
  Pool pool = made.Open();
  PackRequest request;
  request.samples = RangesOf("coco", pool).value();
  request.out = made.folder / "packed";
  request.shard_bytes = int64_t{4} << 20;
  const PackSummary summary = PackSamples(request, &pool).value();
  CHECK(summary.samples == 248);
  CHECK(summary.shards.size() > 4);
  Duck duck = Duck::Open({1, 512, ""}).value();
  DuckRows rows = duck.Query("SELECT image.path, image.bytes, id, conversations[2].value FROM " +
                             SqlText(request.out + "/*.parquet"))
                      .value();
  int64_t read = 0;
  while (rows.Next().value()) {
    for (int64_t i = 0; i < rows.rows(); ++i, ++read) {
      const std::string path(rows.Text(0, i));
      CHECK(ReadFile(made.images + "/" + path).value() == rows.Text(1, i));
      CHECK(rows.Text(2, i).substr(2) == path.substr(5));
      CHECK(rows.Text(3, i) == "The thing of " + std::string(rows.Text(2, i)));
    }
  }
  CHECK(read == 248);
  ImagePool moved;
  moved.ImportFiles({request.out}, "coco", "");
  CHECK(moved.Open().manifest().samples() == 248);
}

TEST_CASE("DataOptim's example of a list is valid for a pool of its example of rows") {
  const std::string examples = RealData("dataoptim");
  if (examples.empty()) return;
  ImagePool made;
  made.ImportFiles({examples + "/example-byod.json"}, "", "");
  Pool pool = made.Open();
  const PoolSubmission standard =
      CheckStandardInPool(examples + "/example-standard.txt", &pool).value();
  CHECK(standard.report.valid());
  CHECK(standard.report.ids.size() == 17);
  CHECK(standard.report.problems.empty());
  CHECK(CheckByodWithImages(examples + "/example-byod.json", "").value().report.valid());
  const PoolSubmission without_images =
      CheckByodWithImages(examples + "/example-byod.json", made.images).value();
  CHECK(without_images.report.count(SubmissionProblemKind::kBadImage) == 17);
  made.Import("other", {Sample("coco_0", ""), Sample("coco_00", "")}, "");
  Pool larger = made.Open();
  const SubmissionReport ambiguous =
      CheckStandardInPool(examples + "/example-standard.txt", &larger).value().report;
  CHECK(ambiguous.count(SubmissionProblemKind::kAmbiguousId) == 1);
  CHECK(ambiguous.problems.at(0).place == 1);
}

}  // namespace
}  // namespace flywheel
