#pragma once
// Small hand-written scanners over one line: std::regex is too slow and too heavy for every line a training prints.

#include <optional>
#include <string_view>

namespace carbontracker::scan {

[[nodiscard]] inline bool digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
[[nodiscard]] inline bool letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// Position of `word` (given in lower case) in `text`, in any case, at or after `from`; npos where there is none.
[[nodiscard]] std::size_t find(std::string_view text, std::string_view word, std::size_t from = 0);
[[nodiscard]] inline bool contains(std::string_view text, std::string_view word) { return find(text, word) != std::string_view::npos; }

// A cursor that eats from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  [[nodiscard]] std::string_view rest() const { return text_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] char peek() const { return text_.empty() ? '\0' : text_.front(); }
  void skip_any(std::string_view characters);
  bool eat(char c);
  bool eat_word(std::string_view lower_case);   // any case, no letter after it
  std::optional<double> integer();              // digits only, at most 15
  std::optional<double> number();               // digits, point, k/M/G suffix as tqdm's unit_scale writes
  // "3/10", "3 / 10", "3 of 10"; nothing is eaten where it is not one.
  bool ratio(double& n, double& of);

 private:
  std::string_view text_;
};

// A loss, accuracy, learning rate or the like with its value.
[[nodiscard]] bool has_metrics(std::string_view text);
// The same without the learning rate, which is known before training.
[[nodiscard]] bool has_result(std::string_view text);
// Work that goes on and is not training: "Tokenizing the corpus ...", but not "loaded 60000 images" or "Loading ... done".
[[nodiscard]] bool names_other_work(std::string_view text);
// Words of evaluation, loading, saving: what such a line counts is not the training.
[[nodiscard]] bool is_about_something_else(std::string_view text);
// The text before a keyword is nothing, a log prefix (times, levels, ranks, module names) or words of training.
[[nodiscard]] bool is_log_prefix(std::string_view text);

}  // namespace carbontracker::scan
