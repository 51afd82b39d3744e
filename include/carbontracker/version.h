#pragma once

namespace carbontracker {

inline constexpr const char* kVersion = "3.0.0";

}  // namespace carbontracker
