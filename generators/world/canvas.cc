#include "generators/world/canvas.h"

#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "base/check.h"
#include "base/io/files.h"

namespace flywheel::world {
namespace {

// Cairo's RGB24: one 32-bit word a pixel, the upper byte unused.
uint32_t Word(Colour colour) {
  return static_cast<uint32_t>(colour.red) << 16 | static_cast<uint32_t>(colour.green) << 8 |
         colour.blue;
}

}  // namespace

Colour Mix(Colour a, Colour b, double share) {
  const auto mix = [share](uint8_t from, uint8_t to) {
    return static_cast<uint8_t>(std::lround(from + share * (to - from)));
  };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

Canvas::Canvas(int width, int height)
    : width_(width),
      height_(height),
      pixels_(static_cast<size_t>(width) * static_cast<size_t>(height)) {
  FW_CHECK(cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, width) == 4 * width,
           "rows of a canvas are expected without padding");
  surface_ = cairo_image_surface_create_for_data(reinterpret_cast<unsigned char*>(pixels_.data()),
                                                 CAIRO_FORMAT_RGB24, width, height, 4 * width);
  cairo_ = cairo_create(surface_);
  FW_CHECK(cairo_status(cairo_) == CAIRO_STATUS_SUCCESS, "no memory for a canvas");
  cairo_set_antialias(cairo_, CAIRO_ANTIALIAS_NONE);
  cairo_set_line_width(cairo_, 1);
}

Canvas::~Canvas() {
  cairo_destroy(cairo_);
  cairo_surface_destroy(surface_);
}

void Canvas::FillRect(int x, int y, Colour colour, std::pair<int, int> size) {
  const int right = std::min(x + size.first, width_);
  const int bottom = std::min(y + size.second, height_);
  const int left = std::max(x, 0);
  if (left >= right) return;
  // An image surface without pending operations may be written to directly.
  cairo_surface_flush(surface_);
  for (int row = std::max(y, 0); row < bottom; ++row) {
    const auto start = pixels_.begin() + static_cast<ptrdiff_t>(row) * width_;
    std::fill(start + left, start + right, Word(colour));
  }
  cairo_surface_mark_dirty(surface_);
}

void Canvas::FillRow(int y, Colour colour) { FillRect(0, y, colour, {width_, 1}); }

void Canvas::SetColour(Colour colour) {
  cairo_set_source_rgb(cairo_, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0);
}

void Canvas::FillPolygon(std::span<const Point> corners, Colour colour) {
  SetColour(colour);
  cairo_new_path(cairo_);
  for (const Point& corner : corners) cairo_line_to(cairo_, corner.x, corner.y);
  cairo_close_path(cairo_);
  cairo_fill(cairo_);
}

void Canvas::FillDisc(Point centre, double radius, Colour colour) {
  SetColour(colour);
  cairo_new_path(cairo_);
  cairo_arc(cairo_, centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_);
}

void Canvas::Line(Point from, Point to, Colour colour) {
  SetColour(colour);
  cairo_new_path(cairo_);
  cairo_move_to(cairo_, from.x, from.y);
  cairo_line_to(cairo_, to.x, to.y);
  cairo_stroke(cairo_);
}

void Canvas::CopyRgb(std::span<uint8_t> rgb) const {
  FW_CHECK(rgb.size() == 3 * pixels_.size(), "a buffer of another size");
  cairo_surface_flush(surface_);
  for (size_t i = 0; i < pixels_.size(); ++i) {
    rgb[3 * i] = static_cast<uint8_t>(pixels_[i] >> 16);
    rgb[3 * i + 1] = static_cast<uint8_t>(pixels_[i] >> 8);
    rgb[3 * i + 2] = static_cast<uint8_t>(pixels_[i]);
  }
}

Status Canvas::WritePng(const std::string& path) const {
  std::string bytes;
  const cairo_write_func_t append = [](void* to, const unsigned char* data, unsigned int size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
  };
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface_, append, &bytes);
  if (status == CAIRO_STATUS_SUCCESS) return WriteFile(path, bytes);
  return Internal(fmt::format("drawing {}: {}", path, cairo_status_to_string(status)));
}

}  // namespace flywheel::world
