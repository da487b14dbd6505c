#include "workers/generate/pool_source.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/unit/tasks/small_pool.h"
#include "tests/unit/tasks/temporary_task.h"
#include "workers/generate/pool_rows.h"

namespace flywheel {
namespace {

using nlohmann::json;

// A pool with samples of two types and what is asked of it.
class Asking {
 public:
  Asking(int counting, int location) {
    for (int i = 0; i < counting; ++i) pool.Add(kCounting);
    for (int i = 0; i < location; ++i) pool.Add(kLocation);
    quotas.pool.path = pool.path();
    quotas.by_type = {{kLocation, 4}, {kCounting, 6}};
    quotas.seed = 3;
    quotas.id_prefix = "i2";
    quotas.image_root = pool.data_root();
    exclusions.benchmark = &benchmark;
  }

  PoolSamples Take() const {
    const Result<PoolSamples> taken = TakeFromPool(quotas, exclusions);
    INFO(taken.status().message());
    REQUIRE(taken.ok());
    return *taken;
  }
  // What it says is wrong with its data.
  std::string Refusal() const {
    const Result<PoolSamples> taken = TakeFromPool(quotas, exclusions);
    CHECK(taken.status().code() == StatusCode::kInvalidArgument);
    return taken.status().message();
  }

  SmallPool pool;
  PoolQuotas quotas;
  Fingerprints benchmark;
  PoolExclusions exclusions;
};

int CountOf(const PoolSamples& taken, int type) {
  int count = 0;
  for (const PoolSample& sample : taken.samples) count += sample.type == type ? 1 : 0;
  return count;
}

std::set<std::string> NamesOf(const PoolSamples& taken) {
  std::set<std::string> names;
  for (const PoolSample& sample : taken.samples) CHECK(names.insert(sample.name).second);
  return names;
}

std::vector<LlavaRow> RowsOf(const PoolSamples& taken) {
  std::vector<LlavaRow> rows;
  for (const PoolSample& sample : taken.samples) rows.push_back(sample.row);
  return rows;
}

TEST_CASE("each type's quota is filled with rows that say which sample of the pool they are") {
  Asking asking(30, 20);
  asking.pool.Make();
  const PoolSamples taken = asking.Take();
  CHECK(CountOf(taken, kCounting) == 6);
  CHECK(CountOf(taken, kLocation) == 4);
  CHECK(taken.generation >= 1);
  CHECK(taken.dropped.empty());
  for (const PoolSample& sample : taken.samples) {
    const LlavaRow& row = sample.row;
    const json& lineage = row.other.at("pool");
    const int number = std::stoi(lineage.at("id").get<std::string>());
    const json& record = asking.pool.record(number);
    CHECK(lineage.at("dataset") == "set");
    CHECK(lineage.at("id") == record.at("id"));
    CHECK(lineage.at("occurrence") == 1);
    CHECK(lineage.at("content_hash") == fmt::format("{:016x}", sample.content_hash));
    CHECK(sample.name == fmt::format("set:{:06}#1", number));
    CHECK(row.id == "i2-" + sample.name);
    CHECK(row.image == "photos/train/" + record.at("image").get<std::string>());
    CHECK(row.conversations[0].value == record["conversations"][0]["value"]);
    CHECK(row.conversations[1].value == record["conversations"][1]["value"]);
    CHECK(std::filesystem::exists(asking.pool.data_root() + "/" + row.image));
    CHECK(sample.why.find(fmt::format("for type {}", sample.type)) != std::string::npos);
  }
}

TEST_CASE("equal seeds take equal samples, another seed takes others") {
  Asking asking(30, 20);
  asking.pool.Make();
  const PoolSamples first = asking.Take();
  CHECK(RowsOf(asking.Take()) == RowsOf(first));
  asking.quotas.seed = 4;
  CHECK(NamesOf(asking.Take()) != NamesOf(first));
}

TEST_CASE("what the pool lacks is not padded") {
  Asking asking(3, 20);
  asking.pool.Make();
  const PoolSamples taken = asking.Take();
  CHECK(CountOf(taken, kCounting) == 3);
  CHECK(CountOf(taken, kLocation) == 4);
}

TEST_CASE("content that was used before is left out, and found again in the rows it made") {
  Asking asking(12, 8);
  asking.pool.Make();
  const PoolSamples first = asking.Take();
  const auto content = PoolContentOf(RowsOf(first));
  REQUIRE(content.ok());
  CHECK(content->size() == 10);
  asking.exclusions.used = *content;
  const PoolSamples second = asking.Take();
  CHECK(CountOf(second, kCounting) == 6);
  CHECK(CountOf(second, kLocation) == 4);
  for (const std::string& name : NamesOf(second)) CHECK_FALSE(NamesOf(first).contains(name));
  CHECK(second.dropped.at("used before") == 10);
}

TEST_CASE("a damaged lineage is named with its row") {
  LlavaRow row;
  row.id = "i1-set:1#1";
  row.other["pool"] = {{"content_hash", "12"}};
  CHECK(PoolContentOf({row}).status().message() ==
        "row 'i1-set:1#1': pool.content_hash: expected 16 hex digits, found '12'");
  row.other["pool"] = "set:1";
  CHECK_FALSE(PoolContentOf({row}).ok());
  row.other.erase("pool");
  CHECK(PoolContentOf({row})->empty());
}

TEST_CASE("samples that cannot be trained on are replaced where the pool has more, and counted") {
  Asking asking(80, 8);
  asking.pool.Make();
  // Six of eighty are left: more than a selection of the quota's size can meet.
  for (int i = 0; i < 80; ++i) {
    const std::string image = asking.pool.record(i)["image"];
    if (i % 13 != 5) std::filesystem::remove(asking.pool.images() + "/" + image);
  }
  const PoolSamples taken = asking.Take();
  CHECK(CountOf(taken, kCounting) == 6);
  CHECK(CountOf(taken, kLocation) == 4);
  for (const LlavaRow& row : RowsOf(taken)) {
    CHECK(std::filesystem::exists(asking.pool.data_root() + "/" + row.image));
  }
  CHECK(taken.dropped.at("image is missing") > 6);
  CHECK(taken.dropped.at("image is missing") <= 74);
  CHECK(taken.dropped.size() == 1);
}

TEST_CASE("pictures and questions of the benchmark are left out and counted") {
  Asking asking(7, 5);
  asking.pool.Make();
  const std::string image = asking.pool.record(2)["image"];
  asking.benchmark.Add(PictureFingerprint(ReadText(asking.pool.images() + "/" + image)));
  asking.benchmark.Add(
      QuestionFingerprint("photos/train/" + asking.pool.record(8)["image"].get<std::string>(),
                          "Where are the trees located in the image?"));
  // The same question about another picture is another question.
  asking.benchmark.Add(
      QuestionFingerprint("photos/train/x.png", "Where are the dogs located in the image?"));
  const PoolSamples taken = asking.Take();
  CHECK(CountOf(taken, kCounting) == 6);
  CHECK(CountOf(taken, kLocation) == 4);
  const std::set<std::string> names = NamesOf(taken);
  CHECK_FALSE(names.contains("set:000002#1"));
  CHECK_FALSE(names.contains("set:000008#1"));
  // All others were taken, so each of the two may have been met or not.
  asking.quotas.by_type = {{kLocation, 50}, {kCounting, 60}};
  const PoolSamples all = asking.Take();
  CHECK(all.samples.size() == 10);
  CHECK(all.dropped == std::map<std::string, int64_t>{{"picture of the benchmark", 1},
                                                      {"question of the benchmark", 1}});
}

TEST_CASE("a question of the benchmark is found inside a prompt of several lines") {
  Asking asking(0, 0);
  const int sample = asking.pool.Add(kCounting);
  asking.pool.record(sample)["conversations"][0]["value"] =
      "How many dogs are there?\nAnswer the question using a single word or phrase.\n<image>";
  asking.pool.Make();
  asking.quotas.by_type = {{kCounting, 1}};
  CHECK(asking.Take().samples.size() == 1);
  asking.benchmark.Add(QuestionFingerprint("photos/train/0000.png", "How many dogs are there?"));
  CHECK(asking.Take().samples.empty());
}

TEST_CASE("a near-duplicate is left out unless it is to be kept") {
  Asking asking(2, 0);
  for (const char* member : {"image", "conversations"}) {
    asking.pool.record(1)[member] = asking.pool.record(0)[member];
  }
  asking.pool.Make();
  asking.quotas.by_type = {{kCounting, 2}};
  const PoolSamples one = asking.Take();
  CHECK(one.samples.size() == 1);
  CHECK(one.dropped == std::map<std::string, int64_t>{{"near-duplicate of one that is taken", 1}});
  asking.quotas.pool.near_duplicates = NearDuplicatePolicy::kKeep;
  CHECK(asking.Take().samples.size() == 2);
}

TEST_CASE("neither a picture that cannot be decoded nor a text without one is taken") {
  Asking asking(3, 0);
  asking.pool.record(1).erase("image");
  asking.pool.record(1)["conversations"][0]["value"] = "How many legs does a spider have?";
  asking.pool.Make();
  WriteText(asking.pool.images() + "/0000.png", "no picture");
  asking.quotas.by_type = {{kCounting, 3}};
  const PoolSamples taken = asking.Take();
  CHECK(NamesOf(taken) == std::set<std::string>{"set:000002#1"});
  CHECK(taken.dropped == std::map<std::string, int64_t>{{"image cannot be decoded", 1}});
}

TEST_CASE("the predicate and the minimal score bound what is taken") {
  Asking asking(30, 20);
  asking.pool.Make();
  asking.quotas.pool.where = "id < '000003' OR id >= '000049'";
  CHECK(NamesOf(asking.Take()) ==
        std::set<std::string>{"set:000000#1", "set:000001#1", "set:000002#1", "set:000049#1"});
  asking.quotas.pool.where = "colour = 1";
  CHECK(asking.Refusal().find("colour") != std::string::npos);
  asking.quotas.pool.where = "";
  asking.quotas.pool.min_score = 1;
  // No tag is surer than certain, so only such may be left.
  CHECK(asking.Take().samples.size() <= 10);
}

TEST_CASE("a pool without tags or signatures is refused with the command that makes them") {
  Asking asking(3, 3);
  asking.pool.Import();
  CHECK(asking.Refusal() ==
        "data set set has no question types yet; run 'flywheel pool tag "
        "--pool " +
            asking.pool.path() + "'");
  asking.pool.Tag();
  CHECK(asking.Refusal() ==
        "data set set has no signatures yet; run 'flywheel pool signatures "
        "--pool " +
            asking.pool.path() + "'");
  asking.quotas.pool.near_duplicates = NearDuplicatePolicy::kKeep;
  CHECK(asking.Take().samples.size() == 6);
}

TEST_CASE(
    "a file that has changed since its import is bad data, and no pool is something missing") {
  Asking asking(3, 3);
  asking.pool.Make();
  WriteText(asking.pool.data_root() + "/data/set.json", "[]");
  CHECK(asking.Refusal().find("set.json") != std::string::npos);
  asking.quotas.pool.path += "-gone";
  CHECK(TakeFromPool(asking.quotas, asking.exclusions).status().code() == StatusCode::kNotFound);
}

TEST_CASE("images in no known folder or outside data_root are refused with what to do") {
  Asking asking(3, 3);
  asking.pool.Import("");
  asking.pool.Tag();
  asking.pool.Sign();
  CHECK(asking.Refusal().find("the folder of images of data set set is not known; import it again "
                              "with --images ROOT") == 0);
  asking.quotas.pool.images_root = asking.pool.images() + "/";
  CHECK(asking.Take().samples.size() == 6);
  asking.quotas.image_root = asking.pool.images();
  for (const LlavaRow& row : RowsOf(asking.Take())) {
    CHECK(row.image.find('/') == std::string::npos);
  }
  asking.quotas.image_root = asking.pool.data_root() + "/data";
  CHECK(asking.Refusal() == "the images of data set set lie in " + asking.pool.images() +
                                "/, expected a folder in data_root '" + asking.pool.data_root() +
                                "/data': training finds pictures by paths below it");
  // The same folder by another name is in it.
  const std::string link = asking.pool.data_root() + "/link";
  std::filesystem::create_directory_symlink(asking.pool.data_root() + "/photos", link);
  asking.quotas.image_root = link;
  for (const LlavaRow& row : RowsOf(asking.Take())) CHECK(row.image.starts_with("train/"));
}

TEST_CASE("a sample that another pool's row is named like is left out") {
  Asking asking(3, 0);
  asking.pool.Make();
  asking.exclusions.rows = {"i2-set:000001#1"};
  const PoolSamples taken = asking.Take();
  CHECK(taken.samples.size() == 2);
  CHECK(taken.dropped == std::map<std::string, int64_t>{{"name of another pool's sample", 1}});
}

TEST_CASE("a wish to stop ends the choosing") {
  Asking asking(3, 3);
  asking.pool.Make();
  asking.quotas.should_stop = [] { return true; };
  CHECK(TakeFromPool(asking.quotas, asking.exclusions).status().code() == StatusCode::kCancelled);
}

}  // namespace
}  // namespace flywheel
