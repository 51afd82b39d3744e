// Secrets on a command line: kept commands are read by others and pasted into issues.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "storage/run_record.h"

namespace carbontracker {
namespace {

constexpr std::string_view kMask = "***";

// Words that make a name a secret's: whole parts between '-', '_', '.' or case changes, so "tokenizer" and "max-tokens" are none.
constexpr std::array<std::string_view, 12> kSecretWords = {"token", "password", "passwd", "pwd", "passphrase", "secret",
                                                           "credential", "credentials", "apikey", "pat", "auth", "authorization"};
// "key" alone names many things (--sort-key); with these before it, a secret.
constexpr std::array<std::string_view, 8> kKeyWords = {"api", "access", "secret", "private", "account", "auth", "encryption", "signing"};

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool camel = i > 0 && is_upper(name[i]) && !is_upper(name[i - 1]);
    if ((camel || !is_alphanumeric(name[i])) && !words.back().empty()) words.emplace_back();
    if (is_alphanumeric(name[i])) words.back() += name[i];
  }
  std::transform(words.begin(), words.end(), words.begin(), [](const std::string& word) { return lower(word); });
  return words;
}

template <class List>
bool contains(const List& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

// The tokens of a vocabulary are no secrets: --pad-token, eos_token.
constexpr std::array<std::string_view, 11> kVocabulary = {"pad", "eos", "bos", "unk", "sep", "cls", "mask", "special", "image", "end", "start"};

bool names_secret(std::string_view name) {
  const auto words = words_of(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "token" && ((i > 0 && contains(kVocabulary, words[i - 1])) || i + 1 < words.size())) continue;
    if (contains(kSecretWords, words[i])) return true;
    if (words[i] == "key" && ((i > 0 && contains(kKeyWords, words[i - 1])) || (words.size() == 1))) return true;
  }
  return false;
}

struct Shape {
  std::string_view prefix;
  std::size_t least;        // characters after the prefix
};
// Tokens known by their form, whatever option they follow; forms as their issuers document them (GitHub, Hugging Face, OpenAI, AWS,
// GitLab, Slack, Google, PyPI). The lengths keep ordinary words such as "sk-learn" and "hf_hub" out.
constexpr std::array<Shape, 18> kShapes = {{{"hf_", 20}, {"sk-", 20}, {"ghp_", 20}, {"gho_", 20}, {"ghu_", 20}, {"ghs_", 20},
                                            {"ghr_", 20}, {"github_pat_", 20}, {"glpat-", 16}, {"AKIA", 16}, {"ASIA", 16}, {"xoxb-", 16},
                                            {"xoxp-", 16}, {"AIza", 30}, {"pypi-", 30}, {"eyJ", 40}, {"r8_", 30}, {"wandb_v1_", 20}}};

bool is_token_character(char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; }

std::size_t run_length(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_token_character(text[end])) ++end;
  return end - from;
}

const Shape* shape_at(std::string_view text, std::size_t at) {
  for (const Shape& shape : kShapes) {
    if (text.substr(at).starts_with(shape.prefix) && run_length(text, at + shape.prefix.size()) >= shape.least) return &shape;
  }
  return nullptr;
}

// Each token of a known form within the word, wherever it stands (in a URL, after "Bearer "), but not in the middle of another word.
std::string mask_tokens(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool starts = i == 0 || !is_alphanumeric(word[i - 1]);
    const Shape* shape = starts ? shape_at(word, i) : nullptr;
    if (!shape) {
      out += word[i];
      continue;
    }
    out.append(shape->prefix).append(kMask);
    i += shape->prefix.size() + run_length(word, i + shape->prefix.size()) - 1;
  }
  return out;
}

// "scheme://user:password@host": the password goes.
std::string mask_url(std::string word) {
  const auto scheme = word.find("://");
  if (scheme == std::string::npos) return word;
  const auto start = scheme + 3;
  const auto end = std::min(word.find_first_of("/?# ", start), word.size());
  const auto at = word.rfind('@', end);
  const auto colon = word.find(':', start);
  if (at == std::string::npos || at < start || colon > at) return word;
  return word.replace(colon + 1, at - colon - 1, kMask);
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_token_character(c); });
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

// The name that ends before `at`, a closing quote left out: of `{"api_key": "x"}` at the colon, api_key.
std::string_view name_before(std::string_view word, std::size_t at) {
  std::size_t end = at;
  while (end > 0 && is_quote(word[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_token_character(word[begin - 1])) --begin;
  return word.substr(begin, end - begin);
}

// Where the value that begins at `from` ends. NAME=value as a whole word goes to the word's end, so that no part of a strange
// password stays; within a line, a URL or a list it ends where that goes on. After a colon (a header) spaces belong to it.
std::size_t value_end(std::string_view word, std::size_t from, bool whole, bool header) {
  if (whole) return word.size();
  std::size_t end = from;
  while (end < word.size() && !is_quote(word[end]) && (header || !is_space(word[end])) && std::string_view("&;,}").find(word[end]) == std::string_view::npos) ++end;
  return end;
}

// NAME=value, --name=value, "name": "value", Name: value, ?name=value.
std::string mask_assignments(std::string_view word) {
  // An option is one word even with spaces in its value; NAME=value with spaces may be a line for a shell.
  const bool one_word = word.starts_with('-') || std::none_of(word.begin(), word.end(), is_space);
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    out += word[i];
    if ((word[i] != '=' && word[i] != ':') || word.substr(i).starts_with("://")) continue;
    const std::string_view name = name_before(word, i);
    if (!names_secret(name)) continue;
    std::size_t from = i + 1;
    while (from < word.size() && (is_space(word[from]) || is_quote(word[from]))) out += word[from++];
    const std::size_t end = value_end(word, from, one_word && word[i] == '=' && name.size() == i, word[i] == ':');
    if (end > from) out += kMask;
    i = end - 1;
  }
  return out;
}

// "--api-key" with its value in the next word. A single dash counts too (-password); a lone letter does not (-p is many things).
bool takes_secret(std::string_view word) {
  return word.size() > 2 && word.starts_with('-') && is_name(word) && names_secret(word);
}

// A command line within one word (bash -c "...") has options of its own.
std::string mask_line(std::string_view line) {
  std::string out;
  bool value_follows = false;
  for (std::size_t i = 0; i < line.size();) {
    const bool space = is_space(line[i]);
    std::size_t end = i;
    while (end < line.size() && is_space(line[end]) == space) ++end;
    const std::string_view word = line.substr(i, end - i);
    out += !space && value_follows && !word.starts_with("--") ? kMask : word;
    if (!space) value_follows = takes_secret(word);
    i = end;
  }
  return out;
}

}  // namespace

std::vector<std::string> mask_secrets(const std::vector<std::string>& command) {
  std::vector<std::string> out;
  out.reserve(command.size());
  bool value_follows = false;
  for (const std::string& word : command) {
    const bool is_option = word.size() > 2 && word.starts_with("--");
    if (value_follows && !is_option && !word.empty()) out.emplace_back(kMask);
    else out.push_back(mask_url(mask_tokens(mask_line(mask_assignments(word)))));
    value_follows = takes_secret(word);
  }
  return out;
}

}  // namespace carbontracker
