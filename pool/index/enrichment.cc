#include "pool/index/enrichment.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "pool/index/location_file.h"
#include "pool/index/part_reader.h"
#include "pool/index/part_writer.h"
#include "pool/index/pool_writer.h"
#include "pool/sql/duck.h"
#include "pool/text/text_signature.h"

namespace flywheel {
namespace {

// The new columns of one part, and how they stand in SQL.
struct AddedColumns {
  std::vector<DuckColumn> columns;
  std::string expressions;  // "a.type::UTINYINT AS type, ..."
};

// Computes the columns of a part. One object a thread.
class ColumnFiller {
 public:
  virtual ~ColumnFiller() = default;
  virtual void Clear() = 0;
  virtual void Add(const SampleView& sample) = 0;
  virtual AddedColumns Columns() const = 0;
};

class TypeFiller : public ColumnFiller {
 public:
  explicit TypeFiller(const QuestionTagger& tagger) : tagger_(tagger) {}
  void Clear() override {
    types_.clear();
    scores_.clear();
  }
  void Add(const SampleView& sample) override {
    const QuestionTypeTag tag = tagger_.Tag(sample.image, sample.FirstQuestion());
    types_.push_back(tag.type);
    scores_.push_back(tag.score);
  }
  AddedColumns Columns() const override {
    return {{{"type", std::span<const int32_t>(types_)},
             {"type_score", std::span<const float>(scores_)}},
            "a.type::UTINYINT AS type, a.type_score AS type_score"};
  }

 private:
  const QuestionTagger& tagger_;
  std::vector<int32_t> types_;
  std::vector<float> scores_;
};

class SignatureFiller : public ColumnFiller {
 public:
  void Clear() override {
    signatures_.clear();
    images_.clear();
  }
  void Add(const SampleView& sample) override {
    turns_.clear();
    for (const auto& [from, value] : sample.turns) turns_.push_back(value);
    signatures_.push_back(signature_.Of(turns_));
    images_.push_back(ImageKey(sample.image));
  }
  AddedColumns Columns() const override {
    return {{{"signature", std::span<const uint64_t>(signatures_)},
             {"image_key", std::span<const uint64_t>(images_)}},
            "a.signature AS signature, a.image_key AS image_key"};
  }

 private:
  TextSignature signature_;
  std::vector<std::string_view> turns_;
  std::vector<uint64_t> signatures_;
  std::vector<uint64_t> images_;
};

constexpr std::string_view kTemporary = ".tmp";

// What is filled, in which member of the manifest its version is kept.
struct Enrichment {
  std::string name;  // "types", "signatures": a part of a folder's name
  std::string version;
  std::string replaced;  // columns that are there already when the version is another one
  std::string PoolDataset::*member = nullptr;
  std::function<std::unique_ptr<ColumnFiller>()> make;
};

class DatasetEnrichment {
 public:
  DatasetEnrichment(const Enrichment& what, const PoolDataset& dataset, const std::string& pool,
                    const EnrichmentOptions& options)
      : what_(what), dataset_(dataset), pool_(pool), options_(options) {}

  // Makes all parts' files in `folder`, those that are not there yet.
  Status Run(const std::string& folder) {
    FW_TRY(MakeDirectories(folder));
    FW_ASSIGN(LocationFile locations,
              LocationFile::Open(fmt::format("{}/{}/{}", pool_, dataset_.folder, kPoolIndex)));
    std::vector<std::thread> threads;
    for (int i = 1; i < options_.threads; ++i) {
      threads.emplace_back([&] { Work(folder, locations); });
    }
    Work(folder, locations);
    for (std::thread& thread : threads) thread.join();
    return failure_;
  }

 private:
  void Work(const std::string& folder, const LocationFile& locations) {
    const std::unique_ptr<ColumnFiller> filler = what_.make();
    Result<Duck> duck = Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = ""});
    Status status = duck.status();
    while (status.ok()) {
      const size_t part = next_part_++;
      if (part >= dataset_.parts.size() || Stopped()) return;
      status = MakePart(part, folder, locations, {filler.get(), &*duck});
    }
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = status;
  }

  struct Tools {
    ColumnFiller* filler = nullptr;
    Duck* duck = nullptr;
  };

  Status MakePart(size_t part, const std::string& folder, const LocationFile& locations,
                  const Tools& tools) {
    const std::string path = PartPath(folder, static_cast<int64_t>(part), ".parquet");
    PartRange range{.first_row = 0, .rows = dataset_.parts[part].rows};
    for (size_t i = 0; i < part; ++i) range.first_row += dataset_.parts[i].rows;
    if (!std::filesystem::exists(path)) {
      tools.filler->Clear();
      FW_TRY(ForEachSampleOfPart(dataset_, locations, range, [&tools](const SampleView& sample) {
        tools.filler->Add(sample);
      }));
      FW_TRY(WriteJoined(dataset_.parts[part], tools, path));
    }
    Report(range.rows);
    return OkStatus();
  }

