#include "pool/export/pack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/io/file_descriptor.h"
#include "pool/formats/parquet_samples.h"
#include "pool/select/selection_file.h"
#include "pool/sql/duck.h"
#include "tests/unit/pool/image_pool.h"

namespace flywheel {
namespace {

using nlohmann::json;
using testing::Bmp;
using testing::ImagePool;
using testing::Sample;

struct Packer : ImagePool {
  Result<PackSummary> Pack(PackRequest request) const {
    Pool opened = Open();
    if (request.samples.empty()) request.samples = RangesOf("", opened).value();
    if (request.out.empty()) request.out = out;
    return PackSamples(request, &opened);
  }
  PackSummary Packed(const PackRequest& request) const {
    const auto summary = Pack(request);
    INFO(summary.status().message());
    REQUIRE(summary.ok());
    return *summary;
  }
  // Everything in the test's folder whose name begins so.
  std::vector<std::string> Named(const std::string& beginning) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename();
      if (name.starts_with(beginning)) names.push_back(name);
    }
    return names;
  }

  std::string out = folder / "packed";
};

// 60 samples of two data sets; every fifth is of text.
struct PackerOfSixty : Packer {
  PackerOfSixty() {
    json samples[2] = {json::array(), json::array()};
    for (int i = 0; i < 60; ++i) {
      const std::string image = i % 5 == 4 ? "" : fmt::format("coco/{}.bmp", i);
      if (!image.empty()) Image(image, Bmp(20, 10, static_cast<char>(i)));
      samples[i % 2].push_back(Sample(fmt::format("s{}", i), image));
    }
    Import("even", samples[0], images);
    Import("odd", samples[1], images);
  }
};

// The rows of all shards as readers of LLaVA-NeXT-Data see them: one line for each.
std::vector<std::string> RowsOf(const std::string& out) {
  Duck duck = Duck::Open({1, 256, ""}).value();
  DuckRows rows =
      duck.Query(fmt::format("SELECT id, to_json(conversations)::VARCHAR, data_source, "
                             "image.path, image.bytes, image IS NULL FROM read_parquet({})",
                             SqlText(out + "/*.parquet")))
          .value();
  std::vector<std::string> lines;
  while (rows.Next().value()) {
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const bool none = rows.Int(5, i) == 1;
      CHECK(rows.IsNull(4, i) == none);
      lines.push_back(fmt::format("{}|{}|{}|{}|{}", rows.Text(0, i), rows.Text(1, i),
                                  rows.Text(2, i), none ? "" : rows.Text(3, i),
                                  none ? "" : rows.Text(4, i)));
    }
  }
  return lines;
}

std::string LineOf(const ImagePool& made, const json& sample, const std::string& source) {
  const std::string image = sample.value("image", "");
  return fmt::format("{}|{}|{}|{}|{}", sample.at("id").get<std::string>(),
                     sample.at("conversations").dump(), source, image,
                     image.empty() ? "" : ReadFile(made.images + "/" + image).value());
}

std::vector<std::string> LinesOf(const ImagePool& made, const std::string& dataset) {
  std::vector<std::string> lines;
  const json samples =
      json::parse(ReadFile(fmt::format("{}/{}.json", made.folder.path(), dataset)).value());
  for (const json& sample : samples) lines.push_back(LineOf(made, sample, dataset));
  return lines;
}

TEST_CASE("A pack has the columns of LLaVA-NeXT-Data, and all that samples and images hold") {
  const PackerOfSixty made;
  const PackSummary summary = made.Packed({});
  CHECK(summary.samples == 60);
  CHECK(summary.text_only == 12);
  CHECK(summary.dropped.empty());
  CHECK(summary.left_out.empty());
  REQUIRE(summary.shards.size() == 1);
  CHECK(summary.shards[0].name == "train-00000-of-00001.parquet");
  CHECK(summary.shards[0].samples == 60);
  CHECK(summary.shards[0].bytes ==
        static_cast<int64_t>(std::filesystem::file_size(made.out + "/" + summary.shards[0].name)));
  Duck duck = Duck::Open({1, 256, ""}).value();
  DuckRows columns =
      duck.Query(
              "SELECT string_agg(column_name || ' ' || column_type, '; ') FROM (DESCRIBE SELECT "
              "* FROM " +
              SqlText(made.out + "/*.parquet") + ")")
          .value();
  REQUIRE(columns.Next().value());
  CHECK(columns.Text(0, 0) ==
        "id VARCHAR; conversations STRUCT(\"from\" VARCHAR, \"value\" VARCHAR)[]; data_source "
        "VARCHAR; image STRUCT(bytes BLOB, path VARCHAR)");
  std::vector<std::string> expected = LinesOf(made, "even");
  for (std::string& line : LinesOf(made, "odd")) expected.push_back(std::move(line));
  CHECK(RowsOf(made.out) == expected);
  CHECK(made.Named("packed").size() == 1);
}

