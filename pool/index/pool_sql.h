// A pool's columns for SQL: DuckDB with the views `samples` and `rejects` over the Parquet files of
// the opened generation. Read only.
#pragma once

#include <string>

#include "base/result.h"
#include "pool/index/pool.h"
#include "pool/sql/duck.h"

namespace flywheel {

// Columns of `samples`: dataset, category, row, id, image ('' for text only), turns, words,
// has_box, options, content_hash, type (1 to 9, 0 none; NULL before `pool tag`), type_score,
// signature and image_key (NULL before `pool signatures`), file, position, length. Of `rejects`:
// dataset, file, position, record, reason, message.
Result<Duck> OpenPoolSql(const Pool& pool, const DuckLimits& limits);

}  // namespace flywheel
