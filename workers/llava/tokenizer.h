// Words to tokens by a SentencePiece byte-pair model from a file (tokenizer.model). Bytes stand for
// what the vocabulary lacks, so any text can be written. Adds no special tokens to text and finds
// none in it. A reader of its own, because Debian's libsentencepiece brings a second protobuf that
// crashes beside LibTorch's; a test holds its tokens equal to the library's.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "workers/llava/samples.h"

namespace flywheel::llava {

// The token that stands between a question and its answer.
inline constexpr std::string_view kAnswerToken = "<ans>";

class Tokenizer {
 public:
  // INVALID_ARGUMENT names the file: no SentencePiece model, not byte-pair encoding, a
  // normalisation other than identity, or one without <s>, </s>, <ans> or the byte pieces.
  static Result<Tokenizer> Load(const std::string& path);
  static Result<Tokenizer> FromBytes(std::string_view model, const std::string& name);

  std::vector<int32_t> Encode(std::string_view text) const;
  // Control tokens are left out.
  std::string Decode(const std::vector<int32_t>& tokens) const;

  int32_t bos() const { return bos_; }
  int32_t eos() const { return eos_; }
  int32_t answer() const { return answer_; }
  int32_t size() const { return static_cast<int32_t>(pieces_.size()); }

  // <bos> question <ans>.
  std::vector<int32_t> Prompt(std::string_view question) const;
  // The prompt, and answer <eos>.
  Turn MakeTurn(std::string_view question, std::string_view answer) const;

 private:
  enum class Kind : uint8_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };
  struct Piece {
    std::string text;
    float score = 0;
    Kind kind = Kind::kNormal;
  };

  Tokenizer() = default;
  Status ReadModel(std::string_view model);
  Status ReadPiece(std::string_view message);
  Status ReadTrainerSpec(std::string_view message);
  Status ReadNormalizerSpec(std::string_view message);
  Status Index();
  std::string Normalise(std::string_view text) const;
  std::vector<std::string> Split(std::string_view word) const;
  void EncodeWord(std::string_view word, std::vector<int32_t>* tokens) const;

  std::vector<Piece> pieces_;
  std::unordered_map<std::string, int32_t> mergeable_;  // normal and user-defined pieces
  std::vector<std::string> user_defined_;               // the longest first
  std::array<int32_t, 256> bytes_{};
  bool add_dummy_prefix_ = true;
  bool remove_extra_whitespaces_ = true;
  int32_t bos_ = 1;
  int32_t eos_ = 2;
  int32_t answer_ = -1;
};

}  // namespace flywheel::llava
