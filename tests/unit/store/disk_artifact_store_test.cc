#include "orchestrator/store/disk_artifact_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

std::map<std::string, int64_t> List(const DiskArtifactStore& store) {
  std::map<std::string, int64_t> found;
  const Status status = store.ForEach([&](const StoredObject& object) {
    found[object.digest] = object.size;
    return OkStatus();
  });
  REQUIRE(status.ok());
  return found;
}

}  // namespace

TEST_CASE("the daemon sees, verifies and removes what workers have put into the store") {
  TempDir folder;
  const auto writer = ArtifactDir::Open(folder / "artifacts");
  REQUIRE(writer.ok());
  const auto file = writer->PutBytes("seven b");
  REQUIRE(file.ok());
  REQUIRE(MakeDirectories(folder / "data").ok());
  REQUIRE(WriteFile(folder / "data/a.txt", "abc").ok());
  const auto tree = writer->Put(folder / "data");
  REQUIRE(tree.ok());

  auto store = DiskArtifactStore::Open(folder / "artifacts");
  REQUIRE(store.ok());
  CHECK(store->Contains(file->digest));
  CHECK(store->Contains(tree->digest));
  CHECK_FALSE(store->Contains(std::string(64, '0')));
  CHECK(store->Verify(file->digest).ok());
  const auto found = List(*store);
  CHECK(found.size() == 3);  // the file, the folder's manifest and the folder's file
  CHECK(found.at(file->digest) == 7);
  CHECK(found.contains(tree->digest));

  CHECK(store->FilesOf(tree->digest)->size() == 1);
  CHECK(store->FilesOf(file->digest)->empty());
  CHECK(store->FilesOf(std::string(64, '0')).status().code() == StatusCode::kNotFound);

  constexpr TimeMs kLater = 1LL << 60;
  CHECK(*store->RemoveUnused(tree->digest, kLater));
  CHECK_FALSE(store->Contains(tree->digest));
  CHECK_FALSE(*store->RemoveUnused(tree->digest, kLater));
  CHECK(store->Contains(file->digest));
  CHECK(store->RemoveUnused("../../etc/passwd", kLater).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(List(*store).size() == 2);
}

TEST_CASE("what a writer has just found in the store is not removed") {
  TempDir folder;
  const auto writer = ArtifactDir::Open(folder / "artifacts");
  REQUIRE(writer.ok());
  const auto file = writer->PutBytes("some bytes");
  const std::string path = *writer->FilePath(file->digest);
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), old, 0) == 0);
  auto store = *DiskArtifactStore::Open(folder / "artifacts");
  REQUIRE(writer->PutBytes("some bytes").ok());  // not written again, but young
  CHECK_FALSE(*store.RemoveUnused(file->digest, 2'000'000));
  CHECK(store.Contains(file->digest));
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), old, 0) == 0);
  CHECK(*store.RemoveUnused(file->digest, 2'000'000));
  CHECK_FALSE(store.Contains(file->digest));
}

TEST_CASE("a removal that a crash cut short is undone at the next start") {
  TempDir folder;
  const auto writer = ArtifactDir::Open(folder / "artifacts");
  const auto file = writer->PutBytes("some bytes");
  const std::string path = *writer->FilePath(file->digest);
  std::filesystem::rename(path, path + ".removing");
  const auto store = DiskArtifactStore::Open(folder / "artifacts");
  REQUIRE(store.ok());
  CHECK(store->Verify(file->digest).ok());
}

TEST_CASE("a byte that was changed in the store is found") {
  TempDir folder;
  const auto writer = ArtifactDir::Open(folder / "artifacts");
  REQUIRE(writer.ok());
  const auto file = writer->PutBytes("some bytes");
  REQUIRE(file.ok());
  const std::string path = *writer->FilePath(file->digest);
  std::filesystem::permissions(path, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  REQUIRE(WriteFile(path, "sane bytes").ok());
  const auto store = DiskArtifactStore::Open(folder / "artifacts");
  REQUIRE(store.ok());
  CHECK(store->Verify(file->digest).code() == StatusCode::kDataLoss);
}

TEST_CASE("a visitor's failure ends the listing") {
  TempDir folder;
  const auto writer = ArtifactDir::Open(folder / "artifacts");
  REQUIRE(writer.ok());
  REQUIRE(writer->PutBytes("one").ok());
  REQUIRE(writer->PutBytes("two").ok());
  const auto store = DiskArtifactStore::Open(folder / "artifacts");
  REQUIRE(store.ok());
  int seen = 0;
  CHECK(store->ForEach([&](const StoredObject&) {
    ++seen;
    return Aborted("enough");
  }) == Aborted("enough"));
  CHECK(seen == 1);
}

}  // namespace flywheel
