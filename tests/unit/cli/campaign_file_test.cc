#include "clients/cli/campaign_file.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/io/files.h"
#include "clients/cli/message_json.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

constexpr const char* kCampaign = R"({
  // Comments are allowed.
  "display_name": "tiny",
  "seed": 7,
  "iterations": 2,
  "data": { "world": { "steer_questions": 90, "sealed_questions": 180 } },
  "model": { "base": "../models/tiny" }, /* relative to this file */
  "train": { "epochs": 1, "learning_rate": 1.5e-3 },
  "gate": { "policy": "ALWAYS_PROMOTE" }
}
)";

class Files {
 public:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    REQUIRE(MakeDirectories(std::filesystem::path(path).parent_path().string()).ok());
    REQUIRE(WriteFile(path, text).ok());
    return path;
  }
  const std::string& path() const { return folder_.path(); }

 private:
  testing::TempDir folder_;
};

std::string LoadError(const CampaignFile& file) {
  const auto campaign = LoadCampaign(file);
  REQUIRE_FALSE(campaign.ok());
  CHECK(campaign.status().code() == StatusCode::kInvalidArgument);
  return campaign.status().message();
}

TEST_CASE("a campaign file with comments becomes a spec with absolute paths") {
  Files files;
  const std::string path = files.Write("campaigns/tiny.json", kCampaign);
  const auto campaign = LoadCampaign({path, {}, files.path()});
  REQUIRE(campaign.ok());
  CHECK(campaign->spec.display_name() == "tiny");
  CHECK(campaign->spec.seed() == 7);
  CHECK(campaign->spec.data().world().sealed_questions() == 180);
  CHECK(campaign->spec.train().learning_rate() == Approx(1.5e-3));
  CHECK(campaign->spec.gate().policy() == v1::GateSpec::ALWAYS_PROMOTE);
  CHECK(campaign->spec.model().base() == files.path() + "/models/tiny");
  CHECK(campaign->spec.data_root().empty());
}

TEST_CASE("the folders of a pool are relative to the current folder") {
  Files files;
  const std::string path = files.Write("campaigns/pool.json", R"({"generate": {"sources": [
      {"share": 1, "scene_graph": {}},
      {"share": 1, "pool": {"path": "pool/", "images_root": "photos/images"}},
      {"share": 1, "pool": {"path": "/other"}}]}})");
  const auto campaign = LoadCampaign({path, {}, "/current"});
  REQUIRE(campaign.ok());
  const v1::GenerateSpec& generate = campaign->spec.generate();
  REQUIRE(generate.sources_size() == 3);
  CHECK(generate.sources(0).has_scene_graph());
  CHECK(generate.sources(1).pool().path() == "/current/pool");
  CHECK(generate.sources(1).pool().images_root() == "/current/photos/images");
  CHECK(generate.sources(2).pool().path() == "/other");
  CHECK(generate.sources(2).pool().images_root().empty());
}

TEST_CASE("a campaign without a name is called as its file") {
  Files files;
  const std::string path = files.Write("my first run.json", R"({"iterations": 1})");
  const auto campaign = LoadCampaign({path, {}, files.path()});
  REQUIRE(campaign.ok());
  CHECK(campaign->spec.display_name() == "my-first-run");
}

TEST_CASE(
    "settings change the spec in their order and data_root is relative to the current folder") {
  Files files;
  const std::string path = files.Write("campaigns/tiny.json", kCampaign);
  const auto campaign =
      LoadCampaign({path,
                    {"train.epochs=2", "seed=8", "seed=9", "data_root=photos/", "display_name=12",
                     "analyze.weights.kind=MANUAL", "analyze.weights.manual.6=0.5",
                     "gate={\"alpha\": 0.1}", "model.base=elsewhere"},
                    "/current"});
  REQUIRE(campaign.ok());
  CHECK(campaign->spec.train().epochs() == 2);
  CHECK(campaign->spec.seed() == 9);
  CHECK(campaign->spec.data_root() == "/current/photos");
  CHECK(campaign->spec.display_name() == "12");
  CHECK(campaign->spec.analyze().weights().manual().at(6) == 0.5);
  CHECK(campaign->spec.gate().policy() == v1::GateSpec::POLICY_UNSPECIFIED);
  CHECK(campaign->spec.model().base() == "/current/elsewhere");
}

