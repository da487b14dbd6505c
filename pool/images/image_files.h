// Image files as trainers will open them: their form by the bytes, their size, and what is wrong
// with them. Hands out no pixels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/boxes/boxes.h"

namespace flywheel {

enum class ImageFormat { kUnknown, kJpeg, kPng, kWebp, kGif, kBmp };

// "JPEG" and so on; "unknown".
std::string_view ImageFormatName(ImageFormat format);
// By the first bytes of a file (12 are enough).
ImageFormat ImageFormatOfBytes(std::string_view bytes);
// By the ending of its name, upper or lower case.
ImageFormat ImageFormatOfName(std::string_view name);

// The path of a row's image below the images folder. INVALID_ARGUMENT for a name that is empty,
// absolute or has ".." in it: it would lead out of the folder.
Result<std::string> ImagePath(const std::string& root, const std::string& image);

// Width and height as stored, whatever the EXIF orientation says, as PIL's Image.size and so
// DataOptim's script have it. The header says it: damage behind it is CheckImageFile's to find.
// NOT_FOUND with a hint where the folder's name is a known misspelling; INVALID_ARGUMENT for what
// is no image or has more pixels than trainers take.
Result<ImageSize> ReadImageSize(const std::string& root, const std::string& image);

enum class ImageProblem {
  kOutsideRoot,
  kMissing,
  kUnreadable,      // the file is there, but the system does not let it be read
  kUndecodable,     // no image, damaged, cut short or too large
  kWrongExtension,  // decodes, but is not what its name says: trainers read it all the same
};

// "missing", "wrong_extension" and so on.
std::string_view ImageProblemName(ImageProblem problem);

struct ImageFinding {
  ImageProblem problem = ImageProblem::kMissing;
  std::string message;  // names the file
};

// Decodes all of the file. Nothing when the image is as it should be.
std::optional<ImageFinding> CheckImageFile(const std::string& root, const std::string& image);

}  // namespace flywheel
