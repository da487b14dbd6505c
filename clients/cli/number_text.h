// Numbers as people read them in tables and on progress lines. One place, so that the same value
// looks the same everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flywheel {

// 0.4974 -> "49.7".
std::string Percent(double share);
// 0.034 -> "+3.4", -0.02 -> "-2.0".
std::string SignedPercent(double share);
// "0.034", "0.0004", "1.2e-19".
std::string PValueText(double p);
// Seconds as "0:07", "12:05" or "1:02:03".
std::string DurationText(double seconds);
// Seconds with the digits that matter: "0.4", "6.1", "58".
std::string SecondsText(double seconds);
// The first 12 digits of a digest; enough to tell models of a campaign apart.
std::string ShortDigest(std::string_view digest);
// 1234567 -> "1,234,567".
std::string CountText(int64_t count);
// "1 image", "2 images".
std::string Counted(int64_t count, std::string_view noun);

}  // namespace flywheel
