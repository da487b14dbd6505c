#include "pool/export/exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pool/boxes/row_boxes.h"
#include "pool/export/export_sink.h"
#include "pool/formats/json_records.h"
#include "pool/formats/llava_row.h"
#include "pool/images/image_files.h"
#include "pool/images/image_sizes.h"
#include "pool/index/llava_records.h"
#include "pool/index/sample_batch.h"
#include "pool/select/selection_file.h"

namespace flywheel {
namespace {

constexpr size_t kBatch = 4096;

// The space of a data set's boxes where rows do not say it: unknown data sets are taken to follow
// most.
BoxSpace SpaceOf(const Catalogue& catalogue, const std::string& dataset) {
  const CatalogueDataset* known = catalogue.Find(dataset);
  const bool padded = known != nullptr && known->boxes == BoxConvention::kSquarePadded;
  return padded ? BoxSpace::kSquarePadded : BoxSpace::kOriginal;
}

class Exporter {
 public:
  Exporter(const ExportRequest& request, const Catalogue& catalogue, Pool* pool)
      : request_(request),
        catalogue_(catalogue),
        pool_(*pool),
        images_(request.images, request.images_out) {}

  Result<ExportSummary> Run() {
    FW_ASSIGN(sink_, OpenExportSink(request_.format, request_.out));
    if (!request_.base.empty()) FW_TRY(WriteBase());
    for (size_t begin = 0; begin < request_.samples.size(); begin += kBatch) {
      const size_t end = std::min(begin + kBatch, request_.samples.size());
      FW_TRY(WriteBatch({request_.samples.begin() + static_cast<int64_t>(begin),
                         request_.samples.begin() + static_cast<int64_t>(end)}));
      request_.progress(static_cast<int64_t>(end));
    }
    FW_TRY(sink_->Finish());
    summary_.images = images_.counts();
    return std::move(summary_);
  }

 private:
  Status WriteBase() {
    return ForEachJsonRecord(
        request_.base, [this](std::string_view text, int64_t number) -> Status {
          FW_ASSIGN(const LlavaRow row, ParseLlavaRow(text));
          for (int64_t i = CopiesOf(number - 1, request_.mixture.base); i > 0; --i) {
            FW_TRY(sink_->Write({text, row.id}));
            ++summary_.from_base;
            ++summary_.written;
          }
          return OkStatus();
        });
  }

  Status WriteBatch(const std::vector<SampleRef>& samples) {
    Selection batch;
    for (const SampleRef& sample : samples) batch.samples.push_back({sample, ""});
    FW_ASSIGN(std::vector<SelectedRecord> records, ReadSelected(batch, &pool_));
    FW_TRY(ExtractImages(samples));
    for (SelectedRecord& record : records) {
      const int64_t copies = CopiesOf(index_++, request_.mixture.added);
      FW_TRY(WriteOne(&record, copies).WithContext(fmt::format("sample '{}'", record.id)));
    }
    return OkStatus();
  }

  Status WriteOne(SelectedRecord* record, int64_t copies) {
    const PoolDataset& dataset = pool_.DatasetOf(record->selected.sample);
    FW_ASSIGN(std::string json, LlavaRecordOf(dataset, record->id, std::move(record->record)));
    FW_ASSIGN(const bool keep, TakeImage(dataset, json));
    if (!keep) return OkStatus();
    if (request_.boxes.has_value()) FW_TRY(ConvertRow(dataset, &json));
    const std::string name = NameOf(dataset, *record);
    for (; copies > 0; --copies) {
      FW_TRY(sink_->Write({json, name}));
      ++summary_.written;
    }
    return OkStatus();
  }

  // An id where it is the only one, else as `select --ids` finds this sample again.
  std::string NameOf(const PoolDataset& dataset, const SelectedRecord& record) const {
    if (request_.format != ExportFormat::kIds) return record.id;
    if (pool_.FindHash(HashOfId(record.id)).size() == 1) return record.id;
    return fmt::format("{}:{}#{}", dataset.name, record.id, record.occurrence);
  }

  const std::string& RootOf(const PoolDataset& dataset) const {
    return request_.images_root.empty() ? dataset.images_root : request_.images_root;
  }

  // False when the sample is left out.
  Result<bool> TakeImage(const PoolDataset& dataset, std::string_view json) {
    const bool nothing = request_.images == ImageTransfer::kNone;
    if ((nothing && request_.bad_images == BadImages::kKeep) ||
        dataset.format == SampleFormat::kParquet) {
      return true;
    }
    FW_ASSIGN(const LlavaRow row, ParseLlavaRow(json));
    if (row.image.empty()) return true;
    const std::string& root = RootOf(dataset);
    if (root.empty()) {
      return FailedPrecondition(
          fmt::format("the folder of images of {} is not known; give --images-root", dataset.name));
    }
    if (request_.bad_images != BadImages::kKeep) {
      const auto finding = CheckImageFile(root, row.image);
      if (finding.has_value() && finding->problem != ImageProblem::kWrongExtension) {
        if (request_.bad_images == BadImages::kRefuse) return InvalidArgument(finding->message);
        ++summary_.left_out[std::string(ImageProblemName(finding->problem)) + " image"];
        return false;
      }
    }
    if (!nothing) FW_TRY(images_.Transfer(root, row.image));
    return true;
  }

  // Of the samples whose images lie in Parquet files.
  Status ExtractImages(const std::vector<SampleRef>& samples) {
    if (request_.images == ImageTransfer::kNone) return OkStatus();
    std::vector<size_t> chosen;
    for (size_t i = 0; i < samples.size(); ++i) {
      if (pool_.DatasetOf(samples[i]).format == SampleFormat::kParquet) chosen.push_back(i);
    }
    return pool_.ForEachParquetRow(
        samples, chosen, [this](size_t, std::string&& record, std::string_view image) -> Status {
          if (image.empty()) return OkStatus();
          FW_ASSIGN(const LlavaRow row, ParseLlavaRow(record));
          return images_.Extract(row.image, image);
        });
  }

  Status ConvertRow(const PoolDataset& dataset, std::string* json) {
    auto converter = converters_.find(dataset.name);
    if (converter == converters_.end()) {
      auto sizes = std::make_shared<ImageSizes>(RootOf(dataset));
      const BoxConversion conversion{.to = *request_.boxes,
                                     .unrecorded = SpaceOf(catalogue_, dataset.name)};
      converter = converters_
                      .emplace(dataset.name, RowBoxConverter(conversion,
                                                             [sizes](const std::string& image) {
                                                               return sizes->SizeOf(image);
                                                             }))
                      .first;
    }
    FW_ASSIGN(ConvertedRow converted, converter->second.Convert(*json));
    summary_.boxes += converted.boxes;
    *json = std::move(converted.json);
    return OkStatus();
  }

  const ExportRequest& request_;
  const Catalogue& catalogue_;
  Pool& pool_;
  std::unique_ptr<ExportSink> sink_;
  ImageExporter images_;
  std::map<std::string, RowBoxConverter> converters_;  // by data set
  int64_t index_ = 0;                                  // of the next sample
  ExportSummary summary_;
};

}  // namespace

Result<ExportSummary> Export(const ExportRequest& request, const Catalogue& catalogue, Pool* pool) {
  return Exporter(request, catalogue, pool).Run();
}

}  // namespace flywheel
