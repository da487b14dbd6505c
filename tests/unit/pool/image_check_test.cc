#include "pool/index/image_check.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pool/sql/duck.h"
#include "tests/unit/pool/image_pool.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::Bmp;
using testing::ImagePool;
using testing::Sample;

// Two data sets that share an image, and one of each problem.
struct TroubledPool : ImagePool {
  TroubledPool() {
    Image("coco/good.bmp", Bmp(4, 3, 'a'));
    Image("coco/cut.bmp", Bmp(40, 30, 'b').substr(0, 700));
    Image("coco/page.jpg", "<html>not found</html>");
    Image("coco/named.jpg", Bmp(5, 5, 'c'));
    Import("one",
           {Sample("a", "coco/good.bmp"), Sample("b", "coco/good.bmp"), Sample("c", "coco/cut.bmp"),
            Sample("d", "coco/gone.bmp"), Sample("e", ""), Sample("f", "coco/../coco/good.bmp")},
           images);
    Import("two",
           {Sample("a", "coco/good.bmp"), Sample("b", "coco/gone.bmp"),
            Sample("c", "coco/page.jpg"), Sample("d", "coco/named.jpg")},
           images);
  }
};

ImageCheckReport Check(const ImagePool& made, const ImageCheckOptions& options) {
  const auto report = CheckPoolImages(options, made.Open());
  INFO(report.status().message());
  REQUIRE(report.ok());
  return *report;
}

std::string ErrorOf(const ImagePool& made, const ImageCheckOptions& options) {
  return CheckPoolImages(options, made.Open()).status().ToString();
}

TEST_CASE("Every image is looked at once and counts in each data set that has it") {
  const TroubledPool made;
  const ImageCheckReport report = Check(made, {});
  CHECK(report.images == 5);
  CHECK(report.problems == ProblemCounts{{ImageProblem::kMissing, 1},
                                         {ImageProblem::kUndecodable, 2},
                                         {ImageProblem::kWrongExtension, 1}});
  CHECK(report.datasets ==
        std::vector<DatasetImages>{
            {"one", 3, {{ImageProblem::kMissing, 1}, {ImageProblem::kUndecodable, 1}}},
            {"two",
             4,
             {{ImageProblem::kMissing, 1},
              {ImageProblem::kUndecodable, 1},
              {ImageProblem::kWrongExtension, 1}}}});
  CHECK(report.StopsTraining());
  REQUIRE(report.findings.size() == 4);
  const PoolImageFinding& gone = report.findings[1];
  CHECK(gone.image == "coco/gone.bmp");
  CHECK(gone.problem == ImageProblem::kMissing);
  CHECK(gone.datasets == std::vector<std::string>{"one", "two"});
  CHECK(gone.samples == 2);
  CHECK(gone.message.find(made.images + "/coco/gone.bmp") != std::string::npos);
  CHECK(report.missing_folders.empty());
  CHECK(report.rejected_paths == std::map<std::string, int64_t>{{"one", 1}});
}

TEST_CASE("A wrong extension alone stops no training, and one data set can be looked at") {
  const ImagePool made;
  made.Image("named.jpg", Bmp(5, 5, 'c'));
  made.Import("odd", {Sample("a", "named.jpg")}, made.images);
  made.Import("text", {Sample("a", "")}, "");
  made.Import("bad", {Sample("a", "gone.jpg")}, made.images);
  CHECK(Check(made, {}).StopsTraining());
  ImageCheckOptions odd;
  odd.dataset = "odd";
  const ImageCheckReport report = Check(made, odd);
  CHECK(report.images == 1);
  CHECK(report.problems == ProblemCounts{{ImageProblem::kWrongExtension, 1}});
  CHECK_FALSE(report.StopsTraining());
  ImageCheckOptions text;
  text.dataset = "text";
  CHECK(Check(made, text).images == 0);
}

TEST_CASE("A folder of images that is not there is named once, with the README's misspelling") {
  const ImagePool made;
  made.Image("filckr30k/1.jpg", "x");
  made.Image("coco/a.bmp", Bmp(2, 2, 'a'));
  made.Import("flickr30k",
              {Sample("a", "flickr30k/1.jpg"), Sample("b", "flickr30k/2.jpg"),
               Sample("c", "flickr30k/2.jpg"), Sample("d", "gqa/1.jpg"), Sample("e", "top.jpg"),
               Sample("f", "coco/a.bmp"), Sample("g", "coco/b.bmp")},
              made.images);
  const ImageCheckReport report = Check(made, {});
  CHECK(report.problems == ProblemCounts{{ImageProblem::kMissing, 5}});
  REQUIRE(report.missing_folders.size() == 2);
  CHECK(report.missing_folders[0].path == made.images + "/flickr30k");
  CHECK(report.missing_folders[0].images == 2);
  CHECK(report.missing_folders[0].message.find("there is a folder " + made.images +
                                               "/filckr30k (DataOptim's README once misspelled "
                                               "it): rename it to 'flickr30k'") !=
        std::string::npos);
  CHECK(report.missing_folders[1].path == made.images + "/gqa");
  CHECK(report.missing_folders[1].images == 1);
}

// As rows of text: image, problem, data sets, samples.
std::vector<std::string> RowsOfParquet(const std::string& path) {
  Duck duck = Duck::Open({1, 256, ""}).value();
  DuckRows rows = duck.Query(
                          "SELECT image, problem, message, array_to_string(datasets, '+'), "
                          "samples, typeof(datasets) FROM " +
                          SqlText(path))
                      .value();
  std::vector<std::string> lines;
  while (rows.Next().value()) {
    for (int64_t i = 0; i < rows.rows(); ++i) {
      CHECK(rows.Text(5, i) == "VARCHAR[]");
      lines.push_back(fmt::format("{}|{}|{}|{}|{}", rows.Text(0, i), rows.Text(1, i),
                                  rows.Text(2, i), rows.Text(3, i), rows.Int(4, i)));
    }
  }
  return lines;
}

