#include "pool/dataoptim/submission.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using Kind = SubmissionProblemKind;
using testing::TempDir;

// A pool of a few samples; "000000033471" is in llava_v1.5 twice.
int64_t Samples(std::string_view id) {
  static const std::map<std::string, int64_t, std::less<>> pool = {
      {"coco_0", 1},       {"coco_1", 1},
      {"gqa_05145757", 1}, {"aokvqa_dQbC9HGBPG3RCvpPWE4cWG", 1},
      {"flickr30k_0", 1},  {"svit_conversation_0", 1},
      {"000000033471", 2}, {"llava_v1.5:000000033471#2", 1}};
  const auto found = pool.find(id);
  return found == pool.end() ? 0 : found->second;
}

SubmissionReport Standard(const std::string& text) {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "ids.txt", text).ok());
  const Result<SubmissionReport> report = CheckStandardSubmission(folder / "ids.txt", Samples);
  INFO(report.status().message());
  REQUIRE(report.ok());
  return *report;
}

SubmissionReport Byod(const std::string& text) {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "rows.json", text).ok());
  const Result<SubmissionReport> report = CheckByodSubmission(folder / "rows.json", nullptr);
  INFO(report.status().message());
  REQUIRE(report.ok());
  return *report;
}

std::string Row(const std::string& id, const std::string& image = "coco/a.jpg") {
  return fmt::format(R"({{"id":"{}","image":"{}","conversations":[{{"from":"human",)"
                     R"("value":"<image>\nWhat?"}},{{"from":"gpt","value":"A cat."}}]}})",
                     id, image);
}

std::string Array(const std::vector<std::string>& rows) {
  return fmt::format("[{}]", fmt::join(rows, ","));
}

TEST_CASE("Ids that the pool has are a valid submission, in the list's order") {
  const SubmissionReport report = Standard("gqa_05145757\ncoco_1\ncoco_0\n");
  CHECK(report.valid());
  CHECK(report.entries == 3);
  CHECK(report.unique == 3);
  CHECK(report.ids == std::vector<std::string>{"gqa_05145757", "coco_1", "coco_0"});
  CHECK(report.problems.empty());
}

TEST_CASE("An id that comes twice counts once, with a warning") {
  const SubmissionReport report = Standard("coco_0\ncoco_1\ncoco_0\n");
  CHECK(report.valid());
  CHECK(report.unique == 2);
  CHECK(report.ids == std::vector<std::string>{"coco_0", "coco_1"});
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0] ==
        SubmissionProblem{Kind::kDuplicate, 3, "line 3: id 'coco_0' is there already, on line 1"});
}

TEST_CASE("A blank line is named by its number") {
  const SubmissionReport report = Standard("coco_0\n \t\ncoco_1\n\n");
  CHECK_FALSE(report.valid());
  CHECK(report.count(Kind::kBlankLine) == 2);
  CHECK(report.problems[0].message == "line 2: is blank: expected an id");
  CHECK(report.problems[1].place == 4);
}

TEST_CASE("An unknown id is named with its line and what it may have been meant as") {
  const std::map<std::string, std::string> meant = {
      {"coc_0", "coco_0"},
      {"COCO_1", "coco_1"},
      {"\"coco_0\",", "coco_0"},
      {"gqa_5145757", "gqa_05145757"},
      {"filckr30k_0", "flickr30k_0"},
      {"svit-conversation-0", "svit_conversation_0"},
      {"coco_0x", "coco_0"},
      {"aokvqa_dQbC9HGBPG3RCvpPWE4cWg", "aokvqa_dQbC9HGBPG3RCvpPWE4cWG"}};
  for (const auto& [id, right] : meant) {
    const SubmissionReport report = Standard(fmt::format("coco_0\n{}\n", id));
    CHECK_FALSE(report.valid());
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].message ==
          fmt::format("line 2: id '{}' is unknown; did you mean '{}'?", id, right));
  }
  CHECK(Standard("nothing_like_it_777\n").problems[0].message ==
        "line 1: id 'nothing_like_it_777' is unknown");
}

TEST_CASE("All problems are reported and not the first alone") {
  const SubmissionReport report = Standard("nope_17\n\ncoco_0\ncoco_0\n000000033471\nnope_18");
  CHECK(report.entries == 6);
  CHECK(report.unique == 1);
  CHECK(report.count(Kind::kUnknownId) == 2);
  CHECK(report.count(Kind::kBlankLine) == 1);
  CHECK(report.count(Kind::kDuplicate) == 1);
  CHECK(report.count(Kind::kAmbiguousId) == 1);
  CHECK(report.problems.size() == 5);
}

