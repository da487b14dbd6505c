#include "pool/formats/sample_format.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "pool/formats/engine_format.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

Result<LlavaRow> Row(SampleFormat format, const std::string& text) {
  return RowFromRecord(format, text, {"mine", 7});
}

std::string ErrorOf(SampleFormat format, const std::string& text) {
  return Row(format, text).status().message();
}

LlavaRow Good(SampleFormat format, const std::string& text) {
  Result<LlavaRow> row = Row(format, text);
  INFO(row.status().message());
  REQUIRE(row.ok());
  return *std::move(row);
}

Result<SampleFormat> Detect(const std::string& text) {
  const testing::TempDir folder;
  std::ofstream(folder / "file", std::ios::binary) << text;
  Result<SampleFormat> format = DetectSampleFormat(folder / "file");
  if (format.ok()) return format;
  // Without the name of the folder, which differs each time.
  std::string message = format.status().message();
  CHECK(message.starts_with((folder / "file") + ": "));
  return InvalidArgument(message.substr((folder / "file").size() + 2));
}

TEST_CASE("A file's first record tells its format, whether in an array or on a line") {
  const std::vector<std::pair<SampleFormat, std::string>> files{
      {SampleFormat::kLlava, R"({"id":"a","conversations":[{"from":"human","value":"Hi"}]})"},
      {SampleFormat::kLlava, R"({"conversations":[],"image":"a.jpg","id":5})"},
      {SampleFormat::kShareGpt, R"({"messages":[{"role":"user","content":"Hi"}]})"},
      {SampleFormat::kShareGpt, R"({"conversations":[{"from":"human","value":"Hi"}]})"},
      {SampleFormat::kShareGpt, R"({"id":"a","conversations":[],"images":["a.jpg"]})"},
      {SampleFormat::kShareGpt, R"({"id":"a","conversations":[{"role":"user"}]})"},
      {SampleFormat::kEngine, R"({"instruction":"Where?","answer":"There","image":"a.jpg"})"}};
  for (const auto& [format, record] : files) {
    INFO(record);
    CHECK(Detect("[" + record + ",\n" + record + "]").value() == format);
    CHECK(Detect(record + "\n" + record + "\n").value() == format);
    CHECK(Detect("\xEF\xBB\xBF \n[\n " + record + "]").value() == format);
    CHECK(SampleFormatName(format) != "unknown");
  }
}

TEST_CASE("Files of one object and Parquet files are told apart too") {
  CHECK(Detect(R"({"info":{},"images":[{"id":1,"file_name":"a.jpg"}],)"
               R"("annotations":[{"image_id":1,"id":2,"caption":"A cat"}]})")
            .value() == SampleFormat::kCocoCaptions);
  CHECK(Detect(R"({"data_subtype":"train2014","questions":[{"image_id":1,"question":"?",)"
               R"("question_id":10}]})")
            .value() == SampleFormat::kVqaQuestions);
  CHECK(Detect(R"({"annotations":[{"question_id":10,"multiple_choice_answer":"yes"}]})").value() ==
        SampleFormat::kVqaAnnotations);
  CHECK(Detect("PAR1rest").value() == SampleFormat::kParquet);
  // Decided before the end: a large file is not read, a cut one is not noticed yet.
  CHECK(Detect(R"({"annotations":[{"capt)").status().message().find("not valid JSON") !=
        std::string::npos);
  CHECK(Detect(R"({"annotations":[{"caption": garbage)").value() == SampleFormat::kCocoCaptions);
}

