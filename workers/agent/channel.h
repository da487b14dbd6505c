// The channel to the daemon, and what tasks inherit besides the usual: where a build with fault
// points (workers/agent/faults) puts streams that break. Private to this folder.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <string>
#include <string_view>

namespace flywheel {

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address,
                                           const grpc::ChannelArguments& arguments);

// The name of a variable that a task inherits from its worker; empty in a product build.
std::string_view AlsoInherited();

}  // namespace flywheel
