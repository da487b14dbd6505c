// Writes small Parquet files of every layout that is read, for the fuzz target to begin with:
// fuzz_parquet_seeds FOLDER.
#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "pool/sql/duck.h"

int main(int argc, char** argv) {
  using namespace flywheel;  // NOLINT(google-build-using-namespace)
  if (argc != 2) return 2;
  const std::string turns =
      "[{'from': 'human', 'value': '<image>' || i}, {'from': 'gpt', 'value': 'Ho'}]";
  const std::array<std::string, 4> layouts{
      "SELECT 'id' || i AS id, " + turns +
          " AS conversations, 'src' AS data_source, CASE WHEN i % 2 = 0 THEN {'bytes': 'x'::BLOB, "
          "'path': 'a.png'} END AS image FROM range(5) t(i)",
      "SELECT i AS id, to_json(" + turns +
          ")::VARCHAR AS conversations, 'coco/' || i AS image, 0.5 AS score FROM range(3) t(i)",
      "SELECT 'a' AS id, " + turns +
          " AS conversations, CASE WHEN i > 1 THEN 'x'::BLOB END AS image "
          "FROM range(3) t(i)",
      "SELECT 'hello' AS text"};
  Result<Duck> duck = Duck::Open({});
  for (size_t i = 0; duck.ok() && i < layouts.size(); ++i) {
    for (const char* compression : {"uncompressed", "zstd", "snappy"}) {
      const std::string path = fmt::format("{}/{}-{}.parquet", argv[1], i, compression);
      const Status status =
          duck->Run(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION {})", layouts[i],
                                SqlText(path), compression));
      if (!status.ok()) {
        std::fprintf(stderr, "%s\n", status.message().c_str());
        return 1;
      }
    }
  }
  return duck.ok() ? 0 : 1;
}
