#include "pool/dataoptim/synthetic_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "pool/dataoptim/synthetic_conversation.h"
#include "pool/formats/python_json.h"

namespace flywheel {
namespace {

enum class Shape {
  kCaption,
  kShortAnswer,
  kOptions,
  kScience,
  kPhraseToBox,
  kBoxToPhrase,
  kShikra,
  kSvit,
  kLlava,
  kMix,
  kLongCaption,
};

// How the rows of a data set look.
struct Recipe {
  std::string_view dataset;
  Shape shape = Shape::kCaption;
  ImageSource images = ImageSource::kCoco;
  IdForm ids = IdForm::kRunning;
  Topic topic = Topic::kPictures;
  AnswerForm answers = AnswerForm::kWords;
};
constexpr Recipe kRecipes[] = {
    {"aokvqa", Shape::kOptions, ImageSource::kCocoEitherSplit, IdForm::kAokVqa},
    {"coco", Shape::kCaption},
    {"docvqa", Shape::kShortAnswer, ImageSource::kDocuments, IdForm::kRunning, Topic::kDocuments},
    {"dvqa", Shape::kShortAnswer, ImageSource::kCharts, IdForm::kRunning, Topic::kCharts},
    {"flickr30k", Shape::kCaption, ImageSource::kFlickr},
    {"gqa", Shape::kShortAnswer, ImageSource::kVisualGenome, IdForm::kGqa, Topic::kPictures,
     AnswerForm::kSentence},
    {"llava", Shape::kLlava},
    {"llava_v1.5", Shape::kMix},
    {"ocrvqa", Shape::kShortAnswer, ImageSource::kBooks, IdForm::kRunning, Topic::kBooks},
    {"okvqa", Shape::kShortAnswer, ImageSource::kCoco, IdForm::kOkVqa},
    {"ref3rec", Shape::kPhraseToBox},
    {"ref3reg", Shape::kBoxToPhrase},
    {"scienceqa", Shape::kScience, ImageSource::kScience},
    {"sharegpt4v", Shape::kLongCaption, ImageSource::kSeveral},
    {"shikra", Shape::kShikra, ImageSource::kFlickr},
    {"svit", Shape::kSvit, ImageSource::kVisualGenome},
    {"textcaps", Shape::kCaption, ImageSource::kOpenImages},
    {"textocrgpt4v", Shape::kLongCaption, ImageSource::kOpenImages},
    {"textvqa", Shape::kShortAnswer, ImageSource::kOpenImages, IdForm::kRunning, Topic::kText},
    {"vgqa", Shape::kShortAnswer, ImageSource::kVisualGenome},
    {"vqav2", Shape::kShortAnswer, ImageSource::kCoco, IdForm::kVqaV2}};

// Whether the length of a row is free, so that rows may differ in it as they do in what is
// published.
bool IsLong(Shape shape) {
  return shape == Shape::kScience || shape == Shape::kShikra || shape == Shape::kSvit ||
         shape == Shape::kLlava || shape == Shape::kMix || shape == Shape::kLongCaption;
}

}  // namespace

class SyntheticRecords::Impl {
 public:
  Impl(const CatalogueDataset& dataset, const Recipe& recipe, int64_t rows, uint64_t seed)
      : dataset_(dataset), recipe_(recipe), rows_(rows), conversation_(seed) {}

  void AppendNext(std::string* out) {
    const size_t begin = out->size();
    SyntheticLayout layout(out);
    id_.clear();
    image_.clear();
    const MixSource source = Name();
    layout.Open(id_, image_);
    conversation_.Begin(&layout, End(begin));
    Converse(source);
    layout.Close();
    ++row_;
    written_ += static_cast<int64_t>(kPythonListSeparator.size() + out->size() - begin);
  }

 private:
  double Mean() const {
    return static_cast<double>(dataset_.file_bytes) / static_cast<double>(dataset_.samples);
  }

  // The row's id and image; of llava_v1.5 also where it is from.
  MixSource Name() {
    if (recipe_.shape == Shape::kMix) {
      MixRow mix = MixRowOf(row_, rows_);
      id_ = std::move(mix.id);
      image_ = std::move(mix.image);
      return mix.source;
    }
    if (recipe_.shape == Shape::kSvit) {
      svit_ = SvitRowOf(row_);
      fmt::format_to(std::back_inserter(id_), "{}_{}_{}", dataset_.name, SvitKindName(svit_.kind),
                     svit_.number);
      AppendImageName(recipe_.images, svit_.image, &image_);
      return MixSource::kCoco;
    }
    const RowPlace place = PlaceOf(row_, dataset_);
    AppendId(recipe_.ids, place, dataset_.name, &id_);
    AppendImageName(recipe_.images, place.image, &image_);
    return MixSource::kCoco;
  }

  // Where the row's text should end, before what closes it: so that all rows so far are as long as
  // they should be, or, where rows may differ, around there.
  size_t End(size_t begin) {
    double length = Mean() * static_cast<double>(row_ + 1) - static_cast<double>(written_);
    if (IsLong(recipe_.shape) && row_ + 1 < rows_) {
      length += Mean() * (conversation_.text().Draw(1000) / 1000.0 - 0.5);
    }
    if (recipe_.shape == Shape::kSvit && svit_.kind == SvitKind::kDetail) length += 2 * Mean();
    // No debt makes a row longer than this.
    length = std::clamp(length, 0.3 * Mean(), 5 * Mean());
    const size_t closing = kPythonListSeparator.size() + SyntheticLayout::close_bytes();
    return begin + static_cast<size_t>(length) - std::min(closing, static_cast<size_t>(length));
  }

  void Converse(MixSource source) {
    switch (recipe_.shape) {
      case Shape::kCaption:
        return conversation_.Caption();
      case Shape::kShortAnswer:
        return conversation_.ShortAnswer(recipe_.topic, recipe_.answers);
      case Shape::kOptions:
        return conversation_.Options();
      case Shape::kScience:
        return conversation_.Science();
      case Shape::kPhraseToBox:
        return conversation_.PhraseToBox();
      case Shape::kBoxToPhrase:
        return conversation_.BoxToPhrase();
      case Shape::kShikra:
        return conversation_.Shikra();
      case Shape::kSvit:
        return conversation_.Svit(svit_.kind);
      case Shape::kLlava:
        return conversation_.Llava();
      case Shape::kMix:
        return conversation_.Mix(source);
      case Shape::kLongCaption:
        return conversation_.LongCaption("");
    }
  }

  CatalogueDataset dataset_;
  Recipe recipe_;
  int64_t rows_;
  SyntheticConversation conversation_;
  std::string id_, image_;
  SvitRow svit_;
  int64_t row_ = 0;
  int64_t written_ = 0;
};

SyntheticRecords::SyntheticRecords(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SyntheticRecords::SyntheticRecords(SyntheticRecords&&) noexcept = default;
SyntheticRecords& SyntheticRecords::operator=(SyntheticRecords&&) noexcept = default;
SyntheticRecords::~SyntheticRecords() = default;

Result<SyntheticRecords> SyntheticRecords::Create(const CatalogueDataset& dataset, int64_t rows,
                                                  uint64_t seed) {
  for (const Recipe& recipe : kRecipes) {
    if (recipe.dataset != dataset.name) continue;
    return SyntheticRecords(std::make_unique<Impl>(dataset, recipe, rows, seed));
  }
  return InvalidArgument(fmt::format(
      "data set '{}': expected one of DataOptim's, whose rows' shape is known", dataset.name));
}

void SyntheticRecords::AppendNext(std::string* out) { impl_->AppendNext(out); }

}  // namespace flywheel
