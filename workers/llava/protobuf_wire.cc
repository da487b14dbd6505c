#include "workers/llava/protobuf_wire.h"

#include <fmt/format.h>

#include "base/result.h"

namespace flywheel::llava {
namespace {

constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kDelimited = 2;
constexpr int kFixed32 = 5;

// Takes a varint off the front; false when it is cut off or too long.
bool TakeVarint(std::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool TakeFixed(std::string_view* bytes, size_t size, uint64_t* value) {
  if (bytes->size() < size) return false;
  *value = 0;
  for (size_t i = 0; i < size; ++i) {
    *value |= static_cast<uint64_t>(static_cast<uint8_t>((*bytes)[i])) << (8 * i);
  }
  bytes->remove_prefix(size);
  return true;
}

bool TakeField(std::string_view* bytes, WireField* field) {
  uint64_t key = 0;
  if (!TakeVarint(bytes, &key)) return false;
  field->number = static_cast<uint32_t>(key >> 3);
  switch (key & 7) {
    case kVarint:
      return TakeVarint(bytes, &field->value);
    case kFixed64:
      return TakeFixed(bytes, 8, &field->value);
    case kFixed32:
      return TakeFixed(bytes, 4, &field->value);
    case kDelimited: {
      uint64_t size = 0;
      if (!TakeVarint(bytes, &size) || size > bytes->size()) return false;
      field->bytes = bytes->substr(0, size);
      bytes->remove_prefix(size);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

Status ForEachField(std::string_view message,
                    const std::function<Status(const WireField&)>& field) {
  const size_t total = message.size();
  while (!message.empty()) {
    const size_t at = total - message.size();
    WireField taken;
    if (!TakeField(&message, &taken)) {
      return InvalidArgument(fmt::format("no protobuf message: byte {} begins no field", at));
    }
    FW_TRY(field(taken));
  }
  return OkStatus();
}

}  // namespace flywheel::llava
