#include "progress/metric_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.h"
#include "progress/scan.h"

namespace carbontracker {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 17> kFalls = {"loss", "losses", "error", "err", "perplexity", "ppl", "mse", "rmse", "mae", "mape", "nll", "wer", "cer", "fid", "bpc", "bpb", "divergence"};
constexpr std::array<std::string_view, 18> kRises = {"accuracy", "acc", "f1", "auc", "auroc", "bleu", "rouge", "map", "miou", "iou", "dice", "precision",
                                                     "recall", "psnr", "ssim", "meteor", "reward", "mrr"};
constexpr std::array<std::string_view, 3> kTurned = {"neg", "negative", "inverse"};
// Of a moment that is past, or of something else than the metric.
constexpr std::array<std::string_view, 13> kOtherMoment = {"best", "previous", "prev", "old", "lowest", "highest", "minimum", "maximum", "min", "max", "initial", "target", "patience"};
// "val loss 1.9" is not "loss 1.9".
constexpr std::array<std::string_view, 8> kOtherPart = {"val", "valid", "validation", "eval", "evaluation", "test", "dev", "holdout"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool within_word(char c) { return scan::letter(c) || scan::digit(c) || c == '_' || c == '/' || c == '.' || c == '-' || c == '@'; }

// Letters only, but for "f1"; "CamelCase" is left alone.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t at = 0; at <= name.size(); ++at) {
    const char c = at < name.size() ? scan::to_lower(name[at]) : '\0';
    if (scan::letter(c) || (c == '1' && word == "f")) word += c;
    else if (!word.empty()) words.push_back(std::move(word)), word.clear();
  }
  return words;
}

std::string word_before(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::size_t from = text.size();
  while (from > 0 && scan::letter(text[from - 1])) --from;
  return lower(text.substr(from));
}

// A number at the beginning of `text`, which is moved behind it; NaN for nan and inf.
std::optional<double> number_at(std::string_view& text) {
  std::size_t length = !text.empty() && (text.front() == '-' || text.front() == '+') ? 1 : 0;
  const std::string_view digits = text.substr(length);
  for (const std::string_view word : {"nan", "infinity", "inf"}) {
    if (!starts_with_no_case(digits, word)) continue;
    text = digits.substr(word.size());
    return kNone;
  }
  while (length < text.size() && (scan::digit(text[length]) || text[length] == '.')) ++length;
  if (length + 1 < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    std::size_t stop = length + 1 + (text[length + 1] == '-' || text[length + 1] == '+' ? 1 : 0);
    const std::size_t first = stop;
    while (stop < text.size() && scan::digit(text[stop])) ++stop;
    if (stop > first) length = stop;
  }
  if (length > 1 && text[length - 1] == '.' && text.substr(0, length - 1).find('.') != std::string_view::npos) --length;  // the end of a sentence
  std::string_view figure = text.substr(0, length);
  if (figure.starts_with('+')) figure.remove_prefix(1);
  const auto value = parse_double(figure);
  if (value) text.remove_prefix(length);
  return value;
}

// What may stand behind the value: "/100" makes it a count, "-> 0.3" and "(0.35)" a change or a mean beside it.
bool ends_well(std::string_view rest) {
  if (!rest.empty() && within_word(rest.front()) && !(rest.front() == '.' && (rest.size() == 1 || rest[1] == ' '))) return false;
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return !(rest.starts_with("->") || rest.starts_with("-->") || rest.starts_with("=>") || rest.starts_with("/") || rest.starts_with("\xe2\x86\x92") ||
           (rest.starts_with("(") && rest.size() > 1 && scan::digit(rest[1])));
}

// "': 0.31", "=0.31", " 0.31", ": tensor(0.31, ...)".
std::optional<double> value_after(std::string_view text) {
  scan::Cursor cursor(text);
  cursor.skip_any("'\"");
  const std::size_t before = cursor.rest().size();
  cursor.skip_any(" \t");
  const bool told = cursor.eat(':') || cursor.eat('=') || cursor.rest().size() < before;
  if (!told) return std::nullopt;
  cursor.skip_any(" \t'\"");
  std::string_view rest = cursor.rest();
  for (const std::string_view wrapper : {"tensor(", "np.float32(", "np.float64(", "float("}) {
    if (rest.starts_with(wrapper)) rest.remove_prefix(wrapper.size());
  }
  const auto value = number_at(rest);
  return value && ends_well(rest) ? value : std::nullopt;
}

bool is_bar(std::string_view line) {
  return line.find("%|") != std::string_view::npos || line.find("\xe2\x94\x81") != std::string_view::npos || line.find("[=") != std::string_view::npos ||
         line.find("it/s") != std::string_view::npos || line.find("s/it") != std::string_view::npos;
}

}  // namespace

std::optional<bool> larger_is_better(std::string_view name) {
  bool falls = false, rises = false;
  for (const std::string& word : words_of(name)) {
    if (is_one_of(word, kTurned)) return std::nullopt;
    falls = falls || is_one_of(word, kFalls);
    rises = rises || is_one_of(word, kRises);
  }
  return falls != rises ? std::optional(rises) : std::nullopt;
}

Result<MetricReader> MetricReader::make(const std::string& words) {
  MetricReader out;
  out.name_ = std::string(trim(words));
  out.lower_ = lower(out.name_);
  if (out.name_.empty()) return unexpected(Errc::invalid_input, "--metric: it has no name", "--metric val_loss");
  if (words.find('(') == std::string::npos && words.find_first_of("*+?[]\\^$|") == std::string::npos) return out;
  auto pattern = UserPattern::compile(words, "metric");
  if (!pattern) return unexpected(Errc::invalid_input, pattern.error().what, "a name as it is printed, or POSIX extended syntax with a group around the value");
  out.pattern_ = std::move(*pattern);
  return out;
}

std::optional<double> MetricReader::after_name(std::string_view line) const {
  std::optional<double> found;
  for (auto at = scan::find(line, lower_); at != std::string_view::npos; at = scan::find(line, lower_, at + 1)) {
    if (at > 0 && within_word(line[at - 1])) continue;
    const std::string before = word_before(line.substr(0, at));
    if (is_one_of(before, kOtherMoment) || is_one_of(before, kOtherPart)) continue;
    const auto value = value_after(line.substr(at + lower_.size()));
    if (value && found && !(*value == *found || (std::isnan(*value) && std::isnan(*found)))) return std::nullopt;
    if (value) found = value;
  }
  return found;
}

std::optional<MetricReader::Seen> MetricReader::read(std::string_view line) const {
  std::optional<double> value;
  if (pattern_) {
    auto text = pattern_->value(line);
    if (text) value = number_at(*text);
    if (text && !text->empty()) value.reset();
  } else {
    value = after_name(line);
  }
  if (!value) return std::nullopt;
  return Seen{*value, is_bar(line) ? MetricSource::bar : MetricSource::line};
}

}  // namespace carbontracker
