// Finds where records end in a text that comes in pieces: the elements of a JSON array, or lines.
// It knows strings, escapes and depth and nothing else of JSON; whether a record is valid is for
// its parser to say. Positions are bytes from the beginning of the file. No IO, constant memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace flywheel {

enum class RecordLayout { kArray, kLines };

struct FoundRecord {
  int64_t offset = 0;
  int64_t length = 0;
  int64_t number = 0;  // from 1; for lines the line, empty ones counted
};

class RecordSplitter {
 public:
  enum class Step { kRecord, kNeedMore };

  // Begins at `offset`: before the '[' of an array at 0, else after record `number - 1`.
  RecordSplitter(RecordLayout layout, int64_t offset, int64_t number);

  // Goes on in `bytes`, the first of which lies at `base` in the file and which must hold
  // everything from position() on. kRecord fills `found`. INVALID_ARGUMENT names the byte and what
  // was expected.
  Result<Step> Next(std::string_view bytes, int64_t base, FoundRecord* found);
  // The file ends at position(): a last line becomes `found` (kRecord); kNeedMore: there is no
  // more.
  Result<Step> End(FoundRecord* found);

  // What has been looked at; bytes before it may go, but those of a record that has begun and is
  // wanted.
  int64_t position() const { return position_; }
  // Of the next record.
  int64_t number() const { return number_; }
  // Where the record begins that has not ended yet; -1: none.
  int64_t record_begin() const { return record_begin_; }

 private:
  enum class Between { kArray, kFirstRecord, kRecord, kComma, kNothing };

  Result<Step> NextElement(std::string_view bytes, int64_t base, FoundRecord* found);
  Step NextLine(std::string_view bytes, int64_t base, FoundRecord* found);
  // True when a record begins at position().
  Result<bool> TakeBetween(char c);
  bool ScanElement(std::string_view bytes, int64_t base);
  bool ScanString(std::string_view bytes, size_t* at);
  bool ScanScalar(std::string_view bytes, size_t* at);
  void Found(int64_t end, FoundRecord* found);
  Status Wrong(std::string_view expected, char found) const;

  RecordLayout layout_;
  int64_t position_;
  int64_t number_;
  int64_t record_begin_ = -1;
  Between between_;
  int64_t depth_ = 0;
  bool in_string_ = false;
  bool line_has_text_ = false;    // of the line that has begun, so far
  bool odd_backslashes_ = false;  // at the end of what was looked at, within a string
};

}  // namespace flywheel
