#include "pool/select/select_ids.h"

#include <catch2/catch.hpp>

#include "pool/formats/record_writer.h"
#include "pool/select/selection_file.h"
#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::MustImport;
using testing::SampleRow;
using testing::SampleRows;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

using Strings = std::vector<std::string>;

// Data sets whose ids repeat, within one and across both, and have ':' and '#' in them.
class IdPool {
 public:
  IdPool() {
    json a = SampleRows("a", 20);
    for (const char* id : {"x", "x", "both", "x", "x#2", "b:y", "07"}) {
      a.push_back(SampleRow(id, fmt::format("Question {}?", a.size())));
    }
    json b = SampleRows("b", 20);
    for (const char* id : {"both", "y", "both"}) {
      b.push_back(SampleRow(id, fmt::format("Other {}?", b.size())));
    }
    json nameless = SampleRow("", "No id?");
    nameless.erase("id");
    b.push_back(nameless);
    MustImport(folder_ / "pool", {SourceOf("a", {WriteRows(folder_ / "a.json", a)}),
                                  SourceOf("b", {WriteRows(folder_ / "b.json", b)})});
    pool_.emplace(*Pool::Open(folder_ / "pool"));
  }

  Pool* pool() { return &*pool_; }
  const TempDir& folder() const { return folder_; }
  std::string path() const { return folder_ / "ids.txt"; }

  Result<Selection> Select(const std::string& list, IdListRequest request = {}) {
    REQUIRE(WriteFile(path(), list).ok());
    request.path = path();
    return SelectIds(request, pool());
  }
  // "a5 b20": data set and row of each.
  std::string RowsOf(const std::vector<SampleRef>& samples) {
    std::string rows;
    for (const SampleRef& sample : samples) {
      rows += fmt::format("{}{}{}", rows.empty() ? "" : " ", pool()->DatasetOf(sample).name,
                          sample.row);
    }
    return rows;
  }
  std::string RowsOf(const Selection& selection) {
    std::vector<SampleRef> samples;
    for (const SelectedSample& selected : selection.samples) samples.push_back(selected.sample);
    return RowsOf(samples);
  }
  std::string Find(const std::string& id) {
    const auto found = FindSamples(id, pool());
    REQUIRE(found.ok());
    return RowsOf(*found);
  }

 private:
  TempDir folder_{TempDir::Memory()};
  std::optional<Pool> pool_;
};

TEST_CASE("Ids are found alone, in a data set and by occurrence; those with ':' and '#', too") {
  IdPool ids;
  CHECK(ids.Find("a_3") == "a3");
  CHECK(ids.Find("a:a_3") == "a3");
  CHECK(ids.Find("a:a_3#1") == "a3");
  CHECK(ids.Find("a:a_3#2").empty());
  CHECK(ids.Find("b:a_3").empty());
  CHECK(ids.Find("none:a_3").empty());
  CHECK(ids.Find("x") == "a20 a21 a23");
  CHECK(ids.Find("a:x") == "a20 a21 a23");
  CHECK(ids.Find("a:x#1") == "a20");
  CHECK(ids.Find("a:x#3") == "a23");
  CHECK(ids.Find("a:x#4").empty());
  CHECK(ids.Find("both") == "a22 b20 b22");
  CHECK(ids.Find("b:both") == "b20 b22");
  CHECK(ids.Find("b:both#2") == "b22");
  // As they are first: "x#2" is an id, and so is "b:y".
  CHECK(ids.Find("x#2") == "a24");
  CHECK(ids.Find("a:x#2") == "a24");
  CHECK(ids.Find("a:x#2#1") == "a24");
  CHECK(ids.Find("b:y") == "a25");
  CHECK(ids.Find("a:b:y") == "a25");
  CHECK(ids.Find("b:y#1") == "b21");
  CHECK(ids.Find("07") == "a26");
  CHECK(ids.Find("7").empty());
  CHECK(ids.Find("b_24") == "b23");
  CHECK(ids.Find("b:b_24#1") == "b23");
  for (const char* odd :
       {":", ":x", "a:", "a:#1", "a:x#0", "a:x#-1", "a:x#", "#1", "a:x#99999999999999999999"}) {
    INFO(odd);
    CHECK(ids.Find(odd).empty());
  }
}

TEST_CASE("A data set whose name has a colon is found by all of it") {
  const TempDir folder(TempDir::Memory());
  const std::string file = WriteRows(folder / "a.json", SampleRows("a", 3));
  MustImport(folder / "pool", {SourceOf("a:b", {file}), SourceOf("a", {file})});
  auto pool = Pool::Open(folder / "pool");
  REQUIRE(pool.ok());
  CHECK(*FindSamples("a:b:a_1", &*pool) == std::vector<SampleRef>{{1, 1}});
  CHECK(*FindSamples("a:a_1", &*pool) == std::vector<SampleRef>{{0, 1}});
}

TEST_CASE("A list is taken in its order, with the line that each sample comes from") {
  IdPool ids;
  const auto selection = ids.Select("b_3\r\na_1\nb_0");
  REQUIRE(selection.ok());
  CHECK(ids.RowsOf(*selection) == "b3 a1 b0");
  CHECK(selection->samples[1].why == "line 2 of " + ids.path());
  CHECK(selection->warnings.empty());
  CHECK(selection->left_out.empty());
  CHECK_FALSE(selection->IsShort());
}

TEST_CASE("Of several samples with an id the policy takes one or fails with their names") {
  IdPool ids;
  const auto first = ids.Select("both\n", {.repeated_id = RepeatedId::kFirst});
  REQUIRE(first.ok());
  CHECK(ids.RowsOf(*first) == "a22");
  CHECK(first->left_out ==
        std::map<std::string, int64_t>{{"other samples with an id of the list", 2}});
  CHECK(first->warnings == Strings{"line 1: 3 samples have the id 'both' (a:both#1, b:both#1, "
                                   "b:both#2); the first is taken"});
  const auto last = ids.Select("x\nboth\n", {.repeated_id = RepeatedId::kLast});
  REQUIRE(last.ok());
  CHECK(ids.RowsOf(*last) == "a23 b22");
  CHECK(ids.Select("a_0\nboth\n", {.repeated_id = RepeatedId::kError}).status() ==
        InvalidArgument(ids.path() +
                        ":2: 3 samples have the id 'both'; name one of a:both#1, b:both#1, "
                        "b:both#2"));
  CHECK(ids.Select("a:both\nb:both#2\n", {.repeated_id = RepeatedId::kError}).ok());
}

TEST_CASE("An unknown id is refused with its line and what may have been meant") {
  IdPool ids;
  CHECK(ids.Select("a_0\n\na_O3\n").status() ==
        NotFound(ids.path() + ":3: no sample has the id 'a_O3'; did you mean 'a_3'?"));
  CHECK(ids.Select("nothing_like_it_at_all\n").status() ==
        NotFound(ids.path() + ":1: no sample has the id 'nothing_like_it_at_all'"));
  CHECK(ids.Select("a:b_1\n").status().message().starts_with(ids.path() +
                                                             ":1: no sample has the id 'a:b_1'"));
  CHECK(SelectIds({.path = ids.folder() / "none.txt"}, ids.pool()).status().code() ==
        StatusCode::kNotFound);
}

TEST_CASE("Blank lines are counted, repeated ones taken once or, as the original does, each time") {
  IdPool ids;
  const std::string list = "a_0\n\n  \na_1\na_0\na:a_1\n";
  const auto once = ids.Select(list);
  REQUIRE(once.ok());
  CHECK(ids.RowsOf(*once) == "a0 a1");
  CHECK(once->left_out == std::map<std::string, int64_t>{{"named before in the list", 2}});
  CHECK(once->warnings == Strings{"line 5: 'a_0' is named before",
                                  "line 6: 'a:a_1' is named before", "2 blank lines"});
  const auto each = ids.Select(list, {.repeated_line = RepeatedLine::kEachTime});
  REQUIRE(each.ok());
  CHECK(ids.RowsOf(*each) == "a0 a1 a0 a1");
}

TEST_CASE("Warnings are bounded, and the rest are counted") {
  IdPool ids;
  std::string list = "a_0\n";
  for (int i = 0; i < 30; ++i) list += "a_0\n";
  const auto selection = ids.Select(list);
  REQUIRE(selection.ok());
  CHECK(selection->warnings.size() == 21);
  CHECK(selection->warnings.back() == "10 more warnings like these");
}

TEST_CASE("A selection file finds its samples again in a pool that was imported anew") {
  IdPool ids;
  const auto selection = ids.Select("a:x#1\na:x#3\nb:both#2\nx#2\nb_24\nb:y#1\nb:y\n07\n", {});
  REQUIRE(selection.ok());
  const auto records = ReadSelected(*selection, ids.pool());
  REQUIRE(records.ok());
  CHECK((*records)[1].id == "x");
  CHECK((*records)[1].occurrence == 3);
  CHECK((*records)[4].id == "b_24");
  CHECK(json::parse((*records)[7].record).at("id") == "07");
  const std::string path = ids.folder() / "selection.parquet";
  REQUIRE(WriteSelection(*records, *ids.pool(), path).ok());
  const auto again = ReadSelection(path, ids.pool());
  INFO(again.status().ToString());
  REQUIRE(again.ok());
  CHECK(again->samples == selection->samples);
  CHECK(ReadSelectedContent(path)->size() == 8);

  MustImport(ids.folder() / "less",
             {SourceOf("a", {WriteRows(ids.folder() / "less.json", SampleRows("a", 3))})});
  auto less = Pool::Open(ids.folder() / "less");
  REQUIRE(less.ok());
  CHECK(ReadSelection(path, &*less).status() ==
        NotFound(path + ": row 0: the pool " + (ids.folder() / "less") + " has no sample a:x#1"));
}

TEST_CASE("Equal selections give equal files, and records come in the selection's order") {
  IdPool ids;
  const auto selection = ids.Select("b_9\na_2\nb_1\n");
  REQUIRE(selection.ok());
  for (const char* name : {"one.parquet", "two.parquet"}) {
    const auto records = ReadSelected(*selection, ids.pool());
    REQUIRE(records.ok());
    CHECK(json::parse(records->front().record).at("id") == "b_9");
    REQUIRE(WriteSelection(*records, *ids.pool(), ids.folder() / name).ok());
  }
  CHECK(*ReadFile(ids.folder() / "one.parquet") == *ReadFile(ids.folder() / "two.parquet"));
}

TEST_CASE("A changed source is refused by name, also when it was open already") {
  IdPool ids;
  const auto selection = ids.Select("a_1\nb_1\n");
  REQUIRE(selection.ok());
  REQUIRE(ReadSelected(*selection, ids.pool()).ok());
  WriteRows(ids.folder() / "b.json", SampleRows("b", 25));
  REQUIRE(WriteFile(ids.folder() / "b.json", "[]").ok());
  const Status status = ReadSelected(*selection, ids.pool()).status();
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(status.message().starts_with((ids.folder() / "b.json") +
                                     ": has changed since it was imported ("));
}

TEST_CASE("Of a record with two ids the last one is found, as it was imported") {
  const TempDir folder(TempDir::Memory());
  const std::string row = SampleRow("second", "What?").dump();
  REQUIRE(WriteFile(folder / "a.jsonl", "{\"id\":\"first\"," + row.substr(1)).ok());
  MustImport(folder / "pool", {SourceOf("a", {folder / "a.jsonl"})});
  auto pool = Pool::Open(folder / "pool");
  REQUIRE(pool.ok());
  CHECK(FindSamples("second", &*pool)->size() == 1);
  CHECK(FindSamples("first", &*pool)->empty());
}

TEST_CASE("Record files are JSON in each form, and appear when they are finished") {
  const TempDir folder(TempDir::Memory());
  const std::string path = folder / "out/a.json";
  const Strings records = {"{\"id\": \"a\",\r\n \"n\": 1.0}", "[2]"};
  for (const RecordFileForm form :
       {RecordFileForm::kArray, RecordFileForm::kLines, RecordFileForm::kPythonList}) {
    auto writer = RecordFileWriter::Create(path, form);
    REQUIRE(writer.ok());
    for (const std::string& record : records) REQUIRE(writer->Write(record).ok());
    CHECK(writer->records() == 2);
    CHECK_FALSE(std::filesystem::exists(path));
    REQUIRE(writer->Finish().ok());
    const std::string text = *ReadFile(path);
    if (form == RecordFileForm::kLines) {
      CHECK(text == "{\"id\": \"a\",   \"n\": 1.0}\n[2]\n");
    } else {
      CHECK(json::parse(text) == json::parse("[" + records[0] + "," + records[1] + "]"));
    }
    if (form == RecordFileForm::kArray) CHECK(text.find(records[0]) != std::string::npos);
    std::filesystem::remove(path);
  }
}

TEST_CASE("Record files without records are empty lists, unfinished ones leave nothing") {
  const TempDir folder(TempDir::Memory());
  for (const auto& [form, text] :
       std::vector<std::pair<RecordFileForm, std::string>>{{RecordFileForm::kArray, "[]\n"},
                                                           {RecordFileForm::kLines, ""},
                                                           {RecordFileForm::kPythonList, "[]"}}) {
    auto writer = RecordFileWriter::Create(folder / "a", form);
    REQUIRE(writer.ok());
    REQUIRE(writer->Finish().ok());
    CHECK(*ReadFile(folder / "a") == text);
  }
  {
    auto writer = RecordFileWriter::Create(folder / "b", RecordFileForm::kArray);
    REQUIRE(writer.ok());
    REQUIRE(writer->Write("{}").ok());
  }
  CHECK(testing::FilesBelow(folder.path()).size() == 1);
}

}  // namespace
}  // namespace flywheel
