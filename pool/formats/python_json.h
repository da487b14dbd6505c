// JSON as Python's json.dump(value, indent=4) writes what json.load read: for files that must equal
// those of Python scripts byte for byte. Nothing is decoded that need not be, so that numbers of
// any length and lone surrogates come through. Not for our own files: those are compact UTF-8.
// Source: CPython 3.11, Lib/json (encoder.py, decoder.py) and float.__repr__.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// What stands around the records of a list: "[\n    " record ",\n    " record "\n]", each record at
// level 1. No newline at the end; a list without records is "[]".
inline constexpr std::string_view kPythonListOpen = "[\n    ";
inline constexpr std::string_view kPythonListSeparator = ",\n    ";
inline constexpr std::string_view kPythonListClose = "\n]";

class PythonJsonWriter {
 public:
  PythonJsonWriter();
  ~PythonJsonWriter();
  PythonJsonWriter(PythonJsonWriter&&) noexcept;
  PythonJsonWriter& operator=(PythonJsonWriter&&) noexcept;

  // Appends one JSON object or array, at `level` levels of indentation (its first line has none).
  // Of members with the same name the last value stands at the first one's place. INVALID_ARGUMENT
  // for what Python's json.loads refuses, and for nesting deeper than 900 levels, near which Python
  // gives up as well; *out is then as it was.
  Status Append(std::string_view json, int level, std::string* out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel
