// The boxes of whole rows, converted in the rows' JSON text: nothing is parsed and written again,
// so all bytes but those of the boxes stay. Which space a row is in is recorded in the row itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pool/boxes/boxes.h"

namespace flywheel {

// The member of a row that says which space its boxes are in: "square" or "original".
inline constexpr std::string_view kBoxSpaceMember = "box_space";

// The size of an image by the name that rows give it.
using ImageSizeLookup = std::function<Result<ImageSize>(const std::string& image)>;

struct ConvertedRow {
  std::string json;
  int64_t boxes = 0;  // converted now
};

struct BoxConversion {
  BoxSpace to = BoxSpace::kSquarePadded;
  // Where the boxes of rows are that do not say it.
  BoxSpace unrecorded = BoxSpace::kOriginal;
};
// From the other space, as `flywheel pool convert-boxes` has it.
BoxConversion ConversionTo(BoxSpace to);

// Converts rows {id, image?, conversations [{from, value}]}. A converted row gets box_space as its
// last member, spaced like its others; by it a row that is in the wanted space already is left
// alone. One thread at a time.
class RowBoxConverter {
 public:
  RowBoxConverter(const BoxConversion& conversion, ImageSizeLookup size_of);
  ~RowBoxConverter();
  RowBoxConverter(RowBoxConverter&&) noexcept;
  RowBoxConverter& operator=(RowBoxConverter&&) noexcept;

  // Asks for the image's size only when a box is to be converted. Without an image nothing is a
  // box. INVALID_ARGUMENT for what is no row: "conversations[1].value: expected a string, found 7".
  Result<ConvertedRow> Convert(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel
