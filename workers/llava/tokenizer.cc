#include "workers/llava/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdio>

#include "base/io/files.h"
#include "workers/llava/protobuf_wire.h"

namespace flywheel::llava {
namespace {

// U+2581, which stands for a space in pieces.
constexpr std::string_view kSpace = "\xE2\x96\x81";

// Numbers of fields and of TrainerSpec.ModelType in sentencepiece_model.proto.
constexpr uint32_t kPieces = 1;
constexpr uint32_t kTrainerSpec = 2;
constexpr uint32_t kNormalizerSpec = 3;
constexpr uint64_t kBytePairs = 2;

// Bytes of the character that begins here; 1 for what is no UTF-8.
size_t CharacterSize(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size > text.size()) return 1;
  for (size_t i = 1; i < size; ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xC0) != 0x80) return 1;
  }
  return size;
}

// A space after another character.
bool HasInnerSpace(std::string_view piece) {
  while (piece.starts_with(kSpace)) piece.remove_prefix(kSpace.size());
  return piece.find(kSpace) != std::string_view::npos;
}

}  // namespace

Result<Tokenizer> Tokenizer::Load(const std::string& path) {
  FW_ASSIGN(const std::string bytes, ReadFile(path));
  return FromBytes(bytes, path);
}

Result<Tokenizer> Tokenizer::FromBytes(std::string_view model, const std::string& name) {
  Tokenizer tokenizer;
  Status status = tokenizer.ReadModel(model);
  if (status.ok()) status = tokenizer.Index();
  if (!status.ok()) return status.WithContext(name);
  return tokenizer;
}

Status Tokenizer::ReadModel(std::string_view model) {
  return ForEachField(model, [this](const WireField& field) {
    if (field.number == kPieces) return ReadPiece(field.bytes);
    if (field.number == kTrainerSpec) return ReadTrainerSpec(field.bytes);
    if (field.number == kNormalizerSpec) return ReadNormalizerSpec(field.bytes);
    return OkStatus();
  });
}

Status Tokenizer::ReadPiece(std::string_view message) {
  Piece piece;
  FW_TRY(ForEachField(message, [&](const WireField& field) -> Status {
    if (field.number == 1) piece.text = field.bytes;
    if (field.number == 2) piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    if (field.number == 3) {
      if (field.value < 1 || field.value > 6) {
        return InvalidArgument(
            fmt::format("piece {} has type {}, expected 1 to 6", pieces_.size(), field.value));
      }
      piece.kind = static_cast<Kind>(field.value);
    }
    return OkStatus();
  }));
  if (piece.text.empty()) {
    return InvalidArgument(fmt::format("piece {} has no text", pieces_.size()));
  }
  pieces_.push_back(std::move(piece));
  return OkStatus();
}

Status Tokenizer::ReadTrainerSpec(std::string_view message) {
  uint64_t type = 1;  // unigram, where the field is absent
  FW_TRY(ForEachField(message, [&](const WireField& field) {
    if (field.number == 3) type = field.value;
    if (field.number == 41) bos_ = static_cast<int32_t>(field.value);
    if (field.number == 42) eos_ = static_cast<int32_t>(field.value);
    return OkStatus();
  }));
  if (type != kBytePairs) {
    return InvalidArgument(
        fmt::format("model type {}, expected {} (byte-pair encoding)", type, kBytePairs));
  }
  return OkStatus();
}

Status Tokenizer::ReadNormalizerSpec(std::string_view message) {
  return ForEachField(message, [&](const WireField& field) -> Status {
    if (field.number == 2 && !field.bytes.empty()) {
      return InvalidArgument("the model normalises characters, expected identity");
    }
    if (field.number == 3) add_dummy_prefix_ = field.value != 0;
    if (field.number == 4) remove_extra_whitespaces_ = field.value != 0;
    if (field.number == 5 && field.value == 0) {
      return InvalidArgument("the model keeps spaces as they are, expected them escaped");
    }
    return OkStatus();
  });
}

