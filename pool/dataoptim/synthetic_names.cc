#include "pool/dataoptim/synthetic_names.h"

#include <array>

#include "base/rng.h"

namespace flywheel {
namespace {

void AppendNumber(int64_t number, std::string* out) {
  char digits[20];
  size_t begin = sizeof digits;
  do {
    digits[--begin] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  out->append(digits + begin, sizeof digits - begin);
}

void AppendPadded(int64_t number, size_t width, std::string* out) {
  const size_t begin = out->size();
  AppendNumber(number, out);
  const size_t length = out->size() - begin;
  if (length < width) out->insert(begin, width - length, '0');
}

// Letters and digits that are the same for the same number and name.
void AppendScrambled(std::string_view alphabet, size_t length, uint64_t number, std::string* out) {
  uint64_t bits = 0;
  uint64_t word = 0;
  for (size_t i = 0; i < length; ++i) {
    if (i % 8 == 0) bits = DeriveSeed(number, ++word);
    out->push_back(alphabet[bits % alphabet.size()]);
    bits /= alphabet.size();
  }
}

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kLowerLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLettersAndDigits =
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// COCO's numbers go to 581,929 and there are 82,783 of train2014.
int64_t CocoNumber(int64_t image) { return 9 + 7 * image; }

struct Share {
  MixSource source;
  int64_t rows;
};
constexpr std::array<Share, 6> kMix = {{{MixSource::kCoco, 364'100},
                                        {MixSource::kVisualGenome, 86'417},
                                        {MixSource::kGqa, 72'140},
                                        {MixSource::kBooks, 80'000},
                                        {MixSource::kTextVqa, 21'953},
                                        {MixSource::kTextOnly, 40'688}}};
constexpr int64_t kMixRows = 665'298;
constexpr int64_t kSharedMixIds = 125'000;  // each on two rows

// Rows in another order: a step around the circle that shares no factor with its length.
int64_t Shuffled(int64_t row, int64_t rows) {
  int64_t step = 0;
  for (const int64_t prime : {7919, 7927, 7933, 7937}) {
    step = prime;
    if (rows % prime != 0) break;
  }
  return row * step % rows;
}

constexpr int64_t kComplexOfImage = 15;
constexpr int64_t kReferringOfImage = 11;
constexpr int64_t kSvitOfImage = 2 + kComplexOfImage + kReferringOfImage;

}  // namespace

RowPlace PlaceOf(int64_t row, const CatalogueDataset& dataset) {
  const int64_t samples = dataset.samples;
  const int64_t images = dataset.images.value_or(samples);
  const int64_t image = row * images / samples;
  const int64_t first = (image * samples + images - 1) / images;
  return {row, image, row - first};
}

void AppendId(IdForm form, const RowPlace& place, std::string_view dataset, std::string* id) {
  id->append(dataset).push_back('_');
  switch (form) {
    case IdForm::kRunning:
      return AppendNumber(place.row, id);
    case IdForm::kVqaV2:
      return AppendNumber(CocoNumber(place.image) * 1000 + place.of_image, id);
    case IdForm::kOkVqa:
      return AppendNumber(CocoNumber(place.image * 9) * 10 + place.of_image, id);
    case IdForm::kGqa:
      // 7919 and 10^8 share no factor, so numbers do not come again.
      return AppendPadded((5'145'757 + place.row * 7919) % 100'000'000, 8, id);
    case IdForm::kAokVqa:
      return AppendScrambled(kLettersAndDigits, 22, static_cast<uint64_t>(place.row), id);
  }
}

void AppendImageName(ImageSource source, int64_t image, std::string* name) {
  const auto scramble = static_cast<uint64_t>(image);
  switch (source) {
    case ImageSource::kCoco:
      AppendPadded(CocoNumber(image), 12, &name->append("coco/COCO_train2014_"));
      break;
    case ImageSource::kCocoEitherSplit:
      name->append(image % 3 == 0 ? "coco/COCO_val2014_" : "coco/COCO_train2014_");
      AppendPadded(CocoNumber(image * 5), 12, name);
      break;
    case ImageSource::kCoco2017:
      AppendPadded(9 + 2 * image, 12, &name->append("coco_2017/"));
      break;
    case ImageSource::kFlickr:
      AppendNumber(1'000'092'795 + 27'183 * image, &name->append("flickr30k/"));
      break;
    case ImageSource::kOpenImages:
      AppendScrambled(kHexDigits, 16, scramble, &name->append("open_images/"));
      break;
    case ImageSource::kVisualGenome:
      AppendNumber(1 + image, &name->append("visual_genome/"));
      break;
    case ImageSource::kBooks:
      AppendPadded(60'000'007 + 5449 * image, 10, &name->append("ocrvqa/"));
      break;
    case ImageSource::kDocuments:
      AppendScrambled(kLowerLetters, 4, scramble, &name->append("docvqa/"));
      AppendPadded(image % 10'000, 4, name);
      AppendNumber(1 + image % 7, &name->append("_"));
      name->append(".png");
      return;
    case ImageSource::kCharts:
      AppendPadded(image, 8, &name->append("dvqa/bar_train_"));
      name->append(".png");
      return;
    case ImageSource::kScience:
      AppendNumber(1 + 2 * image, &name->append("scienceqa/"));
      name->append("/image.png");
      return;
    case ImageSource::kSeveral:
      if (image % 2 == 0) return AppendImageName(ImageSource::kCoco2017, image, name);
      AppendNumber(100 + image, &name->append("sharegpt4v/sam/sa_"));
      break;
  }
  name->append(".jpg");
}

SvitRow SvitRowOf(int64_t row) {
  const int64_t image = row / kSvitOfImage;
  const int64_t slot = row % kSvitOfImage;
  if (slot == 0) return {SvitKind::kConversation, image, image};
  if (slot == 1) return {SvitKind::kDetail, image, image};
  const int64_t question = slot - 2;
  if (question < kComplexOfImage) {
    return {SvitKind::kComplex, image * kComplexOfImage + question, image};
  }
  return {SvitKind::kReferring, image * kReferringOfImage + question - kComplexOfImage, image};
}

std::string_view SvitKindName(SvitKind kind) {
  static constexpr std::array<std::string_view, 4> kNames = {"conversation", "detail", "complex",
                                                             "referring"};
  return kNames[static_cast<size_t>(kind)];
}

MixRow MixRowOf(int64_t row, int64_t rows) {
  // Where the row would be if the sources came one after the other.
  const int64_t place = Shuffled(row, rows);
  int64_t begin = 0;
  int64_t published = 0;
  MixRow mix;
  for (const Share& share : kMix) {
    published += share.rows;
    const int64_t end = published * rows / kMixRows;
    mix.source = share.source;
    if (place < end) break;
    begin = end;
  }
  const int64_t number = place - begin;
  switch (mix.source) {
    case MixSource::kCoco: {
      const int64_t shared = kSharedMixIds * rows / kMixRows;
      const int64_t image = number < shared ? number : number - shared;
      AppendPadded(9 + 2 * image, 12, &mix.id);
      AppendImageName(ImageSource::kCoco2017, image, &mix.image);
      break;
    }
    case MixSource::kVisualGenome:
      AppendNumber(1 + number, &mix.id);
      AppendImageName(ImageSource::kVisualGenome, number, &mix.image);
      break;
    case MixSource::kGqa:
      AppendNumber(2'300'000 + number, &mix.id);
      AppendImageName(ImageSource::kVisualGenome, 2'299'999 + number, &mix.image);
      break;
    case MixSource::kBooks:
      AppendPadded(60'000'007 + 5449 * number, 10, &mix.id);
      AppendImageName(ImageSource::kBooks, number, &mix.image);
      break;
    case MixSource::kTextVqa:
      AppendScrambled(kHexDigits, 16, static_cast<uint64_t>(number), &mix.id);
      AppendImageName(ImageSource::kOpenImages, number, &mix.image);
      break;
    case MixSource::kTextOnly:
      AppendScrambled(kLettersAndDigits, 7, static_cast<uint64_t>(number), &mix.id);
      mix.id += "_0";
      break;
  }
  return mix;
}

}  // namespace flywheel
