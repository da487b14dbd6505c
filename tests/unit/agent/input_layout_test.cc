#include "workers/agent/input_layout.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  testing::TempDir folder;
  ArtifactDir store = *ArtifactDir::Open(folder / "artifacts");
  InputLayout inputs{store};
  TaskDir dir{folder / "task"};
  TaskSpec spec;

  std::string Add(const std::string& name, std::string digest) {
    spec.inputs.push_back({name, digest, ""});
    return digest;
  }
  std::string AddBytes(const std::string& name) { return Add(name, store.PutBytes(name)->digest); }
  void Change(const std::string& digest) {
    const std::string path = *store.FilePath(digest);
    fs::permissions(path, fs::perms::owner_all);
    REQUIRE(WriteFile(path, "changed").ok());
  }
  InputProblem Lay() {
    REQUIRE(dir.Create().ok());
    return inputs.Lay(dir, spec);
  }
};

using Digests = std::vector<std::string>;

}  // namespace

TEST_CASE("whole inputs are laid, and read once") {
  Fixture f;
  const std::string model = f.AddBytes("model");
  CHECK(f.Lay().status.ok());
  CHECK(*ReadFile(f.dir.inputs() + "/model") == "model");
  CHECK(f.spec.inputs[0].path == "inputs/model");
  // In the same life it is not read again.
  f.Change(model);
  CHECK(f.Lay().status.ok());
}

TEST_CASE("every damaged or missing input is named by the digest that the task names it by") {
  Fixture f;
  f.AddBytes("whole");
  REQUIRE(MakeDirectories(f.folder / "made").ok());
  REQUIRE(WriteFile(f.folder / "made/file", "in a folder").ok());
  const std::string data = f.Add("data", f.store.Put(f.folder / "made")->digest);
  const std::string absent = f.Add("absent", std::string(64, 'a'));
  f.Add("again", data);
  f.Change(f.store.ReadManifest(data)->front().sha256);

  const InputProblem problem = f.Lay();
  CHECK(problem.status.code() == StatusCode::kDataLoss);
  CHECK_THAT(problem.status.message(),
             Catch::StartsWith("input 'data'") && Catch::Contains("put aside"));
  CHECK(problem.damaged_inputs == Digests{data, absent});
}

TEST_CASE("an input that was whole and is gone now is missing, one that cannot be laid is not") {
  Fixture f;
  const std::string model = f.AddBytes("model");
  REQUIRE(f.Lay().status.ok());
  fs::remove(*f.store.FilePath(model));
  const InputProblem gone = f.Lay();
  CHECK(gone.status.code() == StatusCode::kNotFound);
  CHECK(gone.damaged_inputs == Digests{model});

  REQUIRE(f.store.PutBytes("model").ok());
  fs::remove_all(f.dir.root());  // whatever removed it: the store is whole
  const InputProblem nowhere = f.inputs.Lay(f.dir, f.spec);
  CHECK(nowhere.status.code() == StatusCode::kNotFound);
  CHECK(nowhere.damaged_inputs.empty());
}

TEST_CASE("inputs that changed since they were read are found when they are checked again") {
  Fixture f;
  f.AddBytes("whole");
  const std::string model = f.AddBytes("model");
  REQUIRE(f.Lay().status.ok());
  CHECK(f.inputs.CheckAgain(f.spec).status.ok());
  f.Change(model);
  const InputProblem problem = f.inputs.CheckAgain(f.spec);
  CHECK(problem.status.code() == StatusCode::kDataLoss);
  CHECK(problem.damaged_inputs == Digests{model});
  // It is made again, and then read again.
  REQUIRE(f.store.PutBytes("model").ok());
  CHECK(f.Lay().status.ok());
}

}  // namespace flywheel