Status Tokenizer::Index() {
  bytes_.fill(-1);
  const auto is_control = [this](int32_t id) {
    return id >= 0 && id < size() && pieces_[static_cast<size_t>(id)].kind == Kind::kControl;
  };
  for (int32_t id = 0; id < size(); ++id) {
    const Piece& piece = pieces_[static_cast<size_t>(id)];
    if (piece.kind == Kind::kNormal || piece.kind == Kind::kUserDefined) {
      mergeable_.emplace(piece.text, id);
      if (HasInnerSpace(piece.text)) {
        return InvalidArgument(fmt::format("piece {} reaches over a space", id));
      }
    }
    if (piece.kind == Kind::kUserDefined) user_defined_.push_back(piece.text);
    if (piece.kind == Kind::kControl && piece.text == kAnswerToken) answer_ = id;
    unsigned byte = 0;
    if (piece.kind == Kind::kByte && std::sscanf(piece.text.c_str(), "<0x%2X>", &byte) == 1) {
      bytes_[byte & 0xFF] = id;
    }
  }
  std::sort(user_defined_.begin(), user_defined_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  if (!is_control(bos_) || !is_control(eos_)) {
    return InvalidArgument("the model has no <s> or no </s>");
  }
  if (answer_ < 0) {
    return InvalidArgument(fmt::format("the model has no control symbol {}", kAnswerToken));
  }
  if (std::find(bytes_.begin(), bytes_.end(), -1) != bytes_.end()) {
    return InvalidArgument("the model lacks byte pieces, so it cannot write every word");
  }
  return OkStatus();
}

std::string Tokenizer::Normalise(std::string_view text) const {
  if (remove_extra_whitespaces_) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  }
  if (text.empty()) return "";
  std::string out(add_dummy_prefix_ ? kSpace : "");
  bool after_space = false;
  for (const char c : text) {
    if (c != ' ') {
      out += c;
    } else if (!after_space || !remove_extra_whitespaces_) {
      out += kSpace;
    }
    after_space = c == ' ';
  }
  return out;
}

// Characters, and user-defined pieces as a whole.
std::vector<std::string> Tokenizer::Split(std::string_view word) const {
  std::vector<std::string> symbols;
  while (!word.empty()) {
    size_t size = CharacterSize(word);
    for (const std::string& piece : user_defined_) {
      if (!word.starts_with(piece)) continue;
      size = piece.size();
      break;
    }
    symbols.emplace_back(word.substr(0, size));
    word.remove_prefix(size);
  }
  return symbols;
}

// Joins the neighbours whose union has the best score, the leftmost of equals, until none is left.
void Tokenizer::EncodeWord(std::string_view word, std::vector<int32_t>* tokens) const {
  std::vector<std::string> symbols = Split(word);
  while (symbols.size() > 1) {
    size_t best = symbols.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = mergeable_.find(symbols[i] + symbols[i + 1]);
      if (found == mergeable_.end()) continue;
      const float score = pieces_[static_cast<size_t>(found->second)].score;
      if (best < symbols.size() && score <= best_score) continue;
      best = i;
      best_score = score;
    }
    if (best == symbols.size()) break;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<int64_t>(best) + 1);
  }
  for (const std::string& symbol : symbols) {
    if (const auto found = mergeable_.find(symbol); found != mergeable_.end()) {
      tokens->push_back(found->second);
      continue;
    }
    for (const char byte : symbol) tokens->push_back(bytes_[static_cast<uint8_t>(byte)]);
  }
}

std::vector<int32_t> Tokenizer::Encode(std::string_view text) const {
  const std::string normal = Normalise(text);
  std::vector<int32_t> tokens;
  // No piece has a space after another character, so words can be taken one by one.
  size_t begin = 0;
  while (begin < normal.size()) {
    size_t end = begin;
    while (normal.compare(end, kSpace.size(), kSpace) == 0) end += kSpace.size();
    end = std::min(normal.find(kSpace, end), normal.size());
    EncodeWord(std::string_view(normal).substr(begin, end - begin), &tokens);
    begin = end;
  }
  return tokens;
}

std::string Tokenizer::Decode(const std::vector<int32_t>& tokens) const {
  std::string text;
  for (const int32_t token : tokens) {
    if (token < 0 || token >= size()) continue;
    const Piece& piece = pieces_[static_cast<size_t>(token)];
    if (piece.kind == Kind::kByte) {
      text += static_cast<char>(std::find(bytes_.begin(), bytes_.end(), token) - bytes_.begin());
    } else if (piece.kind != Kind::kControl) {
      text += piece.text;
    }
  }
  std::string spaced;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, kSpace.size(), kSpace) == 0) {
      spaced += ' ';
      i += kSpace.size();
    } else {
      spaced += text[i++];
    }
  }
  return add_dummy_prefix_ && spaced.starts_with(' ') ? spaced.substr(1) : spaced;
}

std::vector<int32_t> Tokenizer::Prompt(std::string_view question) const {
  std::vector<int32_t> tokens = {bos_};
  const std::vector<int32_t> words = Encode(question);
  tokens.insert(tokens.end(), words.begin(), words.end());
  tokens.push_back(answer_);
  return tokens;
}

Turn Tokenizer::MakeTurn(std::string_view question, std::string_view answer) const {
  Turn turn{Prompt(question), Encode(answer)};
  turn.answer.push_back(eos_);
  return turn;
}

}  // namespace flywheel::llava
