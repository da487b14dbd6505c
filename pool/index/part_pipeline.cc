#include "pool/index/part_pipeline.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace flywheel {
namespace {

constexpr size_t kMostWaiting = 1;

struct NumberedWork {
  int64_t sequence = 0;
  PartWork work;
};

}  // namespace

struct PartPipeline::Impl {
  explicit Impl(const PipelineConfig& of)
      : config(of),
        next_sequence(of.first_sequence),
        next_row(of.first_row),
        next_turn(of.first_sequence) {}

  void Work(Duck duck);
  std::optional<NumberedWork> Pop();
  int64_t FirstRowOf(const NumberedWork& numbered, const SampleBatch& batch);
  Status Make(NumberedWork* numbered, SampleParser* parser, SampleBatch* scratch, Duck* duck);
  void Close();

  const PipelineConfig config;
  std::mutex mutex;
  std::condition_variable changed;
  // All below under the mutex.
  std::deque<NumberedWork> waiting;
  std::vector<RecordBlock> spare;
  Status failure;
  bool closed = false;
  int64_t next_sequence;
  int64_t next_row;
  int64_t next_turn;  // the part that may say next how many rows it has
  int64_t accepted = 0;
  int64_t rejected = 0;
  std::string first_rejected;
  std::vector<std::thread> threads;  // the pusher's
};

std::optional<NumberedWork> PartPipeline::Impl::Pop() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return !waiting.empty() || closed || !failure.ok(); });
  if (waiting.empty() || !failure.ok()) return std::nullopt;
  NumberedWork next = std::move(waiting.front());
  waiting.pop_front();
  changed.notify_all();
  return next;
}

// Waits for the parts before this one, each of which a thread has taken already, to say how many
// rows they have.
int64_t PartPipeline::Impl::FirstRowOf(const NumberedWork& numbered, const SampleBatch& batch) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this, &numbered] { return next_turn == numbered.sequence; });
  const int64_t first_row = next_row;
  next_row += static_cast<int64_t>(batch.size());
  accepted += static_cast<int64_t>(batch.size());
  rejected += static_cast<int64_t>(batch.rejected.size());
  if (first_rejected.empty() && !batch.rejected.empty()) {
    const RejectedRecord& record = batch.rejected.front();
    first_rejected = fmt::format("{}: byte {}: record {}: {}: {}", numbered.work.file_path,
                                 record.offset, record.number, record.reason, record.message);
  }
  ++next_turn;
  changed.notify_all();
  return first_row;
}

Status PartPipeline::Impl::Make(NumberedWork* numbered, SampleParser* parser, SampleBatch* scratch,
                                Duck* duck) {
  PartWork& work = numbered->work;
  const SampleBatch* batch = scratch;
  if (auto* block = std::get_if<RecordBlock>(&work.samples)) {
    scratch->Clear();
    parser->Parse(*block, scratch);
    const std::lock_guard lock(mutex);
    spare.push_back(std::move(*block));
  } else {
    batch = std::get<std::unique_ptr<SampleBatch>>(work.samples).get();
  }
  PartPlace place{.folder = config.folder,
                  .dataset = config.dataset,
                  .category = config.category,
                  .file_path = work.file_path,
                  .sequence = numbered->sequence,
                  .file = work.file};
  place.first_row = FirstRowOf(*numbered, *batch);
  return WritePart(place, *batch, work.end, duck).status();
}

void PartPipeline::Impl::Work(Duck duck) {
  SampleParser parser(config.format, config.dataset);
  SampleBatch scratch;
  while (std::optional<NumberedWork> work = Pop()) {
    const Status made = Make(&*work, &parser, &scratch, &duck);
    if (made.ok()) continue;
    const std::lock_guard lock(mutex);
    if (failure.ok()) failure = made;
    changed.notify_all();
    return;
  }
}

void PartPipeline::Impl::Close() {
  {
    const std::lock_guard lock(mutex);
    closed = true;
    changed.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
}

PartPipeline::PartPipeline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartPipeline::PartPipeline(PartPipeline&&) noexcept = default;

PartPipeline::~PartPipeline() {
  if (impl_ != nullptr) impl_->Close();
}

Result<PartPipeline> PartPipeline::Start(const PipelineConfig& config) {
  auto impl = std::make_unique<Impl>(config);
  std::vector<Duck> ducks;
  for (int i = 0; i < config.threads; ++i) {
    FW_ASSIGN(Duck duck, Duck::Open({.threads = 1, .memory_mib = 128, .temp_folder = ""}));
    ducks.push_back(std::move(duck));
  }
  for (Duck& duck : ducks) {
    impl->threads.emplace_back(
        [state = impl.get(), moved = std::move(duck)]() mutable { state->Work(std::move(moved)); });
  }
  return PartPipeline(std::move(impl));
}

Status PartPipeline::Push(PartWork work) {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(
      lock, [this] { return impl_->waiting.size() < kMostWaiting || !impl_->failure.ok(); });
  FW_TRY(impl_->failure);
  impl_->waiting.push_back({impl_->next_sequence++, std::move(work)});
  impl_->changed.notify_all();
  return OkStatus();
}

std::optional<RecordBlock> PartPipeline::TakeSpare() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->spare.empty()) return std::nullopt;
  RecordBlock block = std::move(impl_->spare.back());
  impl_->spare.pop_back();
  return block;
}

int64_t PartPipeline::accepted() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->accepted;
}

int64_t PartPipeline::rejected() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->rejected;
}

std::string PartPipeline::first_rejected() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->first_rejected;
}

Status PartPipeline::Finish() {
  impl_->Close();
  return impl_->failure;
}

}  // namespace flywheel
