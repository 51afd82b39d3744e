#include "progress/scan.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace carbontracker::scan {
namespace {

constexpr std::array<std::string_view, 11> kResults = {"loss", "acc", "ppl", "perplexity", "error", "auc", "reward", "psnr", "bleu", "mse", "mae"};
constexpr std::array<std::string_view, 3> kRates = {"lr", "learning_rate", "learning rate"};
constexpr std::array<std::string_view, 22> kOtherWork = {"loading", "downloading", "tokenizing", "processing", "preparing", "extracting", "converting", "encoding",
                                                         "indexing", "caching", "reading", "parsing", "filtering", "collecting", "evaluating", "validating",
                                                         "testing", "predicting", "building", "computing", "generating", "scanning"};
constexpr std::array<std::string_view, 18> kElse = {"valid", "eval", "test", "sanity", "predict", "infer", "download", "load", "resum", "restor",
                                                    "checkpoint", "saving", "saved", "best", "stop", "tokeniz", "cache", "scanning"};
constexpr std::array<std::string_view, 26> kPrefixWords = {"train", "training", "info", "debug", "rank", "starting", "start", "begin", "beginning",
                                                           "end", "of", "finished", "finish", "completed", "complete", "done", "ended", "after",
                                                           "gpu", "cuda", "node", "process", "trainer", "running", "local", "begun"};

// A value follows: "loss: 0.5", "loss=0.5", "'loss': 0.5", "Loss 5.1e-3 (6.9)", "lr=[5e-05]".
bool value_follows(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (letter(text[at]) || text[at] == '_' || digit(text[at]))) ++at;  // the rest of the word
  const std::size_t word_end = at;
  while (at < text.size() && std::string_view(" \t:='\"[(-").find(text[at]) != std::string_view::npos) ++at;
  if (at == word_end || at >= text.size()) return false;
  return digit(text[at]) || (text[at] == '.' && at + 1 < text.size() && digit(text[at + 1])) || text.substr(at).starts_with("nan");
}

bool has_value_of(std::string_view text, std::string_view word) {
  for (auto at = find(text, word); at != std::string_view::npos; at = find(text, word, at + 1)) {
    const bool short_word = word.size() <= 3 && at > 0 && letter(text[at - 1]);  // "lr" within another word
    if (!short_word && value_follows(text.substr(at + word.size()))) return true;
  }
  return false;
}

}  // namespace

std::size_t find(std::string_view text, std::string_view word, std::size_t from) {
  if (word.empty() || text.size() < word.size()) return std::string_view::npos;
  const char low = word[0], high = static_cast<char>(low >= 'a' && low <= 'z' ? low - 32 : low);
  for (std::size_t at = from; at + word.size() <= text.size(); ++at) {
    if (text[at] != low && text[at] != high) continue;
    std::size_t i = 1;
    while (i < word.size() && to_lower(text[at + i]) == word[i]) ++i;
    if (i == word.size()) return at;
  }
  return std::string_view::npos;
}

void Cursor::skip_any(std::string_view characters) {
  while (!text_.empty() && characters.find(text_.front()) != std::string_view::npos) text_.remove_prefix(1);
}

bool Cursor::eat(char c) {
  if (peek() != c || text_.empty()) return false;
  text_.remove_prefix(1);
  return true;
}

bool Cursor::eat_word(std::string_view word) {
  if (!starts_with_no_case(text_, word)) return false;
  if (text_.size() > word.size() && letter(text_[word.size()])) return false;
  text_.remove_prefix(word.size());
  return true;
}

std::optional<double> Cursor::integer() {
  std::size_t length = 0;
  double value = 0;
  while (length < text_.size() && digit(text_[length])) value = value * 10 + (text_[length++] - '0');
  if (length == 0 || length > 15) return std::nullopt;
  text_.remove_prefix(length);
  return value;
}

std::optional<double> Cursor::number() {
  std::size_t length = 0;
  while (length < text_.size() && (digit(text_[length]) || text_[length] == '.')) ++length;
  const auto value = parse_double(text_.substr(0, length));
  if (!value) return std::nullopt;
  text_.remove_prefix(length);
  constexpr std::string_view kSuffixes = "kMG";
  const auto suffix = text_.empty() ? std::string_view::npos : kSuffixes.find(text_.front());
  if (suffix == std::string_view::npos) return value;
  text_.remove_prefix(1);
  return *value * (suffix == 0 ? 1e3 : suffix == 1 ? 1e6 : 1e9);
}

bool Cursor::ratio(double& n, double& of) {
  const std::string_view before = text_;
  const auto first = integer();
  skip_any(" ");
  const bool divided = first && (eat('/') || eat_word("of"));
  skip_any(" ");
  const auto second = divided ? integer() : std::nullopt;
  if (!second || peek() == '/' || peek() == '.') {  // 12/31/2025, 1/2.5
    text_ = before;
    return false;
  }
  n = *first;
  of = *second;
  return true;
}

bool has_result(std::string_view text) {
  return std::any_of(kResults.begin(), kResults.end(), [&](std::string_view word) { return has_value_of(text, word); });
}

bool has_metrics(std::string_view text) {
  return has_result(text) || std::any_of(kRates.begin(), kRates.end(), [&](std::string_view word) { return has_value_of(text, word); });
}

bool names_other_work(std::string_view text) {
  for (const std::string_view word : {"done", "finished", "complete", "100%", "train"}) {
    if (contains(text, word)) return false;
  }
  return std::any_of(kOtherWork.begin(), kOtherWork.end(), [&](std::string_view word) { return contains(text, word); });
}

bool is_about_something_else(std::string_view text) {
  if (starts_with_no_case(text, "val ") || lower(text) == "val") return true;
  return std::any_of(kElse.begin(), kElse.end(), [&](std::string_view word) { return contains(text, word); });
}

bool is_log_prefix(std::string_view text) {
  if (is_about_something_else(text)) return false;
  const auto separator = text.find_last_of("|:-]>");
  if (separator != std::string_view::npos) text.remove_prefix(separator + 1);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t stop = at;
    while (stop < text.size() && letter(text[stop])) ++stop;
    const std::string word = lower(text.substr(at, stop - at));
    if (word.size() > 1 && std::find(kPrefixWords.begin(), kPrefixWords.end(), word) == kPrefixWords.end()) return false;
    at = std::max(stop, at + 1);
  }
  return true;
}

}  // namespace carbontracker::scan
