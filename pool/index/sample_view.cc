#include "pool/index/sample_view.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "pool/formats/image_names.h"
#include "pool/index/native_conversion.h"

namespace flywheel {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kLongestId = 1024;

using Verdict = std::optional<Rejection>;  // empty: fine

// The view, and what it needs memory for.
struct OwningView {
  SampleView view;
  std::string id_digits;  // of a numeric id
  std::string made_id;    // of a record that has none
  LlavaRow row;           // of formats other than LLaVA's
};

Verdict Rejected(std::string_view reason, std::string message) {
  return Rejection{reason, std::move(message)};
}

std::string_view TypeName(dom::element_type type) {
  switch (type) {
    case dom::element_type::ARRAY:
      return "an array";
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::STRING:
      return "a string";
    case dom::element_type::BOOL:
      return "a boolean";
    case dom::element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

Verdict FromError(simdjson::error_code error) {
  if (error == simdjson::UTF8_ERROR) return Rejected("bad_utf8", "is not valid UTF-8");
  if (error == simdjson::DEPTH_ERROR) {
    return Rejected("too_deep", "is nested deeper than 1,024 levels");
  }
  return Rejected("not_json", fmt::format("is not valid JSON: {}", simdjson::error_message(error)));
}

Verdict TakeId(dom::element value, OwningView* sample) {
  if (value.is<int64_t>() || value.is<uint64_t>()) {
    sample->id_digits = simdjson::minify(value);
    sample->view.id = sample->id_digits;
    return {};
  }
  if (value.get(sample->view.id) == simdjson::SUCCESS) return {};
  return Rejected("bad_id", fmt::format("id: expected a string, found {}", TypeName(value.type())));
}

Verdict TakeImage(dom::element value, OwningView* sample) {
  if (value.get(sample->view.image) == simdjson::SUCCESS && !sample->view.image.empty()) return {};
  if (value.is_array()) {
    return Rejected("several_images", "image: expected one path, found an array");
  }
  if (value.is_null() || value.is_string()) {
    return Rejected("empty_image", "image: is empty; a row without an image leaves the member out");
  }
  return Rejected("bad_image",
                  fmt::format("image: expected a string, found {}", TypeName(value.type())));
}

Verdict TakeTurn(dom::element turn, size_t index, OwningView* sample) {
  dom::object members;
  if (turn.get(members) != simdjson::SUCCESS) {
    return Rejected("bad_turn", fmt::format("conversations[{}]: expected an object, found {}",
                                            index, TypeName(turn.type())));
  }
  std::string_view from;
  std::string_view value;
  bool has_from = false;
  bool has_value = false;
  for (const dom::key_value_pair member : members) {
    if (member.key == "from") has_from = member.value.get(from) == simdjson::SUCCESS;
    if (member.key == "value") has_value = member.value.get(value) == simdjson::SUCCESS;
  }
  if (!has_from || !has_value) {
    return Rejected("bad_turn", fmt::format("conversations[{}]: expected the strings \"from\" and "
                                            "\"value\", {} is missing or no string",
                                            index, has_from ? "value" : "from"));
  }
  sample->view.turns.emplace_back(from, value);
  return {};
}

Verdict TakeTurns(dom::element value, OwningView* sample) {
  dom::array turns;
  if (value.get(turns) != simdjson::SUCCESS) {
    return Rejected("no_turns", fmt::format("conversations: expected an array of turns, found {}",
                                            TypeName(value.type())));
  }
  sample->view.turns.clear();  // of two members of this name the last counts, as in Python
  for (const dom::element turn : turns) {
    if (Verdict wrong = TakeTurn(turn, sample->view.turns.size(), sample)) return wrong;
  }
  return {};
}

Verdict ReadLlava(dom::element record, OwningView* sample) {
  dom::object members;
  if (record.get(members) != simdjson::SUCCESS) {
    return Rejected("not_object",
                    fmt::format("expected an object, found {}", TypeName(record.type())));
  }
  for (const dom::key_value_pair member : members) {
    Verdict wrong;
    if (member.key == kRejectedMember) {
      std::string_view why;
      if (member.value.get(why) == simdjson::SUCCESS) {
        wrong = Rejected("not_converted", std::string(why));
      }
    } else if (member.key == "id") {
      wrong = TakeId(member.value, sample);
    } else if (member.key == "image") {
      wrong = TakeImage(member.value, sample);
    } else if (member.key == "conversations") {
      wrong = TakeTurns(member.value, sample);
    }
    if (wrong) return wrong;
  }
  return {};
}

// What LLaVA's trainer needs: it drops a first turn that is not the human's, then asks for human
// and gpt in turns (llava/train/train.py, preprocess_v1).
Verdict CheckTurns(const SampleView& sample) {
  if (sample.turns.empty()) {
    return Rejected("no_turns", "conversations: expected at least a question and an answer");
  }
  const size_t first = sample.turns.front().first == "human" ? 0 : 1;
  for (size_t i = first; i < sample.turns.size(); ++i) {
    const std::string_view expected = (i - first) % 2 == 0 ? "human" : "gpt";
    if (sample.turns[i].first != expected) {
      return Rejected("roles", fmt::format("conversations[{}].from: expected \"{}\", found \"{}\"",
                                           i, expected, sample.turns[i].first));
    }
  }
  if (sample.turns.size() - first < 2) {
    return Rejected("no_answer", "conversations: expected an answer, found none");
  }
  return {};
}

Verdict CheckSample(const SampleView& sample) {
  if (sample.id.empty() || sample.id.size() > kLongestId) {
    return Rejected("bad_id", fmt::format("id: expected 1 to {} bytes, found {}", kLongestId,
                                          sample.id.size()));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(sample.id.begin(), sample.id.end(), is_control)) {
    return Rejected("bad_id", "id: expected no control characters, found one");
  }
  if (!sample.image.empty()) {
    if (const Status path = CheckImagePath(sample.image); !path.ok()) {
      return Rejected("image_outside_root", fmt::format("image: {}", path.message()));
    }
  }
  return CheckTurns(sample);
}

}  // namespace

std::string_view SampleView::FirstQuestion() const {
  for (const auto& [from, value] : turns) {
    if (from == "human") return value;
  }
  return {};
}

struct SampleViewReader::Impl {
  SampleFormat format;
  std::string dataset;
  dom::parser parser;
  OwningView sample;

  Verdict ReadLlavaText(std::string_view text);
  Verdict ReadOther(std::string_view text, int64_t number);
};

Verdict SampleViewReader::Impl::ReadOther(std::string_view text, int64_t number) {
  Result<LlavaRow> converted = RowFromRecord(format, text, {dataset, number});
  if (!converted.ok()) return Rejected("not_in_format", converted.status().message());
  sample.row = *std::move(converted);
  sample.view.id = sample.row.id;
  sample.view.image = sample.row.image;
  for (const LlavaTurn& turn : sample.row.conversations) {
    sample.view.turns.emplace_back(turn.from, turn.value);
  }
  return {};
}

Verdict SampleViewReader::Impl::ReadLlavaText(std::string_view text) {
  dom::element record;
  const simdjson::error_code error =
      parser.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(record);
  if (error != simdjson::SUCCESS) return FromError(error);
  return ReadLlava(record, &sample);
}

SampleViewReader::SampleViewReader(SampleFormat format, const std::string& dataset)
    : impl_(std::make_unique<Impl>()) {
  impl_->format = format;
  impl_->dataset = dataset;
}
SampleViewReader::SampleViewReader(SampleViewReader&&) noexcept = default;
SampleViewReader& SampleViewReader::operator=(SampleViewReader&&) noexcept = default;
SampleViewReader::~SampleViewReader() = default;

const SampleView& SampleViewReader::sample() const { return impl_->sample.view; }

std::optional<Rejection> SampleViewReader::Read(std::string_view text, int64_t number) {
  SampleView& view = impl_->sample.view;
  view.id = view.image = {};
  view.turns.clear();
  const bool converts =
      impl_->format == SampleFormat::kShareGpt || impl_->format == SampleFormat::kEngine;
  Verdict wrong = converts ? impl_->ReadOther(text, number) : impl_->ReadLlavaText(text);
  if (wrong) return wrong;
  if (view.id.empty()) {
    impl_->sample.made_id = fmt::format("{}_{}", impl_->dataset, number);
    view.id = impl_->sample.made_id;
  }
  return CheckSample(view);
}

}  // namespace flywheel
