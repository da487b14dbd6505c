// WebP by libwebp: its demuxer for the container, which stills have too, and its decoder for the
// frames.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "pool/images/image_decoders.h"

namespace flywheel {
namespace {

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

// An iterator over frames, from the first on.
class WebpFrames {
 public:
  explicit WebpFrames(const WebPDemuxer* demuxer)
      : there_(WebPDemuxGetFrame(demuxer, 1, &frame_) != 0) {}
  ~WebpFrames() { WebPDemuxReleaseIterator(&frame_); }
  WebpFrames(const WebpFrames&) = delete;
  WebpFrames& operator=(const WebpFrames&) = delete;

  bool there() const { return there_; }
  void Next() { there_ = WebPDemuxNextFrame(&frame_) != 0; }
  int64_t pixels() const { return static_cast<int64_t>(frame_.width) * frame_.height; }

  bool Decodes() const {
    int width = 0;
    int height = 0;
    uint8_t* pixels = WebPDecodeRGBA(frame_.fragment.bytes, frame_.fragment.size, &width, &height);
    WebPFree(pixels);
    return pixels != nullptr;
  }

 private:
  WebPIterator frame_{};
  bool there_;
};

ImageFlaw FlawOfFrames(const WebPDemuxer* demuxer) {
  WebpFrames frames(demuxer);
  if (!frames.there()) return ImageFlaw::kDamaged;
  int64_t pixels = 0;
  for (; frames.there(); frames.Next()) {
    pixels += frames.pixels();
    if (pixels > kMostPixels) break;
    if (!frames.Decodes()) return ImageFlaw::kDamaged;
  }
  return ImageFlaw::kNone;
}

}  // namespace

DecodedImage DecodeWebp(std::string_view bytes, DecodeDepth depth) {
  const WebPData data{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, DeleteDemuxer> demuxer(WebPDemuxPartial(&data, &state));
  if (state == WEBP_DEMUX_PARSING_HEADER) return {{}, ImageFlaw::kCutShort};
  if (demuxer == nullptr) return {{}, ImageFlaw::kDamaged};
  const ImageSize size{static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH)),
                       static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT))};
  if (IsTooLarge(size)) return {size, ImageFlaw::kTooLarge};
  if (depth == DecodeDepth::kHeader) return {size, ImageFlaw::kNone};
  if (state != WEBP_DEMUX_DONE) return {size, ImageFlaw::kCutShort};
  return {size, FlawOfFrames(demuxer.get())};
}

}  // namespace flywheel
