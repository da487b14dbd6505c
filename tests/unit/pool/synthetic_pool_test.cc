#include "pool/dataoptim/synthetic_pool.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/io/files.h"
#include "pool/boxes/boxes.h"
#include "pool/dataoptim/synthetic_text.h"
#include "pool/formats/json_records.h"
#include "pool/formats/llava_row.h"
#include "pool/formats/python_json.h"
#include "pool/formats/staged_file.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

const Catalogue& DataOptim() {
  static const Catalogue catalogue = DataOptimCatalogue().value();
  return catalogue;
}

std::vector<SyntheticFile> Write(const std::string& out, int64_t samples, uint64_t seed = 1) {
  SyntheticPoolOptions options;
  options.out = out;
  options.samples = samples;
  options.seed = seed;
  const auto files = WriteSyntheticPool(DataOptim(), options);
  INFO(files.status().message());
  REQUIRE(files.ok());
  return *files;
}

// 60,000 samples, written once.
const TempDir& Pool() {
  static const TempDir folder;
  static const bool written = (Write(folder.path(), 60'000), true);
  REQUIRE(written);
  return folder;
}

std::string PathOf(const std::string& dataset) { return Pool() / ("data/" + dataset + ".json"); }

std::vector<LlavaRow> Rows(const std::string& dataset) {
  const Result<std::vector<LlavaRow>> rows = ReadLlavaRows(PathOf(dataset));
  INFO(rows.status().message());
  REQUIRE(rows.ok());
  return *rows;
}

std::string QuestionOf(const LlavaRow& row) { return row.conversations.front().value; }

TEST_CASE("The published number of samples gives the published counts") {
  const Catalogue& catalogue = DataOptim();
  const std::vector<int64_t> counts = SyntheticCounts(catalogue, 11'258'372);
  for (size_t i = 0; i < counts.size(); ++i) CHECK(counts[i] == catalogue.datasets[i].samples);
}

TEST_CASE("Any number of samples is dealt out whole and nobody is a sample off his share") {
  const Catalogue& catalogue = DataOptim();
  for (const int64_t samples : {1, 2, 20, 21, 999, 1'000'000, 11'258'371, 999'999'999}) {
    const std::vector<int64_t> counts = SyntheticCounts(catalogue, samples);
    CHECK(std::accumulate(counts.begin(), counts.end(), int64_t{0}) == samples);
    for (size_t i = 0; i < counts.size(); ++i) {
      const double share = static_cast<double>(samples) *
                           static_cast<double>(catalogue.datasets[i].samples) /
                           static_cast<double>(catalogue.samples);
      CHECK(std::abs(static_cast<double>(counts[i]) - share) < 1);
    }
  }
}

TEST_CASE("Every file's samples are as long on average as the published ones, within 3 percent") {
  const Catalogue& catalogue = DataOptim();
  for (const CatalogueDataset& dataset : catalogue.datasets) {
    INFO(dataset.name);
    const auto bytes = static_cast<double>(std::filesystem::file_size(PathOf(dataset.name)));
    const double mean = bytes / static_cast<double>(Rows(dataset.name).size());
    const double published =
        static_cast<double>(dataset.file_bytes) / static_cast<double>(dataset.samples);
    CHECK(mean == Approx(published).epsilon(0.03));
  }
}

TEST_CASE("Nothing but the 21 arrays lies in the data folder") {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Pool() / "data")) {
    names.insert(entry.path().filename().string());
    CHECK(ReadFile(entry.path().string()).value().front() == '[');
  }
  CHECK(names.size() == 21);
  CHECK(names.count("llava_v1.5.json") == 1);
  const auto description = nlohmann::json::parse(ReadFile(Pool() / "synthetic.json").value());
  CHECK(description.at("samples") == 60'000);
  CHECK(description.at("files").size() == 21);
}

TEST_CASE("Every row is one that a trainer reads, laid out as Python lays it out") {
  for (const CatalogueDataset& dataset : DataOptim().datasets) {
    INFO(dataset.name);
    std::string text(kPythonListOpen);
    PythonJsonWriter writer;
    const Status status = ForEachJsonRecord(PathOf(dataset.name),
                                            [&](std::string_view record, int64_t number) -> Status {
                                              FW_TRY(ParseLlavaRow(record).status());
                                              if (number > 1) text += kPythonListSeparator;
                                              return writer.Append(record, 1, &text);
                                            });
    INFO(status.message());
    CHECK(status.ok());
    text += kPythonListClose;
    CHECK(text == ReadFile(PathOf(dataset.name)).value());
  }
}

TEST_CASE("Ids have the forms of the published ones") {
  std::set<std::string> ids;
  size_t leading_zeros = 0;
  for (const LlavaRow& row : Rows("gqa")) {
    CHECK(row.id.size() == 12);
    leading_zeros += row.id[4] == '0';
    ids.insert(row.id);
  }
  CHECK(ids.size() == Rows("gqa").size());
  CHECK(leading_zeros > 0);
  CHECK(Rows("aokvqa").front().id.size() == 29);
  CHECK(Rows("coco")[7].id == "coco_7");
  std::map<std::string, int> kinds;
  ids.clear();
  for (const LlavaRow& row : Rows("svit")) {
    ++kinds[row.id.substr(0, row.id.rfind('_'))];
    ids.insert(row.id);
  }
  CHECK(kinds.size() == 4);
  CHECK(kinds["svit_complex"] > kinds["svit_referring"]);
  CHECK(kinds["svit_conversation"] == Approx(kinds["svit_detail"]).margin(1));
  CHECK(ids.size() == Rows("svit").size());
}

TEST_CASE("Of llava_v1.5 as many rows share their id as in the published file, about one image") {
  std::map<std::string, std::vector<std::string>> images;
  size_t text_only = 0;
  const std::vector<LlavaRow> rows = Rows("llava_v1.5");
  for (const LlavaRow& row : rows) {
    images[row.id].push_back(row.image);
    text_only += row.image.empty();
  }
  size_t sharing = 0;
  for (const auto& [id, of_id] : images) {
    if (of_id.size() == 1) continue;
    sharing += of_id.size();
    CHECK(std::set<std::string>(of_id.begin(), of_id.end()).size() == 1);
  }
  const auto n = static_cast<double>(rows.size());
  CHECK(static_cast<double>(sharing) / n == Approx(250'000.0 / 665'298).margin(0.002));
  CHECK(static_cast<double>(text_only) / n == Approx(40'688.0 / 665'298).margin(0.002));
}

TEST_CASE("Boxes are where the catalogue says and nowhere else") {
  for (const CatalogueDataset& dataset : DataOptim().datasets) {
    INFO(dataset.name);
    size_t boxes = 0;
    for (const LlavaRow& row : Rows(dataset.name)) {
      for (const LlavaTurn& turn : row.conversations) boxes += HasBoxes(turn.value);
    }
    CHECK((boxes > 0) == (dataset.boxes != BoxConvention::kNone));
  }
  for (const LlavaRow& row : Rows("ref3rec")) {
    const std::string& answer = row.conversations[1].value;
    CHECK(answer.ends_with("]."));
    CHECK(HasBoxes(answer));
  }
}

TEST_CASE("The image stands before, behind and within questions") {
  CHECK(QuestionOf(Rows("coco").front()).starts_with("<image>\n"));
  size_t behind = 0;
  const std::vector<LlavaRow> llava = Rows("llava");
  for (const LlavaRow& row : llava) behind += QuestionOf(row).ends_with("\n<image>");
  CHECK(behind > llava.size() / 3);
  CHECK(behind < llava.size());
  for (const LlavaRow& row : Rows("ref3reg")) {
    CHECK(QuestionOf(row).find("<image>") != std::string::npos);
    CHECK_FALSE(QuestionOf(row).starts_with("<image>\n"));
  }
  CHECK(Rows("svit").front().conversations.size() == 8);
}

TEST_CASE("All nine types are asked about, and texts differ") {
  for (int type = 1; type <= 9; ++type) CHECK(SyntheticQuestions(type).size() >= 8);
  std::set<std::string> openings, texts;
  const std::vector<LlavaRow> rows = Rows("vqav2");
  for (const LlavaRow& row : rows) {
    texts.insert(QuestionOf(row) + row.conversations[1].value);
    const std::string question = QuestionOf(row).substr(8);
    openings.insert(question.substr(0, question.find(' ')));
  }
  CHECK(texts.size() > rows.size() / 2);
  for (const char* word : {"What", "Where", "How", "Who", "Why", "Is", "Which"}) {
    CHECK(openings.count(word) == 1);
  }
  texts.clear();
  for (const LlavaRow& row : Rows("llava")) texts.insert(row.conversations[1].value);
  CHECK(texts.size() > Rows("llava").size() * 9 / 10);
}

TEST_CASE("Equal seeds give equal bytes and other seeds other ones") {
  const TempDir folder;
  Write(folder / "a", 3000, 5);
  Write(folder / "b", 3000, 5);
  Write(folder / "c", 3000, 6);
  const auto file = [&](const std::string& pool) {
    return ReadFile(folder / (pool + "/data/svit.json")).value();
  };
  CHECK(file("a") == file("b"));
  CHECK(file("a") != file("c"));
}

TEST_CASE("Data sets without a sample are empty arrays") {
  const TempDir folder;
  Write(folder.path(), 1);
  CHECK(ReadFile(folder / "data/shikra.json").value() == "[]");
  CHECK(ReadLlavaRows(folder / "data/svit.json").value().size() == 1);
}

TEST_CASE("Numbers of samples that make no sense are refused") {
  SyntheticPoolOptions options;
  options.out = "/nonexistent";
  for (const int64_t samples : {int64_t{0}, int64_t{-5}, kMostSyntheticSamples + 1}) {
    options.samples = samples;
    CHECK(WriteSyntheticPool(DataOptim(), options).status().code() == StatusCode::kInvalidArgument);
  }
  options.samples = 1;
  Catalogue other = DataOptim();
  other.datasets[0].name = "mine";
  const TempDir folder;
  options.out = folder.path();
  CHECK(WriteSyntheticPool(other, options).status().message() ==
        "data set 'mine': expected one of DataOptim's, whose rows' shape is known");
}

TEST_CASE("A writing that is stopped leaves the old files and no pieces") {
  const TempDir folder;
  Write(folder.path(), 100);
  const std::string before = ReadFile(folder / "data/svit.json").value();
  SyntheticPoolOptions options;
  options.out = folder.path();
  options.samples = 50'000;
  options.progress = [](const SyntheticProgress& progress) {
    return progress.dataset == "svit" ? CancelledError("enough") : OkStatus();
  };
  const auto files = WriteSyntheticPool(DataOptim(), options);
  CHECK(files.status().code() == StatusCode::kCancelled);
  CHECK(ReadFile(folder / "data/svit.json").value() == before);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "data")) {
    CHECK(entry.path().extension() == ".json");
  }
}

TEST_CASE("A staged file has its name when it is committed and is gone when it is not") {
  const TempDir folder;
  {
    StagedFile file = StagedFile::Create(folder / "a").value();
    REQUIRE(file.Append("one").ok());
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
    REQUIRE(file.Append(" two").ok());
    CHECK(file.bytes() == 7);
    REQUIRE(file.Commit(Durability::kPowerCut).ok());
    StagedFile other = StagedFile::Create(folder / "a").value();
    REQUIRE(other.Append(std::string(3 << 20, 'x')).ok());
  }
  CHECK(ReadFile(folder / "a").value() == "one two");
  const std::filesystem::directory_iterator entries(folder.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
  CHECK(StagedFile::Create(folder / "none/b").status().code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace flywheel
