// The threads of an import: one reads blocks, the others parse them and write parts. Parts end up
// as if one thread had made them one after the other. At most one block waits, so that memory is
// bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "pool/formats/sample_format.h"
#include "pool/index/part_writer.h"

namespace flywheel {

struct PipelineConfig {
  std::string folder;
  std::string dataset;
  std::string category;
  SampleFormat format = SampleFormat::kLlava;
  int threads = 2;
  int64_t first_sequence = 0;  // and
  int64_t first_row = 0;       // of the first part, when an import goes on
};

// A part that is still to be made: records to parse, or samples that have been parsed.
struct PartWork {
  int32_t file = 0;
  std::string file_path;
  RecordPosition end;
  std::variant<RecordBlock, std::unique_ptr<SampleBatch>> samples;
};

class PartPipeline {
 public:
  static Result<PartPipeline> Start(const PipelineConfig& config);
  PartPipeline(PartPipeline&&) noexcept;
  ~PartPipeline();  // makes what waits, so that an import that is stopped has got on, and joins

  // Waits while another block waits. The first failure of a thread comes back, and no work is taken
  // afterwards.
  Status Push(PartWork work);
  // A block that a thread has done with, so that its memory is used again.
  std::optional<RecordBlock> TakeSpare();
  // Samples accepted and records rejected so far.
  int64_t accepted() const;
  int64_t rejected() const;
  // "<file>: byte 12: record 3: no_id: ..." of the first one; empty: none.
  std::string first_rejected() const;
  // Waits for all that was pushed.
  Status Finish();

 private:
  struct Impl;
  explicit PartPipeline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel
