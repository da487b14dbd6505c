#include "tests/unit/tasks/small_pool.h"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "pool/index/enrichment.h"
#include "pool/index/import_plan.h"
#include "pool/index/importer.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

constexpr std::array kThings = {"dogs", "cups",  "chairs", "birds", "boats",
                                "cars", "kites", "horses", "trees", "lamps"};

template <typename T>
void MustBeOk(const T& result) {
  INFO(result.status().message());
  REQUIRE(result.ok());
}

}  // namespace

int SmallPool::Add(int type) {
  const auto number = static_cast<int>(records_.size());
  const std::string image = fmt::format("{:04}.{}", number, number % 2 == 0 ? "png" : "jpg");
  std::filesystem::create_directories(images());
  const cv::Mat picture(12, 16, CV_8UC3, cv::Scalar(number % 256, 2 * number % 256, 90));
  REQUIRE(cv::imwrite(images() + "/" + image, picture));
  const char* thing = kThings[static_cast<size_t>(number) % kThings.size()];
  const std::string question = type == kCounting
                                   ? fmt::format("How many {} are there in the image?", thing)
                                   : fmt::format("Where are the {} located in the image?", thing);
  const std::string answer = type == kCounting ? std::to_string(number % 7) : "On the left.";
  records_.push_back({{"id", fmt::format("{:06}", number)},
                      {"image", image},
                      {"conversations",
                       {{{"from", "human"}, {"value", "<image>\n" + question}},
                        {{"from", "gpt"}, {"value", answer}}}}});
  return number;
}

void SmallPool::Import(const std::string& images_root) {
  const std::string file = fmt::format("{}/data/{}.json", folder_.path(), dataset_);
  WriteText(file, records_.dump());
  const auto sources =
      PlanImport({.sources = {file}, .dataset = "", .images_root = images_root}, Catalogue{});
  MustBeOk(sources);
  MustBeOk(ImportIntoPool(path(), *sources, {}));
}

void SmallPool::Tag() {
  auto model = ShippedTypeModel();
  MustBeOk(model);
  MustBeOk(TagPool(path(), QuestionTagger(*std::move(model)), {}));
}

void SmallPool::Sign() { MustBeOk(SignPool(path(), {})); }

void SmallPool::Make() {
  Import();
  Tag();
  Sign();
}

}  // namespace flywheel
