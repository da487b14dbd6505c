#include "pool/index/enrichment.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "pool/text/text_signature.h"
#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::AskPool;
using testing::DifferenceOf;
using testing::MustImport;
using testing::SampleRows;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

using Strings = std::vector<std::string>;

class EnrichedPool {
 public:
  EnrichedPool() : tagger_(*ShippedTypeModel()) {
    WriteRows(folder_ / "a.json", SampleRows("a", 60));
    WriteRows(folder_ / "b.json", SampleRows("b", 30, 2));
  }
  std::string Import(const std::string& name) {
    MustImport(folder_ / name,
               {SourceOf("a", {folder_ / "a.json"}), SourceOf("b", {folder_ / "b.json"})});
    return folder_ / name;
  }
  const QuestionTagger& tagger() const { return tagger_; }
  const TempDir& folder() const { return folder_; }

 private:
  TempDir folder_{TempDir::Memory()};
  QuestionTagger tagger_;
};

TEST_CASE("Each sample has the tag and the signature of its own text, and the other columns stay") {
  EnrichedPool pools;
  const std::string pool = pools.Import("pool");
  const std::string columns =
      "SELECT dataset || category || row || id || image || turns || words || has_box || options || "
      "content_hash || file || position || length FROM samples ORDER BY dataset, row";
  const Strings before = AskPool(pool, columns);
  CHECK(AskPool(pool, "SELECT count(type) + count(signature) FROM samples") == Strings{"0"});
  const auto tagged = TagPool(pool, pools.tagger(), {});
  REQUIRE(tagged.ok());
  CHECK((*tagged)[0].samples == 60);
  CHECK((*tagged)[1].samples == 30);
  REQUIRE(SignPool(pool, {}).ok());
  CHECK(AskPool(pool, columns) == before);
  const Strings tags = AskPool(pool, "SELECT type FROM samples WHERE dataset = 'a' ORDER BY row");
  const Strings scores =
      AskPool(pool, "SELECT type_score FROM samples WHERE dataset = 'a' ORDER BY row");
  const Strings signatures =
      AskPool(pool, "SELECT signature FROM samples WHERE dataset = 'a' ORDER BY row");
  const Strings keys =
      AskPool(pool, "SELECT image_key FROM samples WHERE dataset = 'a' ORDER BY row");
  const json rows = SampleRows("a", 60);
  REQUIRE(tags.size() == 60);
  for (size_t i = 0; i < 60; ++i) {
    const std::string image = rows[i].value("image", "");
    const std::string question = rows[i]["conversations"][0]["value"];
    const std::string answer = rows[i]["conversations"][1]["value"];
    const QuestionTypeTag tag = pools.tagger().Tag(image, question);
    CHECK(tags[i] == std::to_string(tag.type));
    CHECK(std::stof(scores[i]) == Approx(tag.score));
    const std::vector<std::string_view> turns = {question, answer};
    CHECK(signatures[i] == std::to_string(TextSignature().Of(turns)));
    CHECK(keys[i] == std::to_string(ImageKey(image)));
  }
}

TEST_CASE("What is there already is not filled again, for a new data set it is") {
  EnrichedPool pools;
  const std::string pool = pools.Import("pool");
  REQUIRE(TagPool(pool, pools.tagger(), {}).ok());
  const auto files = testing::FilesBelow(pool);
  const auto again = TagPool(pool, pools.tagger(), {});
  REQUIRE(again.ok());
  CHECK((*again)[0].samples == 0);
  CHECK(testing::FilesBelow(pool) == files);
  MustImport(pool, {SourceOf("c", {pools.folder() / "b.json"})});
  const auto third = TagPool(pool, pools.tagger(), {});
  REQUIRE(third.ok());
  CHECK((*third)[0].samples == 0);
  CHECK((*third)[2].samples == 30);
  CHECK(AskPool(pool, "SELECT count(type) FROM samples") == Strings{"120"});
}

// Stops before every part in turn, and goes on; the bytes must be those of a run without a stop.
template <typename Fill>
void CheckStops(const std::string& whole, const std::string& stopped, const Fill& fill) {
  REQUIRE(fill(whole, EnrichmentOptions{}).ok());
  int stops = 0;
  while (true) {
    EnrichmentOptions options;
    options.threads = 1;
    int calls = 0;
    options.should_stop = [&calls, stops] { return ++calls > stops + 1; };
    const Status status = fill(stopped, options);
    if (status.ok()) break;
    CHECK(status.code() == StatusCode::kCancelled);
    CHECK(status.message().find("stopped; the same command goes on from here") !=
          std::string::npos);
    REQUIRE(++stops < 100);
  }
  CHECK(stops >= 5);
  CHECK(DifferenceOf(whole, stopped) == "");
}

