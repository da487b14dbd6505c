#include "pool/index/llava_records.h"

#include <fmt/format.h>

#include <utility>

#include "pool/formats/llava_row.h"
#include "pool/formats/sample_format.h"

namespace flywheel {

Result<std::string> LlavaRecordOf(const PoolDataset& dataset, std::string_view id,
                                  std::string record) {
  if (dataset.format != SampleFormat::kShareGpt && dataset.format != SampleFormat::kEngine) {
    return record;
  }
  Result<LlavaRow> row = RowFromRecord(dataset.format, record, {dataset.name, 0});
  FW_TRY(row.status().WithContext(fmt::format("sample '{}' of {}", id, dataset.name)));
  row->id = id;
  return FormatLlavaRow(*row);
}

}  // namespace flywheel
