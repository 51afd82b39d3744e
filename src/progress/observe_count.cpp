// Counts beside a loss, and plans: "[3/100] loss: 0.5", "3/100, loss 0.5", "loss: 2.303  [ 6400/60000]", "Num Epochs = 3".

#include "base/text.h"
#include "progress/observation.h"
#include "progress/scan.h"

namespace carbontracker {
namespace {

using scan::Cursor;
using Kind = Observation::Kind;

constexpr auto npos = std::string_view::npos;

bool is_loss(std::string_view text) { return scan::contains(text, "loss") && scan::has_result(text); }

// The words up to the first number say what the line is about.
bool is_about_something_else(std::string_view text) {
  const auto number = text.find_first_of("0123456789");
  const std::string_view words = trim(text.substr(0, number));
  return starts_with_no_case(words, "val") || scan::is_about_something_else(words);
}

Observation count(double n, double of) {
  Observation seen;
  seen.kind = Kind::bar;
  seen.source = "count";
  seen.n = n;
  seen.of = of;
  seen.metrics = seen.result = true;
  seen.sure = true;
  return seen;
}

// "[3/100] loss", "INFO: [3/100], train loss"; without brackets at the line's beginning only.
std::optional<Observation> counted_before(std::string_view line) {
  const auto bracket = line.find('[');
  const bool leads = !line.empty() && scan::digit(line.front());
  if (!leads && (bracket == npos || !scan::is_log_prefix(line.substr(0, bracket)))) return std::nullopt;
  Cursor cursor(leads ? line : line.substr(bracket + 1));
  double n = 0, of = 0;
  cursor.skip_any(" ");
  if (!cursor.ratio(n, of) || of < 2 || n > of) return std::nullopt;
  cursor.skip_any(" ]:,;|-");
  if (cursor.at_end() || !scan::letter(cursor.peek()) || !is_loss(cursor.rest()) || is_about_something_else(cursor.rest())) return std::nullopt;
  return count(n, of);
}

// The tutorial of PyTorch: "loss: 2.303494  [   64/60000]".
std::optional<Observation> counted_after(std::string_view line) {
  const auto bracket = line.rfind('[');
  if (bracket == npos || !line.ends_with(']') || !is_loss(line.substr(0, bracket)) || is_about_something_else(line)) return std::nullopt;
  Cursor cursor(line.substr(bracket + 1));
  double n = 0, of = 0;
  cursor.skip_any(" ");
  if (!cursor.ratio(n, of) || of < 2 || n > of || cursor.rest() != "]") return std::nullopt;
  return count(n, of);
}

// "45,684" -> 45684.
double grouped_number(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (scan::digit(c)) digits += c;
    else if (c != ',') break;
  }
  return parse_double(digits).value_or(0);
}

}  // namespace

std::optional<Observation> observe_count(std::string_view line) {
  line = trim(line);
  if (auto seen = counted_before(line)) return seen;
  return counted_after(line);
}

// Hugging Face, nanoGPT, timm, mmcv.
std::optional<Observation> observe_plan(std::string_view line) {
  struct Known { std::string_view text; Kind kind; };
  for (const Known known : {Known{"num epochs = ", Kind::total_epochs}, {"scheduled epochs: ", Kind::total_epochs}, {"('train', 1)], max: ", Kind::total_epochs},
                            {"total optimization steps = ", Kind::total_steps}, {"overriding: max_iters = ", Kind::total_steps}}) {
    const auto at = scan::find(line, known.text);
    if (at == npos) continue;
    const double total = grouped_number(line.substr(at + known.text.size()));
    if (total <= 0) continue;
    Observation seen;
    seen.kind = known.kind;
    seen.source = "plan";
    seen.of = total;
    return seen;
  }
  return std::nullopt;
}

}  // namespace carbontracker