TEST_CASE("Tagging and signing that are stopped at every part end with the same bytes") {
  EnrichedPool pools;
  const std::string whole = pools.Import("whole");
  const std::string stopped = pools.Import("stopped");
  CheckStops(whole, stopped, [&](const std::string& pool, const EnrichmentOptions& options) {
    return TagPool(pool, pools.tagger(), options).status();
  });
  CheckStops(whole, stopped, [](const std::string& pool, const EnrichmentOptions& options) {
    return SignPool(pool, options).status();
  });
}

TEST_CASE("What a killed run was writing does not stay in the pool") {
  EnrichedPool pools;
  const std::string whole = pools.Import("whole");
  const std::string killed = pools.Import("killed");
  REQUIRE(SignPool(whole, {}).ok());
  EnrichmentOptions options;
  options.threads = 1;
  int calls = 0;
  options.should_stop = [&calls] { return ++calls > 2; };
  CHECK_FALSE(SignPool(killed, options).ok());
  std::string work;
  for (const auto& entry : std::filesystem::directory_iterator(killed + "/work")) {
    if (entry.path().string().find("signatures") != std::string::npos) work = entry.path();
  }
  REQUIRE_FALSE(work.empty());
  REQUIRE(WriteFile(work + "/part-00003.parquet.tmp", "half").ok());
  REQUIRE(SignPool(killed, {}).ok());
  CHECK(DifferenceOf(whole, killed) == "");
}

TEST_CASE("Any number of threads fills in the same bytes") {
  EnrichedPool pools;
  const std::string one = pools.Import("one");
  const std::string four = pools.Import("four");
  EnrichmentOptions options;
  options.threads = 1;
  REQUIRE(TagPool(one, pools.tagger(), options).ok());
  options.threads = 4;
  REQUIRE(TagPool(four, pools.tagger(), options).ok());
  CHECK(DifferenceOf(one, four) == "");
}

TEST_CASE("Tags of another version are made anew, and only once") {
  EnrichedPool pools;
  const std::string pool = pools.Import("pool");
  REQUIRE(TagPool(pool, pools.tagger(), {}).ok());
  REQUIRE(SignPool(pool, {}).ok());
  const auto manifest = ReadPoolManifest(pool);
  REQUIRE(manifest.ok());
  PoolManifest older = *manifest;
  for (PoolDataset& dataset : older.datasets) {
    CHECK(dataset.tagger == pools.tagger().version());
    CHECK(dataset.signatures == kSignatureVersion);
    dataset.tagger = "an older one";
  }
  REQUIRE(WritePoolManifest(pool, older).ok());
  const Strings before = AskPool(pool, "SELECT id || type || signature FROM samples ORDER BY ALL");
  const auto tagged = TagPool(pool, pools.tagger(), {});
  INFO(tagged.status().ToString());
  REQUIRE(tagged.ok());
  CHECK((*tagged)[0].samples == 60);
  CHECK(AskPool(pool, "SELECT id || type || signature FROM samples ORDER BY ALL") == before);
  CHECK(ReadPoolManifest(pool)->datasets[0].tagger == pools.tagger().version());
}

TEST_CASE("A replaced data set has lost its tags, and one that was only touched keeps them") {
  EnrichedPool pools;
  const std::string pool = pools.Import("pool");
  REQUIRE(TagPool(pool, pools.tagger(), {}).ok());
  const std::string a = pools.folder() / "a.json";
  std::filesystem::last_write_time(a,
                                   std::filesystem::last_write_time(a) + std::chrono::seconds(9));
  WriteRows(pools.folder() / "b.json", SampleRows("b", 31, 3));
  pools.Import("pool");
  CHECK(AskPool(pool, "SELECT count(type) || ' of ' || count(*) FROM samples") ==
        Strings{"60 of 91"});
}

TEST_CASE("A source that has changed is refused by name, and the pool stays as it was") {
  EnrichedPool pools;
  const std::string pool = pools.Import("pool");
  const std::string before = *ReadFile(pool + "/pool.json");
  REQUIRE(WriteFile(pools.folder() / "a.json", "[]").ok());
  for (const Status& status :
       {TagPool(pool, pools.tagger(), {}).status(), SignPool(pool, {}).status()}) {
    CHECK(status.code() == StatusCode::kFailedPrecondition);
    CHECK(status.message().starts_with((pools.folder() / "a.json") +
                                       ": has changed since it was imported ("));
  }
  CHECK(*ReadFile(pool + "/pool.json") == before);
}

TEST_CASE("Where there is no pool nothing is made") {
  EnrichedPool pools;
  const std::string pool = pools.folder() / "none";
  CHECK(SignPool(pool, {}).status() ==
        NotFound(pool + ": there is no pool; make one with 'flywheel pool import SOURCE --pool " +
                 pool + "'"));
  CHECK_FALSE(std::filesystem::exists(pool));
}

}  // namespace
}  // namespace flywheel