  // The part's columns with the new ones beside them.
  Status WriteJoined(const PoolPart& part, const Tools& tools, const std::string& path) {
    const AddedColumns added = tools.filler->Columns();
    FW_TRY(tools.duck->Run("DROP TABLE IF EXISTS added"));
    FW_TRY(tools.duck->CreateTable("added", added.columns));
    const std::string kept =
        (dataset_.*what_.member).empty() ? "c.*" : fmt::format("c.* EXCLUDE ({})", what_.replaced);
    const std::string temporary = path + std::string(kTemporary);
    FW_TRY(tools.duck->Run(
        fmt::format("COPY (SELECT {}, {} FROM read_parquet({}) c POSITIONAL JOIN added a) TO {} "
                    "(FORMAT parquet, "
                    "COMPRESSION zstd)",
                    kept, added.expressions, SqlText(fmt::format("{}/{}", pool_, part.columns)),
                    SqlText(temporary))));
    FW_TRY(CheckRows(part.rows, tools.duck, temporary));
    FW_TRY(SyncWrittenFile(temporary));
    return DiskRename(temporary, path) == 0 ? OkStatus() : ErrnoStatus(errno, "rename", temporary);
  }

  // A positional join of tables of different lengths would fill up with NULLs and say nothing.
  static Status CheckRows(int64_t expected, Duck* duck, const std::string& path) {
    FW_ASSIGN(DuckRows rows,
              duck->Query(fmt::format("SELECT count(*) FROM read_parquet({})", SqlText(path))));
    FW_ASSIGN(const bool more, rows.Next());
    const int64_t found = more ? rows.Int(0, 0) : 0;
    if (found == expected) return OkStatus();
    return Internal(fmt::format("{}: has {} rows, expected {}", path, found, expected));
  }

  bool Stopped() {
    const std::lock_guard lock(mutex_);
    if (failure_.ok() && options_.should_stop()) {
      failure_ = CancelledError(
          fmt::format("{}: stopped; the same command goes on from here", dataset_.name));
    }
    return !failure_.ok();
  }

  void Report(int64_t rows) {
    const std::lock_guard lock(mutex_);
    done_ += rows;
    options_.progress({dataset_.name, done_, dataset_.samples});
  }

  const Enrichment& what_;
  const PoolDataset& dataset_;
  const std::string& pool_;
  const EnrichmentOptions& options_;
  std::atomic<size_t> next_part_ = 0;
  std::mutex mutex_;
  Status failure_;    // under the mutex
  int64_t done_ = 0;  // under the mutex
};

// What a killed run was writing, when this one has made its part of it.
Status RemoveHalfWritten(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == kTemporary) left.push_back(entry.path());
  }
  for (const std::filesystem::path& path : left) std::filesystem::remove(path, error);
  return error ? ErrnoStatus(error.value(), "clean", folder) : OkStatus();
}

Status EnrichDataset(const Enrichment& what, const PoolDataset& dataset, PoolWriter* writer,
                     const EnrichmentOptions& options) {
  // Of this import of the data set, for this version: what an interrupted run made fits.
  const std::string name =
      fmt::format("{}.{}.{}", std::filesystem::path(dataset.folder).filename().string(), what.name,
                  what.version);
  const std::string work = writer->WorkFolder(name);
  FW_TRY(DatasetEnrichment(what, dataset, writer->folder(), options).Run(work));
  FW_TRY(RemoveHalfWritten(work));
  const std::string folder = writer->NextFolder(dataset.name);
  const std::string final_folder = fmt::format("{}/{}", writer->folder(), folder);
  if (DiskRename(work, final_folder) != 0) return ErrnoStatus(errno, "rename", work);
  FW_TRY(SyncDirectory(final_folder));
  PoolDataset next = dataset;
  for (size_t i = 0; i < next.parts.size(); ++i) {
    next.parts[i].columns = PartPath(folder, static_cast<int64_t>(i), ".parquet");
  }
  next.*what.member = what.version;
  return writer->Put(next);
}

Result<std::vector<EnrichedDataset>> Enrich(const Enrichment& what, const std::string& pool,
                                            const EnrichmentOptions& options) {
  FW_TRY(ReadPoolManifest(pool).status());
  FW_ASSIGN(PoolWriter writer, PoolWriter::Open(pool));
  const std::vector<PoolDataset> datasets = writer.manifest().datasets;
  std::vector<EnrichedDataset> enriched;
  for (const PoolDataset& dataset : datasets) {
    const bool there = dataset.*what.member == what.version;
    if (!there) FW_TRY(EnrichDataset(what, dataset, &writer, options));
    enriched.push_back({dataset.name, there ? 0 : dataset.samples});
  }
  return enriched;
}

}  // namespace

Result<std::vector<EnrichedDataset>> TagPool(const std::string& pool, const QuestionTagger& tagger,
                                             const EnrichmentOptions& options) {
  const Enrichment types{.name = "types",
                         .version = tagger.version(),
                         .replaced = "type, type_score",
                         .member = &PoolDataset::tagger,
                         .make = [&tagger] { return std::make_unique<TypeFiller>(tagger); }};
  return Enrich(types, pool, options);
}

Result<std::vector<EnrichedDataset>> SignPool(const std::string& pool,
                                              const EnrichmentOptions& options) {
  const Enrichment signatures{.name = "signatures",
                              .version = std::string(kSignatureVersion),
                              .replaced = "signature, image_key",
                              .member = &PoolDataset::signatures,
                              .make = [] { return std::make_unique<SignatureFiller>(); }};
  return Enrich(signatures, pool, options);
}

}  // namespace flywheel
