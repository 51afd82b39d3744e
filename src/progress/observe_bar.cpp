// Progress bars: tqdm "desc:  3%|## | 3/100 [00:05<02:41,  1.67s/it, loss=0.3]" and its users (Lightning, Ultralytics, HF),
// Keras "375/1875 [===>....] - ETA: 3s - loss: 0.3", Keras 3 and rich with heavy lines.

#include "base/text.h"
#include "progress/observation.h"
#include "progress/scan.h"

namespace carbontracker {
namespace {

using scan::Cursor;
using Kind = Observation::Kind;

struct TqdmBar {
  std::string_view description, postfix;
  double n = 0, of = 0, elapsed = 0;
  std::string unit;
};

// "05:12", "1:02:03"; ends at '<'.
std::optional<double> clock_time(Cursor& cursor) {
  double seconds = 0;
  int parts = 0;
  for (;; ++parts) {
    const auto part = cursor.integer();
    if (!part) return std::nullopt;
    seconds = seconds * 60 + *part;
    if (!cursor.eat(':')) break;
  }
  return parts >= 1 && cursor.eat('<') ? std::optional(seconds) : std::nullopt;
}

bool counts_steps(const std::string& unit) {
  for (const char* each : {"", "it", "batch", "batches", "step", "steps", "iter", "epoch", "epochs", "update", "ba"}) {
    if (unit == each) return true;
  }
  return false;
}

// "1.67s/it", "16.2batch/s" -> "it", "batch".
std::string unit_of(std::string_view rate) {
  const auto per = rate.find('/');
  if (per == std::string_view::npos) return {};
  std::string_view unit = rate.substr(per + 1);
  if (unit == "s") {
    unit = rate.substr(0, per);
    while (!unit.empty() && !scan::letter(unit.front())) unit.remove_prefix(1);
    if (unit.size() > 1 && std::string_view("kMG").find(unit.front()) != std::string_view::npos && counts_steps(lower(unit.substr(1)))) unit.remove_prefix(1);  // unit_scale
  }
  return lower(trim(unit));
}

// The "n/total" that ends where the bracket begins.
bool counts_before(std::string_view text, TqdmBar& bar) {
  text = trim(text);
  std::size_t from = text.size();
  while (from > 0 && (scan::digit(text[from - 1]) || std::string_view("./kMG").find(text[from - 1]) != std::string_view::npos)) --from;
  Cursor cursor(text.substr(from));
  const auto n = cursor.number();
  const auto of = n && cursor.eat('/') ? cursor.number() : std::nullopt;
  if (!of || !cursor.at_end() || *of <= 0 || *n > *of) return false;
  bar.n = *n;
  bar.of = *of;
  return true;
}

std::string_view description_of(std::string_view line, std::size_t bracket) {
  const auto percent = line.substr(0, bracket).find('%');
  if (percent == std::string_view::npos) return "?";
  std::size_t end = percent;
  while (end > 0 && scan::digit(line[end - 1])) --end;
  return trim(line.substr(0, end));
}

std::optional<TqdmBar> tqdm_bar(std::string_view line) {
  for (auto bracket = line.find('['); bracket != std::string_view::npos; bracket = line.find('[', bracket + 1)) {
    Cursor cursor(line.substr(bracket + 1));
    const auto elapsed = clock_time(cursor);
    if (!elapsed) continue;
    TqdmBar bar;
    bar.elapsed = *elapsed;
    if (!counts_before(line.substr(0, bracket), bar)) continue;
    bar.description = description_of(line, bracket);
    while (bar.description.ends_with(':')) bar.description.remove_suffix(1);
    const std::string_view tail = cursor.rest().substr(0, cursor.rest().find(']'));
    const auto parts = split(tail, ',');
    if (parts.size() > 1) bar.unit = unit_of(trim(parts[1]));
    if (parts.size() > 2) bar.postfix = tail.substr(static_cast<std::size_t>(parts[2].data() - tail.data()));
    return bar;
  }
  return std::nullopt;
}

Observation within_epoch(const TqdmBar& bar, double n, double of, const char* source) {
  Observation seen;
  seen.kind = Kind::epoch_inner;
  seen.source = source;
  seen.n = n;
  seen.of = of;
  seen.inner = bar.n;
  seen.inner_of = bar.of;
  return seen;
}

// "70/1000      6.73G   1.081 ..." in front of the bar.
std::optional<Observation> ultralytics(std::string_view line, const TqdmBar& bar) {
  Cursor cursor(trim(line));
  double n = 0, of = 0;
  if (!cursor.ratio(n, of)) return std::nullopt;
  cursor.skip_any(" ");
  const auto memory = cursor.number();  // eats the G
  if (!memory || cursor.peek() != ' ') return std::nullopt;
  Observation seen = within_epoch(bar, n, of, "ultralytics");
  seen.of_is_last = true;  // holds only where the first is 0 (YOLOv5)
  return seen;
}

// "Epoch 3", "Epoch [3/10]", "Train epoch 3/10".
std::optional<Observation> described_epoch(const TqdmBar& bar) {
  const auto at = scan::find(bar.description, "epoch");
  if (at == std::string_view::npos) return std::nullopt;
  Cursor cursor(bar.description.substr(at + 5));
  cursor.skip_any("s");
  cursor.skip_any(" :=#[(");
  double n = 0, of = 0;
  if (cursor.ratio(n, of)) return within_epoch(bar, n, of, "epoch bar");
  if (const auto number = cursor.integer()) return within_epoch(bar, *number, 0, "epoch bar");
  Observation seen;
  seen.kind = Kind::epochs_done;
  seen.source = "epoch bar";
  seen.n = bar.n;
  seen.of = bar.of;
  return seen;
}

std::optional<Observation> of_tqdm(std::string_view line, const TqdmBar& bar) {
  if (auto seen = ultralytics(line, bar)) return seen;
  if (scan::is_about_something_else(bar.description) || !counts_steps(bar.unit)) return std::nullopt;
  if (auto seen = described_epoch(bar)) return seen;
  Observation seen;
  seen.kind = bar.unit.starts_with("epoch") ? Kind::epochs_done : Kind::bar;
  seen.source = "tqdm";
  seen.n = bar.n;
  seen.of = bar.of;
  seen.elapsed = bar.elapsed;
  seen.result = scan::has_result(bar.postfix);
  seen.metrics = seen.result || scan::has_metrics(bar.postfix);
  Cursor words(bar.description);
  for (const char* word : {"train", "training", "iteration", "iterations", "steps", "step", "fitting", "pretraining", "finetuning"}) {
    seen.sure = seen.sure || words.eat_word(word);
  }
  if (!bar.description.empty() && !seen.sure && !seen.metrics) return std::nullopt;
  return seen;
}

bool has_heavy_line(std::string_view text) { return text.find("\u2501") != std::string_view::npos; }

// "3/9"; "3/-2" and "3" where no end is set.
bool epoch_of(Cursor& cursor, double& n, double& of) {
  if (cursor.ratio(n, of)) return true;
  const auto number = cursor.integer();
  if (!number) return false;
  n = *number;
  of = 0;
  if (cursor.eat('/') && cursor.eat('-')) (void)cursor.integer();
  return true;
}

// "Epoch 0/9 ━━━━ 4/18 0:00:17 • 0:01:02 4.47it/s" (Lightning's rich bar counts from 0 to max_epochs - 1).
std::optional<Observation> rich_epoch(std::string_view line) {
  Cursor cursor(trim(line));
  TqdmBar bar;
  double n = 0, of = 0;
  if (!cursor.eat_word("epoch")) return std::nullopt;
  cursor.skip_any(" ");
  const auto heavy = cursor.rest().find("\u2501");
  if (heavy == std::string_view::npos || !epoch_of(cursor, n, of)) return std::nullopt;
  while (!cursor.at_end() && !scan::digit(cursor.peek())) cursor.skip_any(std::string_view(cursor.rest().data(), 1));
  if (!cursor.ratio(bar.n, bar.of)) return std::nullopt;
  Observation seen = within_epoch(bar, n, of, "lightning");
  seen.of_is_last = of > 0;
  seen.from_zero = true;
  return seen;
}

// "375/1875 [=====>....] - ETA", "375/1875 ━━━━", "1079/1079 - 21s - loss: 0.24"; Ultralytics' own bar: "... 640: 5% ━── 16/320 ...".
std::optional<Observation> keras_or_new_ultralytics(std::string_view line) {
  Cursor cursor(trim(line));
  Observation seen;
  seen.kind = Kind::inner;
  seen.source = "keras";
  if (!cursor.ratio(seen.inner, seen.inner_of)) return std::nullopt;
  const std::string_view rest = cursor.rest();
  cursor.skip_any(" ");
  if (cursor.rest().starts_with("[=") || cursor.rest().starts_with("[>") || cursor.rest().starts_with("[.") || cursor.rest().starts_with("\u2501")) return seen;
  if (cursor.rest().starts_with("- ") && scan::has_metrics(rest)) return seen;
  const auto percent = rest.find("% ");
  if (percent == std::string_view::npos || !has_heavy_line(rest)) return std::nullopt;
  Cursor after(rest.substr(rest.rfind("\u2501") + 3));
  while (!after.at_end() && !scan::digit(after.peek())) after.skip_any(std::string_view(after.rest().data(), 1));
  TqdmBar bar;
  return after.ratio(bar.n, bar.of) ? ultralytics(line, bar) : std::nullopt;
}

}  // namespace

std::optional<Observation> observe_bar(std::string_view line) {
  if (const auto bar = tqdm_bar(line)) return of_tqdm(line, *bar);
  if (auto seen = rich_epoch(line)) return seen;
  return keras_or_new_ultralytics(line);
}

}  // namespace carbontracker
