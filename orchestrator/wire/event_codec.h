// The core's events to and from event.proto: what the journal stores and what watchers receive.
#pragma once

#include "base/result.h"
#include "flywheel/v1/event.pb.h"
#include "orchestrator/core/event.h"

namespace flywheel {

// INTERNAL when a spec's section cannot be written.
Result<v1::Event> ToProto(const Event& event);
// The same into an empty message, which may lie on an arena.
Status Write(const Event& event, v1::Event& message);

// DATA_LOSS names the seq and what cannot be read: an attempt's or a stage's name, or a kind of
// event that this version does not know.
Result<Event> FromProto(const v1::Event& message);

v1::GateVerdict ToProto(const GateVerdict& verdict);
GateVerdict FromProto(const v1::GateVerdict& message);
v1::GateDecided ToProto(const GateDecided& decided);
GateDecided FromProto(const v1::GateDecided& message);

}  // namespace flywheel
