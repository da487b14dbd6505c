#include "generators/world/backdrop.h"

#include <array>

#include "base/check.h"
#include "generators/world/words.h"

namespace flywheel::world {
namespace {

constexpr int kSide = kImageSize;

// How a time of day colours things: the sky from top to horizon, and what all else turns to.
struct Light {
  Colour sky_top;
  Colour sky_low;
  Colour tint;
  double tint_share;
};

// In the order of kDaylights.
constexpr std::array<Light, 4> kLights = {{
    {{255, 205, 205}, {255, 240, 205}, {255, 220, 200}, 0.15},
    {{105, 180, 250}, {190, 228, 255}, {255, 255, 255}, 0.0},
    {{205, 75, 45}, {250, 165, 75}, {190, 80, 30}, 0.35},
    {{8, 10, 38}, {28, 32, 80}, {6, 8, 36}, 0.6},
}};

class Painter {
 public:
  Painter(Canvas& canvas, const Light& light) : canvas_(canvas), light_(light) {}

  void Sky(int horizon) {
    for (int y = 0; y < horizon; ++y) {
      const double share = static_cast<double>(y) / horizon;
      canvas_.FillRow(y, Mix(light_.sky_top, light_.sky_low, share));
    }
  }
  void Ground(int from, Colour top, Colour bottom) {
    for (int y = from; y < kSide; ++y) {
      const double share = static_cast<double>(y - from) / (kSide - from);
      canvas_.FillRow(y, Lit(Mix(top, bottom, share)));
    }
  }
  void Rect(int x, int y, Colour colour, std::pair<int, int> size) {
    canvas_.FillRect(x, y, Lit(colour), size);
  }
  void SkyRect(int x, int y, Colour colour, std::pair<int, int> size) {
    canvas_.FillRect(x, y, colour, size);
  }
  void Triangle(Point a, Point b, Point c, Colour colour) {
    canvas_.FillPolygon(std::array<Point, 3>{a, b, c}, Lit(colour));
  }
  const Light& light() const { return light_; }

 private:
  Colour Lit(Colour colour) const { return Mix(colour, light_.tint, light_.tint_share); }