TEST_CASE("an unknown field is reported with file, line and the name that was probably meant") {
  Files files;
  const std::string path = files.Write("a.json", "{\n  \"seed\": 1,\n  \"iteratoins\": 3\n}\n");
  CHECK(LoadError({path, {}, "/"}) ==
        path + ":3: iteratoins: unknown field; did you mean 'iterations'?");
}

TEST_CASE("an unknown field that resembles nothing is reported with the fields there are") {
  Files files;
  const std::string path = files.Write("a.json", "{\n\"gate\": {\n\n\"zzzzzz\": 3}}");
  CHECK(LoadError({path, {}, "/"}) ==
        path + ":4: gate.zzzzzz: unknown field; GateSpec has policy, alpha");
}

TEST_CASE("a wrong type is reported with the value and what was expected") {
  Files files;
  const std::string head = "{\n  \"train\": {\n    ";
  const auto error = [&](const std::string& member) {
    const std::string path = files.Write("a.json", head + member + "\n  }\n}");
    return LoadError({path, {}, "/"}).substr(path.size());
  };
  CHECK(error("\"epochs\": \"two\"") ==
        ":3: train.epochs: expected a whole number (32 bits), found \"two\"");
  CHECK(error("\"epochs\": 1.5") ==
        ":3: train.epochs: expected a whole number (32 bits), found 1.5");
  CHECK(error("\"epochs\": 3000000000") ==
        ":3: train.epochs: expected a whole number (32 bits), found 3000000000");
  CHECK(error("\"learning_rate\": [1]") ==
        ":3: train.learning_rate: expected a number, found an array");
  CHECK(error("\"start\": \"MIDDLE\"") ==
        ":3: train.start: expected one of CHAMPION, BASE, found \"MIDDLE\"");
}

TEST_CASE("a negative seed and a second data source are refused") {
  Files files;
  const std::string negative = files.Write("a.json", "{\"seed\": -1}");
  CHECK(LoadError({negative, {}, "/"}) ==
        negative + ":1: seed: expected a whole number of at least 0 (64 bits), found -1");
  const std::string two = files.Write("b.json", "{\"data\": {\n\"coco\": {},\n\"world\": {}}}");
  CHECK(LoadError({two, {}, "/"}) ==
        two + ":3: data.world: only one source may be given, and 'coco' is given already");
}

TEST_CASE("broken JSON and members that come twice are reported with their place") {
  Files files;
  const std::string broken = files.Write("a.json", "{\n  \"seed\": 1,\n  oops\n}");
  CHECK(LoadError({broken, {}, "/"}).starts_with(broken + ":3:"));
  const std::string twice = files.Write("b.json", "{\"seed\": 1, \"seed\": 2}");
  CHECK(LoadError({twice, {}, "/"}).find("'seed' occurs twice") != std::string::npos);
}

TEST_CASE("a setting that is wrong is reported as that setting") {
  Files files;
  const std::string path = files.Write("a.json", kCampaign);
  const auto error = [&](const std::string& setting) { return LoadError({path, {setting}, "/"}); };
  CHECK(error("train.epoch=2") ==
        "--set train.epoch=2: train.epoch: unknown field; did you mean 'epochs'?");
  CHECK(error("train.epochs=many") ==
        "--set train.epochs=many: train.epochs: expected a whole number (32 bits), found \"many\"");
  CHECK(error("seed.x=1") == "--set seed.x=1: seed: has no members that could be set one by one");
  CHECK(error("analyze.weights.manual.red=1") ==
        "--set analyze.weights.manual.red=1: analyze.weights.manual.red: expected a whole number "
        "(32 bits) as the key");
  CHECK(error("seed") == "--set seed: expected path=value, such as train.epochs=2");
}

