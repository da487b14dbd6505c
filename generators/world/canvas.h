// A small RGB picture to draw on: whole rows and rectangles straight into memory, polygons and
// discs by Cairo without antialiasing. Colours are exact, so equal calls give equal bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

// Cairo's own names for its types.
struct _cairo;          // NOLINT(bugprone-reserved-identifier)
struct _cairo_surface;  // NOLINT(bugprone-reserved-identifier)

namespace flywheel::world {

struct Colour {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;

  bool operator==(const Colour&) const = default;
};

// Between a (share 0) and b (share 1).
Colour Mix(Colour a, Colour b, double share);

struct Point {
  double x = 0;
  double y = 0;
};

class Canvas {
 public:
  Canvas(int width, int height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  // Pixels [x, x + width) x [y, y + height), cut off at the edges.
  void FillRect(int x, int y, Colour colour, std::pair<int, int> size);
  // One row from edge to edge.
  void FillRow(int y, Colour colour);
  // Areas in pixel coordinates: the middle of pixel (3, 4) is (3.5, 4.5).
  void FillPolygon(std::span<const Point> corners, Colour colour);
  void FillDisc(Point centre, double radius, Colour colour);
  void Line(Point from, Point to, Colour colour);

  // [height, width, 3] into `rgb`.
  void CopyRgb(std::span<uint8_t> rgb) const;
  Status WritePng(const std::string& path) const;

 private:
  void SetColour(Colour colour);

  int width_;
  int height_;
  std::vector<uint32_t> pixels_;
  _cairo_surface* surface_;
  _cairo* cairo_;
};

}  // namespace flywheel::world