TEST_CASE(
    "Shards are as large as was asked for, are numbered, and equal requests give equal bytes") {
  const PackerOfSixty made;
  PackRequest request;
  request.shard_bytes = 4000;
  int64_t done = 0;
  request.progress = [&done](const PackProgress& now) {
    CHECK(now.samples == ++done);
    CHECK(now.total == 60);
  };
  const PackSummary summary = made.Packed(request);
  CHECK(done == 60);
  REQUIRE(summary.shards.size() > 5);
  int64_t samples = 0;
  for (size_t i = 0; i < summary.shards.size(); ++i) {
    CHECK(summary.shards[i].name ==
          fmt::format("train-{:05}-of-{:05}.parquet", i, summary.shards.size()));
    CHECK(summary.shards[i].samples <= 8);
    samples += summary.shards[i].samples;
  }
  CHECK(samples == 60);
  CHECK(RowsOf(made.out).size() == 60);
  done = 0;
  request.out = made.folder / "again/below/";
  CHECK(made.Packed(request).shards == summary.shards);
  for (const PackedShard& shard : summary.shards) {
    CHECK(ReadFile(made.out + "/" + shard.name).value() ==
          ReadFile(request.out + shard.name).value());
  }
}

TEST_CASE("A row that is larger than a shard has one of its own") {
  const PackerOfSixty made;
  PackRequest request;
  request.shard_bytes = 1;
  CHECK(made.Packed(request).shards.size() == 60);
}

TEST_CASE("A selection is packed in its order, a data set on its own") {
  const PackerOfSixty made;
  Pool pool = made.Open();
  Selection selection;
  for (const auto& [dataset, row] : {std::pair{1, 7}, std::pair{0, 29}, std::pair{1, 2}}) {
    selection.samples.push_back({{dataset, static_cast<uint32_t>(row)}, "chosen"});
  }
  const auto records = ReadSelected(selection, &pool).value();
  REQUIRE(WriteSelection(records, pool, made.folder / "selection.parquet").ok());
  PackRequest request;
  request.samples = RangesOf(ReadSelection(made.folder / "selection.parquet", &pool).value());
  CHECK(made.Packed(request).samples == 3);
  const auto even = LinesOf(made, "even");
  const auto odd = LinesOf(made, "odd");
  CHECK(RowsOf(made.out) == std::vector<std::string>{odd[7], even[29], odd[2]});
  request.samples = RangesOf("odd", pool).value();
  request.out = made.folder / "odd";
  made.Packed(request);
  CHECK(RowsOf(request.out) == odd);
  CHECK(RangesOf("none", pool).status().message() ==
        fmt::format("the pool {} has no data set 'none'", made.pool));
}

TEST_CASE("What was packed is imported again, and packed again is the same samples and images") {
  const PackerOfSixty made;
  PackRequest request;
  request.shard_bytes = 8000;
  made.Packed(request);
  const auto before = RowsOf(made.out);
  Packer moved;
  moved.ImportFiles({made.out}, "moved", "");
  CHECK(moved.Open().manifest().samples() == 60);
  CHECK(moved.Open().manifest().datasets[0].text_only == 12);
  CHECK(moved.Packed(request).text_only == 12);
  auto after = RowsOf(moved.out);
  REQUIRE(after.size() == before.size());
  // Images inside of files have names of the pool's own: "train-00000-of-00003/12.bmp".
  const auto without_path = [](const std::string& line) {
    std::vector<std::string> parts;
    for (size_t begin = 0; parts.size() < 4;) {
      const size_t end = line.find('|', begin);
      parts.push_back(line.substr(begin, end - begin));
      begin = end + 1;
      if (parts.size() == 4) parts[3] = line.substr(begin);
    }
    return parts;
  };
  for (size_t i = 0; i < before.size(); ++i)
    CHECK(without_path(after[i]) == without_path(before[i]));
}

TEST_CASE("A sample whose image is missing or none is refused, or dropped and counted") {
  const PackerOfSixty made;
  made.Image("coco/2.bmp", "<html>");
  made.Image("cut.png", "");
  std::filesystem::remove(made.images + "/coco/0.bmp");
  made.Import("more", {Sample("cut", "cut.png"), Sample("kept", "")}, made.images);
  const Status refused = made.Pack({}).status();
  CHECK(refused.code() == StatusCode::kFailedPrecondition);
  CHECK(refused.message() ==
        fmt::format("sample 's0' of even: read {}/coco/0.bmp: No such file or directory; --missing "
                    "drop leaves such samples out, 'flywheel pool check' lists them",
                    made.images));
  CHECK(made.Named("packed").empty());
  PackRequest request;
  request.bad_image = BadImage::kDrop;
  const PackSummary summary = made.Packed(request);
  CHECK(summary.samples == 59);
  CHECK(summary.dropped == std::map<ImageProblem, int64_t>{{ImageProblem::kMissing, 1},
                                                           {ImageProblem::kUndecodable, 2}});
  REQUIRE(summary.first_dropped.size() == 3);
  CHECK(summary.first_dropped[1] ==
        fmt::format("sample 's2' of even: {}/coco/2.bmp: expected an image (JPEG, PNG, WebP, GIF "
                    "or BMP), found other bytes",
                    made.images));
  CHECK(RowsOf(made.out).size() == 59);
}

