#include "pool/formats/llava_row.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

std::string Write(const testing::TempDir& folder, const std::string& name,
                  const std::string& text) {
  std::ofstream(folder / name, std::ios::binary) << text;
  return folder / name;
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string ErrorOf(const std::string& row) { return ParseLlavaRow(row).status().message(); }

constexpr const char* kRow =
    R"({"id":"0017","image":"coco/a.jpg","conversations":[{"from":"human","value":"<image>\nWhat?"},)"
    R"({"from":"gpt","value":"A cat."}]})";

TEST_CASE("A row comes back as it was written, byte for byte") {
  const Result<LlavaRow> row = ParseLlavaRow(kRow);
  REQUIRE(row.ok());
  CHECK(row->id == "0017");
  CHECK(row->image == "coco/a.jpg");
  REQUIRE(row->conversations.size() == 2);
  CHECK(row->conversations[1].value == "A cat.");
  CHECK(FormatLlavaRow(*row) == kRow);
}

TEST_CASE("Members that are not LLaVA's are kept in rows and in turns") {
  const std::string text = R"({"id":"a","conversations":[{"from":"human","value":"Hi","weight":2},)"
                           R"({"from":"gpt","value":"Ho"}],"model":"","source":{"page":[1,2]}})";
  const Result<LlavaRow> row = ParseLlavaRow(text);
  REQUIRE(row.ok());
  CHECK(row->image.empty());
  CHECK(row->conversations[0].other["weight"] == 2);
  CHECK(row->other["source"]["page"][1] == 2);
  CHECK(FormatLlavaRow(*row) == text);
}

TEST_CASE("Quotes, control characters and other scripts survive") {
  LlavaRow row{.id = "\"x\"\\", .image = "", .conversations = {}};
  row.conversations = {{"human", "line\nbreak\tand \x01"}, {"gpt", "Größe 猫 🙂"}};
  const Result<LlavaRow> back = ParseLlavaRow(FormatLlavaRow(row));
  REQUIRE(back.ok());
  CHECK(*back == row);
  CHECK(FormatLlavaRow(row).find('\n') == std::string::npos);
}

TEST_CASE("A numeric id becomes its digits") {
  const Result<LlavaRow> row = ParseLlavaRow(
      R"({"id":42,"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"}]})");
  REQUIRE(row.ok());
  CHECK(row->id == "42");
}

TEST_CASE("A row that a trainer would stumble over is refused with the member at fault") {
  const std::string turns =
      R"("conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"}])";
  CHECK(ErrorOf("{" + turns + "}") == "id: is missing");
  CHECK(ErrorOf(R"({"id":true,)" + turns + "}") == "id: expected a string, found boolean");
  CHECK(ErrorOf(R"({"id":"a","image":null,)" + turns + "}") ==
        "image: is empty; leave the member out of a row without an image");
  CHECK(ErrorOf(R"({"id":"a","image":"",)" + turns + "}") ==
        "image: is empty; leave the member out of a row without an image");
  CHECK(ErrorOf(R"({"id":"a","image":"b.jpg",)" + turns + "}") ==
        "conversations: image 'b.jpg' needs \"<image>\" in a human turn, found none");
  CHECK(ErrorOf(R"({"id":"a"})") ==
        "conversations: expected at least one question and answer, found none");
  CHECK(ErrorOf(R"({"id":"a","conversations":{}})") ==
        "conversations: expected an array of turns, found object");
  CHECK(ErrorOf("[]") == "expected an object, found array");
  CHECK(ErrorOf(R"({"id":"a")") ==
        "not valid JSON at byte 10: expected an object with id and conversations");
}

TEST_CASE("Turns that do not alternate between human and gpt are refused") {
  const auto error = [](const std::string& turns) {
    return ErrorOf(R"({"id":"a","conversations":[)" + turns + "]}");
  };
  const std::string human = R"({"from":"human","value":"Hi"})";
  const std::string gpt = R"({"from":"gpt","value":"Ho"})";
  CHECK(error(gpt + "," + human) == "conversations[0].from: expected \"human\", found \"gpt\"");
  CHECK(error(human + "," + human) == "conversations[1].from: expected \"gpt\", found \"human\"");
  CHECK(error(human + R"(,{"from":"assistant","value":"Ho"})") ==
        "conversations[1].from: expected \"gpt\", found \"assistant\"");
  CHECK(error(human) == "conversations: expected an answer to every question, found 1 turns");
  CHECK(error(human + R"(,{"from":"gpt","value":""})") ==
        "conversations[1].value: expected an answer, found none");
  CHECK(error(human + R"(,{"from":"gpt"})") == "conversations[1]: value: is missing");
  CHECK(error(human + R"(,{"from":"gpt","value":7})") ==
        "conversations[1]: value: expected a string, found number");
  CHECK(error(R"({"from":"human","value":"<image>"},)" + gpt) ==
        "image: is missing, but a human turn says \"<image>\"");
}

TEST_CASE("A file is an array or lines, as its first character says, and both give the same rows") {
  const testing::TempDir folder;
  std::vector<LlavaRow> rows;
  for (int i = 0; i < 3000; ++i) {
    LlavaRow row = *ParseLlavaRow(kRow);
    row.id = fmt::format("row {}", i);
    row.conversations[1].value = std::string(static_cast<size_t>(i), '\\') + "\" ],[ {";
    rows.push_back(row);
  }
  const std::string lines = (folder / "rows.jsonl");
  const std::string array = (folder / "rows.json");
  REQUIRE(WriteLlavaRows(lines, rows, LlavaFormat::kLines).ok());
  REQUIRE(WriteLlavaRows(array, rows, LlavaFormat::kArray).ok());
  const Result<std::vector<LlavaRow>> from_lines = ReadLlavaRows(lines);
  const Result<std::vector<LlavaRow>> from_array = ReadLlavaRows(array);
  REQUIRE(from_lines.ok());
  REQUIRE(from_array.ok());
  CHECK(*from_lines == rows);
  CHECK(*from_array == rows);
  CHECK(nlohmann::json::parse(ReadAll(array)).size() == rows.size());
}

TEST_CASE("An array without rows is written and read") {
  const testing::TempDir folder;
  const std::string path = (folder / "none.json");
  REQUIRE(WriteLlavaRows(path, {}, LlavaFormat::kArray).ok());
  CHECK(ReadAll(path) == "[]\n");
  const Result<std::vector<LlavaRow>> rows = ReadLlavaRows(path);
  REQUIRE(rows.ok());
  CHECK(rows->empty());
}

TEST_CASE("An error in a file names the file, the record and what was expected") {
  const testing::TempDir folder;
  const std::string bad = R"({"id":"b","conversations":[]})";
  const std::string lines = Write(folder, "bad.jsonl", std::string(kRow) + "\n" + bad + "\n");
  CHECK(ReadLlavaRows(lines).status().message() ==
        lines +
            ":2: record 2: conversations: expected at least one question and answer, found none");
  const std::string array =
      Write(folder, "bad.json", std::string("[\n") + kRow + ",\n" + bad + "]");
  CHECK(ReadLlavaRows(array).status().message() ==
        array + ": record 2: conversations: expected at least one question and answer, found none");
}

TEST_CASE("A file that was cut short, has a tail, is empty or absent is refused") {
  const testing::TempDir folder;
  const std::string cut = Write(folder, "cut.json", std::string("[") + kRow + ",{\"id\":\"b\"");
  CHECK(ReadLlavaRows(cut).status().message() ==
        cut + ": the file ends within the array, after 1 records");
  const std::string tail = Write(folder, "tail.json", std::string("[") + kRow + "] x");
  CHECK(ReadLlavaRows(tail).status().message() == tail + ": text after the end of the array");
  const std::string comma = Write(folder, "comma.json", std::string("[") + kRow + ",]");
  CHECK(ReadLlavaRows(comma).status().message().starts_with(comma + ": record 2: not valid JSON"));
  const std::string empty = Write(folder, "empty.json", " \n");
  CHECK(ReadLlavaRows(empty).status().message() ==
        empty + ": is empty; expected a JSON array of records or a record on each line");
  const Status absent = ReadLlavaRows((folder / "absent.json")).status();
  CHECK(absent.code() == StatusCode::kNotFound);
  CHECK(absent.message() == "read " + (folder / "absent.json") + ": No such file or directory");
}

TEST_CASE("The writer refuses a row that no trainer could read") {
  const testing::TempDir folder;
  LlavaRow row = *ParseLlavaRow(kRow);
  row.image.clear();
  const Status status = WriteLlavaRows((folder / "x.jsonl"), {row}, LlavaFormat::kLines);
  CHECK(status.message() == "row '0017' for " + (folder / "x.jsonl") +
                                ": image: is missing, but a human turn says \"<image>\"");
}

}  // namespace
}  // namespace flywheel
