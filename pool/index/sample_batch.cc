#include "pool/index/sample_batch.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "pool/boxes/boxes.h"
#include "pool/index/sample_view.h"
#include "pool/text/sample_text.h"

namespace flywheel {

uint64_t HashOfId(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

std::string_view SampleBatch::Keep(std::string_view text) {
  if (text.empty()) return {};
  char* copy = static_cast<char*>(texts.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void SampleBatch::Clear() {
  offsets.clear();
  lengths.clear();
  ids.clear();
  images.clear();
  turns.clear();
  words.clear();
  options.clear();
  has_box.clear();
  content_hashes.clear();
  id_hashes.clear();
  rejected.clear();
  texts.release();
}

struct SampleParser::Impl {
  SampleViewReader reader;
  std::string hashed;

  void Add(const FoundRecord& where, SampleBatch* batch);
};

void SampleParser::Impl::Add(const FoundRecord& where, SampleBatch* batch) {
  const SampleView& sample = reader.sample();
  int64_t words = 0;
  int options = 0;
  bool has_box = false;
  hashed.assign(sample.image);
  for (const auto& [from, value] : sample.turns) {
    words += CountWords(value);
    has_box = has_box || HasBoxes(value);
    if (from == "human") options = std::max(options, CountOptions(value));
    hashed.push_back('\0');
    hashed.push_back(from.empty() ? ' ' : from.front());
    hashed.append(value);
  }
  batch->offsets.push_back(where.offset);
  batch->lengths.push_back(static_cast<uint32_t>(where.length));
  batch->ids.push_back(batch->Keep(sample.id));
  batch->images.push_back(batch->Keep(sample.image));
  batch->turns.push_back(static_cast<int32_t>(sample.turns.size()));
  batch->words.push_back(static_cast<int32_t>(words));
  batch->options.push_back(options);
  batch->has_box.push_back(has_box ? 1 : 0);
  batch->content_hashes.push_back(XXH3_64bits(hashed.data(), hashed.size()));
  batch->id_hashes.push_back(HashOfId(sample.id));
}

SampleParser::SampleParser(SampleFormat format, const std::string& dataset)
    : impl_(std::make_unique<Impl>(Impl{SampleViewReader(format, dataset), ""})) {}
SampleParser::SampleParser(SampleParser&&) noexcept = default;
SampleParser::~SampleParser() = default;

void SampleParser::ParseOne(std::string_view text, const FoundRecord& where, SampleBatch* batch) {
  std::optional<Rejection> wrong = impl_->reader.Read(text, where.number);
  if (wrong) {
    batch->rejected.push_back(
        {where.offset, where.number, std::string(wrong->reason), std::move(wrong->message)});
    return;
  }
  impl_->Add(where, batch);
}

void SampleParser::Parse(const RecordBlock& block, SampleBatch* batch) {
  for (const FoundRecord& record : block.overlong) {
    batch->rejected.push_back(
        {record.offset, record.number, "too_long",
         fmt::format("is {} bytes long, more than a sample may be", record.length)});
  }
  for (const FoundRecord& record : block.records) ParseOne(block.Text(record), record, batch);
}

}  // namespace flywheel
