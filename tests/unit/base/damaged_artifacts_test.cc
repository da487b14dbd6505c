#include "base/io/damaged_artifacts.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  testing::TempDir dir;
  ArtifactDir store = *ArtifactDir::Open(dir / "artifacts");

  // A folder artifact of two files.
  std::string PutFolder() {
    REQUIRE(MakeDirectories(dir / "made").ok());
    REQUIRE(WriteFile(dir / "made/a", "original").ok());
    REQUIRE(WriteFile(dir / "made/b", "other").ok());
    return store.Put(dir / "made")->digest;
  }

  // One byte of an object, on the disk.
  void Flip(const std::string& path) {
    std::string bytes = *ReadFile(path);
    bytes[bytes.size() / 2] ^= 1;
    fs::permissions(path, fs::perms::owner_all);
    REQUIRE(WriteFile(path, bytes).ok());
  }

  std::vector<std::string> PutAside() const {
    std::vector<std::string> names;
    if (!fs::exists(dir / "artifacts/damaged")) return names;
    for (const auto& entry : fs::directory_iterator(dir / "artifacts/damaged")) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace

TEST_CASE("reliability 18: a changed byte is found, the object put aside and a whole one written") {
  Fixture f;
  const std::string digest = f.store.PutBytes("weights")->digest;
  CHECK(CheckOrPutAside(f.store, digest).ok());
  CHECK(f.PutAside().empty());
  f.Flip(*f.store.FilePath(digest));
  const std::string changed = *ReadFile(*f.store.FilePath(digest));

  const Status damaged = CheckOrPutAside(f.store, digest);
  CHECK(damaged.code() == StatusCode::kDataLoss);
  CHECK(MustBeMadeAgain(damaged));
  CHECK_THAT(damaged.message(), Catch::Contains(digest.substr(2)) &&
                                    Catch::Contains(Sha256Hex(changed)) &&
                                    Catch::Contains("they were changed") &&
                                    Catch::Contains("damaged/" + digest + ".0"));
  CHECK_FALSE(f.store.Has(digest));
  CHECK(f.PutAside() == std::vector<std::string>{digest + ".0"});
  CHECK(*ReadFile(f.dir / ("artifacts/damaged/" + digest + ".0")) == changed);
  CHECK(CheckOrPutAside(f.store, digest).code() == StatusCode::kNotFound);

  // The producing task runs again; and once more when that is damaged too.
  CHECK(f.store.PutBytes("weights")->digest == digest);
  CHECK(CheckOrPutAside(f.store, digest).ok());
  f.Flip(*f.store.FilePath(digest));
  CHECK_FALSE(CheckOrPutAside(f.store, digest).ok());
  CHECK(f.PutAside() == std::vector<std::string>{digest + ".0", digest + ".1"});
  const auto count = CountDamaged(f.store);
  REQUIRE(count.ok());
  CHECK(count->count == 2);
  CHECK(count->bytes == 14);
}

TEST_CASE("of a folder every damaged file is put aside, and nothing else") {
  Fixture f;
  const std::string folder = f.PutFolder();
  f.Flip(*f.store.FilePath(Sha256Hex("original")));
  f.Flip(*f.store.FilePath(Sha256Hex("other")));
  CHECK(CheckOrPutAside(f.store, folder).code() == StatusCode::kDataLoss);
  CHECK(f.PutAside().size() == 2);
  CHECK(f.store.IsFolder(folder));
  CHECK(CheckOrPutAside(f.store, folder).code() == StatusCode::kNotFound);
  CHECK(f.PutFolder() == folder);
  CHECK(CheckOrPutAside(f.store, folder).ok());
}

TEST_CASE("a damaged manifest is put aside, its files stay") {
  Fixture f;
  const std::string folder = f.PutFolder();
  f.Flip(f.store.ManifestPath(folder));
  CHECK(CheckOrPutAside(f.store, folder).code() == StatusCode::kDataLoss);
  CHECK(f.PutAside() == std::vector<std::string>{folder + ".0"});
  CHECK(f.store.Has(Sha256Hex("original")));
  CHECK(f.PutFolder() == folder);
  CHECK(CheckOrPutAside(f.store, folder).ok());
}

TEST_CASE("a missing file of a folder is missing, and whole ones stay where they are") {
  Fixture f;
  const std::string folder = f.PutFolder();
  fs::remove(*f.store.FilePath(Sha256Hex("other")));
  const Status missing = CheckOrPutAside(f.store, folder);
  CHECK(missing.code() == StatusCode::kNotFound);
  CHECK(MustBeMadeAgain(missing));
  CHECK(f.PutAside().empty());
}

TEST_CASE("a store whose disk is not mounted has lost nothing") {
  Fixture f;
  const std::string digest = f.store.PutBytes("weights")->digest;
  fs::rename(f.dir / "artifacts", f.dir / "elsewhere");
  CHECK(CheckOrPutAside(f.store, digest).code() == StatusCode::kUnavailable);
  REQUIRE(MakeDirectories(f.dir / "artifacts").ok());  // an empty mount point
  const Status absent = CheckOrPutAside(f.store, digest);
  CHECK(absent.code() == StatusCode::kUnavailable);
  CHECK_FALSE(MustBeMadeAgain(absent));
}

TEST_CASE("readers that find the same damage at once put it aside once, beside writers") {
  Fixture f;
  for (int round = 0; round < 20; ++round) {
    const std::string bytes = "weights " + std::to_string(round);
    const std::string digest = f.store.PutBytes(bytes)->digest;
    f.Flip(*f.store.FilePath(digest));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        (void)CheckOrPutAside(f.store, digest);
        (void)f.store.PutBytes(bytes);
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(f.store.PutBytes(bytes)->digest == digest);
    CHECK(CheckOrPutAside(f.store, digest).ok());
    CHECK(f.PutAside().size() == static_cast<size_t>(round) + 1);
  }
}

}  // namespace flywheel
