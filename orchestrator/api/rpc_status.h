// Status of the core as gRPC's. The codes are the same numbers by design (base/status.h).
#pragma once

#include <grpcpp/support/status.h>

#include "base/status.h"

namespace flywheel {

inline grpc::Status ToGrpc(const Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), status.message());
}

}  // namespace flywheel
