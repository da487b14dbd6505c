#include "pool/export/pack_rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <filesystem>
#include <set>
#include <utility>

#include "base/io/files.h"
#include "pool/formats/image_names.h"
#include "pool/index/llava_records.h"
#include "pool/select/selection_file.h"

namespace flywheel {
namespace {

namespace dom = simdjson::dom;

// No image is larger; a value of DuckDB's is at most four times as large.
constexpr uintmax_t kMostImageBytes = uintmax_t{1} << 30;

// What a record says beside the members of a row.
using MemberNames = std::set<std::string, std::less<>>;

Status Unexpected(std::string_view member) {
  return DataLoss(fmt::format("{}: is not what it was when it was imported", member));
}

// Of two members of one name the last counts, as in Python and at the import.
Status TakeTurn(dom::element turn, std::string* conversations, MemberNames* others) {
  dom::object members;
  if (turn.get(members) != simdjson::SUCCESS) return Unexpected("conversations");
  std::string from;
  std::string value;
  for (const dom::key_value_pair member : members) {
    if (member.key == "from") {
      from = simdjson::minify(member.value);
    } else if (member.key == "value") {
      value = simdjson::minify(member.value);
    } else {
      others->insert(fmt::format("conversations[].{}", member.key));
    }
  }
  if (from.empty() || value.empty()) return Unexpected("conversations");
  conversations->append(conversations->empty() ? "[" : ",");
  conversations->append(fmt::format(R"({{"from":{},"value":{}}})", from, value));
  return OkStatus();
}

Status TakeTurns(dom::element value, PackRow* row, MemberNames* others) {
  dom::array turns;
  if (value.get(turns) != simdjson::SUCCESS) return Unexpected("conversations");
  row->conversations.clear();
  for (const dom::element turn : turns) FW_TRY(TakeTurn(turn, &row->conversations, others));
  row->conversations += row->conversations.empty() ? "[]" : "]";
  return OkStatus();
}

std::string TextOf(dom::element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

Status TakeMembers(dom::object record, PackRow* row, MemberNames* others) {
  for (const dom::key_value_pair member : record) {
    if (member.key == "id") {
      // What the pool calls the sample goes before: a record may have none.
      if (row->id.empty()) row->id = TextOf(member.value);
    } else if (member.key == "image") {
      row->image_path = TextOf(member.value);
    } else if (member.key == "conversations") {
      FW_TRY(TakeTurns(member.value, row, others));
    } else if (member.key == "data_source" && member.value.is_string()) {
      row->data_source = TextOf(member.value);
    } else {
      others->insert(std::string(member.key));
    }
  }
  return row->conversations.empty() ? Unexpected("conversations") : OkStatus();
}

}  // namespace

int64_t PackRow::bytes() const {
  return static_cast<int64_t>(id.size() + conversations.size() + data_source.size() +
                              image_path.size() + image.size());
}

struct PackRowReader::Impl {
  std::string images_root;
  Pool* pool = nullptr;
  dom::parser parser;
  std::map<std::string, int64_t> left_out;

