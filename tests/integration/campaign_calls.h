// The calls that tests make at a running daemon, each of which must succeed, and what they ask of
// the events that come back. One connection a call: a daemon may have been killed in between.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/integration/daemon_process.h"

namespace flywheel::testing {

// The campaign's resource name.
std::string Create(const DaemonProcess& daemon, const v1::CampaignSpec& spec,
                   const std::string& request_id = "");
// How a create ended, where it may be refused.
grpc::Status TryCreate(const DaemonProcess& daemon, const v1::CampaignSpec& spec,
                       const std::string& request_id = "");
v1::Campaign Get(const DaemonProcess& daemon, const std::string& name);
v1::Campaign Pause(const DaemonProcess& daemon, const std::string& name);
v1::Campaign Resume(const DaemonProcess& daemon, const std::string& name);
v1::Campaign Cancel(const DaemonProcess& daemon, const std::string& name);
// Everything about the campaign so far; of all campaigns when `name` is empty.
std::vector<v1::Event> Events(const DaemonProcess& daemon, const std::string& name);
// Everything about it to its end.
std::vector<v1::Event> WatchToEnd(const DaemonProcess& daemon, const std::string& name);

// "i1/train/model" and so on, with digests.
std::map<std::string, std::string> Outputs(const std::vector<v1::Event>& events);
// Attempts that started and whose name holds `part`.
int StartsOf(const std::vector<v1::Event>& events, const std::string& part);
int SuccessesOf(const std::vector<v1::Event>& events, const std::string& part);
// In the order of their ends.
std::vector<v1::AttemptFailed> Failures(const std::vector<v1::Event>& events);
v1::Campaign::State EndState(const std::vector<v1::Event>& events);

}  // namespace flywheel::testing
