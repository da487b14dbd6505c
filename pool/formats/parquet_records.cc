#include "pool/formats/parquet_records.h"

#include <fmt/format.h>

#include <filesystem>

#include "pool/formats/llava_row.h"

namespace flywheel {

std::string ParquetImageName(const std::string& path, const ParquetSample& sample) {
  switch (sample.image) {
    case ImagePlace::kNone:
      return "";
    case ImagePlace::kOutside:
      return sample.image_path;
    case ImagePlace::kInFile:
      break;
  }
  return fmt::format("{}/{}{}", std::filesystem::path(path).stem().string(), sample.row,
                     sample.image_extension());
}

Result<std::string> ParquetRecord(const std::string& dataset, const std::string& path,
                                  ParquetSample sample) {
  if (sample.id.empty()) sample.id = fmt::format("{}_{}", dataset, sample.row + 1);
  FW_ASSIGN(const LlavaRow row, RowFromParquet(sample, ParquetImageName(path, sample)));
  return FormatLlavaRow(row);
}

}  // namespace flywheel
