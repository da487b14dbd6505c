#include "pool/select/select_filter.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/quotas.h"
#include "pool/index/enrichment.h"
#include "pool/select/candidates.h"
#include "pool/select/selection_file.h"
#include "pool/text/text_signature.h"
#include "tests/support/pool_sources.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::AskPool;
using testing::MustImport;
using testing::SampleRow;
using testing::SampleRows;
using testing::SourceOf;
using testing::TempDir;
using testing::WriteRows;

using Strings = std::vector<std::string>;

// Two data sets, of 400 and 100 samples.
class FilterPool {
 public:
  FilterPool() {
    MustImport(path(),
               {SourceOf("large", {WriteRows(folder_ / "large.json", Rows("large", 400))}),
                SourceOf("small", {WriteRows(folder_ / "small.json", Rows("small", 100))})});
    Open();
  }

  void Tag() {
    const QuestionTagger tagger(*ShippedTypeModel());
    REQUIRE(TagPool(path(), tagger, {}).ok());
    Open();
  }
  void Sign() {
    REQUIRE(SignPool(path(), {}).ok());
    Open();
  }
  Selection Select(const FilterRequest& request) {
    auto selection = SelectByFilter(request, *pool_);
    INFO(selection.status().ToString());
    REQUIRE(selection.ok());
    return *std::move(selection);
  }
  Status StatusOf(const FilterRequest& request) { return SelectByFilter(request, *pool_).status(); }
  std::map<std::string, int> CountsOf(const Selection& selection) {
    std::map<std::string, int> counts;
    for (const SelectedSample& selected : selection.samples) {
      ++counts[pool_->DatasetOf(selected.sample).name];
    }
    return counts;
  }
  std::set<SampleRef> SamplesOf(const Selection& selection) {
    std::set<SampleRef> samples;
    for (const SelectedSample& selected : selection.samples) samples.insert(selected.sample);
    return samples;
  }
  int64_t Count(const std::string& where) {
    return std::stoll(AskPool(path(), "SELECT count(*) FROM samples WHERE " + where).at(0));
  }

  Pool* pool() { return &*pool_; }
  std::string path() const { return folder_ / "pool"; }
  const TempDir& folder() const { return folder_; }

 private:
  void Open() { pool_.emplace(*Pool::Open(path())); }

  // Questions of a few types, each in several words.
  static json Rows(const std::string& prefix, int count) {
    static const Strings kQuestions = {"How many {} are in the image?", "What color is the {}?",
                                       "Where is the {} located in the picture?",
                                       "What does the sign next to the {} say?"};
    static const Strings kThings = {"dog", "red car", "tall tree", "boat", "cup"};
    json rows = json::array();
    for (int i = 0; i < count; ++i) {
      const auto n = static_cast<size_t>(i);
      const std::string question = fmt::format(fmt::runtime(kQuestions[n % 4]), kThings[n / 4 % 5]);
      rows.push_back(SampleRow(fmt::format("{}_{}", prefix, i), "<image>\n" + question,
                               fmt::format("{}/{}.jpg", prefix, i)));
    }
    return rows;
  }

  TempDir folder_{TempDir::Memory()};
  std::optional<Pool> pool_;
};

TEST_CASE("Equal seeds choose equal samples to the byte, another seed others") {
  FilterPool pool;
  const FilterRequest request{.count = 60, .seed = 7};
  const Selection first = pool.Select(request);
  CHECK(first.samples.size() == 60);
  CHECK(pool.SamplesOf(first).size() == 60);
  CHECK_FALSE(first.IsShort());
  CHECK(first.strata == std::vector<Stratum>{{"all", 60, 60, 500}});
  CHECK(first.samples == pool.Select(request).samples);
  for (const char* name : {"one", "two"}) {
    const auto records = ReadSelected(pool.Select(request), pool.pool());
    REQUIRE(records.ok());
    REQUIRE(WriteSelection(*records, *pool.pool(), pool.folder() / name).ok());
  }
  CHECK(*ReadFile(pool.folder() / "one") == *ReadFile(pool.folder() / "two"));
  FilterRequest other = request;
  other.seed = 8;
  CHECK(pool.SamplesOf(pool.Select(other)) != pool.SamplesOf(first));
}

TEST_CASE("A larger count keeps what a smaller one chose, in its order") {
  FilterPool pool;
  const Selection few = pool.Select({.count = 20, .seed = 3});
  const Selection many = pool.Select({.count = 90, .seed = 3});
  for (size_t i = 0; i < few.samples.size(); ++i) {
    CHECK(few.samples[i].sample == many.samples[i].sample);
  }
}

