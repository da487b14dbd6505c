// The file of an export: takes LLaVA records in JSON and writes them in one of the formats.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/export/exporter.h"

namespace flywheel {

// A record and what the pool calls it.
struct ExportedRecord {
  std::string_view json;
  std::string_view name;  // for lists of ids
};

class ExportSink {
 public:
  virtual ~ExportSink() = default;
  virtual Status Write(const ExportedRecord& record) = 0;
  virtual Status Finish() = 0;
};

Result<std::unique_ptr<ExportSink>> OpenExportSink(ExportFormat format, const std::string& out);

}  // namespace flywheel