TEST_CASE("a file that is not there is a failure that names it") {
  const auto campaign = LoadCampaign({"/nowhere/campaign.json", {}, "/"});
  REQUIRE_FALSE(campaign.ok());
  CHECK(campaign.status().code() == StatusCode::kNotFound);
  CHECK(campaign.status().message().find("/nowhere/campaign.json") != std::string::npos);
}

TEST_CASE("equal specs have equal digests however they were written") {
  Files files;
  const std::string a = files.Write("a.json", R"({"display_name": "x", "seed": 1, "analyze":
      {"weights": {"kind": "MANUAL", "manual": {"1": 0.5, "2": 0.25}}}})");
  const std::string b = files.Write("b.json", R"({"analyze": {"weights": {"manual": {"2": 0.25,
      "1": 0.5}, "kind": "MANUAL"}}, "displayName": "x", "seed": "1"})");
  const auto spec_a = LoadCampaign({a, {}, "/"});
  const auto spec_b = LoadCampaign({b, {}, "/"});
  REQUIRE(spec_a.ok());
  REQUIRE(spec_b.ok());
  CHECK(SpecDigest(spec_a->spec) == SpecDigest(spec_b->spec));
  const auto other = LoadCampaign({a, {"seed=2"}, "/"});
  REQUIRE(other.ok());
  CHECK(SpecDigest(spec_a->spec) != SpecDigest(other->spec));
}

TEST_CASE("what the daemon finds wrong with a spec is shown with the places of the file") {
  Files files;
  const std::string path = files.Write("a.json", kCampaign);
  const auto loaded = LoadCampaign({path, {"train.epochs=0"}, "/"});
  REQUIRE(loaded.ok());
  const Status located = LocateSpecProblems(
      InvalidArgument("spec.iterations: 0: expected at least 1; spec.train.epochs: 0: expected at "
                      "least 1; spec.generate.images: 0: expected at least 1; request_id: x"),
      loaded->places);
  CHECK(located.message() == path + ":5: iterations: 0: expected at least 1\n" +
                                 "--set train.epochs=0: train.epochs: 0: expected at least 1\n" +
                                 path + ": generate.images: 0: expected at least 1\n" +
                                 "request_id: x");
  CHECK(LocateSpecProblems(NotFound("spec.seed: x"), loaded->places).message() == "spec.seed: x");
}

TEST_CASE("every campaign that ships can be read") {
  const char* root = std::getenv("FLYWHEEL_SOURCE_DIR");
  REQUIRE(root != nullptr);
  int campaigns = 0;
  for (const char* folder : {"/configs/campaigns", "/tests/e2e/fixtures"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(root) + folder)) {
      const auto campaign = LoadCampaign({entry.path().string(), {}, root});
      INFO((campaign.ok() ? "" : campaign.status().message()));
      REQUIRE(campaign.ok());
      CHECK(campaign->spec.display_name() == entry.path().stem().string());
      CHECK(campaign->spec.model().base() == std::string(root) + "/configs/models/tiny");
      ++campaigns;
    }
  }
  CHECK(campaigns >= 6);
}

TEST_CASE("the control differs from the quickstart in its weights and its name alone") {
  const std::string root = std::getenv("FLYWHEEL_SOURCE_DIR");
  const auto load = [&](const char* name) {
    auto campaign = LoadCampaign({root + "/configs/campaigns/" + name, {}, root});
    REQUIRE(campaign.ok());
    campaign->spec.clear_display_name();
    campaign->spec.clear_description();
    campaign->spec.clear_analyze();
    return SpecDigest(campaign->spec);
  };
  CHECK(load("quickstart.json") == load("quickstart-control.json"));
  CHECK(load("quickstart.json") == load("more-of-the-same.json"));
  CHECK(load("quickstart.json") != load("full.json"));
}

}  // namespace
}  // namespace flywheel
