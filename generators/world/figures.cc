#include "generators/world/figures.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/check.h"
#include "generators/world/font.h"
#include "generators/world/layout.h"
#include "generators/world/words.h"

namespace flywheel::world {
namespace {

constexpr Colour kOutline = {15, 15, 20};
constexpr Colour kPlate = {250, 250, 245};

// In the order of kColours.
constexpr std::array<Colour, 8> kPaints = {{{225, 25, 30},
                                            {20, 170, 50},
                                            {30, 70, 230},
                                            {250, 225, 20},
                                            {130, 35, 170},
                                            {255, 130, 0},
                                            {255, 135, 200},
                                            {250, 250, 250}}};

using Corners = std::vector<Point>;

Corners StarCorners(Point centre, double radius) {
  Corners corners;
  for (int i = 0; i < 10; ++i) {
    const double angle = i * std::numbers::pi / 5 - std::numbers::pi / 2;
    const double r = i % 2 == 0 ? radius * 1.1 : radius * 0.48;
    corners.push_back({centre.x + r * std::cos(angle), centre.y + r * std::sin(angle)});
  }
  return corners;
}

Corners CrossCorners(Point c, double r) {
  // One pixel wide when small, five when big: anything between looks like a disc.
  const double t = 0.45 * (r - 1.5);
  return {{c.x - t, c.y - r}, {c.x + t, c.y - r}, {c.x + t, c.y - t}, {c.x + r, c.y - t},
          {c.x + r, c.y + t}, {c.x + t, c.y + t}, {c.x + t, c.y + r}, {c.x - t, c.y + r},
          {c.x - t, c.y + t}, {c.x - r, c.y + t}, {c.x - r, c.y - t}, {c.x - t, c.y - t}};
}

void FillHeart(Canvas& canvas, Point c, double r, Colour colour) {
  const double lobe = r * 0.54;
  canvas.FillDisc({c.x - r * 0.48, c.y - r * 0.4}, lobe, colour);
  canvas.FillDisc({c.x + r * 0.48, c.y - r * 0.4}, lobe, colour);
  canvas.FillPolygon(Corners{{c.x - r, c.y - r * 0.2},
                             {c.x, c.y - r * 0.45},
                             {c.x + r, c.y - r * 0.2},
                             {c.x, c.y + r}},
                     colour);
}

// The shape without outline; `radius` is half of the side of its box.
void FillShape(Canvas& canvas, std::string_view shape, Point c, double r, Colour colour) {
  if (shape == "circle" || shape == "ring") {
    canvas.FillDisc(c, r, colour);
  } else if (shape == "square") {
    const double half = r * 0.88;
    canvas.FillPolygon(Corners{{c.x - half, c.y - half},
                               {c.x + half, c.y - half},
                               {c.x + half, c.y + half},
                               {c.x - half, c.y + half}},
                       colour);
  } else if (shape == "triangle") {
    canvas.FillPolygon(Corners{{c.x, c.y - r}, {c.x + r, c.y + r}, {c.x - r, c.y + r}}, colour);
  } else if (shape == "diamond") {
    canvas.FillPolygon(
        Corners{{c.x, c.y - r}, {c.x + r * 0.8, c.y}, {c.x, c.y + r}, {c.x - r * 0.8, c.y}},
        colour);
  } else if (shape == "cross") {
    canvas.FillPolygon(CrossCorners(c, r), colour);
  } else if (shape == "star") {
    canvas.FillPolygon(StarCorners(c, r), colour);
  } else {
    FW_CHECK(shape == "heart", "a shape without a drawing");
    FillHeart(canvas, c, r, colour);
  }
}

// What an agent looks like.
struct Dress {
  Colour head;
  Colour body;
  Colour legs;
};

// In the order of kAgents.
constexpr std::array<Dress, 3> kDresses = {{{{236, 188, 150}, {110, 70, 40}, {40, 45, 75}},
                                            {{236, 188, 150}, {0, 130, 130}, {236, 188, 150}},
                                            {{150, 160, 170}, {110, 120, 135}, {70, 75, 85}}}};

// Upper left corner of the figure, and its parts by agent.
void DrawHead(Canvas& canvas, std::string_view agent, int x, int y) {
  const Dress& dress = kDresses[static_cast<size_t>(IndexOf(kAgents, agent))];
  if (agent == "robot") {
    canvas.FillRect(x + 5, y, kOutline, {1, 2});
    canvas.FillRect(x + 2, y + 1, kOutline, {7, 6});
    canvas.FillRect(x + 3, y + 2, dress.head, {5, 4});
    canvas.FillRect(x + 4, y + 3, {240, 40, 40}, {1, 1});
    canvas.FillRect(x + 6, y + 3, {240, 40, 40}, {1, 1});
    return;
  }
  const bool woman = agent == "woman";
  canvas.FillRect(x + 3, y, woman ? Colour{95, 50, 20} : kOutline, {5, woman ? 3 : 2});
  if (woman) {
    canvas.FillRect(x + 2, y + 1, {95, 50, 20}, {1, 6});
    canvas.FillRect(x + 8, y + 1, {95, 50, 20}, {1, 6});
  }
  canvas.FillRect(x + 3, y + 2, dress.head, {5, 4});
  canvas.FillRect(x + 4, y + 3, kOutline, {1, 1});
  canvas.FillRect(x + 6, y + 3, kOutline, {1, 1});
}

void DrawBody(Canvas& canvas, std::string_view agent, int x, int y) {
  const Dress& dress = kDresses[static_cast<size_t>(IndexOf(kAgents, agent))];
  canvas.FillRect(x + 3, y + 13, dress.legs, {2, 5});
  canvas.FillRect(x + 6, y + 13, dress.legs, {2, 5});
  if (agent == "woman") {
    for (int row = 0; row < 8; ++row) {
      const int half = 2 + row / 3;
      canvas.FillRect(x + 5 - half, y + 6 + row, dress.body, {2 * half + 1, 1});
    }
    return;
  }
  const int half = agent == "robot" ? 4 : 3;
  canvas.FillRect(x + 5 - half, y + 6, kOutline, {2 * half + 1, 8});
  canvas.FillRect(x + 6 - half, y + 7, dress.body, {2 * half - 1, 6});
}

void Limb(Canvas& canvas, Point from, Point to, Colour colour) {
  canvas.Line(from, to, colour);
  canvas.Line({from.x, from.y + 1}, {to.x, to.y + 1}, colour);
}

// Arms, legs and ropes: what tells one relation from another.
void DrawPose(Canvas& canvas, const Box& box, std::string_view predicate, const Box& object) {
  const double side = object.CentreX() > box.CentreX() ? 1 : -1;
  const Point shoulder = {box.CentreX() + side * 3, box.y + 8};
  const Point hip = {box.CentreX() + side * 2, box.y + 13};
  const double near_x = object.CentreX() - side * object.width / 2;
  if (predicate == "holding") {
    Limb(canvas, shoulder, {near_x + side, object.CentreY() + 2}, kOutline);
  } else if (predicate == "kicking") {
    Limb(canvas, hip, {near_x, object.CentreY()}, kOutline);
  } else if (predicate == "pulling") {
    Limb(canvas, shoulder, {shoulder.x + side * 3, shoulder.y + 2}, kOutline);
    canvas.Line({shoulder.x + side * 3, shoulder.y + 2}, {near_x + side, object.CentreY()},
                {150, 100, 40});
  } else if (predicate == "balancing") {
    // Both arms up beside the head.
    for (const double way : {-1.0, 1.0}) {
      Limb(canvas, {box.CentreX() + way * 3, box.y + 8}, {box.CentreX() + way * 5, box.y + 2},
           kOutline);
    }
  } else {
    // Both arms out, for balance.
    for (const double way : {-1.0, 1.0}) {
      Limb(canvas, {box.CentreX() + way * 3, box.y + 8}, {box.CentreX() + way * 5.5, box.y + 9},
           kOutline);
    }
  }
}

}  // namespace

void DrawShape(Canvas& canvas, const SceneObject& object) {
  const Point centre = {object.box.CentreX(), object.box.CentreY()};
  const double radius = object.box.width / 2;
  const Colour paint = kPaints[static_cast<size_t>(IndexOf(kColours, object.colour))];
  // The outline is the same shape drawn one pixel to each side first.
  for (const auto& [dx, dy] :
       std::array<std::pair<int, int>, 4>{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}}) {
    FillShape(canvas, object.name, {centre.x + dx, centre.y + dy}, radius - 1, kOutline);
  }
  FillShape(canvas, object.name, centre, radius - 1, paint);
  if (object.name == "ring") canvas.FillDisc(centre, radius * 0.42, kOutline);
}

