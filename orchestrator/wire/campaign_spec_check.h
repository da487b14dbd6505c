// Whether a campaign can run at all, as far as its spec alone shows it: ranges, shares, names and
// whether the gate could ever promote. It reads no file: what lies in the data is found by prepare.
#pragma once

#include "base/result.h"
#include "flywheel/v1/campaign.pb.h"

namespace flywheel {

// Bounds that no spec may exceed.
inline constexpr int kMaxIterations = 1000;
inline constexpr int kMaxDisplayName = 64;

// INVALID_ARGUMENT names every wrong field, its value and what was expected:
// "spec.generate.images: 0: expected at least 1; spec.iterations: ...".
Status CheckCampaignSpec(const v1::CampaignSpec& spec);

// Questions that the gate split needs before exact McNemar can reject at all: with n questions the
// smallest p-value is 2^-n (every one fixed, none broken), and each of `looks` decisions has
// alpha / looks. alpha in (0, 1), looks >= 1.
int SmallestGateSplit(double alpha, int looks);

// Fills in what the spec leaves to the product: the gate's alpha, shares, scoring, the weight
// policy and where training starts. Stage policies stay as they are: those are the daemon's. Every
// check and every task sees the result of this.
v1::CampaignSpec WithSpecDefaults(v1::CampaignSpec spec);

}  // namespace flywheel
