#include "workers/llava/tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <catch2/catch.hpp>
#include <unordered_map>

#include "base/rng.h"

namespace flywheel::llava {
namespace {

class Lines : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  bool done() const override { return next_ >= lines_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return lines_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::vector<std::string> lines_;
  size_t next_ = 0;
};

using Arguments = std::unordered_map<std::string, std::string>;

// A model that SentencePiece itself has trained.
std::string Train(const Arguments& changes = {}) {
  Arguments arguments = {{"model_type", "bpe"},         {"vocab_size", "330"},
                         {"hard_vocab_limit", "false"}, {"byte_fallback", "true"},
                         {"character_coverage", "1.0"}, {"normalization_rule_name", "identity"},
                         {"control_symbols", "<ans>"},  {"num_threads", "1"},
                         {"minloglevel", "2"}};
  for (const auto& [key, value] : changes) arguments[key] = value;
  Lines lines({"what is the color of the star?", "where is the red circle?", "to the left",
               "which of these is in the image?", "the robot is kicking a heart", "stop 10 25",
               "what does the sign say?", "how many shapes remain?"});
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &lines, &model);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return model;
}

TEST_CASE("The tokenizer gives the tokens that SentencePiece gives") {
  const std::string model = Train();
  sentencepiece::SentencePieceProcessor library;
  REQUIRE(library.LoadFromSerializedProto(model).ok());
  const auto ours = Tokenizer::FromBytes(model, "test");
  REQUIRE(ours.ok());
  REQUIRE(ours->size() == library.GetPieceSize());
  std::vector<std::string> texts = {"",
                                    " ",
                                    "what is the color of the star?",
                                    "  the   red  circle ",
                                    "zebra crossing, 10 km",
                                    "caf\xC3\xA9 \xE7\x8C\xAB \xF0\x9F\x90\xB1",
                                    "<s> <ans> </s> <0x41>",
                                    "\xE2\x96\x81under",
                                    "thethethe"};
  Rng rng(7);
  for (int i = 0; i < 500; ++i) {
    std::string& text = texts.emplace_back();
    for (int64_t n = rng.Between(1, 20); n > 0; --n) text += "abehorst ?1x"[rng.Below(12)];
  }
  for (const std::string& text : texts) {
    INFO("text: '" << text << "'");
    std::vector<int> expected;
    REQUIRE(library.Encode(text, &expected).ok());
    CHECK(ours->Encode(text) == std::vector<int32_t>(expected.begin(), expected.end()));
  }
}

TEST_CASE("Any word survives the way to tokens and back") {
  const auto tokenizer = Tokenizer::FromBytes(Train(), "test");
  REQUIRE(tokenizer.ok());
  for (const std::string text : {"xylophone", "na\xC3\xAFve", "\xE7\x8C\xAB", "a_b#c", "QUITE"}) {
    CHECK(tokenizer->Decode(tokenizer->Encode(text)) == text);
  }
}

TEST_CASE("Text cannot bring in special tokens") {
  const auto tokenizer = Tokenizer::FromBytes(Train(), "test");
  REQUIRE(tokenizer.ok());
  for (int32_t token : tokenizer->Encode("<s> <ans> </s>")) {
    CHECK(token != tokenizer->bos());
    CHECK(token != tokenizer->eos());
    CHECK(token != tokenizer->answer());
  }
}

TEST_CASE("A turn is framed by the special tokens") {
  const auto tokenizer = Tokenizer::FromBytes(Train(), "test");
  REQUIRE(tokenizer.ok());
  const Turn turn = tokenizer->MakeTurn("where is the star?", "left");
  CHECK(turn.prompt.front() == tokenizer->bos());
  CHECK(turn.prompt.back() == tokenizer->answer());
  CHECK(turn.answer.back() == tokenizer->eos());
  CHECK(turn.answer.size() == tokenizer->Encode("left").size() + 1);
}

TEST_CASE("A file that is no usable model is refused with the reason") {
  const auto reason = [](const std::string& model) {
    const auto tokenizer = Tokenizer::FromBytes(model, "some.model");
    REQUIRE_FALSE(tokenizer.ok());
    CHECK(tokenizer.status().code() == StatusCode::kInvalidArgument);
    return tokenizer.status().message();
  };
  CHECK_THAT(reason("not a protobuf"), Catch::StartsWith("some.model: no protobuf message"));
  CHECK_THAT(reason(Train({{"model_type", "unigram"}})), Catch::Contains("byte-pair encoding"));
  CHECK_THAT(reason(Train({{"byte_fallback", "false"}, {"vocab_size", "60"}})),
             Catch::Contains("byte pieces"));
  CHECK_THAT(reason(Train({{"control_symbols", "<other>"}})), Catch::Contains("<ans>"));
  CHECK_THAT(reason(Train({{"normalization_rule_name", "nmt_nfkc"}})),
             Catch::Contains("expected identity"));
  CHECK_THAT(reason(Train().substr(0, 500)), Catch::StartsWith("some.model: "));
}

}  // namespace
}  // namespace flywheel::llava