TEST_CASE("An id of several samples must say which, and can") {
  const SubmissionReport report = Standard("000000033471\nllava_v1.5:000000033471#2\n");
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].message ==
        "line 1: id '000000033471' names 2 samples: say which, as DATASET:ID or DATASET:ID#N");
  CHECK(report.ids == std::vector<std::string>{"llava_v1.5:000000033471#2"});
}

TEST_CASE("Lines that end as on Windows are the same ids") {
  CHECK(Standard("coco_0\r\ncoco_1\r\n").ids == std::vector<std::string>{"coco_0", "coco_1"});
}

TEST_CASE("An empty file is no submission") {
  CHECK_FALSE(Standard("").valid());
  CHECK(Standard("").problems[0].message == "line 1: the file is empty: expected an id");
}

TEST_CASE("A million problems are counted and a thousand are told") {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "\n";
  const SubmissionReport report = Standard(text);
  CHECK(report.count(Kind::kBlankLine) == 1'000'000);
  CHECK(report.problems.size() == kMostSubmissionProblems);
}

TEST_CASE("What is not text is shown as text that can be printed") {
  CHECK(Standard("\xff\x01\n").problems[0].message.find("\xef\xbf\xbd") != std::string::npos);
  CHECK(Standard(std::string(5000, 'x') + "\n").problems[0].message.size() < 200);
}

TEST_CASE("Rows to train on are a valid BYOD submission") {
  const SubmissionReport report = Byod(Array(
      {Row("a"), Row("b"),
       R"({"id":"c","conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"}]})"}));
  CHECK(report.valid());
  CHECK(report.entries == 3);
  CHECK(report.unique == 3);
}

TEST_CASE("Every bad row is reported with its record and member") {
  const SubmissionReport report = Byod(Array(
      {Row("a"), R"({"id":"b"})", "7",
       R"({"id":"c","image":"x.jpg","conversations":[{"from":"human","value":"no picture"},{"from":"gpt","value":"Ho"}]})",
       R"({"id":"d","image":null,"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"}]})"}));
  CHECK_FALSE(report.valid());
  CHECK(report.entries == 5);
  CHECK(report.unique == 1);
  REQUIRE(report.problems.size() == 4);
  CHECK(report.problems[0].message ==
        "record 2: conversations: expected at least one question and answer, found none");
  CHECK(report.problems[1].message == "record 3: expected an object, found number");
  CHECK(report.problems[2].message ==
        "record 4: conversations: image 'x.jpg' needs \"<image>\" in a human turn, found none");
  CHECK(report.problems[3].message ==
        "record 5: image: is empty; leave the member out of a row without an image");
}

TEST_CASE("The same row again and another row's id are warnings") {
  const SubmissionReport report = Byod(Array({Row("a"), Row("a") + "\n ", Row("a", "coco/b.jpg")}));
  CHECK(report.valid());
  CHECK(report.unique == 2);
  CHECK(report.count(Kind::kDuplicate) == 1);
  CHECK(report.count(Kind::kSharedId) == 1);
  CHECK(report.problems[1].message == "record 3: id 'a' is that of record 1 as well");
}

TEST_CASE("An image that leads out of the folder or is not there is reported") {
  const SubmissionReport report = Byod(Array({Row("a", "../../etc/passwd")}));
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].kind == Kind::kBadImage);
  const TempDir folder;
  REQUIRE(WriteFile(folder / "rows.json", Array({Row("a"), Row("b", "gone.jpg")})).ok());
  const auto check = [](const std::string& image) {
    return image == "gone.jpg" ? NotFound("no " + image) : OkStatus();
  };
  const SubmissionReport checked = CheckByodSubmission(folder / "rows.json", check).value();
  CHECK(checked.unique == 1);
  CHECK(checked.problems[0].message == "record 2: no gone.jpg");
}

TEST_CASE("A file that is no array or is cut short is reported with what came before") {
  CHECK(Byod(Row("a") + "\n").problems[0].message ==
        "expected a JSON array of rows, found JSON that begins with an object");
  CHECK(Byod("coco_0\n").problems[0].message ==
        "expected a JSON array of rows, found something else");
  CHECK(Byod(" \n").problems[0].message == "expected a JSON array of rows, found an empty file");
  CHECK(Byod("[]").problems[0].message == "the array is empty: expected a row");
  const SubmissionReport cut = Byod(Array({Row("a"), Row("b")}).substr(0, 170));
  CHECK_FALSE(cut.valid());
  CHECK(cut.unique == 1);
  CHECK(cut.problems[0].message.ends_with("the file ends within the array, after 1 records"));
}

TEST_CASE("A submission that cannot be read is an error") {
  const TempDir folder;
  CHECK(CheckStandardSubmission(folder / "none", Samples).status().code() == StatusCode::kNotFound);
  CHECK(CheckByodSubmission(folder / "none", nullptr).status().code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace flywheel
