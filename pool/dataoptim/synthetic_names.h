// The ids and image names of the synthetic pool, as those of the published files where they are
// known: numbers with leading zeros, letters and digits, ids that occur twice. Where no id was ever
// published (see configs/pool/dataoptim.json) it is "<data set>_<number>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pool/dataoptim/catalogue.h"

namespace flywheel {

enum class IdForm { kRunning, kVqaV2, kOkVqa, kGqa, kAokVqa };
enum class ImageSource {
  kCoco,
  kCocoEitherSplit,  // aokvqa names images of val2014 as well
  kCoco2017,
  kFlickr,
  kOpenImages,
  kVisualGenome,
  kBooks,
  kDocuments,
  kCharts,
  kScience,
  kSeveral,  // ShareGPT-4V
};

// Where a row stands: its number in the file, its image's, and its number among those of the image.
struct RowPlace {
  int64_t row = 0;
  int64_t image = 0;
  int64_t of_image = 0;
};

// Spreads rows over images as the published counts have it.
RowPlace PlaceOf(int64_t row, const CatalogueDataset& dataset);

void AppendId(IdForm form, const RowPlace& place, std::string_view dataset, std::string* id);
void AppendImageName(ImageSource source, int64_t image, std::string* name);

// svit's rows of an image come as one conversation, one description, and many questions.
enum class SvitKind { kConversation, kDetail, kComplex, kReferring };
struct SvitRow {
  SvitKind kind = SvitKind::kConversation;
  int64_t number = 0;  // in "svit_complex_17"
  int64_t image = 0;
};
SvitRow SvitRowOf(int64_t row);
std::string_view SvitKindName(SvitKind kind);

// llava_v1.5 mixes six sources in the published shares (364,100 coco, 86,417 vg, 72,140 gqa, 80,000
// ocr_vqa, 21,953 textvqa, 40,688 text only), in no order. Its ids are bare image numbers; 250,000
// of 665,298 rows share theirs with another row about the same image.
enum class MixSource { kCoco, kVisualGenome, kGqa, kBooks, kTextVqa, kTextOnly };
struct MixRow {
  MixSource source = MixSource::kCoco;
  std::string id;
  std::string image;  // empty: text only
};
MixRow MixRowOf(int64_t row, int64_t rows);

}  // namespace flywheel
