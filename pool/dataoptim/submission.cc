#include "pool/dataoptim/submission.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/formats/json_records.h"
#include "pool/formats/llava_row.h"
#include "pool/images/image_files.h"

namespace flywheel {
namespace {

using Kind = SubmissionProblemKind;

// Suggestions for the first of the unknown ids only: each takes some thousand look-ups.
constexpr int64_t kMostSuggestions = 100;
// Of a text that stands in a message.
constexpr size_t kLongestQuote = 100;

std::string Quoted(std::string_view text) {
  return fmt::format("'{}'{}", ToValidUtf8(text.substr(0, kLongestQuote)),
                     text.size() > kLongestQuote ? "..." : "");
}

void Report(SubmissionReport* report, SubmissionProblem problem) {
  ++report->counts[static_cast<size_t>(problem.kind)];
  if (report->problems.size() < kMostSubmissionProblems) {
    report->problems.push_back(std::move(problem));
  }
}

// Python's str.strip, which DataOptim's script reads ids with.
std::string_view Stripped(std::string_view line) {
  static constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t begin = line.find_first_not_of(kSpace);
  if (begin == line.npos) return "";
  return line.substr(begin, line.find_last_not_of(kSpace) + 1 - begin);
}

class StandardCheck {
 public:
  explicit StandardCheck(const SampleCount& samples) : samples_(samples) {}

  void Take(std::string_view line, int64_t number) {
    ++report_.entries;
    const std::string id(Stripped(line));
    if (id.empty()) {
      return Add(Kind::kBlankLine, number, "is blank: expected an id");
    }
    const auto [first, is_new] = lines_.emplace(id, number);
    if (!is_new) {
      return Add(Kind::kDuplicate, number,
                 fmt::format("id {} is there already, on line {}", Quoted(id), first->second));
    }
    const int64_t samples = samples_(id);
    if (samples == 0) return AddUnknown(id, number);
    if (samples > 1) {
      return Add(Kind::kAmbiguousId, number,
                 fmt::format("id {} names {} samples: say which, as DATASET:ID or DATASET:ID#N",
                             Quoted(id), samples));
    }
    report_.ids.push_back(id);
  }

  SubmissionReport Finish() {
    report_.unique = static_cast<int64_t>(report_.ids.size());
    if (report_.entries == 0) Add(Kind::kBadFile, 1, "the file is empty: expected an id");
    return std::move(report_);
  }

 private:
  void Add(Kind kind, int64_t number, const std::string& problem) {
    Report(&report_, {kind, number, fmt::format("line {}: {}", number, problem)});
  }

  void AddUnknown(const std::string& id, int64_t number) {
    std::string problem = fmt::format("id {} is unknown", Quoted(id));
    if (report_.count(Kind::kUnknownId) < kMostSuggestions) {
      const std::string nearest = NearestKnownId(id, samples_);
      if (!nearest.empty()) problem += fmt::format("; did you mean '{}'?", nearest);
    }
    Add(Kind::kUnknownId, number, problem);
  }

  const SampleCount& samples_;
  SubmissionReport report_;
  std::unordered_map<std::string, int64_t> lines_;  // an id's first
};

class ByodCheck {
 public:
  explicit ByodCheck(const ImageCheck& image) : image_(image) {}

  void Take(std::string_view text, int64_t number) {
    ++report_.entries;
    const Result<LlavaRow> row = ParseLlavaRow(text);
    if (!row.ok()) return Add(Kind::kBadRow, number, row.status().message());
    const std::string canonical = FormatLlavaRow(*row);
    if (!rows_.insert(XXH3_64bits(canonical.data(), canonical.size())).second) {
      return Add(Kind::kDuplicate, number,
                 fmt::format("the row with id {} is there already", Quoted(row->id)));
    }
    if (const Status status = CheckImage(row->image); !status.ok()) {
      return Add(Kind::kBadImage, number, status.message());
    }
    const auto [first, is_new] = records_.emplace(row->id, number);
    if (!is_new) {
      Add(Kind::kSharedId, number,
          fmt::format("id {} is that of record {} as well", Quoted(row->id), first->second));
    }
    ++report_.unique;
  }

  void AddFile(const std::string& problem) {
    Report(&report_, {Kind::kBadFile, report_.entries + 1, problem});
  }

  SubmissionReport Finish() {
    if (report_.entries == 0 && report_.problems.empty()) {
      AddFile("the array is empty: expected a row");
    }
    return std::move(report_);
  }

 private:
  void Add(Kind kind, int64_t number, const std::string& problem) {
    Report(&report_, {kind, number, fmt::format("record {}: {}", number, problem)});
  }

  Status CheckImage(const std::string& image) const {
    if (image.empty()) return OkStatus();
    FW_TRY(ImagePath(".", image).status());
    return image_ ? image_(image) : OkStatus();
  }

  const ImageCheck& image_;
  SubmissionReport report_;
  std::unordered_map<std::string, int64_t> records_;  // an id's first
  std::unordered_set<uint64_t> rows_;                 // by the hash of their text
};

// The first character that is not white space; 0 in an empty file.
Result<char> FirstCharacter(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  char first = 0;
  file >> first;
  if (file.bad()) return Internal(fmt::format("read {}: failed", path));
  return first;
}

}  // namespace

std::string_view SubmissionProblemName(SubmissionProblemKind kind) {
  static constexpr std::array<std::string_view, kSubmissionProblemKinds> kNames = {
      "blank_line", "duplicate", "unknown_id", "ambiguous_id",
      "shared_id",  "bad_row",   "bad_image",  "bad_file"};
  return kNames[static_cast<size_t>(kind)];
}

bool IsWarning(SubmissionProblemKind kind) {
  return kind == Kind::kDuplicate || kind == Kind::kSharedId;
}

bool SubmissionReport::valid() const {
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0 && !IsWarning(static_cast<Kind>(i))) return false;
  }
  return unique > 0;
}

Result<SubmissionReport> CheckStandardSubmission(const std::string& path,
                                                 const SampleCount& samples) {
  StandardCheck check(samples);
  FW_TRY(ForEachLine(path, [&check](std::string_view line, int64_t number) {
    check.Take(line, number);
    return OkStatus();
  }));
  return check.Finish();
}

Result<SubmissionReport> CheckByodSubmission(const std::string& path, const ImageCheck& image) {
  ByodCheck check(image);
  FW_ASSIGN(const char first, FirstCharacter(path));
  if (first != '[') {
    check.AddFile(fmt::format("expected a JSON array of rows, found {}",
                              first == 0     ? "an empty file"
                              : first == '{' ? "JSON that begins with an object"
                                             : "something else"));
    return check.Finish();
  }
  const Status status = ForEachJsonRecord(path, [&check](std::string_view text, int64_t number) {
    check.Take(text, number);
    return OkStatus();
  });
  if (!status.ok()) {
    if (status.code() != StatusCode::kInvalidArgument) return status;
    check.AddFile(status.message());
  }
  return check.Finish();
}

}  // namespace flywheel
