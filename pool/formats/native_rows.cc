#include "pool/formats/native_rows.h"

#include <utility>

#include "pool/formats/image_names.h"

namespace flywheel {

Status DeliverNativeRow(const NativeSink& sink, const std::string& place, Result<LlavaRow> row,
                        NativeCounts* counts) {
  Status status = row.status();
  if (status.ok()) status = CheckLlavaRow(*row);
  if (status.ok()) status = CheckImagePath(row->image).WithContext("image");
  if (status.ok()) {
    ++counts->rows;
    return sink.row(*std::move(row));
  }
  ++counts->rejected;
  return sink.reject ? sink.reject(place, status) : status;
}

}  // namespace flywheel
