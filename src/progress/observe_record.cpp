// Records of one line: JSON ({"epoch": 3, "step": 120, "loss": 0.5}), Python's ({'loss': 0.5, 'epoch': 0.5}: Hugging Face),
// fairseq's json log ({"epoch": 27, "update": 26.267, "loss": "8.206"}).

#include "base/text.h"
#include "progress/observation.h"
#include "progress/scan.h"

namespace carbontracker {
namespace {

using Kind = Observation::Kind;

struct Fields {
  std::optional<double> epoch, epochs, step, steps, update;
  bool fractional_epoch = false;
  bool metrics = false;
};

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (key == name) return true;
  }
  return false;
}

// transformers 5 writes texts, shortest form: {'loss': '0.69', 'epoch': '0.2'} ... {'loss': '0.69', 'epoch': '1'} is one epoch done, not the epoch of that number.
void take(Fields& fields, const std::string& key, std::string_view value, bool quoted) {
  const auto number = parse_double(value);
  if (!number) return;
  if (key == "epoch") {
    fields.epoch = number;
    fields.fractional_epoch = quoted || value.find('.') != std::string_view::npos;
  }
  else if (is_one_of(key, {"epochs", "total_epochs", "max_epochs", "num_epochs", "num_train_epochs"})) fields.epochs = number;
  else if (is_one_of(key, {"step", "global_step", "iteration", "iter", "num_updates", "current_steps"})) fields.step = number;
  else if (is_one_of(key, {"total_steps", "max_steps", "num_steps", "total_iterations", "max_iters"})) fields.steps = number;
  else if (key == "update") fields.update = number;
  else fields.metrics = fields.metrics || scan::contains(key, "loss") || scan::contains(key, "acc") || key == "lr" || key == "learning_rate";
}

// Keys and plain values, wherever they stand; a quoted number counts as one.
Fields fields_of(std::string_view text) {
  Fields fields;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find_first_of("'\"", at);
    if (open == std::string_view::npos) break;
    const auto close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) break;
    scan::Cursor cursor(text.substr(close + 1));
    cursor.skip_any(" ");
    at = close + 1;
    if (!cursor.eat(':')) continue;
    cursor.skip_any(" ");
    const bool quoted = cursor.peek() == '\'' || cursor.peek() == '"';
    cursor.skip_any(" '\"");
    const std::string_view rest = cursor.rest();
    const auto end = rest.find_first_of(",}'\" ");
    take(fields, lower(text.substr(open + 1, close - open - 1)), rest.substr(0, end), quoted);
    at = text.size() - rest.size() + (end == std::string_view::npos ? rest.size() : end + (rest[end] == '\'' || rest[end] == '"' ? 1 : 0));
  }
  return fields;
}

}  // namespace

std::optional<Observation> observe_record(std::string_view line) {
  const auto brace = line.find('{');
  if (brace == std::string_view::npos || line.find('}', brace) == std::string_view::npos) return std::nullopt;
  const Fields fields = fields_of(line.substr(brace));
  if (!fields.metrics && !(fields.steps && fields.step) && !(fields.epochs && fields.epoch)) return std::nullopt;
  Observation seen;
  seen.source = "record";
  seen.metrics = seen.result = true;
  seen.of = fields.epochs.value_or(0);
  if (fields.step && fields.steps) {
    seen.kind = Kind::steps;
    seen.n = *fields.step;
    seen.of = *fields.steps;
  } else if (fields.update || (fields.epoch && fields.fractional_epoch)) {
    seen.kind = Kind::epochs_done;
    seen.n = fields.update ? *fields.update : *fields.epoch;
  } else if (fields.epoch && !fields.step) {
    seen.kind = Kind::epoch;
    seen.n = *fields.epoch;
    seen.phase = Observation::Phase::end;
  } else if (fields.step) {
    seen.kind = Kind::steps;
    seen.n = *fields.step;
    seen.of = 0;
  }
  return seen;
}

}  // namespace carbontracker
