#include "pool/select/pool_submission.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/pool/image_pool.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::Bmp;
using testing::ImagePool;
using testing::Sample;
using Kind = SubmissionProblemKind;

TEST_CASE("A list's ids are looked up in the pool, and every problem has its line") {
  const ImagePool made;
  made.Import("coco", {Sample("coco_0", ""), Sample("coco_1", "")}, "");
  made.Import("llava", {Sample("x", ""), Sample("x", "a.jpg"), Sample("y", "")}, "");
  REQUIRE(WriteFile(made.folder / "ids.txt",
                    "coco_1\nx\nllava:x#2\n\ncoco:coco_0\ncoc_0\ncoco_1\nllava:x#3\n")
              .ok());
  Pool pool = made.Open();
  const SubmissionReport report =
      CheckStandardInPool(made.folder / "ids.txt", &pool).value().report;
  CHECK_FALSE(report.valid());
  CHECK(report.ids == std::vector<std::string>{"coco_1", "llava:x#2", "coco:coco_0"});
  REQUIRE(report.problems.size() == 5);
  CHECK(report.problems[0].message ==
        "line 2: id 'x' names 2 samples: say which, as DATASET:ID or DATASET:ID#N");
  CHECK(report.problems[1].message == "line 4: is blank: expected an id");
  CHECK(report.problems[2].message == "line 6: id 'coc_0' is unknown; did you mean 'coco_0'?");
  CHECK(report.problems[3].message == "line 7: id 'coco_1' is there already, on line 1");
  CHECK(report.problems[4].message.starts_with("line 8: id 'llava:x#3' is unknown"));
  REQUIRE(WriteFile(made.folder / "ids.txt", "coco_0\ncoco_1\n").ok());
  CHECK(CheckStandardInPool(made.folder / "ids.txt", &pool).value().report.valid());
}

TEST_CASE("A source that changed since its import is an error and not a problem of the list") {
  const ImagePool made;
  made.Import("coco", {Sample("coco_0", ""), Sample("coco_1", "")}, "");
  Pool pool = made.Open();
  REQUIRE(WriteFile(made.folder / "coco.json", "[]").ok());
  REQUIRE(WriteFile(made.folder / "ids.txt", "nope\ncoco_0\ncoco_1\n").ok());
  const Status status = CheckStandardInPool(made.folder / "ids.txt", &pool).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(status.message().find("coco.json") != std::string::npos);
}

TEST_CASE("Images of rows are looked at below the folder that is given, each once") {
  const ImagePool made;
  made.Image("good.bmp", Bmp(2, 2, 'a'));
  made.Image("named.jpg", Bmp(3, 2, 'b'));
  made.Image("page.jpg", "<html>");
  const json rows = {Sample("a", "good.bmp"), Sample("b", "named.jpg"), Sample("c", "named.jpg"),
                     Sample("d", "page.jpg"), Sample("e", "gone.bmp"),  Sample("f", ""),
                     Sample("g", "gone.bmp"), Sample("h", "../x.bmp")};
  const std::string path = made.folder / "rows.json";
  REQUIRE(WriteFile(path, rows.dump()).ok());
  const PoolSubmission checked = CheckByodWithImages(path, made.images).value();
  CHECK(checked.wrong_extensions == 1);
  CHECK(checked.report.unique == 4);
  CHECK(checked.report.count(Kind::kBadImage) == 4);
  std::vector<int64_t> records;
  for (const SubmissionProblem& problem : checked.report.problems) {
    records.push_back(problem.place);
  }
  CHECK(records == std::vector<int64_t>{4, 5, 7, 8});
  CHECK(checked.report.problems[1].message ==
        "record 5: read " + made.images + "/gone.bmp: No such file or directory");
  const PoolSubmission unchecked = CheckByodWithImages(path, "").value();
  CHECK(unchecked.report.count(Kind::kBadImage) == 1);
  CHECK(CheckByodWithImages(path, made.folder / "none").status().message() ==
        "images '" + (made.folder / "none") + "': expected a folder");
}

}  // namespace
}  // namespace flywheel