TEST_CASE("A file of no known format says what was found") {
  CHECK(Detect(R"([{"question":"?","answer":"A","tags":[{"x":1}]}])").status().message() ==
        "no known format: expected conversations, messages, instruction and answer, annotations or "
        "questions in the first record, found answer, question, tags");
  CHECK(Detect("{}").status().message().ends_with("found no member"));
  CHECK(Detect(" ").status().message() == "is empty; expected records or columns of training data");
  CHECK(Detect("[ ]").status().message() == "has no record to tell its format by");
  CHECK(Detect("[1]").status().message() ==
        "expected an object as the first record, found '\"1\"'");
  CHECK(Detect(R"([{"id":"a)")
            .status()
            .message()
            .starts_with("not valid JSON at byte 9 of the first record: "));
  CHECK(Detect(std::string("[{\"a\0\":1}]", 10)).status().message().find("not valid JSON") !=
        std::string::npos);
  CHECK(Detect(std::string(200000, '[')).status().code() == StatusCode::kInvalidArgument);
  CHECK(Detect("{\"a\":" + std::string(200000, '[')).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(DetectSampleFormat("/nowhere/x.json").status().code() == StatusCode::kNotFound);
}

TEST_CASE("Messages with roles become turns, and a system message a member") {
  const LlavaRow row = Good(
      SampleFormat::kShareGpt,
      R"({"messages":[{"role":"system","content":"Be short."},)"
      R"({"role":"user","content":"<image>Who?","weight":1},)"
      R"({"role":"assistant","content":"Kane."}],"images":["demo/1.jpg"],"source":{"page":3}})");
  CHECK(FormatLlavaRow(row) ==
        R"({"id":"mine_7","image":"demo/1.jpg",)"
        R"("conversations":[{"from":"human","value":"<image>Who?","weight":1},)"
        R"({"from":"gpt","value":"Kane."}],"source":{"page":3},"system":"Be short."})");
}

TEST_CASE("Conversations with from and value, one image in a list or not, and no image") {
  const std::string turns =
      R"("conversations":[{"from":"user","value":"<image>Who?"},{"from":"gpt","value":"Kane."}])";
  for (const std::string image : {R"("image":"a.jpg")", R"("image":["a.jpg"])",
                                  R"("images":"a.jpg")", R"("images":["a.jpg"],"videos":[])"}) {
    INFO(image);
    const LlavaRow row = Good(SampleFormat::kShareGpt, "{\"id\":12," + image + "," + turns + "}");
    CHECK(row.image == "a.jpg");
    CHECK(row.id == "12");
    CHECK(row.conversations[0].from == "human");
  }
  const LlavaRow text = Good(SampleFormat::kShareGpt,
                             R"({"images":null,"conversations":[{"from":"human","value":"Hi"},)"
                             R"({"from":"gpt","value":"Ho"}]})");
  CHECK(text.image.empty());
}

TEST_CASE("What a LLaVA row cannot hold is refused, not left out") {
  const auto error = [](const std::string& members) {
    return ErrorOf(
        SampleFormat::kShareGpt,
        R"({"conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":"Ho"}],)" +
            members + "}");
  };
  CHECK(error(R"("images":["a.jpg","b.jpg"])") == "images: a row holds at most one image, found 2");
  CHECK(error(R"("images":["a.jpg"],"image":"b.jpg")") ==
        "images: a row holds at most one image, found another");
  CHECK(error(R"("images":[{"bytes":"","path":"a"}])") ==
        "images: expected the path of an image, found object");
  CHECK(error(R"("video":"a.mp4")") ==
        "video: a row holds text and at most one image, nothing else");
  CHECK(error(R"("audios":["a.wav"])") ==
        "audios: a row holds text and at most one image, nothing else");
  CHECK(error(R"("messages":[])") == "has both messages and conversations, expected one of them");
  CHECK(error(R"("image":"../a.jpg")") == "image: '../a.jpg' leads out of the image folder");
  CHECK(error(R"("x":1)") == "image: is missing, but a human turn says \"<image>\"");
}

TEST_CASE("Messages that are not a talk of two are refused with their place") {
  const auto error = [](const std::string& messages) {
    return ErrorOf(SampleFormat::kShareGpt, R"({"messages":[)" + messages + "]}");
  };
  const std::string user = R"({"role":"user","content":"Hi"})";
  const std::string assistant = R"({"role":"assistant","content":"Ho"})";
  CHECK(error(user + R"(,{"role":"function_call","content":"{}"})") ==
        "messages[1]: role: expected \"user\" or \"assistant\", found \"function_call\"");
  CHECK(error(user + R"(,{"role":"system","content":"x"})") ==
        "messages[1]: expected one system message, before all others");
  CHECK(error(user + R"(,{"role":"assistant"})") == "messages[1]: content: is missing");
  CHECK(error(user + R"(,{"role":"assistant","content":[{"type":"text"}]})") ==
        "messages[1]: content: expected a string, found array");
  CHECK(error(user + ",7") == "messages[1]: expected an object, found number");
  CHECK(error(user + "," + user) == "conversations[1].from: expected \"gpt\", found \"human\"");
  CHECK(error(user + "," + assistant + "," + user) ==
        "conversations: expected an answer to every question, found 3 turns");
  CHECK(error("") == "conversations: expected at least one question and answer, found none");
  CHECK(ErrorOf(SampleFormat::kShareGpt,
                R"({"image":"a.jpg","messages":[{"role":"user","content":"<image><image>"},)" +
                    assistant + "]}") == "\"<image>\" occurs 2 times for one image");
}

constexpr const char* kSample =
    R"({"instruction":"Where is the man?","answer":"He is at the left.",)"
    R"("short_answer":"Left middle",)"
    R"("options":["Top right","Bottom right","Bottom left","Left middle"],"choice_answer":"D",)"
    R"("image":"vg/VG_100K_2/2404787.jpg","qtype":4)";

TEST_CASE("A sample of MLLM-DataEngine is a turn answered directly and one answered by a letter") {
  const LlavaRow row =
      Good(SampleFormat::kEngine, std::string(kSample) + R"(,"regions":["[0.1, 0.2]: man"]})");
  CHECK(FormatLlavaRow(row) ==
        R"({"id":"mine_7","image":"vg/VG_100K_2/2404787.jpg","conversations":[)"
        R"({"from":"human","value":"<image>\nWhere is the man?"},)"
        R"({"from":"gpt","value":"He is at the left."},)"
        R"({"from":"human","value":"Where is the man?\nA. Top right\nB. Bottom right)"
        R"(\nC. Bottom left\nD. Left middle\n)"
        R"(Answer with the option's letter from the given choices directly."},)"
        R"({"from":"gpt","value":"D"}],)"
        R"("choice_answer":"D","options":[)"
        R"("Top right","Bottom right","Bottom left","Left middle"],"qtype":4,)"
        R"("regions":["[0.1, 0.2]: man"],"short_answer":"Left middle"})");
}

