// A campaign file and what the command line changes in it, as the CampaignSpec that the daemon
// gets: comments gone, --set applied, paths absolute. Says where a file is wrong; whether the
// campaign makes sense is the daemon's to judge.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "clients/cli/json_places.h"
#include "flywheel/v1/campaign.pb.h"

namespace flywheel {

struct CampaignFile {
  std::string path;
  // "path=value" each, applied in order.
  std::vector<std::string> settings;
  // Absolute; data_root is relative to it.
  std::string current_dir;
};

struct LoadedCampaign {
  v1::CampaignSpec spec;
  // Where its members come from.
  JsonPlaces places;
};

// Where the file gives no display_name, its own name without the extension is taken. model.base is
// relative to the file's folder, data_root to current_dir. INVALID_ARGUMENT and NOT_FOUND name the
// file, the line and the field.
Result<LoadedCampaign> LoadCampaign(const CampaignFile& file);

// What the daemon says of a spec ("spec.iterations: 0: expected at least 1; spec.seed: ...") with
// the places of the file in front, a line each. Other failures stay as they are.
Status LocateSpecProblems(const Status& status, const JsonPlaces& places);

// SHA-256 of the spec: equal specs give equal digests, wherever the file lay.
std::string SpecDigest(const v1::CampaignSpec& spec);

}  // namespace flywheel
