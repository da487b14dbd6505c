// DataOptim's own examples of a standard and a BYOD submission through the checks and the writer of
// Python's JSON.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "base/io/files.h"
#include "pool/boxes/boxes.h"
#include "pool/boxes/row_boxes.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/dataoptim/submission.h"
#include "pool/formats/json_records.h"
#include "pool/formats/python_json.h"
#include "tests/support/real_data.h"

namespace flywheel {
namespace {

using testing::RealData;

TEST_CASE("The example of a BYOD submission is valid") {
  const std::string path = RealData("dataoptim/example-byod.json");
  if (path.empty()) return;
  const SubmissionReport report = CheckByodSubmission(path, nullptr).value();
  CHECK(report.valid());
  CHECK(report.entries == 17);
  CHECK(report.unique == 17);
  CHECK(report.problems.empty());
}

TEST_CASE("The example of a standard submission names the rows of the other, and their data sets") {
  const std::string path = RealData("dataoptim/example-standard.txt");
  if (path.empty()) return;
  std::set<std::string, std::less<>> ids;
  REQUIRE(ForEachJsonRecord(RealData("dataoptim/example-byod.json"), [&](std::string_view text,
                                                                         int64_t) {
            ids.insert(nlohmann::json::parse(text).at("id").get<std::string>());
            return OkStatus();
          }).ok());
  const SubmissionReport report =
      CheckStandardSubmission(path, [&](std::string_view id) -> int64_t {
        return static_cast<int64_t>(ids.count(id));
      }).value();
  CHECK(report.valid());
  CHECK(report.ids.size() == 17);
  const Catalogue catalogue = DataOptimCatalogue().value();
  std::set<std::string> prefixes;
  for (const CatalogueDataset& dataset : catalogue.datasets) {
    if (dataset.id_prefix) prefixes.insert(*dataset.id_prefix);
  }
  for (const std::string& id : report.ids) {
    CHECK(prefixes.count(id.substr(0, id.find('_'))) == 1);
  }
}

TEST_CASE("The example comes out of Python's JSON writer byte for byte") {
  const std::string path = RealData("dataoptim/example-byod.json");
  if (path.empty()) return;
  std::string text;
  PythonJsonWriter writer;
  REQUIRE(ForEachJsonRecord(path, [&](std::string_view record, int64_t number) {
            text += number == 1 ? kPythonListOpen : kPythonListSeparator;
            return writer.Append(record, 1, &text);
          }).ok());
  text += kPythonListClose;
  CHECK(text == ReadFile(path).value());
}

TEST_CASE("The example's boxes go to the square and come back") {
  const std::string path = RealData("dataoptim/example-byod.json");
  if (path.empty()) return;
  // As COCO and Visual Genome say in their own files.
  const auto size_of = [](const std::string& image) -> Result<ImageSize> {
    return image.starts_with("visual_genome/") ? ImageSize{800, 600} : ImageSize{640, 480};
  };
  RowBoxConverter there(ConversionTo(BoxSpace::kSquarePadded), size_of);
  RowBoxConverter back(ConversionTo(BoxSpace::kOriginal), size_of);
  int64_t boxes = 0;
  REQUIRE(ForEachJsonRecord(path, [&](std::string_view record, int64_t) -> Status {
            FW_ASSIGN(const ConvertedRow square, there.Convert(record));
            FW_ASSIGN(const ConvertedRow original, back.Convert(square.json));
            boxes += square.boxes;
            const auto before = nlohmann::json::parse(record);
            auto after = nlohmann::json::parse(original.json);
            CHECK(after.erase("box_space") == (square.boxes > 0 ? 1 : 0));
            CHECK(after == before);
            return OkStatus();
          }).ok());
  CHECK(boxes == 6);
}

}  // namespace
}  // namespace flywheel