TEST_CASE("The order is that of the hash of seed, data set and row") {
  FilterPool pool;
  const Selection all = pool.Select({.seed = 5});
  REQUIRE(all.samples.size() == 500);
  uint64_t before = 0;
  for (const SelectedSample& selected : all.samples) {
    const uint64_t priority =
        PriorityOf(5, pool.pool()->DatasetOf(selected.sample).name, selected.sample.row);
    CHECK(priority >= before);
    before = priority;
  }
  CHECK(PriorityOf(5, "a", 1) != PriorityOf(6, "a", 1));
  CHECK(PriorityOf(5, "a", 1) != PriorityOf(5, "b", 1));
  CHECK(PriorityOf(5, "a", 1) != PriorityOf(5, "a", 2));
}

TEST_CASE("A predicate leaves what fits; more than there is makes a short stratum") {
  FilterPool pool;
  const Selection selection =
      pool.Select({.where = "dataset = 'small' AND id LIKE '%1' -- a comment", .count = 50});
  CHECK(pool.CountsOf(selection) == std::map<std::string, int>{{"small", 10}});
  CHECK(selection.IsShort());
  CHECK(selection.strata == std::vector<Stratum>{{"all", 50, 10, 10}});
  CHECK(pool.Select({.where = "false", .count = 5}).samples.empty());
  CHECK(pool.Select({.count = 0}).samples.empty());
}

TEST_CASE("Wrong SQL is an error in DuckDB's words, and SQL that writes is refused") {
  FilterPool pool;
  const Status unknown = pool.StatusOf({.where = "no_such_column = 1"});
  CHECK(unknown.code() == StatusCode::kInvalidArgument);
  CHECK(unknown.message().find("no_such_column") != std::string::npos);
  CHECK(pool.StatusOf({.where = "dataset ="}).code() == StatusCode::kInvalidArgument);
  const auto before = testing::FilesBelow(pool.folder().path());
  const std::string target = pool.folder() / "stolen.csv";
  for (const std::string& where : Strings{
           "true); COPY (SELECT 1) TO '" + target + "'; SELECT (1",
           "true); ATTACH '" + target + "' AS x; SELECT (1", "true); DROP VIEW samples; SELECT (1",
           "true); SET lock_configuration = false; SELECT (1",
           "id IN (SELECT column0 FROM read_csv('/etc/passwd'))",
           "id IN (SELECT content FROM read_text('/etc/hostname'))"}) {
    INFO(where);
    CHECK_FALSE(pool.StatusOf({.where = where}).ok());
  }
  CHECK(testing::FilesBelow(pool.folder().path()) == before);
}

TEST_CASE("Types and signatures that the pool lacks are refused with the command that makes them") {
  FilterPool pool;
  CHECK(pool.StatusOf({.count = 5, .weights = {{1, 1.0}}}) ==
        FailedPrecondition("data set large has no question types yet; run 'flywheel pool tag "
                           "--pool " +
                           pool.path() + "'"));
  CHECK(pool.StatusOf({.count = 5, .near_duplicate_bits = 3}) ==
        FailedPrecondition("data set large has no signatures yet; run 'flywheel pool signatures "
                           "--pool " +
                           pool.path() + "'"));
  CHECK(pool.StatusOf({.weights = {{1, 1.0}}}).message() ==
        "weights of question types need a count to split");
  CHECK(pool.StatusOf({.count = 5, .temperature = 0}).code() == StatusCode::kInvalidArgument);
  CHECK(pool.StatusOf({.count = 5, .temperature = NAN}).code() == StatusCode::kInvalidArgument);
}

