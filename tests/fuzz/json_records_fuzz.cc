// Any file as records: they come in order with their numbers, and of a JSON array that a full
// parser takes they are its elements.
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "pool/formats/json_records.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flywheel;  // NOLINT(google-build-using-namespace)
  const std::string path = flywheel::testing::FuzzFile(data, size);
  std::vector<std::string> records;
  const Status status = ForEachJsonRecord(path, [&records](std::string_view text, int64_t number) {
    records.emplace_back(text);
    FW_CHECK(number == static_cast<int64_t>(records.size()), "numbers are not in order");
    return OkStatus();
  });
  const auto whole = nlohmann::json::parse(data, data + size, nullptr, false);
  // A byte order mark is white space to the full parser alone.
  if (!whole.is_array() || (size > 0 && data[0] == 0xEF)) return 0;
  FW_CHECK(status.ok(), status.message().c_str());
  FW_CHECK(records.size() == whole.size(), "not as many records as elements");
  for (size_t i = 0; i < records.size(); ++i) {
    FW_CHECK(nlohmann::json::parse(records[i]) == whole[i], "a record that is not the element");
  }
  return 0;
}
