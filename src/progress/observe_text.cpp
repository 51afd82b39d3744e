// Lines of words: "Epoch [3/100], Step [20/600], Loss: 0.5", "iteration 201/ 250000 | ...", nanoGPT, fairseq, Megatron, mmengine, timm.

#include "base/text.h"
#include "progress/observation.h"
#include "progress/scan.h"

namespace carbontracker {
namespace {

using scan::Cursor;
using Kind = Observation::Kind;
using Phase = Observation::Phase;

constexpr auto npos = std::string_view::npos;
constexpr double kMostEpochs = 1e7;  // above are times ("epoch 1700000000")

bool any_word(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (scan::contains(text, word)) return true;
  }
  return false;
}

// ", Step [100/600]", "[  50/2693]", ":    450 / 1891", "[640/60000 (1%)]".
bool inner_ratio(Cursor cursor, double& n, double& of) {
  cursor.skip_any(" \t,:;-|");
  for (const char* word : {"step", "iteration", "iter", "batch"}) cursor.eat_word(word);
  cursor.skip_any(" :[(");
  return cursor.ratio(n, of) && of > 1 && n <= of;
}

Phase phase_of(std::string_view before, std::string_view after) {
  if (any_word(before, {"start", "begin"})) return Phase::begin;
  if (any_word(before, {"end of", "finish", "complet", "after"})) return Phase::end;
  const std::string_view first = trim(after).substr(0, 40);
  if (any_word(first, {"finish", "complet", "done", " took", "ended"})) return Phase::end;
  return any_word(first, {"start", "begin"}) ? Phase::begin : Phase::unsaid;
}

bool only_punctuation(std::string_view text) { return text.find_first_not_of(" \t.,:;-=*#)]|>") == npos; }

// "Epoch: 1, Step: 100, loss: 0.3": a line from within the epoch, though it does not say how far within.
bool counts_steps_too(Cursor cursor) {
  cursor.skip_any(" \t,:;-|])[(");
  const bool word = cursor.eat_word("global_step") || cursor.eat_word("step") || cursor.eat_word("iteration") || cursor.eat_word("iter") || cursor.eat_word("batch");
  cursor.skip_any(" \t:=#[(");
  return word && scan::digit(cursor.peek());
}

// After the number: whether the line is about that epoch of the training at all.
bool believable_epoch(const Observation& seen, std::string_view rest) {
  Cursor cursor(rest);
  cursor.skip_any(" \t,:;-|])");
  for (const char* word : {"valid", "validation", "val", "eval", "test"}) {
    if (cursor.eat_word(word) && seen.of == 0) return false;
  }
  if (seen.of > 0) return seen.n <= seen.of && !any_word(rest, {"passed", "failed", "saved", "saving", "loaded"});
  return seen.metrics || seen.phase != Phase::unsaid || only_punctuation(rest);
}

std::optional<Observation> epoch_at(std::string_view line, std::size_t at) {
  Cursor cursor(line.substr(at + 5));
  if (cursor.peek() == 's' || cursor.peek() == '_' || !scan::is_log_prefix(line.substr(0, at))) return std::nullopt;
  if (cursor.eat('(') && !cursor.eat_word("train")) return std::nullopt;
  cursor.skip_any(" \t:=#[()");
  Observation seen;
  seen.kind = Kind::epoch;
  seen.source = "epoch line";
  if (!cursor.ratio(seen.n, seen.of)) {
    const auto number = cursor.integer();
    if (!number || cursor.peek() == '.') return std::nullopt;
    seen.n = *number;
  }
  cursor.skip_any("])");
  if (seen.n > kMostEpochs) return std::nullopt;
  seen.result = scan::has_result(cursor.rest());
  seen.metrics = seen.result || scan::has_metrics(cursor.rest());
  if (inner_ratio(cursor, seen.inner, seen.inner_of)) {
    seen.kind = Kind::epoch_inner;
    return seen;
  }
  seen.phase = counts_steps_too(cursor) ? Phase::begin : phase_of(line.substr(0, at), cursor.rest());
  return believable_epoch(seen, cursor.rest()) ? std::optional(seen) : std::nullopt;
}

// timm: "Train: 0 [   0/1251 (  0%)]  Loss: 6.9".
std::optional<Observation> timm(std::string_view line) {
  const auto at = scan::find(line, "train: ");
  if (at == npos || !scan::is_log_prefix(line.substr(0, at))) return std::nullopt;
  Cursor cursor(line.substr(at + 7));
  const auto n = cursor.integer();
  cursor.skip_any(" ");
  Observation seen;
  seen.kind = Kind::epoch_inner;
  seen.source = "epoch line";
  if (!n || cursor.peek() != '[' || !inner_ratio(cursor, seen.inner, seen.inner_of)) return std::nullopt;
  seen.n = *n;
  return seen;
}

struct StepWord { std::string_view word; bool within_epoch; };

std::optional<Observation> step_at(std::string_view line, std::size_t at, const StepWord& what) {
  const char before = at > 0 ? line[at - 1] : ' ';
  if ((scan::letter(before) || before == '_') && !line.substr(0, at).ends_with("global_")) return std::nullopt;
  std::string_view prefix = line.substr(0, at);
  if (prefix.ends_with("global_")) prefix.remove_suffix(7);
  Cursor cursor(line.substr(at + what.word.size()));
  if (cursor.eat('(') && !cursor.eat_word("train")) return std::nullopt;
  cursor.skip_any(" \t:=#[()");
  Observation seen;
  seen.source = "step line";
  seen.kind = Kind::steps;
  const bool known_total = cursor.ratio(seen.n, seen.of);
  if (!known_total) {
    const auto number = cursor.integer();
    if (!number || cursor.peek() == '.') return std::nullopt;
    seen.n = *number;
  }
  cursor.skip_any("]) ");
  seen.metrics = scan::has_metrics(cursor.rest());
  // In front of a step stands much ("samples/sec: 7.8 | iteration ..."); with a loss behind it that is no matter.
  if (!scan::is_log_prefix(prefix) || (known_total && (seen.of < 1 || seen.n > seen.of))) return std::nullopt;
  const bool timed = any_word(cursor.rest().substr(0, 80), {"time", "eta", "ms", "it/s", "consumed"});
  if (!seen.metrics && !(known_total && (timed || only_punctuation(cursor.rest())))) return std::nullopt;
  if (what.within_epoch) {
    if (!known_total) return std::nullopt;
    seen.kind = Kind::inner;
    seen.inner = seen.n;
    seen.inner_of = seen.of;
  }
  return seen;
}

}  // namespace

