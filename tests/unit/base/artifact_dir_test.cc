#include "base/io/artifact_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "base/digest.h"
#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

// A store and a folder beside it to make things in.
struct Fixture {
  testing::TempDir dir;
  ArtifactDir store = *ArtifactDir::Open(dir / "artifacts");

  std::string Make(const std::string& name, std::string_view bytes) {
    const std::string path = dir / name;
    REQUIRE(MakeDirectories(fs::path(path).parent_path().string()).ok());
    REQUIRE(WriteFile(path, bytes).ok());
    return path;
  }

  int Temporaries() {
    return static_cast<int>(std::distance(fs::directory_iterator(dir / "artifacts/tmp"), {}));
  }
};

TEST_CASE("a file is kept under the digest of its bytes, however often it is put") {
  Fixture f;
  const auto stored = f.store.Put(f.Make("a", "hello"));
  REQUIRE(stored.ok());
  CHECK(stored->digest == Sha256Hex("hello"));
  CHECK(stored->size == 5);
  CHECK(*f.store.Put(f.Make("b", "hello")) == *stored);
  CHECK(*f.store.PutBytes("hello") == *stored);
  CHECK(f.store.Has(stored->digest));
  CHECK_FALSE(f.store.IsFolder(stored->digest));
  const std::string path = *f.store.FilePath(stored->digest);
  CHECK(path ==
        f.store.root() + "/" + stored->digest.substr(0, 2) + "/" + stored->digest.substr(2));
  CHECK(*ReadFile(path) == "hello");
  CHECK(f.Temporaries() == 0);
}

TEST_CASE("a folder's digest depends on paths and bytes and on nothing else") {
  Fixture f;
  f.Make("one/b.txt", "bb");
  f.Make("one/sub/a.txt", "a");
  f.Make("two/sub/a.txt", "a");
  f.Make("two/b.txt", "bb");
  REQUIRE(MakeDirectories(f.dir / "two/empty").ok());
  fs::permissions(f.dir / "two/b.txt", fs::perms::owner_all);
  const auto one = f.store.Put(f.dir / "one");
  REQUIRE(one.ok());
  CHECK(one->size == 3);
  CHECK(*f.store.Put(f.dir / "two") == *one);
  CHECK(one->digest == Sha256Hex(R"([{"path":"b.txt","sha256":")" + Sha256Hex("bb") +
                                 R"(","size":2},{"path":"sub/a.txt","sha256":")" + Sha256Hex("a") +
                                 R"(","size":1}])"));
  f.Make("three/b.txt", "bB");
  f.Make("three/sub/a.txt", "a");
  CHECK(f.store.Put(f.dir / "three")->digest != one->digest);
  const auto entries = f.store.ReadManifest(one->digest);
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[1] == ManifestEntry{"sub/a.txt", 1, Sha256Hex("a")});
}

TEST_CASE("an artifact laid out reads as it was put, files and folders") {
  Fixture f;
  f.Make("one/b.txt", "bb");
  f.Make("one/sub/a.txt", "a");
  const auto folder = f.store.Put(f.dir / "one");
  REQUIRE(f.store.Lay(folder->digest, f.dir / "laid").ok());
  CHECK(*ReadFile(f.dir / "laid/sub/a.txt") == "a");
  CHECK(*ReadFile(f.dir / "laid/b.txt") == "bb");
  const auto file = f.store.PutBytes("x");
  REQUIRE(f.store.Lay(file->digest, f.dir / "file").ok());
  CHECK(*ReadFile(f.dir / "file") == "x");
  CHECK(f.store.Lay(file->digest, f.dir / "file").code() == StatusCode::kAlreadyExists);
  const Status missing = f.store.Lay(Sha256Hex("nothing"), f.dir / "missing");
  CHECK(missing.code() == StatusCode::kNotFound);
  CHECK(missing.message().find(Sha256Hex("nothing")) != std::string::npos);
}

