#pragma once
// Names of the files in a data home.

#include <string>
#include <string_view>

namespace carbontracker {

[[nodiscard]] std::string journals_directory(const std::string& home);

// Text as part of a file name: letters, digits, '-', '_' and '.' stay (a leading '.' does not); anything else, and what is
// longer than 80 bytes, is replaced and a checksum of the whole added, so that different texts keep different names.
[[nodiscard]] std::string file_name_part(std::string_view text);

// <run id>.<node>.<attempt>.journal
[[nodiscard]] std::string journal_name(const std::string& run_id, const std::string& node, int attempt);
// <run id>.name: the name a run was given later.
[[nodiscard]] std::string name_file(const std::string& run_id);

}  // namespace carbontracker