TEST_CASE("Both spellings of choice_answer are read, and must agree") {
  json value = json::parse(std::string(kSample) + "}");
  const EngineSample right = EngineSampleFromJson(value).value();
  CHECK(right.choice == 3);
  value["choide_answer"] = "D";
  CHECK(EngineSampleFromJson(value).value() == right);
  value.erase("choice_answer");
  CHECK(EngineSampleFromJson(value).value() == right);
  CHECK(FormatEngineSample(right) == std::string(kSample) + "}");
  value["choice_answer"] = "A";
  CHECK(EngineSampleFromJson(value).status().message() ==
        "choice_answer: is 'A', but choide_answer is 'D'");
}

TEST_CASE("A sample without a letter is answered directly only, its options kept") {
  const LlavaRow row =
      Good(SampleFormat::kEngine, R"({"instruction":"Where?","answer":"There","image":"a.jpg",)"
                                  R"("options":["a","b"],"qtype":"9"})");
  CHECK(row.conversations.size() == 2);
  CHECK(row.other["options"].size() == 2);
  CHECK(row.other["qtype"] == 9);
}

TEST_CASE("A bad sample is refused with the member at fault") {
  const auto error = [](const char* name, const json& value) {
    json sample = json::parse(std::string(kSample) + "}");
    sample[name] = value;
    if (value.is_null()) sample.erase(name);
    return ErrorOf(SampleFormat::kEngine, sample.dump());
  };
  CHECK(error("instruction", nullptr) == "instruction: is missing");
  CHECK(error("answer", "") == "answer: expected a text, found none");
  CHECK(error("image", 5) == "image: expected a string, found number");
  CHECK(error("image", "/etc/a.jpg") ==
        "image: '/etc/a.jpg' is absolute; expected a path below the image folder");
  CHECK(error("choice_answer", "E") == "choice_answer: expected a letter from A to D, found 'E'");
  CHECK(error("choice_answer", "d") == "choice_answer: expected a letter from A to D, found 'd'");
  CHECK(error("options", nullptr) == "choice_answer: there are no options");
  CHECK(error("options", {"a", 5}) == "options[1]: expected a string, found number");
  CHECK(error("options", "a") == "options: expected an array of strings, found string");
  CHECK(error("qtype", 12) == "qtype: expected a number from 1 to 9, found 12");
  CHECK(error("qtype", {{"a", 1}}) == "qtype: expected a number from 1 to 9, found {\"a\":1}");
  CHECK(error("id", true) == "id: expected a string, found boolean");
}

