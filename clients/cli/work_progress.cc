#include "clients/cli/work_progress.h"

#include <unistd.h>

#include <algorithm>

namespace flywheel {
namespace {

constexpr auto kShowEvery = std::chrono::milliseconds(100);
constexpr double kMegabyte = 1e6;

}  // namespace

WorkProgress::WorkProgress(int64_t total)
    : pane_(STDERR_FILENO), total_(total), begin_(Clock::now()), shown_(begin_) {}

double WorkProgress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

void WorkProgress::Show(const std::string& label, int64_t done) {
  const Clock::time_point now = Clock::now();
  if (now - shown_ < kShowEvery) return;
  shown_ = now;
  v1::RunningAttempt work;
  work.set_attempt("pool/" + label);
  v1::TaskProgress& progress = *work.mutable_progress();
  const double rate = static_cast<double>(done) / seconds();
  progress.set_rate(rate / kMegabyte);
  progress.set_unit("MB");
  if (total_ > 0) {
    progress.set_fraction(std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)));
    progress.set_eta_s(std::max(0.0, static_cast<double>(total_ - done) / rate));
  }
  pane_.Show({work});
}

}  // namespace flywheel
