// The summaries of base/records/summaries.h to and from JSON, in protobuf's JSON form. A part of
// record_codec; programs that write one summary as a file (evaluation, analysis) use it directly.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/records/summaries.h"
#include "base/status.h"

namespace flywheel {

// A number; protobuf writes what JSON has no number for as "NaN", "Infinity" and "-Infinity".
// Reading refuses those three: a result with them is no result.
nlohmann::json NumberToJson(double value);

nlohmann::json ToJson(const PrepareSummary& summary);
nlohmann::json ToJson(const EvaluationSummary& summary);
nlohmann::json ToJson(const AnalysisSummary& summary);
nlohmann::json ToJson(const GenerationSummary& summary);
nlohmann::json ToJson(const TrainingSummary& summary);

// INVALID_ARGUMENT names the member: "<where>.splits[0].total.n: expected a whole number". A member
// that is left out is zero, empty or absent, as in protobuf.
Status ReadSummaryJson(const nlohmann::json& value, const std::string& where,
                       PrepareSummary* summary);
Status ReadSummaryJson(const nlohmann::json& value, const std::string& where,
                       EvaluationSummary* summary);
Status ReadSummaryJson(const nlohmann::json& value, const std::string& where,
                       AnalysisSummary* summary);
Status ReadSummaryJson(const nlohmann::json& value, const std::string& where,
                       GenerationSummary* summary);
Status ReadSummaryJson(const nlohmann::json& value, const std::string& where,
                       TrainingSummary* summary);

}  // namespace flywheel