TEST_CASE("A sample comes back from its row, whatever its texts hold") {
  EngineSample sample = EngineSampleFromJson(json::parse(std::string(kSample) + "}")).value();
  sample.id = "mine_7";
  sample.other["regions"] = {"x"};
  std::vector<EngineSample> cases{sample};
  sample.instruction = "In <image>, which?\nA. not an option";
  sample.options = {"line\nB. break", "", "Answer with"};
  sample.choice = 0;
  cases.push_back(sample);
  sample.choice = -1;
  cases.push_back(sample);
  sample.options.clear();
  sample.short_answer.clear();
  sample.qtype = 0;
  cases.push_back(sample);
  for (const EngineSample& one : cases) {
    INFO(FormatEngineSample(one));
    const LlavaRow row = RowFromEngineSample(one);
    const Result<std::vector<EngineSample>> back = EngineSamplesFromRow(row);
    REQUIRE(back.ok());
    CHECK(*back == std::vector<EngineSample>{one});
    CHECK(Good(SampleFormat::kEngine, FormatEngineSample(one)) == row);
  }
}

TEST_CASE("A row of several questions becomes several samples") {
  LlavaRow row{.id = "r", .image = "a.jpg", .conversations = {}};
  const std::vector<std::string> options{"cat", "dog"};
  row.conversations = {{"human", "What is it?\n<image>"},
                       {"gpt", "A cat."},
                       {"human", "How many?"},
                       {"gpt", "One."},
                       {"human", ChoicePrompt("Which?", options)},
                       {"gpt", "B"}};
  row.other["source"] = "x";
  const std::vector<EngineSample> samples = EngineSamplesFromRow(row).value();
  REQUIRE(samples.size() == 3);
  CHECK(
      FormatEngineSample(samples[0]) ==
      R"({"id":"r#0","instruction":"What is it?","answer":"A cat.","image":"a.jpg","source":"x"})");
  CHECK(FormatEngineSample(samples[2]) ==
        R"({"id":"r#2","instruction":"Which?","answer":"dog","options":["cat","dog"],)"
        R"("choice_answer":"B","image":"a.jpg","source":"x"})");
  row.other["choice_answer"] = "A";
  CHECK(EngineSamplesFromRow(row).status().message() ==
        "choice_answer: does not agree with the conversations");
  row.image.clear();
  row.conversations[0].value = "What is it?";
  CHECK(EngineSamplesFromRow(row).status().message() ==
        "image: is missing; MLLM-DataEngine's samples are about an image");
}

TEST_CASE("A question becomes a sample that is read again") {
  const Question question{.question_id = "q1",
                          .question_type_id = 5,
                          .question = "How many?",
                          .choices = {"1", "2", "3", "4"},
                          .answer = 2,
                          .image = "a.jpg",
                          .group = ""};
  const EngineSample sample = EngineSampleFromQuestion(question, "There are three.");
  CHECK(EngineSampleFromJson(json::parse(FormatEngineSample(sample))).value() == sample);
  CHECK(FormatEngineSample(sample) ==
        R"({"id":"q1","instruction":"How many?","answer":"There are three.","short_answer":"3",)"
        R"("options":["1","2","3","4"],"choice_answer":"C","image":"a.jpg","qtype":5})");
}

TEST_CASE("Text that is not JSON is refused with its place, in every format") {
  const std::string good = R"({"id":"a","conversations":[{"from":"human","value":"Hi"},)"
                           R"({"from":"gpt","value":"Ho"}],"x":)";
  for (const SampleFormat format :
       {SampleFormat::kLlava, SampleFormat::kShareGpt, SampleFormat::kEngine}) {
    CHECK(ErrorOf(format, R"({"id":"a)").starts_with("json:1:9: not valid JSON: "));
    CHECK(ErrorOf(format, std::string("{\"a\0\":1}", 8)).starts_with("json:1:4: not valid JSON: "));
    CHECK(ErrorOf(format, "{\"a\":\"\xff\"}").starts_with("json:1:7: not valid JSON: "));
    CHECK(ErrorOf(format, "{\"a\":1,\"a\":2}") == "json: member 'a' occurs twice in an object");
    CHECK(ErrorOf(format, good + "1e999}").starts_with("json: not valid JSON: number overflow"));
    CHECK(ErrorOf(format, good + std::string(200000, '[')) ==
          "nested too deeply at byte 154: expected at most 64 levels");
    CHECK(ErrorOf(format, "") != "");
  }
  CHECK(ErrorOf(SampleFormat::kLlava, good + std::string(62, '[') + std::string(62, ']') + "}") ==
        "");
  CHECK(ErrorOf(SampleFormat::kLlava, good + "\"[[[\\\"[[[\"}") == "");
  CHECK(ParseLlavaRow(good + "1e999}").status().message() ==
        "not valid JSON: a number is beyond what a double holds");
  CHECK(ParseLlavaRow(good + std::string(200000, '['))
            .status()
            .message()
            .starts_with("nested too deeply at byte "));
}

}  // namespace
}  // namespace flywheel