void DrawAgent(Canvas& canvas, const SceneObject& agent, const SceneRelation& relation,
               const SceneObject& object) {
  const int x = static_cast<int>(agent.box.x);
  const int y = static_cast<int>(agent.box.y);
  DrawBody(canvas, agent.name, x, y);
  DrawHead(canvas, agent.name, x, y);
  DrawPose(canvas, agent.box, relation.predicate, object.box);
}

void DrawSign(Canvas& canvas, const SceneText& sign) {
  const int x = static_cast<int>(sign.box.x);
  const int y = static_cast<int>(sign.box.y);
  const int width = static_cast<int>(sign.box.width);
  const int height = static_cast<int>(sign.box.height);
  canvas.FillRect(x, y, kOutline, {width, height});
  canvas.FillRect(x + 1, y + 1, kPlate, {width - 2, height - 2});
  for (size_t i = 0; i < sign.text.size(); ++i) {
    const Glyph* glyph = FindGlyph(sign.text[i]);
    FW_CHECK(glyph != nullptr, "a sign with a character that the font lacks");
    const int left = x + kPlateMargin + static_cast<int>(i) * (kGlyphWidth + 1);
    for (int row = 0; row < kGlyphHeight; ++row) {
      // Nine rows from seven: the second and the sixth twice.
      const int source = row - (row > 1 ? 1 : 0) - (row > 6 ? 1 : 0);
      for (int column = 0; column < kGlyphWidth; ++column) {
        if (((*glyph)[static_cast<size_t>(source)] >> (4 - column) & 1) == 0) continue;
        canvas.FillRect(left + column, y + kPlateMargin + row, kOutline, {1, 1});
      }
    }
  }
}

}  // namespace flywheel::world
