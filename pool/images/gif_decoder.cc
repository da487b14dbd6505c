// GIF by giflib, record by record. Not by its DGifSlurp: that one keeps the pixels of all frames.
#include <gif_lib.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "pool/images/image_decoders.h"

namespace flywheel {
namespace {

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

int Read(GifFileType* gif, GifByteType* to, int count) {
  auto* left = static_cast<std::string_view*>(gif->UserData);
  const size_t taken = left->copy(reinterpret_cast<char*>(to), static_cast<size_t>(count));
  left->remove_prefix(taken);
  return static_cast<int>(taken);
}

class GifReading {
 public:
  explicit GifReading(std::string_view bytes)
      : left_(bytes), gif_(DGifOpen(&left_, Read, nullptr)) {}

  DecodedImage Decode(DecodeDepth depth) {
    if (gif_ == nullptr) return Flawed();
    while (true) {
      GifRecordType record = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(gif_.get(), &record) == GIF_ERROR) return Flawed();
      if (record == TERMINATE_RECORD_TYPE) break;
      if (record == EXTENSION_RECORD_TYPE) {
        if (!PassExtension()) return Flawed();
        continue;
      }
      if (DGifGetImageDesc(gif_.get()) == GIF_ERROR) return Flawed();
      if (frames_++ == 0) {
        size_ = SizeWithFrame();
        if (IsTooLarge(size_)) return {size_, ImageFlaw::kTooLarge};
        if (depth == DecodeDepth::kHeader) return {size_, ImageFlaw::kNone};
      }
      if (!TakeFrame()) return Flawed();
    }
    return frames_ == 0 ? Flawed() : DecodedImage{size_, ImageFlaw::kNone};
  }

 private:
  // The library fails for want of bytes only when it has taken all.
  DecodedImage Flawed() const {
    return {size_, left_.empty() ? ImageFlaw::kCutShort : ImageFlaw::kDamaged};
  }

  ImageSize SizeWithFrame() const {
    const GifImageDesc& frame = gif_->Image;
    return {std::max(gif_->SWidth, frame.Left + frame.Width),
            std::max(gif_->SHeight, frame.Top + frame.Height)};
  }

  bool PassExtension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif_.get(), &code, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif_.get(), &block) == GIF_ERROR) return false;
    }
    return true;
  }

  bool TakeFrame() {
    const GifImageDesc& frame = gif_->Image;
    if (frame.Width < 1 || frame.Height < 1) return false;
    pixels_ += static_cast<int64_t>(frame.Width) * frame.Height;
    return pixels_ <= kMostPixels ? DecodeFrame(frame) : PassFrame();
  }

  bool DecodeFrame(const GifImageDesc& frame) {
    row_.resize(static_cast<size_t>(frame.Width));
    for (int row = 0; row < frame.Height; ++row) {
      if (DGifGetLine(gif_.get(), row_.data(), frame.Width) == GIF_ERROR) return false;
    }
    return true;
  }

  bool PassFrame() {
    int code_size = 0;
    GifByteType* block = nullptr;
    if (DGifGetCode(gif_.get(), &code_size, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
      if (DGifGetCodeNext(gif_.get(), &block) == GIF_ERROR) return false;
    }
    return true;
  }

  std::string_view left_;
  std::unique_ptr<GifFileType, CloseGif> gif_;
  ImageSize size_;
  int64_t frames_ = 0;
  int64_t pixels_ = 0;  // of all frames so far
  std::vector<GifPixelType> row_;
};

}  // namespace

DecodedImage DecodeGif(std::string_view bytes, DecodeDepth depth) {
  return GifReading(bytes).Decode(depth);
}

}  // namespace flywheel