TEST_CASE("Weights of types are quotas that sum to the count; a short type is not padded") {
  FilterPool pool;
  pool.Tag();
  std::map<int, int64_t> available;
  for (int type = 0; type <= 9; ++type) {
    available[type] = pool.Count(fmt::format("coalesce(type, 0) = {}", type));
  }
  const auto largest = std::max_element(available.begin(), available.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
  const auto missing = std::find_if(std::next(available.begin()), available.end(),
                                    [](auto& a) { return a.second == 0; });
  REQUIRE(largest->second >= 60);
  REQUIRE(missing != available.end());
  FilterRequest request{.count = 61};
  request.weights = {{largest->first, 2}, {missing->first, 1}};
  const Selection selection = pool.Select(request);
  CHECK(selection.IsShort());
  int64_t wanted = 0;
  for (const Stratum& stratum : selection.strata) {
    wanted += stratum.wanted;
    const bool is_large = stratum.name.starts_with(fmt::format("type {} ", largest->first));
    CHECK(stratum.wanted == (is_large ? 41 : 20));
    CHECK(stratum.taken == (is_large ? 41 : 0));
    CHECK(stratum.available == (is_large ? largest->second : 0));
  }
  CHECK(wanted == 61);
  CHECK(selection.samples.size() == 41);
  for (const SelectedSample& selected : selection.samples) {
    const std::string where = fmt::format("dataset = '{}' AND row = {} AND type = {}",
                                          pool.pool()->DatasetOf(selected.sample).name,
                                          selected.sample.row, largest->first);
    CHECK(selected.why.find(", score ") != std::string::npos);
    if (selected == selection.samples.front()) CHECK(pool.Count(where) == 1);
  }
  // Tags that are less sure than that count as none.
  request.min_score = 1.1;
  CHECK(pool.Select(request).samples.empty());
}

TEST_CASE("Temperatures share the count as n^(1/T), rounded by largest remainder") {
  FilterPool pool;
  for (const double temperature : {0.5, 2.0, 5.0, 1e6, 1e-3}) {
    INFO("T = " << temperature);
    const double large = 1;
    const double small = std::pow(0.25, 1 / temperature);
    const auto expected = *QuotasOf({{0, large}, {1, small}}, 60);
    const auto counts =
        pool.CountsOf(pool.Select({.count = 60, .temperature = temperature, .seed = 2}));
    CHECK((counts.contains("large") ? counts.at("large") : 0) == expected.at(0));
    CHECK((counts.contains("small") ? counts.at("small") : 0) == expected.at(1));
  }
  // sqrt(400) : sqrt(100) is 2 : 1.
  CHECK(pool.CountsOf(pool.Select({.count = 60, .temperature = 2})) ==
        std::map<std::string, int>{{"large", 40}, {"small", 20}});
}

TEST_CASE("What a data set cannot give at its temperature, the others do") {
  FilterPool pool;
  const Selection selection = pool.Select({.count = 300, .temperature = 1e6});
  CHECK(pool.CountsOf(selection) == std::map<std::string, int>{{"large", 200}, {"small", 100}});
  const Selection all = pool.Select({.temperature = 1e6});
  CHECK(all.samples.size() == 500);
  const Selection too_many = pool.Select({.count = 600, .temperature = 3});
  CHECK(too_many.samples.size() == 500);
  CHECK(too_many.IsShort());
}

TEST_CASE("What earlier selections used is left out by its content, under any id") {
  FilterPool pool;
  const Selection first = pool.Select({.count = 100, .seed = 1});
  const auto records = ReadSelected(first, pool.pool());
  REQUIRE(records.ok());
  REQUIRE(WriteSelection(*records, *pool.pool(), pool.folder() / "used").ok());
  FilterRequest request{.seed = 2};
  request.used = *ReadSelectedContent(pool.folder() / "used");
  const Selection second = pool.Select(request);
  CHECK(second.samples.size() == 400);
  CHECK(second.left_out == std::map<std::string, int64_t>{{"used before or contaminated", 100}});
  const auto used = pool.SamplesOf(first);
  for (const SelectedSample& selected : second.samples) CHECK(used.count(selected.sample) == 0);
}

TEST_CASE("Samples with pictures of the benchmark are left out") {
  FilterPool pool;
  FilterRequest request;
  request.benchmark_images = {ImageKey("large/5.jpg"), ImageKey("small/7.jpg"),
                              ImageKey("nowhere.jpg")};
  const Selection selection = pool.Select(request);
  CHECK(selection.samples.size() == 498);
  CHECK(selection.left_out == std::map<std::string, int64_t>{{"image of the benchmark", 2}});
  CHECK(pool.SamplesOf(selection).count({0, 5}) == 0);
  CHECK(pool.SamplesOf(selection).count({1, 7}) == 0);
}

TEST_CASE("Of samples that say nearly the same of one picture one is taken") {
  const TempDir folder(TempDir::Memory());
  json rows = json::array();
  const std::string question =
      "Please describe in detail what the people in the middle of this picture are doing";
  for (int i = 0; i < 8; ++i) {
    json row = SampleRow(fmt::format("near_{}", i), question + (i % 2 == 0 ? "?" : " ..."),
                         i < 6 ? "coco/a.jpg" : "coco/b.jpg");
    row["conversations"][1]["value"] = "They are playing football on a field of grass.";
    rows.push_back(row);
  }
  rows.push_back(SampleRow("far", "Something else entirely is asked here, is it not?"));
  MustImport(folder / "pool", {SourceOf("a", {WriteRows(folder / "a.json", rows)})});
  REQUIRE(SignPool(folder / "pool", {}).ok());
  const auto pool = Pool::Open(folder / "pool");
  const auto selection = SelectByFilter({.near_duplicate_bits = 3}, *pool);
  REQUIRE(selection.ok());
  CHECK(selection->samples.size() == 3);
  CHECK(selection->left_out ==
        std::map<std::string, int64_t>{{"near-duplicate of one that is taken", 6}});
  const auto two = SelectByFilter({.count = 3, .near_duplicate_bits = 3}, *pool);
  REQUIRE(two.ok());
  CHECK(two->samples.size() == 3);
  CHECK(SelectByFilter({.near_duplicate_bits = 60}, *pool).status().code() ==
        StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace flywheel
