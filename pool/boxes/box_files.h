// Whole files of rows with their boxes converted: a JSON array or JSON lines, read and written as a
// stream. What of a row changes is row_boxes' business.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "pool/boxes/row_boxes.h"

namespace flywheel {

struct BoxFileOptions {
  std::string in;
  std::string out;  // may be the same file: it is replaced when all of it is converted
  BoxSpace to = BoxSpace::kSquarePadded;
  ImageSizeLookup size_of;
  // Called after each row with the bytes of records read so far; a failure ends the work.
  std::function<Status(int64_t bytes)> progress;
};

struct BoxFileSummary {
  int64_t rows = 0;
  int64_t converted_rows = 0;
  int64_t boxes = 0;

  bool operator==(const BoxFileSummary&) const = default;
};

// Keeps the form of the input. Lines stay lines; an array has each row on lines of its own,
// indented as the row itself is, so that a file of Python's json.dump(rows, indent=4) keeps its
// layout. Errors name file and record, and leave `out` as it was.
Result<BoxFileSummary> ConvertBoxFile(const BoxFileOptions& options);

}  // namespace flywheel
