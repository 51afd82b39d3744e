#pragma once
// A file that the user named: where it is not there, the error says where it was looked for.

#include <cstddef>
#include <string>

#include "carbontracker/result.h"

namespace carbontracker {

// read_file (base/files.h).
[[nodiscard]] Result<std::string> read_named_file(const std::string& path, std::size_t limit);

}  // namespace carbontracker
