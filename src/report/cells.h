#pragma once
// Text in the cells of tables: whatever a name holds, a table stays a table.

#include <string>
#include <string_view>

namespace carbontracker {

// Quoted where it must be; a cell that a spreadsheet would take for a formula (= + - @ first, and no number) gets a leading '. Control
// characters other than tab and line ends are shown.
[[nodiscard]] std::string csv_cell(std::string_view text);
// Pipes, angle brackets and line ends escaped; control characters shown.
[[nodiscard]] std::string markdown_cell(std::string_view text);

}  // namespace carbontracker
