#include "pool/dataoptim/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/io/json.h"

namespace flywheel {

extern const std::string_view kDataOptimJson;  // shipped_catalogue.cc

namespace {

using nlohmann::json;

// Reads a member that may be null, which means that it is not known. True when there was a value.
template <typename T>
bool OptionalOrNull(const json& object, std::string_view name, JsonObjectReader* reader, T* value) {
  if (reader->Has(name) && !object.at(std::string(name)).is_null()) {
    reader->Optional(name, value);
    return true;
  }
  json null;
  reader->Optional(name, &null);
  return false;
}

Result<std::vector<CatalogueTerm>> TermsFromJson(const json& value, const std::string& where) {
  if (!value.is_object()) {
    return InvalidArgument(fmt::format("{}: expected an object of keys and words, found {}", where,
                                       value.type_name()));
  }
  std::vector<CatalogueTerm> terms;
  for (const auto& [key, words] : value.items()) {
    if (!words.is_string()) {
      return InvalidArgument(
          fmt::format("{}.{}: expected a string, found {}", where, key, words.type_name()));
    }
    terms.push_back({key, words.get<std::string>()});
  }
  return terms;
}

const CatalogueTerm* FindTerm(const std::vector<CatalogueTerm>& terms, std::string_view key) {
  const auto found = std::find_if(terms.begin(), terms.end(),
                                  [key](const CatalogueTerm& term) { return term.key == key; });
  return found == terms.end() ? nullptr : &*found;
}

std::string KeysOf(const std::vector<CatalogueTerm>& terms) {
  std::string keys;
  for (const CatalogueTerm& term : terms) keys += (keys.empty() ? "" : ", ") + term.key;
  return keys;
}

void TakeBoxes(const std::string& text, JsonObjectReader& reader, BoxConvention* boxes) {
  for (const BoxConvention convention :
       {BoxConvention::kNone, BoxConvention::kOriginal, BoxConvention::kSquarePadded}) {
    if (text == BoxConventionName(convention)) {
      *boxes = convention;
      return;
    }
  }
  reader.Fail("boxes", fmt::format("expected none, original or square_padded, found '{}'", text));
}

// The values that are right by themselves.
void CheckDataset(const CatalogueDataset& dataset, const Catalogue& catalogue,
                  JsonObjectReader& reader) {
  if (dataset.name.empty()) reader.Fail("name", "is empty");
  if (dataset.file.empty() || dataset.file.find('/') != std::string::npos) {
    reader.Fail("file", fmt::format("expected the name of a file, found '{}'", dataset.file));
  }
  if (FindTerm(catalogue.categories, dataset.category) == nullptr) {
    reader.Fail("category", fmt::format("expected one of {}, found '{}'",
                                        KeysOf(catalogue.categories), dataset.category));
  }
  if (FindTerm(catalogue.prompt_styles, dataset.prompt_style) == nullptr) {
    reader.Fail("prompt_style", fmt::format("expected one of {}, found '{}'",
                                            KeysOf(catalogue.prompt_styles), dataset.prompt_style));
  }
  for (const auto& [name, value] :
       {std::pair{"samples", dataset.samples}, std::pair{"images", dataset.images.value_or(1)},
        std::pair{"file_bytes", dataset.file_bytes}}) {
    if (value <= 0) reader.Fail(name, fmt::format("expected a positive number, found {}", value));
  }
}

Result<CatalogueDataset> DatasetFromJson(const json& value, const Catalogue& catalogue,
                                         const std::string& where) {
  JsonObjectReader reader(value, where);
  CatalogueDataset dataset;
  std::string boxes;
  reader.Required("name", &dataset.name);
  reader.Required("file", &dataset.file);
  reader.Required("title", &dataset.title);
  reader.Required("category", &dataset.category);
  reader.Required("prompt_style", &dataset.prompt_style);
  reader.Required("samples", &dataset.samples);
  reader.Required("file_bytes", &dataset.file_bytes);
  reader.Required("boxes", &boxes);
  OptionalOrNull(value, "split", &reader, &dataset.split);
  OptionalOrNull(value, "image_folders", &reader, &dataset.image_folders);
  int64_t images = 0;
  if (OptionalOrNull(value, "images", &reader, &images)) dataset.images = images;
  std::string id_prefix;
  if (OptionalOrNull(value, "id_prefix", &reader, &id_prefix)) dataset.id_prefix = id_prefix;
  TakeBoxes(boxes, reader, &dataset.boxes);
  CheckDataset(dataset, catalogue, reader);
  FW_TRY(reader.Finish());
  return dataset;
}

Status CheckWhole(const Catalogue& catalogue) {
  int64_t samples = 0;
  for (size_t i = 0; i < catalogue.datasets.size(); ++i) {
    const CatalogueDataset& dataset = catalogue.datasets[i];
    samples += dataset.samples;
    for (size_t before = 0; before < i; ++before) {
      const CatalogueDataset& other = catalogue.datasets[before];
      if (dataset.name == other.name || dataset.file == other.file) {
        return InvalidArgument(
            fmt::format("datasets[{}]: '{}' in {} is there already, as datasets[{}]", i,
                        dataset.name, dataset.file, before));
      }
    }
  }
  if (samples != catalogue.samples) {
    return InvalidArgument(fmt::format("samples: expected {}, the sum of the data sets, found {}",
                                       samples, catalogue.samples));
  }
  return OkStatus();
}

Result<Catalogue> CatalogueFromJson(const json& value) {
  JsonObjectReader reader(value, "catalogue");
  Catalogue catalogue;
  json comment, categories, prompt_styles, datasets;
  reader.Optional("comment", &comment);
  reader.Required("samples", &catalogue.samples);
  reader.Required("readme_row_sum", &catalogue.readme_row_sum);
  reader.Required("categories", &categories);
  reader.Required("prompt_styles", &prompt_styles);
  reader.Required("datasets", &datasets);
  FW_TRY(reader.Finish());
  FW_ASSIGN(catalogue.categories, TermsFromJson(categories, "categories"));
  FW_ASSIGN(catalogue.prompt_styles, TermsFromJson(prompt_styles, "prompt_styles"));
  if (!datasets.is_array() || datasets.empty()) {
    return InvalidArgument(fmt::format("datasets: expected an array of data sets, found {}",
                                       datasets.is_array() ? "none" : datasets.type_name()));
  }
  for (size_t i = 0; i < datasets.size(); ++i) {
    FW_ASSIGN(CatalogueDataset dataset,
              DatasetFromJson(datasets[i], catalogue, fmt::format("datasets[{}]", i)));
    catalogue.datasets.push_back(std::move(dataset));
  }
  FW_TRY(CheckWhole(catalogue));
  return catalogue;
}

}  // namespace

std::string_view BoxConventionName(BoxConvention convention) {
  switch (convention) {
    case BoxConvention::kNone:
      return "none";
    case BoxConvention::kOriginal:
      return "original";
    case BoxConvention::kSquarePadded:
      return "square_padded";
  }
  return "none";
}

const CatalogueDataset* Catalogue::Find(std::string_view name) const {
  const auto found =
      std::find_if(datasets.begin(), datasets.end(),
                   [name](const CatalogueDataset& dataset) { return dataset.name == name; });
  return found == datasets.end() ? nullptr : &*found;
}

std::string_view Catalogue::CategoryWords(std::string_view key) const {
  const CatalogueTerm* term = FindTerm(categories, key);
  return term == nullptr ? key : std::string_view(term->words);
}

Result<Catalogue> ReadCatalogue(const std::string& path) {
  FW_ASSIGN(const json value, ReadJsonFile(path, JsonComments::kAllow));
  Result<Catalogue> catalogue = CatalogueFromJson(value);
  if (!catalogue.ok()) return catalogue.status().WithContext(path);
  return catalogue;
}

Result<Catalogue> DataOptimCatalogue() {
  FW_ASSIGN(const json value,
            ParseJson(kDataOptimJson, "configs/pool/dataoptim.json", JsonComments::kAllow));
  return CatalogueFromJson(value);
}

}  // namespace flywheel