TEST_CASE("When all samples are dropped there is no pack") {
  const Packer made;
  made.Import("coco", {Sample("a", "gone.bmp")}, made.images);
  PackRequest request;
  request.bad_image = BadImage::kDrop;
  CHECK(made.Pack(request).status().message() == made.out + ": no sample is left to pack");
  CHECK(made.Named("packed").empty());
}

TEST_CASE("Members without a column are counted, a record's own source and text are kept") {
  const Packer made;
  json one = Sample("a", "");
  one["data_source"] = "elsewhere";
  one["box_space"] = "square";
  one["conversations"][0]["weight"] = 2;
  one["conversations"][1]["value"] = std::string("\0 nul, \xc3\xa9, \"quoted\", \\", 22);
  json two = Sample("b", "");
  two["box_space"] = "original";
  two["data_source"] = nullptr;
  made.Import("coco", {one, two}, "");
  const PackSummary summary = made.Packed({});
  CHECK(summary.left_out == std::map<std::string, int64_t>{{"box_space", 2},
                                                           {"conversations[].weight", 1},
                                                           {"data_source", 1}});
  one["conversations"][0].erase("weight");
  CHECK(RowsOf(made.out) ==
        std::vector<std::string>{LineOf(made, one, "elsewhere"), LineOf(made, two, "coco")});
}

TEST_CASE("Records of other formats are packed as LLaVA's, and get the ids that the pool made") {
  const Packer made;
  made.Image("vg/1.bmp", Bmp(2, 2, 'a'));
  const json engine = {{{"instruction", "What?"},
                        {"answer", "It."},
                        {"image", "vg/1.bmp"},
                        {"options", {"a", "b", "c", "d"}},
                        {"short_answer", "a"},
                        {"choice_answer", "A"},
                        {"qtype", 3}}};
  made.Import("engine", engine, made.images);
  const PackSummary summary = made.Packed({});
  const auto rows = RowsOf(made.out);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].starts_with("engine_1|[{\"from\":\"human\",\"value\":\"<image>\\nWhat?"));
  CHECK(rows[0].ends_with("|engine|vg/1.bmp|" + Bmp(2, 2, 'a')));
}

TEST_CASE("A folder with something in it is left alone, an empty one is used") {
  const PackerOfSixty made;
  REQUIRE(MakeDirectories(made.out).ok());
  CHECK(made.Packed({}).samples == 60);
  const Status status = made.Pack({}).status();
  CHECK(status.code() == StatusCode::kAlreadyExists);
  CHECK(status.message() ==
        made.out + ": is there already: expected the name of a new or empty folder");
  CHECK(made.Named("packed").size() == 1);
}

TEST_CASE("What a killed process has left is removed, what another one is writing is not") {
  const PackerOfSixty made;
  const std::string work = made.out + ".packing";
  REQUIRE(MakeDirectories(work + "/deep").ok());
  REQUIRE(WriteFile(work + "/0", "half").ok());
  {
    const FileDescriptor other(::open(work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK(made.Pack({}).status().message() == work + ": another process is packing there");
    CHECK(ReadFile(work + "/0").value() == "half");
  }
  CHECK(made.Packed({}).samples == 60);
  CHECK(made.Named("packed").size() == 1);
  CHECK_FALSE(std::filesystem::exists(made.out + "/deep"));
}

TEST_CASE("A pack that is asked to stop leaves nothing behind") {
  const PackerOfSixty made;
  PackRequest request;
  request.shard_bytes = 1000;
  int left = 30;
  request.should_stop = [&left] { return --left == 0; };
  CHECK(made.Pack(request).status().code() == StatusCode::kCancelled);
  CHECK(made.Named("packed").empty());
}

TEST_CASE("A data set whose images' folder nobody knows, or whose source changed, is refused") {
  const Packer made;
  made.Image("a.bmp", Bmp(2, 2, 'a'));
  made.Import("coco", {Sample("t", ""), Sample("a", "a.bmp")}, "");
  CHECK(made.Pack({}).status().message() ==
        "coco: it was imported without a folder of images: expected --images ROOT");
  PackRequest request;
  request.images_root = made.images;
  CHECK(made.Packed(request).samples == 2);
  request.out = made.folder / "packed again";
  REQUIRE(WriteFile(made.folder / "coco.json", "[]").ok());
  CHECK(made.Pack(request).status().code() == StatusCode::kFailedPrecondition);
  CHECK(made.Named("packed again").empty());
}

}  // namespace
}  // namespace flywheel
