// One record of a data file as the index sees it: id, image and turns as views, or why it cannot be
// used. LLaVA's own records are read at the speed of simdjson, other formats through their
// converters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pool/formats/sample_format.h"

namespace flywheel {

// Why a record cannot be used, with the key that such records are counted by.
struct Rejection {
  std::string_view reason;  // "not_json", "no_turns", "roles", ...
  std::string message;
};

// Views of the record's text and of its reader: gone with the next record.
struct SampleView {
  std::string_view id;     // "<dataset>_<number>" where the record has none
  std::string_view image;  // empty: text only
  std::vector<std::pair<std::string_view, std::string_view>> turns;  // from ("human", "gpt"), value

  // The value of the first human turn; empty: none.
  std::string_view FirstQuestion() const;
};

class SampleViewReader {
 public:
  // `dataset` makes the ids of records that have none.
  SampleViewReader(SampleFormat format, const std::string& dataset);
  SampleViewReader(SampleViewReader&&) noexcept;
  SampleViewReader& operator=(SampleViewReader&&) noexcept;
  ~SampleViewReader();

  // RecordBlock::kPadding readable bytes must follow the text. `number`: of the record, from 1.
  // What a LLaVA trainer could not use is rejected: see CheckTurns in the source.
  std::optional<Rejection> Read(std::string_view text, int64_t number);
  const SampleView& sample() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel
