#include "pool/dataoptim/synthetic_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/io/files.h"
#include "base/rng.h"
#include "pool/dataoptim/synthetic_records.h"
#include "pool/formats/python_json.h"
#include "pool/formats/staged_file.h"

namespace flywheel {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

struct Written {
  int64_t samples = 0;
  int64_t bytes = 0;
};

Result<SyntheticFile> WriteOne(const CatalogueDataset& dataset, int64_t samples,
                               const SyntheticPoolOptions& options, Written* written) {
  FW_ASSIGN(SyntheticRecords records,
            SyntheticRecords::Create(dataset, samples, DeriveSeed(options.seed, dataset.name)));
  SyntheticFile made{dataset.name, fmt::format("{}/data/{}", options.out, dataset.file), samples,
                     0};
  FW_ASSIGN(StagedFile file, StagedFile::Create(made.path));
  std::string text;
  text.reserve(2 * kBufferBytes);
  int64_t reported = 0;
  const auto flush = [&](int64_t done) -> Status {
    FW_TRY(file.Append(text));
    text.clear();
    written->samples += done - reported;
    written->bytes += file.bytes() - made.bytes;
    reported = done;
    made.bytes = file.bytes();
    if (!options.progress) return OkStatus();
    return options.progress({dataset.name, written->samples, written->bytes});
  };
  for (int64_t i = 0; i < samples; ++i) {
    text += i == 0 ? kPythonListOpen : kPythonListSeparator;
    records.AppendNext(&text);
    if (text.size() >= kBufferBytes) FW_TRY(flush(i + 1));
  }
  text += samples == 0 ? "[]" : kPythonListClose;
  FW_TRY(flush(samples));
  // Made again by the same command: nothing that a power cut may cost.
  FW_TRY(file.Commit(Durability::kProcessCrash));
  return made;
}

std::string Description(const SyntheticPoolOptions& options,
                        const std::vector<SyntheticFile>& files) {
  nlohmann::ordered_json description = {
      {"what", "made-up samples in the shape of the DataOptim pool; the images do not exist"},
      {"samples", options.samples},
      {"seed", options.seed},
      {"files", nlohmann::ordered_json::array()}};
  for (const SyntheticFile& file : files) {
    description["files"].push_back(
        {{"dataset", file.dataset}, {"samples", file.samples}, {"bytes", file.bytes}});
  }
  return description.dump(2) + "\n";
}

}  // namespace

std::vector<int64_t> SyntheticCounts(const Catalogue& catalogue, int64_t samples) {
  const size_t n = catalogue.datasets.size();
  std::vector<int64_t> counts(n);
  std::vector<int64_t> remainders(n);
  int64_t given = 0;
  for (size_t i = 0; i < n; ++i) {
    const int64_t share = samples * catalogue.datasets[i].samples;
    counts[i] = share / catalogue.samples;
    remainders[i] = share % catalogue.samples;
    given += counts[i];
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; given < samples; ++i, ++given) ++counts[order[i]];
  return counts;
}

Result<std::vector<SyntheticFile>> WriteSyntheticPool(const Catalogue& catalogue,
                                                      const SyntheticPoolOptions& options) {
  if (options.samples < 1 || options.samples > kMostSyntheticSamples) {
    return InvalidArgument(
        fmt::format("samples: expected 1 to {}, found {}", kMostSyntheticSamples, options.samples));
  }
  FW_TRY(MakeDirectories(options.out + "/data"));
  const std::vector<int64_t> counts = SyntheticCounts(catalogue, options.samples);
  std::vector<SyntheticFile> files;
  Written written;
  for (size_t i = 0; i < counts.size(); ++i) {
    FW_ASSIGN(SyntheticFile file, WriteOne(catalogue.datasets[i], counts[i], options, &written));
    files.push_back(std::move(file));
  }
  FW_TRY(WriteFileAtomic(options.out + "/synthetic.json", Description(options, files)));
  return files;
}

}  // namespace flywheel