std::optional<Observation> observe_epoch(std::string_view line) {
  for (auto at = scan::find(line, "epoch"); at != npos; at = scan::find(line, "epoch", at + 1)) {
    if (at > 0 && (scan::letter(line[at - 1]) || line[at - 1] == '_')) continue;
    if (auto seen = epoch_at(line, at)) return seen;
  }
  return timm(line);
}

std::optional<Observation> observe_step(std::string_view line) {
  for (const StepWord what : {StepWord{"iteration", false}, {"iter", false}, {"step", false}, {"batch", true}}) {
    const auto at = scan::find(line, what.word);
    if (at == npos) continue;
    if (auto seen = step_at(line, at, what)) return seen;
  }
  return std::nullopt;
}

namespace {

// What a line may be, by three letters of the words that matter, in one pass: most lines are nothing.
struct Hints {
  bool digit = false, epoch = false, step = false, train = false, loss = false, slash = false, brace = false;
};

Hints hints_of(std::string_view line) {
  Hints hints;
  const auto follows = [&](std::size_t at, char second, char third) {
    return at + 2 < line.size() && scan::to_lower(line[at + 1]) == second && scan::to_lower(line[at + 2]) == third;
  };
  for (std::size_t at = 0; at < line.size(); ++at) {
    switch (scan::to_lower(line[at])) {
      case 'p': hints.epoch = hints.epoch || follows(at, 'o', 'c'); break;
      case 't': hints.step = hints.step || follows(at, 'e', 'p') || follows(at, 'e', 'r') || follows(at, 'c', 'h'); break;
      case 'i': hints.train = hints.train || follows(at, 'n', ':'); break;
      case 'o': hints.loss = hints.loss || follows(at, 's', 's'); break;
      case '/': hints.slash = true; break;
      case '{': hints.brace = true; break;
      default: hints.digit = hints.digit || scan::digit(line[at]);
    }
  }
  return hints;
}

}  // namespace

std::optional<Observation> observe(std::string_view line) {
  const Hints hints = hints_of(line);
  if (!hints.digit) return std::nullopt;
  if (hints.slash) {
    if (auto seen = observe_bar(line)) return seen;
    if (line.find('%') != npos && line.find("it/s") != npos) return std::nullopt;  // somebody else's bar
  }
  if (hints.brace) {
    if (auto seen = observe_record(line)) return seen;
  }
  if (hints.epoch || hints.train) {
    if (auto seen = observe_epoch(line)) return seen;
  }
  if (hints.step) {
    if (auto seen = observe_step(line)) return seen;
  }
  if (hints.epoch || hints.step) {
    if (auto seen = observe_plan(line)) return seen;
  }
  if (hints.loss && hints.slash) {
    if (auto seen = observe_count(line)) return seen;
  }
  if (hints.loss && scan::has_metrics(line)) return Observation{.source = "loss", .metrics = true, .result = true};
  return std::nullopt;
}

}  // namespace carbontracker
