#include "pool/export/export_images.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/io/files.h"
#include "pool/formats/image_names.h"

namespace flywheel {

namespace fs = std::filesystem;

ImageExporter::ImageExporter(ImageTransfer transfer, std::string out)
    : transfer_(transfer), out_(std::move(out)) {}

Result<bool> ImageExporter::IsNew(const std::string& image) {
  if (transfer_ == ImageTransfer::kNone) return false;
  FW_TRY(CheckImagePath(image));
  if (!done_.insert(image).second) return false;
  FW_TRY(MakeDirectories((fs::path(out_) / image).parent_path()));
  return true;
}

Status ImageExporter::Transfer(const std::string& root, const std::string& image) {
  FW_ASSIGN(const bool is_new, IsNew(image));
  if (!is_new) return OkStatus();
  std::error_code error;
  const fs::path from = fs::absolute(fs::path(root) / image, error);
  const fs::path to = fs::path(out_) / image;
  if (!fs::is_regular_file(from, error)) {
    return NotFound(fmt::format("{}: there is no such image", from.string()));
  }
  if (fs::exists(fs::symlink_status(to, error))) fs::remove(to, error);
  if (transfer_ == ImageTransfer::kLink) {
    fs::create_symlink(from, to, error);
    ++counts_.linked;
  } else {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    ++counts_.copied;
  }
  return error ? ErrnoStatus(error.value(), "write", to.string()) : OkStatus();
}

Status ImageExporter::Extract(const std::string& image, std::string_view bytes) {
  FW_ASSIGN(const bool is_new, IsNew(image));
  if (!is_new) return OkStatus();
  ++counts_.extracted;
  return WriteFile((fs::path(out_) / image).string(), bytes);
}

}  // namespace flywheel