TEST_CASE("links, pipes and missing files are refused by name") {
  Fixture f;
  f.Make("one/a", "a");
  fs::create_symlink("a", f.dir / "one/link");
  const auto linked = f.store.Put(f.dir / "one");
  REQUIRE_FALSE(linked.ok());
  CHECK(linked.status().code() == StatusCode::kInvalidArgument);
  CHECK(linked.status().message().find("one/link") != std::string::npos);
  CHECK_FALSE(f.store.Put(f.dir / "one/link").ok());
  REQUIRE(::mkfifo((f.dir / "pipe").c_str(), 0600) == 0);
  CHECK_FALSE(f.store.Put(f.dir / "pipe").ok());
  CHECK(f.store.Put(f.dir / "absent").status().code() == StatusCode::kNotFound);
  f.Make("bad/\xff.txt", "a");
  CHECK(f.store.Put(f.dir / "bad").status().code() == StatusCode::kInvalidArgument);
  CHECK(f.Temporaries() == 0);
}

TEST_CASE("an empty folder and an empty file are artifacts too") {
  Fixture f;
  REQUIRE(MakeDirectories(f.dir / "empty").ok());
  const auto folder = f.store.Put(f.dir / "empty");
  REQUIRE(folder.ok());
  CHECK(folder->size == 0);
  REQUIRE(f.store.Lay(folder->digest, f.dir / "laid").ok());
  CHECK(fs::is_empty(f.dir / "laid"));
  CHECK(f.store.Put(f.Make("nothing", ""))->digest == Sha256Hex(""));
}

TEST_CASE("changed bytes are found: in a file, in a folder's file and in its manifest") {
  Fixture f;
  f.Make("one/a", "original");
  const auto folder = f.store.Put(f.dir / "one");
  CHECK(f.store.Verify(folder->digest).ok());
  const std::string blob = *f.store.FilePath(Sha256Hex("original"));
  fs::permissions(blob, fs::perms::owner_all);
  REQUIRE(WriteFile(blob, "tampered").ok());
  const Status damaged = f.store.Verify(folder->digest);
  CHECK(damaged.code() == StatusCode::kDataLoss);
  CHECK(damaged.message().find(blob) != std::string::npos);
  const std::string manifest = f.store.root() + "/" + folder->digest.substr(0, 2) + "/" +
                               folder->digest.substr(2) + ".folder";
  fs::permissions(manifest, fs::perms::owner_all);
  REQUIRE(WriteFile(manifest, R"([{"path":"../../x","size":1,"sha256":"00"}])").ok());
  CHECK(f.store.ReadManifest(folder->digest).status().code() == StatusCode::kDataLoss);
  CHECK_FALSE(f.store.Lay(folder->digest, f.dir / "laid").ok());
}

TEST_CASE("many writers of the same content leave it once and whole") {
  Fixture f;
  const std::string source = f.Make("big", std::string(3 << 20, 'x'));
  std::vector<std::thread> writers;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] {
      const auto stored = f.store.Put(source);
      if (stored.ok() && f.store.Verify(stored->digest).ok()) ++right;
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(right == 8);
  CHECK(f.Temporaries() == 0);
}

TEST_CASE("temporaries of writers that are gone are removed and those of the living stay") {
  Fixture f;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  const std::string tmp = f.store.root() + "/tmp/" + host + ",";
  // No process has the highest number that a pid could be.
  REQUIRE(WriteFile(tmp + "4194304,1", "dead").ok());
  REQUIRE(WriteFile(tmp + std::to_string(::getpid()) + ",1", "alive").ok());
  REQUIRE(WriteFile(f.store.root() + "/tmp/elsewhere,1,1", "another machine").ok());
  CHECK(*f.store.RemoveStaleTemporaries() == 1);
  CHECK(f.Temporaries() == 2);
}

}  // namespace
}  // namespace flywheel
