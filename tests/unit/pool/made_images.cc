#include "tests/unit/pool/made_images.h"

// jpeglib.h uses what stdio.h declares.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
#include <png.h>
// clang-format on

#include <algorithm>
#include <cstdlib>

namespace flywheel::testing {
namespace {

// Colours that change from pixel to pixel, so that the coded data is not trivial.
uint8_t Sample(int at) { return static_cast<uint8_t>(at * 37 + at / 7 * 11); }

void Append(png_structp encoder, png_bytep bytes, size_t count) {
  static_cast<std::string*>(png_get_io_ptr(encoder))
      ->append(reinterpret_cast<const char*>(bytes), count);
}

void Nothing(png_structp) {}

std::string Chunk(std::string_view name, const std::string& content) {
  std::string chunk = std::string(name) + LittleEndian(static_cast<uint32_t>(content.size()), 4);
  chunk += content;
  if (content.size() % 2 == 1) chunk += '\0';
  return chunk;
}

// LZW codes of 3 bits: cleared before the table grows beyond them, so that a pixel is a code.
std::string LzwOfPixels(int pixels) {
  constexpr uint32_t kClear = 4, kEnd = 5;
  std::string bytes;
  uint32_t pending = 0;
  int bits = 0;
  const auto put = [&](uint32_t code) {
    pending |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, pending >>= 8) bytes += static_cast<char>(pending & 255);
  };
  for (int i = 0; i < pixels; ++i) {
    if (i % 2 == 0) put(kClear);
    put(Sample(i) % 2);
  }
  put(kEnd);
  bytes += static_cast<char>(pending & 255);
  return bytes;
}

}  // namespace

std::string LittleEndian(uint32_t number, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> 8 * i & 255);
  return text;
}

std::string MadeJpeg(const JpegForm& form) {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&encoder, &bytes, &count);
  encoder.image_width = static_cast<JDIMENSION>(form.size.width);
  encoder.image_height = static_cast<JDIMENSION>(form.size.height);
  encoder.input_components = form.components;
  encoder.in_color_space = form.components == 1   ? JCS_GRAYSCALE
                           : form.components == 3 ? JCS_RGB
                                                  : JCS_CMYK;
  jpeg_set_defaults(&encoder);
  if (form.components == 3) {
    encoder.comp_info[0].h_samp_factor = form.sampling;
    encoder.comp_info[0].v_samp_factor = std::min(form.sampling, 2);
  }
  if (form.progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<JSAMPLE> row(static_cast<size_t>(form.size.width * form.components));
  for (int y = 0; y < form.size.height; ++y) {
    for (size_t x = 0; x < row.size(); ++x) row[x] = Sample(static_cast<int>(x) + y * 5);
    JSAMPROW start = row.data();
    jpeg_write_scanlines(&encoder, &start, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  std::string file(reinterpret_cast<const char*>(bytes), count);
  std::free(bytes);
  return file;
}

std::string MadePng(const PngForm& form) {
  std::string file;
  png_structp encoder = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(encoder);
  png_set_write_fn(encoder, &file, Append, Nothing);
  png_set_IHDR(encoder, info, static_cast<png_uint_32>(form.size.width),
               static_cast<png_uint_32>(form.size.height), form.bits, PNG_COLOR_TYPE_RGB,
               form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(encoder, info);
  std::vector<png_byte> row(png_get_rowbytes(encoder, info));
  const int passes = png_set_interlace_handling(encoder);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < form.size.height; ++y) {
      for (size_t x = 0; x < row.size(); ++x) row[x] = Sample(static_cast<int>(x) + y * 5);
      png_write_row(encoder, row.data());
    }
  }
  png_write_end(encoder, info);
  png_destroy_write_struct(&encoder, &info);
  return file;
}

std::string PngHeader(const ImageSize& size) {
  std::string file;
  png_structp encoder = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(encoder);
  png_set_write_fn(encoder, &file, Append, Nothing);
  png_set_user_limits(encoder, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(encoder, info, static_cast<png_uint_32>(size.width),
               static_cast<png_uint_32>(size.height), 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(encoder, info);
  png_destroy_write_struct(&encoder, &info);
  return file + std::string("\0\0\0\4IDAT", 8);
}

std::string MadeGif(const std::vector<ImageSize>& frames) {
  const auto sides = [](const ImageSize& size) {
    return LittleEndian(static_cast<uint32_t>(size.width), 2) +
           LittleEndian(static_cast<uint32_t>(size.height), 2);
  };
  // A table of two colours; no background, no aspect.
  std::string gif = "GIF89a" + sides(frames.at(0)) + std::string("\x80\0\0", 3);
  gif += std::string("\0\0\0\x7f\x7f\x7f", 6);
  for (const ImageSize& frame : frames) {
    gif += std::string("!\xf9\4\0\x0a\0\0\0", 8);  // an extension: show it for 0.1 s
    gif += ',' + std::string(4, '\0') + sides(frame) + std::string("\0\2", 2);
    const std::string codes = LzwOfPixels(frame.width * frame.height);
    for (size_t at = 0; at < codes.size(); at += 255) {
      const std::string block = codes.substr(at, 255);
      gif += static_cast<char>(block.size()) + block;
    }
    gif += '\0';
  }
  return gif + ';';
}

std::string AnimatedWebp(const ImageSize& size, const std::vector<std::string>& frames) {
  const std::string sides = LittleEndian(static_cast<uint32_t>(size.width - 1), 3) +
                            LittleEndian(static_cast<uint32_t>(size.height - 1), 3);
  std::string content = "WEBP" + Chunk("VP8X", LittleEndian(2, 4) + sides);
  content += Chunk("ANIM", std::string(6, '\0'));
  for (const std::string& frame : frames) {
    // What follows RIFF, its length and WEBP is the frame's own chunk.
    content += Chunk("ANMF", std::string(6, '\0') + sides + LittleEndian(100, 3) +
                                 std::string(1, '\0') + frame.substr(12));
  }
  return Chunk("RIFF", content);
}

std::string RunLengthBmp(std::string_view runs) {
  constexpr uint32_t kHeaders = 14 + 40, kColours = 256 * 4;
  std::string bmp =
      "BM" + LittleEndian(kHeaders + kColours + static_cast<uint32_t>(runs.size()), 4);
  bmp += LittleEndian(0, 4) + LittleEndian(kHeaders + kColours, 4);
  bmp += LittleEndian(40, 4) + LittleEndian(4, 4) + LittleEndian(2, 4) + LittleEndian(1, 2);
  bmp += LittleEndian(8, 2) + LittleEndian(1, 4) + std::string(20, '\0');
  return bmp + std::string(kColours, '\0') + std::string(runs);
}

}  // namespace flywheel::testing
