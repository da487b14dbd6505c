// Checks of what DataOptim's participants hand in: a standard submission (a text file with an id on
// each line) and a BYOD submission (bring your own data: a JSON array of LLaVA rows). Reports all
// problems, not the first, and changes nothing. What the pool holds is asked through a function.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

enum class SubmissionProblemKind {
  kBlankLine,    // standard: DataOptim's script dies on it
  kDuplicate,    // the same id, in BYOD the same row, again: a warning, the first one counts
  kUnknownId,    // standard
  kAmbiguousId,  // standard: several samples have it, and none was named
  kSharedId,     // BYOD: another row has the id: a warning, trainers do not mind
  kBadRow,       // BYOD: not JSON or no row to train on
  kBadImage,     // BYOD: leads out of the images folder, or is not there
  kBadFile,      // neither a list nor an array, or cut short
};
inline constexpr size_t kSubmissionProblemKinds = 8;

// "blank_line" and so on.
std::string_view SubmissionProblemName(SubmissionProblemKind kind);
// A submission with warnings only is valid.
bool IsWarning(SubmissionProblemKind kind);

struct SubmissionProblem {
  SubmissionProblemKind kind = SubmissionProblemKind::kBadFile;
  int64_t place = 0;    // line or record, from 1
  std::string message;  // "line 3: id 'coco_x' is unknown; did you mean 'coco_1'?"

  bool operator==(const SubmissionProblem&) const = default;
};

struct SubmissionReport {
  int64_t entries = 0;  // lines or records, blank and bad ones too
  int64_t unique = 0;   // ids, or rows, that are there and count once
  // How many of each kind there are; `problems` holds the first kMostSubmissionProblems.
  std::array<int64_t, kSubmissionProblemKinds> counts{};
  std::vector<SubmissionProblem> problems;
  // Standard: the ids to train on, in the file's order, each once.
  std::vector<std::string> ids;

  int64_t count(SubmissionProblemKind kind) const { return counts[static_cast<size_t>(kind)]; }
  // No problem that is more than a warning, and something to train on.
  bool valid() const;
};

inline constexpr size_t kMostSubmissionProblems = 1000;

// How many samples of the pool an id names. Selectors that name one of several ("coco:x", "x#2")
// are the pool's business: they reach it as they stand.
using SampleCount = std::function<int64_t(std::string_view id)>;

// A Status only for a file that cannot be read.
Result<SubmissionReport> CheckStandardSubmission(const std::string& path,
                                                 const SampleCount& samples);

// A known id that `id` may have been meant as: without quotes, commas or spaces around it, with the
// zeros that a number lost, in another case, or one edit away (a character too many, missing, other
// or swapped with its neighbour). Empty: none. Some thousand questions to `samples`.
std::string NearestKnownId(std::string_view id, const SampleCount& samples);

// Says what is wrong with an image by the name that a row gives it; absent: only the name is looked
// at.
using ImageCheck = std::function<Status(const std::string& image)>;

Result<SubmissionReport> CheckByodSubmission(const std::string& path, const ImageCheck& image);

}  // namespace flywheel
