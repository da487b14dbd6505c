// The numbers that tasks hand back (base/records/summaries.h) to and from report.proto, field for
// field. Reading cannot fail: every value of the messages is a value of the records.
#pragma once

#include "base/records/summaries.h"
#include "flywheel/v1/report.pb.h"

namespace flywheel {

v1::Accuracy ToProto(const Accuracy& value);
v1::TypeAccuracy ToProto(const TypeAccuracy& value);
v1::PairedTest ToProto(const PairedTest& value);
v1::TypeWeight ToProto(const TypeWeight& value);
v1::PrepareSummary ToProto(const PrepareSummary& value);
v1::EvaluationSummary ToProto(const EvaluationSummary& value);
v1::AnalysisSummary ToProto(const AnalysisSummary& value);
v1::GenerationSummary ToProto(const GenerationSummary& value);
v1::TrainingSummary ToProto(const TrainingSummary& value);

PairedTest FromProto(const v1::PairedTest& message);
PrepareSummary FromProto(const v1::PrepareSummary& message);
EvaluationSummary FromProto(const v1::EvaluationSummary& message);
AnalysisSummary FromProto(const v1::AnalysisSummary& message);
GenerationSummary FromProto(const v1::GenerationSummary& message);
TrainingSummary FromProto(const v1::TrainingSummary& message);

}  // namespace flywheel
