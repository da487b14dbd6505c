#include "pool/boxes/row_boxes.h"

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

Result<ImageSize> Photo(const std::string& image) {
  if (image == "coco/a.jpg") return ImageSize{640, 480};
  return NotFound("no image " + image);
}

ConvertedRow Square(std::string_view row) {
  Result<ConvertedRow> converted =
      RowBoxConverter(ConversionTo(BoxSpace::kSquarePadded), Photo).Convert(row);
  INFO(converted.status().message());
  REQUIRE(converted.ok());
  return *converted;
}

std::string ErrorOf(std::string_view row) {
  return RowBoxConverter(ConversionTo(BoxSpace::kSquarePadded), Photo)
      .Convert(row)
      .status()
      .message();
}

constexpr std::string_view kRow =
    R"({"id":"ref3rec_1","image":"coco/a.jpg","conversations":[{"from":"human","value":"<image>\n[ Wh\u00e9re?"},)"
    R"({"from":"gpt","value":"[0.0, 0.106, 0.827, 1.0]."}]})";

TEST_CASE("Of a row only the boxes change, and it says which space they are in") {
  const ConvertedRow row = Square(kRow);
  CHECK(row.boxes == 1);
  CHECK(
      row.json ==
      R"({"id":"ref3rec_1","image":"coco/a.jpg","conversations":[{"from":"human","value":"<image>\n[ Wh\u00e9re?"},)"
      R"({"from":"gpt","value":"[0.0, 0.205, 0.827, 0.875]."}],"box_space":"square"})");
}

TEST_CASE("A row that is in the wanted space already is left alone") {
  const std::string once = Square(kRow).json;
  const ConvertedRow again = Square(once);
  CHECK(again.json == once);
  CHECK(again.boxes == 0);
}

TEST_CASE(
    "Rows that do not say their space are left alone where it is known to be the wanted one") {
  RowBoxConverter converter({BoxSpace::kSquarePadded, BoxSpace::kSquarePadded}, Photo);
  CHECK(converter.Convert(kRow).value().json == kRow);
  std::string recorded(kRow);
  recorded.insert(recorded.size() - 1, R"(,"box_space":"original")");
  CHECK(converter.Convert(recorded).value().json == Square(kRow).json);
}

TEST_CASE("There and back the box is the same and the row says so") {
  const std::string there = Square(kRow).json;
  const Result<ConvertedRow> back =
      RowBoxConverter(ConversionTo(BoxSpace::kOriginal), Photo).Convert(there);
  REQUIRE(back.ok());
  std::string expected(kRow);
  expected.insert(expected.size() - 1, R"(,"box_space":"original")");
  CHECK(back->json == expected);
}

TEST_CASE("The new member is spaced like the others") {
  CHECK(Square("{\n    \"image\": \"coco/a.jpg\",\n    \"conversations\": [\n        {\"value\" : "
               "\"[0,0,1,1]\"}\n    ]\n}\n")
            .json ==
        "{\n    \"image\": \"coco/a.jpg\",\n    \"conversations\": [\n        {\"value\" : "
        "\"[0.0,0.125,1.0,0.875]\"}\n    ],\n    \"box_space\": \"square\"\n}\n");
  CHECK(
      Square(R"({ "image" :"coco/a.jpg", "conversations" :[{"value":"[0,0,1,1]"}] })").json ==
      R"({ "image" :"coco/a.jpg", "conversations" :[{"value":"[0.0,0.125,1.0,0.875]"}], "box_space" :"square" })");
}

TEST_CASE("A recorded space is replaced where it stands, before or behind the conversations") {
  CHECK(
      Square(
          R"({"box_space":"original","image":"coco/a.jpg","conversations":[{"value":"[0,0,1,1]"}]})")
          .json ==
      R"({"box_space":"square","image":"coco/a.jpg","conversations":[{"value":"[0.0,0.125,1.0,0.875]"}]})");
  CHECK(
      Square(
          R"({"image":"coco/a.jpg","conversations":[{"value":"[0,0,1,1]"}],"box_space": "original" , "x":1})")
          .json ==
      R"({"image":"coco/a.jpg","conversations":[{"value":"[0.0,0.125,1.0,0.875]"}],"box_space": "square" , "x":1})");
}

TEST_CASE("Rows without boxes stay as they are and their images are not asked for") {
  for (
      const char* row :
      {R"({"id":"a","image":"gone.jpg","conversations":[{"from":"human","value":"<image> [1] a"}]})",
       R"({"id":"a","conversations":[{"from":"human","value":"[0.1, 0.2, 0.3, 0.4]"}]})",
       R"({"id":"a","image":null,"conversations":[{"from":"human","value":"[0.1, 0.2, 0.3, 0.4]"}]})",
       R"({"id":"a","image":"gone.jpg","conversations":[]})",
       R"({"id":"a","image":"gone.jpg","box":"[0.1, 0.2, 0.3, 0.4]","conversations":[]})"}) {
    INFO(row);
    CHECK(Square(row).json == row);
  }
}

TEST_CASE("Members that nobody knows are kept, however large their numbers") {
  const ConvertedRow row = Square(
      R"({"n":123456789012345678901234567890,"x":[NaN,{"a":[]}],"image":"coco/a.jpg","conversations":[{"w":1e999,"value":"[0,0,1,1]","z":{}}]})");
  CHECK(
      row.json ==
      R"({"n":123456789012345678901234567890,"x":[NaN,{"a":[]}],"image":"coco/a.jpg","conversations":[{"w":1e999,"value":"[0.0,0.125,1.0,0.875]","z":{}}],"box_space":"square"})");
}

TEST_CASE("What is no row is refused with the member at fault") {
  CHECK(ErrorOf(R"({"id":"a"})") == "conversations: is missing");
  CHECK(ErrorOf("{}") == "conversations: is missing");
  CHECK(ErrorOf("[]") == "expected an object");
  CHECK(ErrorOf(R"({"conversations":7})") == "conversations: expected an array of turns");
  CHECK(ErrorOf(R"({"conversations":["a"]})") ==
        "conversations[0]: expected an object with from and value");
  CHECK(ErrorOf(R"({"conversations":[{"value":"a"},{"value":7}]})") ==
        "conversations[1]: value: expected a string, found 7");
  CHECK(ErrorOf(R"({"image":{},"conversations":[]})") == "image: expected a string, found {");
  CHECK(ErrorOf(R"({"box_space":"padded","conversations":[]})") ==
        "box_space: expected \"square\" or \"original\", found \"padded\"");
  CHECK(ErrorOf(R"({"box_space":"square","box_space":"square","conversations":[]})") ==
        "box_space: occurs twice");
  CHECK(ErrorOf(R"({"conversations":[],"x":tru})").starts_with("not valid JSON: "));
  CHECK(ErrorOf(R"({"conversations":[{"value":"a)").starts_with("not valid JSON: "));
}

TEST_CASE("A box on an image that cannot be read is an error and not a guess") {
  CHECK(ErrorOf(R"({"image":"gone.jpg","conversations":[{"value":"[0,0,1,1]"}]})") ==
        "no image gone.jpg");
}

}  // namespace
}  // namespace flywheel
