// What is published about the data sets of a pool: counts, categories, prompts, image folders and
// what their boxes are relative to. A description only: which samples a pool really has is counted
// at import. configs/pool/dataoptim.json is the one that ships; it also says how the published
// totals come about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

// What the boxes of a data set's conversations are relative to.
enum class BoxConvention {
  kNone,          // no boxes
  kOriginal,      // the image as it lies
  kSquarePadded,  // the image padded to a square: LLaVA-v1.5
};

// "none", "original", "square_padded".
std::string_view BoxConventionName(BoxConvention convention);

struct CatalogueDataset {
  std::string name;  // "llava_v1.5": the file's name without its last ending
  std::string file;  // below the data folder
  std::string title;
  std::string category;      // a key of Catalogue::categories
  std::string prompt_style;  // a key of Catalogue::prompt_styles
  std::string split;         // empty: not published
  int64_t samples = 0;
  std::optional<int64_t> images;
  int64_t file_bytes = 0;  // as listed, three digits of it
  // What stands before the first '_' of an id. A hint: absent where no id is known.
  std::optional<std::string> id_prefix;
  std::vector<std::string> image_folders;  // below the images folder; empty: not known
  BoxConvention boxes = BoxConvention::kNone;

  bool operator==(const CatalogueDataset&) const = default;
};

// A key and the words for people; sorted by key.
struct CatalogueTerm {
  std::string key;
  std::string words;

  bool operator==(const CatalogueTerm&) const = default;
};

struct Catalogue {
  std::vector<CatalogueTerm> categories;
  std::vector<CatalogueTerm> prompt_styles;
  std::vector<CatalogueDataset> datasets;
  int64_t samples = 0;         // of all files
  int64_t readme_row_sum = 0;  // of the published table, which has fewer rows than there are files

  // Null: no such data set.
  const CatalogueDataset* Find(std::string_view name) const;
  // The words for a category's key; the key itself when it has none.
  std::string_view CategoryWords(std::string_view key) const;

  bool operator==(const Catalogue&) const = default;
};

// INVALID_ARGUMENT names file and member: "x.json: datasets[3].boxes: expected ...". Also checked:
// names and files are there once, categories and styles are declared, the data sets add up to
// `samples`.
Result<Catalogue> ReadCatalogue(const std::string& path);

// configs/pool/dataoptim.json as it was when this program was built.
Result<Catalogue> DataOptimCatalogue();

}  // namespace flywheel
