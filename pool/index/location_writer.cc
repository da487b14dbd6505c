#include "pool/index/location_writer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "pool/index/location_layout.h"

namespace flywheel {
namespace {

constexpr int64_t kSortedAtOnce = 8'000'000;  // 128 MB
constexpr size_t kBufferBytes = size_t{1} << 20;

uint64_t PlaceOf(const SampleLocation& location) {
  return static_cast<uint64_t>(location.file) << kLocationFileShift |
         static_cast<uint64_t>(location.position);
}

SampleLocation LocationOf(uint64_t place, uint32_t length) {
  return {static_cast<int32_t>(place >> kLocationFileShift),
          static_cast<int64_t>(place & (static_cast<uint64_t>(kMostBytesOfFile) - 1)), length};
}

// Puts values one behind the other into bytes that are there already.
class ValueWriter {
 public:
  explicit ValueWriter(char* bytes) : bytes_(bytes) {}

  template <typename T>
  void Put(T value) {
    std::memcpy(bytes_, &value, sizeof(T));
    bytes_ += sizeof(T);
  }

 private:
  char* bytes_;
};

template <typename T>
T ValueAt(std::string_view bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

// Writes the file's sections one behind the other.
class SectionWriter {
 public:
  SectionWriter(int fd, const std::string& path) : fd_(fd), path_(path), buffer_(kBufferBytes, 0) {}

  template <typename T>
  Status Add(T value) {
    if (used_ + sizeof(T) > buffer_.size()) FW_TRY(Flush());
    std::memcpy(buffer_.data() + used_, &value, sizeof(T));
    used_ += sizeof(T);
    return OkStatus();
  }
  Status EndSection() {
    while ((written_ + used_) % 8 != 0) FW_TRY(Add('\0'));
    return Flush();
  }

 private:
  Status Flush() {
    FW_TRY(WriteAll(fd_, std::string_view(buffer_).substr(0, used_), path_));
    written_ += used_;
    used_ = 0;
    return OkStatus();
  }

  int fd_;
  const std::string& path_;
  std::string buffer_;
  size_t used_ = 0;
  size_t written_ = 0;
};

using EachRun = std::function<Status(const LocationRun& run, int64_t first_row)>;

Status ForEachRun(const std::vector<std::string>& runs, const EachRun& each) {
  int64_t first_row = 0;
  for (const std::string& path : runs) {
    FW_ASSIGN(const LocationRun run, ReadLocationRun(path));
    FW_TRY(each(run, first_row));
    first_row += static_cast<int64_t>(run.locations.size());
  }
  return OkStatus();
}

Status WritePlaces(const std::vector<std::string>& runs, SectionWriter* writer) {
  const EachRun places = [writer](const LocationRun& run, int64_t) {
    for (const SampleLocation& location : run.locations) FW_TRY(writer->Add(PlaceOf(location)));
    return OkStatus();
  };
  const EachRun lengths = [writer](const LocationRun& run, int64_t) {
    for (const SampleLocation& location : run.locations) FW_TRY(writer->Add(location.length));
    return OkStatus();
  };
  FW_TRY(ForEachRun(runs, places));
  FW_TRY(writer->EndSection());
  FW_TRY(ForEachRun(runs, lengths));
  return writer->EndSection();
}

using HashedRow = std::pair<uint64_t, uint32_t>;

// The rows whose hashes lie in the `pass`th of `passes` equal ranges, sorted.
Result<std::vector<HashedRow>> SortedRange(const std::vector<std::string>& runs, uint64_t pass,
                                           uint64_t passes) {
  std::vector<HashedRow> sorted;
  FW_TRY(ForEachRun(runs, [&](const LocationRun& run, int64_t first_row) {
    for (size_t i = 0; i < run.id_hashes.size(); ++i) {
      const uint64_t hash = run.id_hashes[i];
      if (RangeOfHash(hash, passes) == pass)
        sorted.emplace_back(hash, static_cast<uint32_t>(first_row + i));
    }
    return OkStatus();
  }));
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Both sorted sections: the hashes are written in passes, the rows in the same passes again.
Status WriteSorted(const std::vector<std::string>& runs, LocationTotals* totals,
                   SectionWriter* writer) {
  const auto passes = static_cast<uint64_t>(totals->rows / kSortedAtOnce + 1);
  std::vector<HashedRow> sorted;
  for (uint64_t pass = 0; pass < passes; ++pass) {
    FW_ASSIGN(sorted, SortedRange(runs, pass, passes));
    for (size_t i = 0; i < sorted.size(); ++i) {
      if (i > 0 && sorted[i].first == sorted[i - 1].first) ++totals->repeated_ids;
      FW_TRY(writer->Add(sorted[i].first));
    }
  }
  FW_TRY(writer->EndSection());
  for (uint64_t pass = 0; pass < passes; ++pass) {
    if (passes > 1) {
      FW_ASSIGN(sorted, SortedRange(runs, pass, passes));
    }
    for (const HashedRow& row : sorted) FW_TRY(writer->Add(row.second));
  }
  return writer->EndSection();
}

Result<int64_t> CountRows(const std::vector<std::string>& runs) {
  int64_t rows = 0;
  FW_TRY(ForEachRun(runs, [&rows](const LocationRun& run, int64_t) {
    rows += static_cast<int64_t>(run.locations.size());
    return OkStatus();
  }));
  return rows;
}

}  // namespace

Status WriteLocationRun(const std::string& path, const LocationRun& run) {
  FW_CHECK(run.locations.size() == run.id_hashes.size(), "a hash for each location");
  std::vector<char> bytes(8 + run.locations.size() * 20);
  ValueWriter writer(bytes.data());
  writer.Put(static_cast<uint64_t>(run.locations.size()));
  for (const SampleLocation& location : run.locations) writer.Put(PlaceOf(location));
  for (const uint64_t hash : run.id_hashes) writer.Put(hash);
  for (const SampleLocation& location : run.locations) writer.Put(location.length);
  return WriteFileAtomic(path, {bytes.data(), bytes.size()});
}

Result<LocationRun> ReadLocationRun(const std::string& path) {
  FW_ASSIGN(const std::string text, ReadFile(path));
  const std::vector<char> bytes(text.begin(), text.end());
  if (bytes.size() < 8) return DataLoss(fmt::format("{}: is cut short", path));
  const std::string_view all(bytes.data(), bytes.size());
  const auto rows = static_cast<size_t>(ValueAt<uint64_t>(all, 0));
  if ((bytes.size() - 8) % 20 != 0 || (bytes.size() - 8) / 20 != rows) {
    return DataLoss(
        fmt::format("{}: is {} bytes long, not what {} rows take", path, bytes.size(), rows));
  }
  const std::string_view places = all.substr(8, rows * 8);
  const std::string_view hashes = all.substr(8 + rows * 8, rows * 8);
  const std::string_view lengths = all.substr(8 + rows * 16);
  LocationRun run;
  run.locations.reserve(rows);
  run.id_hashes.reserve(rows);
  for (size_t i = 0; i < rows; ++i) {
    run.locations.push_back(
        LocationOf(ValueAt<uint64_t>(places, i), ValueAt<uint32_t>(lengths, i)));
    run.id_hashes.push_back(ValueAt<uint64_t>(hashes, i));
  }
  return run;
}

Result<LocationTotals> WriteLocationFile(const std::vector<std::string>& runs,
                                         const std::string& path) {
  LocationTotals totals;
  FW_ASSIGN(totals.rows, CountRows(runs));
  if (totals.rows >= kMostRows) {
    return OutOfRange(
        fmt::format("{}: {} samples, a data set may have {}", path, totals.rows, kMostRows - 1));
  }
  const std::string temporary = path + ".tmp";
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return ErrnoStatus(errno, "create", temporary);
  const LocationHeader header = LocationHeaderOf(totals.rows);
  FW_TRY(WriteAll(file.get(), {reinterpret_cast<const char*>(&header), sizeof(header)}, temporary));
  SectionWriter writer(file.get(), temporary);
  FW_TRY(WritePlaces(runs, &writer));
  FW_TRY(WriteSorted(runs, &totals, &writer));
  if (DiskSync(file.get()) != 0) return ErrnoStatus(errno, "sync", temporary);
  if (file.Close() != 0) return ErrnoStatus(errno, "close", temporary);
  if (DiskRename(temporary, path) != 0) return ErrnoStatus(errno, "rename", temporary);
  return totals;
}

}  // namespace flywheel
