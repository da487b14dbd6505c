// Any text as what is done with a row: its boxes converted, written as Python writes it, and read
// as a question.
#include <string>
#include <string_view>

#include "base/check.h"
#include "pool/boxes/row_boxes.h"
#include "pool/formats/python_json.h"
#include "pool/text/question_text.h"
#include "pool/text/sample_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flywheel;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto size_of = [](const std::string&) { return Result<ImageSize>(ImageSize{640, 333}); };
  RowBoxConverter to_square(ConversionTo(BoxSpace::kSquarePadded), size_of);
  const Result<ConvertedRow> square = to_square.Convert(text);
  if (square.ok()) {
    const Result<ConvertedRow> again = to_square.Convert(square->json);
    FW_CHECK(again.ok() && again->json == square->json, "a converted row is left alone");
  }
  PythonJsonWriter writer;
  std::string out;
  if (writer.Append(text, 0, &out).ok()) {
    std::string again;
    FW_CHECK(writer.Append(out, 0, &again).ok() && again == out, "written twice it is the same");
  }
  const QuestionText question(text);
  FW_CHECK(question.words().size() <= kMostQuestionWords, "a question is short");
  FW_CHECK(CountWords(text) <= static_cast<int64_t>(size) && CountOptions(text) <= 26, "counts");
  return 0;
}
