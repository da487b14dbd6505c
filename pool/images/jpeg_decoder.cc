// JPEG by libjpeg-turbo's libjpeg interface. Not by TurboJPEG: that one refuses the rarer chroma
// subsamplings, and cannot tell warnings that mean lost pixels from those that mean nothing.
// In this order: jpeglib.h uses what stdio.h declares, and jerror.h lists more after it.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>

#include "pool/images/image_decoders.h"

namespace flywheel {
namespace {

// More scans than any encoder writes, each of which walks over the whole image: an attack.
constexpr int kMostScans = 500;

// Everything that a jump out of the library must leave whole. Trivial, so that nothing is skipped.
struct JpegReading {
  jpeg_decompress_struct decoder;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf stop;
  DecodedImage image;
};

[[noreturn]] void Stop(j_common_ptr decoder, ImageFlaw flaw) {
  auto* reading = static_cast<JpegReading*>(decoder->client_data);
  reading->image.flaw = flaw;
  std::longjmp(reading->stop, 1);
}

void OnError(j_common_ptr decoder) { Stop(decoder, ImageFlaw::kDamaged); }

// Warnings have level -1. Decoding goes on after them, with grey where pixels are lost; those that
// lose none (stray bytes before a marker, an odd JFIF version) are found in many good photographs.
void OnMessage(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  switch (decoder->err->msg_code) {
    case JWRN_JPEG_EOF:
      Stop(decoder, ImageFlaw::kCutShort);
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      Stop(decoder, ImageFlaw::kDamaged);
    default:
      return;
  }
}

void OnProgress(j_common_ptr decoder) {
  if (reinterpret_cast<j_decompress_ptr>(decoder)->input_scan_number > kMostScans) {
    Stop(decoder, ImageFlaw::kDamaged);
  }
}

// All that can be damaged is the entropy coding, which an eighth of the size reads in full: only
// the arithmetic after it is saved. For the same reason colours stay as they are stored.
void DecodePixels(JpegReading* reading) {
  jpeg_decompress_struct& decoder = reading->decoder;
  decoder.scale_num = 1;
  decoder.scale_denom = 8;
  decoder.out_color_space = decoder.jpeg_color_space;
  decoder.do_fancy_upsampling = FALSE;
  jpeg_start_decompress(&decoder);
  const JSAMPARRAY row = decoder.mem->alloc_sarray(
      reinterpret_cast<j_common_ptr>(&decoder), JPOOL_IMAGE,
      decoder.output_width * static_cast<JDIMENSION>(decoder.output_components), 1);
  while (decoder.output_scanline < decoder.output_height) jpeg_read_scanlines(&decoder, row, 1);
  jpeg_finish_decompress(&decoder);
}

void Decode(JpegReading* reading, std::string_view bytes, DecodeDepth depth) {
  if (setjmp(reading->stop) != 0) return;
  jpeg_decompress_struct& decoder = reading->decoder;
  jpeg_create_decompress(&decoder);
  decoder.client_data = reading;
  decoder.progress = &reading->progress;
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decoder, TRUE);
  DecodedImage& image = reading->image;
  image.size = {static_cast<int>(decoder.image_width), static_cast<int>(decoder.image_height)};
  if (IsTooLarge(image.size)) {
    image.flaw = ImageFlaw::kTooLarge;
  } else if (depth == DecodeDepth::kPixels) {
    DecodePixels(reading);
  }
}

}  // namespace

DecodedImage DecodeJpeg(std::string_view bytes, DecodeDepth depth) {
  JpegReading reading{};
  reading.decoder.err = jpeg_std_error(&reading.errors);
  reading.decoder.client_data = &reading;
  reading.errors.error_exit = OnError;
  reading.errors.emit_message = OnMessage;
  reading.progress.progress_monitor = OnProgress;
  Decode(&reading, bytes, depth);
  jpeg_destroy_decompress(&reading.decoder);
  return reading.image;
}

}  // namespace flywheel
