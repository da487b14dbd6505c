// flywheel-train-tokenizer: makes the tokenizer of a base model: SentencePiece's byte-pair encoding
// with byte fallback, so that any word can be written, of the world's texts and COCO's category
// names. Run by scripts/make-base-model.
#include <fmt/format.h>
#include <sentencepiece_trainer.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/io/files.h"
#include "generators/corpus.h"

namespace flywheel::pretrain {
namespace {

constexpr int kLines = 60000;

class Lines : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return next_ >= lines_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return lines_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  size_t next_ = 0;
};

// At most `vocabulary` pieces: <unk>, <s>, </s>, <ans>, 256 bytes, then what the text brings. One
// thread, so that equal text gives equal bytes.
Status Train(const std::string& out, uint64_t seed, int vocabulary) {
  const std::unordered_map<std::string, std::string> arguments = {
      {"model_type", "bpe"},         {"vocab_size", std::to_string(vocabulary)},
      {"hard_vocab_limit", "false"}, {"byte_fallback", "true"},
      {"character_coverage", "1.0"}, {"normalization_rule_name", "identity"},
      {"control_symbols", "<ans>"},  {"num_threads", "1"},
      {"minloglevel", "2"}};
  const std::vector<std::string> corpus = TokenizerCorpus(seed, kLines);
  Lines lines(corpus);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &lines, &model);
  if (!status.ok()) return Internal("training the tokenizer: " + status.ToString());
  return WriteFile(out, model);
}

int Main(int argc, char** argv) {
  CLI::App app("Makes the tokenizer of a base model.");
  std::string out;
  uint64_t seed = 1;
  int vocabulary = 1000;
  app.add_option("--out", out, "file to write")->required();
  app.add_option("--seed", seed, "where the text comes from");
  app.add_option("--vocabulary", vocabulary, "pieces at most")->check(CLI::Range(300, 100000));
  CLI11_PARSE(app, argc, argv);
  const Status status = Train(out, seed, vocabulary);
  if (status.ok()) return 0;
  std::fprintf(stderr, "flywheel-train-tokenizer: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace flywheel::pretrain

int main(int argc, char** argv) { return flywheel::pretrain::Main(argc, argv); }
