#pragma once
// The manual page and the shells' completions, generated from the options themselves.

#include <string>

namespace carbontracker::cli {

[[nodiscard]] std::string manual_page();                          // roff, section 1
[[nodiscard]] std::string completions(const std::string& shell);  // "bash", "zsh", "fish"

}  // namespace carbontracker::cli
