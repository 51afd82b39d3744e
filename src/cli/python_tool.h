#pragma once
// The old command line of the Python package (carbontracker --log_dir D python train.py, --parse D, --report LOG): handed to the
// package's own interpreter, python3 -m carbontracker._legacy WORDS.

#include <string>
#include <vector>

#include "base/host.h"

namespace carbontracker::cli {

// Whether the first word is an option of it that no verb of ours has.
[[nodiscard]] bool is_python_tool_line(const std::vector<std::string>& words);
// The interpreters that may have the package: beside `program` (the wheel's own environment), then those of the path.
[[nodiscard]] std::vector<std::string> interpreters(const std::string& program, const std::string& search_path);
// Becomes that interpreter. Returns only where none has the package, having said so: 125, or 1 where no command was to be run.
int run_python_tool(const std::vector<std::string>& words, const Host& host);

}  // namespace carbontracker::cli