TEST_CASE("A report holds all findings, as JSON lines or as Parquet") {
  const TroubledPool made;
  ImageCheckOptions options;
  options.most_kept = 1;
  options.report = made.folder / "reports/f.jsonl";
  CHECK(Check(made, options).findings.size() == 1);
  std::vector<std::string> lines;
  REQUIRE(ForEachLine(options.report, [&lines](std::string_view text, int64_t) {
            const json line = json::parse(text);
            std::string datasets;
            for (const std::string name : line.at("datasets")) {
              datasets += (datasets.empty() ? "" : "+") + name;
            }
            lines.push_back(fmt::format("{}|{}|{}|{}|{}", line.at("image").get<std::string>(),
                                        line.at("problem").get<std::string>(),
                                        line.at("message").get<std::string>(), datasets,
                                        line.at("samples").get<int64_t>()));
            return OkStatus();
          }).ok());
  REQUIRE(lines.size() == 4);
  CHECK(lines[1] == "coco/gone.bmp|missing|read " + made.images +
                        "/coco/gone.bmp: No such file or directory|one+two|2");
  options.report = made.folder / "f.parquet";
  Check(made, options);
  CHECK(RowsOfParquet(options.report) == lines);
}

TEST_CASE("A report of a pool without findings is there and empty") {
  const ImagePool made;
  made.Image("a.bmp", Bmp(2, 2, 'a'));
  made.Import("fine", {Sample("a", "a.bmp")}, made.images);
  ImageCheckOptions options;
  options.report = made.folder / "f.parquet";
  CHECK(Check(made, options).problems.empty());
  CHECK(RowsOfParquet(options.report).empty());
  options.report = made.folder / "f.jsonl";
  Check(made, options);
  CHECK(ReadFile(options.report).value().empty());
}

TEST_CASE("Thousands of images over several threads are the same as over one") {
  const ImagePool made;
  json samples = json::array();
  for (int i = 0; i < 5000; ++i) {
    const std::string name = fmt::format("{}/{}.bmp", i % 7, i);
    if (i % 11 != 0) made.Image(name, Bmp(1, 1, static_cast<char>(i)));
    samples.push_back(Sample(fmt::format("s{}", i), name));
  }
  made.Import("many", samples, made.images);
  ImageCheckOptions options;
  options.most_kept = 1000;
  options.threads = 1;
  std::vector<std::string> seen[2];
  for (auto& list : seen) {
    int64_t last = 0;
    options.progress = [&last](const ImageCheckProgress& now) {
      CHECK(now.total == 5000);
      CHECK(now.images >= last);
      last = now.images;
    };
    const ImageCheckReport report = Check(made, options);
    CHECK(last <= 5000);
    CHECK(report.images == 5000);
    CHECK(report.problems == ProblemCounts{{ImageProblem::kMissing, 455}});
    for (const PoolImageFinding& finding : report.findings) list.push_back(finding.image);
    options.threads = 5;
  }
  CHECK(seen[0].size() == 455);
  CHECK(seen[0] == seen[1]);
  CHECK(std::is_sorted(seen[0].begin(), seen[0].end()));
}

TEST_CASE("Each data set is looked at below its own root, unless one is given for all") {
  const ImagePool made;
  REQUIRE(MakeDirectories(made.folder / "others").ok());
  made.Image("a.bmp", Bmp(2, 2, 'a'));
  made.Import("here", {Sample("a", "a.bmp")}, made.images);
  made.Import("there", {Sample("a", "a.bmp")}, made.folder / "others");
  const ImageCheckReport report = Check(made, {});
  CHECK(report.images == 2);
  CHECK(report.datasets ==
        std::vector<DatasetImages>{{"here", 1, {}}, {"there", 1, {{ImageProblem::kMissing, 1}}}});
  ImageCheckOptions options;
  options.images_root = made.images;
  CHECK(Check(made, options).problems.empty());
  CHECK(Check(made, options).images == 1);
}

TEST_CASE("What cannot be checked is said before an image is opened") {
  const ImagePool made;
  made.Import("coco", {Sample("a", "a.bmp")}, "");
  CHECK(ErrorOf(made, {}) ==
        "FAILED_PRECONDITION: coco: it was imported without a folder of images: expected --images "
        "ROOT");
  ImageCheckOptions options;
  options.images_root = made.folder / "none";
  CHECK(ErrorOf(made, options) ==
        fmt::format("NOT_FOUND: images '{}' of coco: expected a folder", options.images_root));
  options.images_root = made.images;
  options.report = made.folder / "f.csv";
  CHECK(ErrorOf(made, options) ==
        fmt::format("INVALID_ARGUMENT: report '{}': expected a name that ends in .jsonl or "
                    ".parquet",
                    options.report));
  options.dataset = "gqa";
  CHECK(ErrorOf(made, options) ==
        fmt::format("NOT_FOUND: the pool {} has no data set 'gqa'", made.pool));
}

TEST_CASE("A check that is asked to stop ends, and leaves no report") {
  const TroubledPool made;
  ImageCheckOptions options;
  options.report = made.folder / "f.jsonl";
  options.should_stop = [] { return true; };
  CHECK(ErrorOf(made, options).starts_with("CANCELLED: "));
  for (const auto& entry : std::filesystem::directory_iterator(made.folder.path())) {
    CHECK(entry.path().filename().string().find("f.jsonl") == std::string::npos);
  }
}

}  // namespace
}  // namespace flywheel
