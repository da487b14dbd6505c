// The closed vocabulary of the rendered world. The order of each list is the order of the classes
// in dense labels, so it is part of what a trained vision tower means: append, never reorder.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace flywheel::world {

inline constexpr int kImageSize = 64;  // pixels, square
inline constexpr int kSmallRadius = 4;
inline constexpr int kBigRadius = 7;

inline constexpr std::array<std::string_view, 8> kShapes = {
    "circle", "square", "triangle", "diamond", "cross", "star", "heart", "ring"};
inline constexpr std::array<std::string_view, 8> kColours = {"red",    "green",  "blue", "yellow",
                                                             "purple", "orange", "pink", "white"};
inline constexpr std::array<std::string_view, 2> kSizes = {"small", "big"};
inline constexpr std::array<std::string_view, 8> kPlaces = {
    "beach", "street", "kitchen", "forest", "desert", "ocean", "mountain", "farm"};
inline constexpr std::array<std::string_view, 4> kDaylights = {"morning", "noon", "evening",
                                                               "night"};
inline constexpr std::array<std::string_view, 3> kAgents = {"man", "woman", "robot"};
inline constexpr std::array<std::string_view, 5> kPredicates = {
    "holding", "balancing", "standing on", "kicking", "pulling"};
// Reading order: row by row, left to right.
inline constexpr std::array<std::string_view, 9> kRegions = {
    "top left", "top",         "top right", "left",        "center",
    "right",    "bottom left", "bottom",    "bottom right"};
// What a sign may say. Drawn in capitals; questions and answers spell them as here.
inline constexpr std::array<std::string_view, 24> kSignTexts = {
    "stop", "open", "exit", "taxi", "cafe", "bus", "zoo", "hotel", "bank", "shop", "park", "sale",
    "milk", "post", "gym",  "bar",  "10",   "25",  "37",  "48",    "59",   "60",   "72",   "86"};

inline constexpr int kAbsent = -1;

// Position in the list, or kAbsent.
template <size_t N>
constexpr int IndexOf(const std::array<std::string_view, N>& words, std::string_view word) {
  for (size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<int>(i);
  }
  return kAbsent;
}

}  // namespace flywheel::world