  Status ReadRecords(std::span<const SampleRef> samples, std::span<const size_t> places,
                     std::vector<PackRow>* rows);
  Status ReadParquet(std::span<const SampleRef> samples, const std::vector<size_t>& places,
                     std::vector<PackRow>* rows);
  Status TakeRecord(std::string record, PackRow* row);
};

PackRowReader::PackRowReader(std::string images_root, Pool* pool)
    : impl_(std::make_unique<Impl>()) {
  impl_->images_root = std::move(images_root);
  impl_->pool = pool;
}
PackRowReader::PackRowReader(PackRowReader&&) noexcept = default;
PackRowReader::~PackRowReader() = default;

const std::map<std::string, int64_t>& PackRowReader::left_out() const { return impl_->left_out; }

Status PackRowReader::Impl::TakeRecord(std::string record, PackRow* row) {
  record.reserve(record.size() + simdjson::SIMDJSON_PADDING);
  dom::object members;
  const simdjson::error_code error =
      parser.parse(record.data(), record.size(), /*realloc_if_needed=*/false).get(members);
  if (error != simdjson::SUCCESS) return DataLoss(simdjson::error_message(error));
  MemberNames others;
  FW_TRY(TakeMembers(members, row, &others));
  for (const std::string& name : others) ++left_out[name];
  return OkStatus();
}

Status PackRowReader::Impl::ReadRecords(std::span<const SampleRef> samples,
                                        std::span<const size_t> places,
                                        std::vector<PackRow>* rows) {
  Selection selection;
  for (const size_t place : places) selection.samples.push_back({samples[place], ""});
  FW_ASSIGN(std::vector<SelectedRecord> records, ReadSelected(selection, pool));
  for (size_t i = 0; i < places.size(); ++i) {
    const PoolDataset& dataset = pool->DatasetOf(samples[places[i]]);
    PackRow& row = (*rows)[places[i]];
    row.id = records[i].id;
    FW_ASSIGN(std::string record, LlavaRecordOf(dataset, row.id, std::move(records[i].record)));
    FW_TRY(TakeRecord(std::move(record), &row)
               .WithContext(fmt::format("sample '{}' of {}", row.id, dataset.name)));
  }
  return OkStatus();
}

Status PackRowReader::Impl::ReadParquet(std::span<const SampleRef> samples,
                                        const std::vector<size_t>& places,
                                        std::vector<PackRow>* rows) {
  return pool->ForEachParquetRow(
      {samples.begin(), samples.end()}, places,
      [&](size_t place, std::string&& record, std::string_view image) -> Status {
        PackRow& row = (*rows)[place];
        FW_TRY(TakeRecord(std::move(record), &row)
                   .WithContext(fmt::format("sample '{}' of {}", row.id,
                                            pool->DatasetOf(samples[place]).name)));
        row.image = image;
        return OkStatus();
      });
}

Result<std::vector<PackRow>> PackRowReader::Read(std::span<const SampleRef> samples) {
  std::vector<PackRow> rows(samples.size());
  std::vector<size_t> records;
  std::vector<size_t> parquet;
  for (size_t i = 0; i < samples.size(); ++i) {
    const PoolDataset& dataset = impl_->pool->DatasetOf(samples[i]);
    rows[i].data_source = dataset.name;
    rows[i].images_root = impl_->images_root.empty() ? dataset.images_root : impl_->images_root;
    (dataset.format == SampleFormat::kParquet ? parquet : records).push_back(i);
  }
  FW_TRY(impl_->ReadRecords(samples, records, &rows));
  FW_TRY(impl_->ReadParquet(samples, parquet, &rows));
  return rows;
}

std::optional<ImageFinding> LoadImage(PackRow* row) {
  if (!row->has_image() || !row->image.empty()) return std::nullopt;
  const Result<std::string> path = ImagePath(row->images_root, row->image_path);
  if (!path.ok()) return ImageFinding{ImageProblem::kOutsideRoot, path.status().message()};
  std::error_code none;
  if (std::filesystem::file_size(*path, none) > kMostImageBytes && !none) {
    return ImageFinding{ImageProblem::kUndecodable,
                        fmt::format("{}: expected an image, found more than 1 GiB", *path)};
  }
  Result<std::string> bytes = ReadFile(*path);
  if (bytes.ok() && !ImageExtension(*bytes).empty()) {
    row->image = *std::move(bytes);
    return std::nullopt;
  }
  // Says what is wrong in the words of the other commands, with their hints.
  std::optional<ImageFinding> finding = CheckImageFile(row->images_root, row->image_path);
  if (finding && finding->problem != ImageProblem::kWrongExtension) return finding;
  return ImageFinding{ImageProblem::kUnreadable,
                      fmt::format("{}: changed while it was read", *path)};
}

}  // namespace flywheel
