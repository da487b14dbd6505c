// A pool of made samples with real images beside it, for tests of what reads both.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/io/files.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/index/import_plan.h"
#include "pool/index/importer.h"
#include "pool/index/pool.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {

// A BMP of 24 bits a pixel, all of one colour, so that equal arguments give equal bytes.
inline std::string Bmp(int width, int height, char colour) {
  const auto number = [](uint32_t value) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
  };
  const int row = (3 * width + 3) / 4 * 4;
  const auto pixels = static_cast<uint32_t>(row * height);
  return "BM" + number(54 + pixels) + number(0) + number(54) + number(40) +
         number(static_cast<uint32_t>(width)) + number(static_cast<uint32_t>(height)) +
         std::string("\x01\0\x18\0", 4) + number(0) + number(pixels) + number(2835) + number(2835) +
         number(0) + number(0) + std::string(pixels, colour);
}

// A sample as LLaVA has it; without an image one of text.
inline nlohmann::json Sample(const std::string& id, const std::string& image) {
  nlohmann::json sample = {
      {"id", id},
      {"conversations",
       {{{"from", "human"}, {"value", image.empty() ? "Say it." : "<image>\nWhat is \"it\"?"}},
        {{"from", "gpt"}, {"value", "The thing of " + id}}}}};
  if (!image.empty()) sample["image"] = image;
  return sample;
}

struct ImagePool {
  ImagePool() { REQUIRE(MakeDirectories(images).ok()); }

  void Image(const std::string& name, const std::string& bytes) const {
    const std::string path = images + "/" + name;
    REQUIRE(MakeDirectories(path.substr(0, path.rfind('/'))).ok());
    REQUIRE(WriteFile(path, bytes).ok());
  }
  // Imports the samples as the data set of this name; `root`: of its images, empty: not known.
  void Import(const std::string& dataset, const nlohmann::json& samples,
              const std::string& root) const {
    const std::string file = fmt::format("{}/{}.json", folder.path(), dataset);
    REQUIRE(WriteFile(file, samples.dump()).ok());
    ImportFiles({file}, dataset, root);
  }
  void ImportFiles(const std::vector<std::string>& files, const std::string& dataset,
                   const std::string& root) const {
    const auto sources = PlanImport({files, dataset, root}, DataOptimCatalogue().value());
    INFO(sources.status().message());
    REQUIRE(sources.ok());
    const auto imported = ImportIntoPool(pool, *sources, {});
    INFO(imported.status().message());
    REQUIRE(imported.ok());
  }
  Pool Open() const { return Pool::Open(pool).value(); }

  TempDir folder;
  std::string images = folder / "images";
  std::string pool = folder / "pool";
};

}  // namespace flywheel::testing