  Canvas& canvas_;
  const Light& light_;
};

void DrawBeach(Painter& paint) {
  paint.Sky(18);
  paint.Ground(18, {40, 140, 190}, {60, 170, 205});
  for (int y = 36; y < kSide; ++y) paint.Rect(0, y, {236, 214, 158}, {kSide, 1});
  for (int x = 0; x < kSide; x += 8) paint.Rect(x, 35, {240, 250, 255}, {5, 2});
  for (int x = 4; x < kSide; x += 12) paint.Rect(x, 44 + x % 16, {205, 180, 120}, {2, 1});
}

void DrawStreet(Painter& paint) {
  paint.Sky(22);
  constexpr std::array<int, 5> kRoofs = {8, 14, 5, 12, 9};
  for (int i = 0; i < 5; ++i) {
    const int top = kRoofs[static_cast<size_t>(i)];
    const int x = 13 * i;
    const uint8_t grey = i % 2 == 0 ? 140 : 165;
    paint.Rect(x, top, {grey, grey, static_cast<uint8_t>(grey + 10)}, {13, 34 - top});
    for (int y = top + 3; y < 30; y += 6) {
      paint.Rect(x + 3, y, {90, 95, 110}, {2, 3});
      paint.Rect(x + 8, y, {90, 95, 110}, {2, 3});
    }
  }
  for (int y = 34; y < kSide; ++y) paint.Rect(0, y, {95, 95, 100}, {kSide, 1});
  paint.Rect(0, 34, {185, 185, 185}, {kSide, 3});
  for (int x = 2; x < kSide; x += 14) paint.Rect(x, 50, {225, 225, 210}, {8, 2});
}

void DrawKitchen(Painter& paint) {
  paint.Ground(0, {245, 235, 215}, {232, 220, 196});
  for (int y = 0; y < 42; y += 7) paint.Rect(0, y, {214, 200, 176}, {kSide, 1});
  for (int x = 3; x < kSide; x += 7) paint.Rect(x, 0, {214, 200, 176}, {1, 42});
  // The window shows the time of day.
  paint.Rect(8, 2, {120, 85, 55}, {48, 15});
  for (int y = 4; y < 15; ++y) {
    paint.SkyRect(10, y, Mix(paint.light().sky_top, paint.light().sky_low, (y - 4) / 11.0),
                  {44, 1});
  }
  paint.Rect(31, 4, {120, 85, 55}, {2, 11});
  for (int y = 42; y < kSide; ++y) paint.Rect(0, y, {150, 105, 65}, {kSide, 1});
  paint.Rect(0, 41, {200, 190, 180}, {kSide, 3});
  for (int x = 15; x < kSide; x += 16) paint.Rect(x, 46, {110, 74, 44}, {1, 18});
}

void DrawForest(Painter& paint) {
  paint.Sky(18);
  paint.Ground(18, {50, 105, 50}, {35, 80, 35});
  for (int i = 0; i < 6; ++i) {
    const double x = 2 + 12 * i;
    const double top = i % 2 == 0 ? 3 : 8;
    paint.Rect(static_cast<int>(x) - 1, 26, {85, 58, 35}, {3, 12});
    paint.Triangle({x - 8, 28}, {x, top}, {x + 8, 28}, {30, 90, 42});
  }
  for (int x = 3; x < kSide; x += 9) paint.Rect(x, 42 + (x * 7) % 20, {80, 140, 70}, {1, 3});
}

void DrawDesert(Painter& paint) {
  paint.Sky(26);
  paint.Ground(26, {226, 180, 105}, {198, 146, 78});
  paint.Triangle({-10, 27}, {14, 18}, {40, 27}, {214, 166, 92});
  paint.Triangle({28, 27}, {52, 20}, {76, 27}, {206, 156, 84});
  paint.Rect(57, 14, {70, 130, 70}, {3, 16});
  paint.Rect(53, 18, {70, 130, 70}, {2, 5});
  paint.Rect(53, 22, {70, 130, 70}, {5, 2});
  for (int y = 34; y < kSide; y += 8) paint.Rect((y * 5) % 30, y, {182, 132, 70}, {22, 1});
}

void DrawOcean(Painter& paint) {
  paint.Sky(12);
  paint.Ground(12, {30, 105, 175}, {10, 50, 115});
  for (int y = 16; y < kSide; y += 6) {
    for (int x = (y * 3) % 11; x < kSide; x += 11) paint.Rect(x, y, {130, 190, 225}, {5, 1});
  }
}

void DrawMountain(Painter& paint) {
  paint.Sky(34);
  paint.Triangle({-14, 36}, {16, 4}, {46, 36}, {120, 115, 130});
  paint.Triangle({22, 36}, {48, 9}, {78, 36}, {100, 96, 112});
  paint.Triangle({8.5, 12}, {16, 4}, {23.5, 12}, {245, 248, 252});
  paint.Triangle({41, 16}, {48, 9}, {55.5, 16}, {245, 248, 252});
  paint.Ground(36, {150, 150, 140}, {110, 112, 104});
  for (int x = 1; x < kSide; x += 10) paint.Rect(x, 40 + (x * 5) % 22, {85, 85, 82}, {3, 2});
}

void DrawFarm(Painter& paint) {
  paint.Sky(20);
  paint.Ground(20, {150, 195, 80}, {105, 155, 55});
  for (int y = 40; y < kSide; y += 5) paint.Rect(0, y, {120, 90, 50}, {kSide, 2});
  for (int x = 2; x < kSide; x += 9) paint.Rect(x, 22, {165, 130, 85}, {2, 13});
  paint.Rect(0, 25, {165, 130, 85}, {kSide, 2});
  paint.Rect(0, 31, {165, 130, 85}, {kSide, 2});
}

// In the order of kPlaces.
constexpr std::array<void (*)(Painter&), 8> kBackdrops = {
    DrawBeach, DrawStreet, DrawKitchen, DrawForest, DrawDesert, DrawOcean, DrawMountain, DrawFarm};

}  // namespace

void DrawBackdrop(Canvas& canvas, std::string_view place, std::string_view daylight) {
  const int which = IndexOf(kPlaces, place);
  const int light = IndexOf(kDaylights, daylight);
  FW_CHECK(which != kAbsent && light != kAbsent, "a place or time of day without a backdrop");
  Painter paint(canvas, kLights[static_cast<size_t>(light)]);
  kBackdrops[static_cast<size_t>(which)](paint);
}

}  // namespace flywheel::world
