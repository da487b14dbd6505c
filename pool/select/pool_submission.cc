#include "pool/select/pool_submission.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pool/images/image_files.h"
#include "pool/select/select_ids.h"

namespace flywheel {
namespace {

// Looks at each image once; rows share them.
class ImageLook {
 public:
  explicit ImageLook(std::string root) : root_(std::move(root)) {}

  Status operator()(const std::string& image) {
    const auto known = seen_.find(image);
    if (known != seen_.end()) return known->second;
    const std::optional<ImageFinding> finding = CheckImageFile(root_, image);
    Status status;
    if (finding && finding->problem == ImageProblem::kWrongExtension) {
      ++wrong_extensions_;
    } else if (finding) {
      status = InvalidArgument(finding->message);
    }
    seen_.emplace(image, status);
    return status;
  }

  int64_t wrong_extensions() const { return wrong_extensions_; }

 private:
  std::string root_;
  std::unordered_map<std::string, Status> seen_;
  int64_t wrong_extensions_ = 0;
};

}  // namespace

Result<PoolSubmission> CheckStandardInPool(const std::string& path, Pool* pool) {
  // The count has no room for a failure: it is kept, and counts as found to end the search for it.
  Status failed;
  const auto samples = [&failed, pool](std::string_view id) -> int64_t {
    if (!failed.ok()) return 1;
    const Result<std::vector<SampleRef>> found = FindSamples(id, pool);
    if (found.ok()) return static_cast<int64_t>(found->size());
    failed = found.status();
    return 1;
  };
  PoolSubmission submission;
  FW_ASSIGN(submission.report, CheckStandardSubmission(path, samples));
  FW_TRY(failed);
  return submission;
}

Result<PoolSubmission> CheckByodWithImages(const std::string& path,
                                           const std::string& images_root) {
  PoolSubmission submission;
  if (images_root.empty()) {
    FW_ASSIGN(submission.report, CheckByodSubmission(path, nullptr));
    return submission;
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(images_root, ignored)) {
    return NotFound(fmt::format("images '{}': expected a folder", images_root));
  }
  ImageLook look(images_root);
  FW_ASSIGN(submission.report, CheckByodSubmission(path, std::ref(look)));
  submission.wrong_extensions = look.wrong_extensions();
  return submission;
}

}  // namespace flywheel
