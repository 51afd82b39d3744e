#include "cli/did_you_mean.h"

#include <unistd.h>

#include <algorithm>

#include "base/edit_distance.h"
#include "cli/arguments.h"

namespace carbontracker::cli {
namespace {

// A slip or two, no other word.
bool is_slip(std::size_t distance, std::size_t letters) { return distance <= 2 && distance * 3 <= letters; }

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  for (const std::string& other : words)
    if (best.empty() || edit_distance(word, other) < edit_distance(word, best)) best = other;
  return !best.empty() && is_slip(edit_distance(word, best), best.size()) ? best : "";
}

std::vector<std::string> options_of(const std::string& verb) {
  std::vector<std::string> names;
  for (const VerbInfo& info : describe())
    if (info.name == verb)
      for (const OptionInfo& option : info.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::string nearest_verb(const std::string& word) {
  std::vector<std::string> verbs;
  for (const VerbInfo& info : describe()) verbs.push_back(info.name);
  return nearest(word, verbs);
}

bool is_here(const std::string& name, int mode) { return name.find('/') == std::string::npos && ::access(("./" + name).c_str(), mode) == 0; }

}  // namespace

std::string nearest_option(const std::string& verb, const std::string& word) { return nearest(word.substr(0, word.find('=')), options_of(verb)); }

std::string not_found_hint(const std::vector<std::string>& command, bool plain) {
  const std::string& name = command.front();
  if (const std::string verb = plain ? nearest_verb(name) : ""; !verb.empty()) return "did you mean carbontracker " + verb + "?";
  if (name == "version") return "carbontracker --version";
  const auto ours = options_of("run");
  if (std::find(ours.begin(), ours.end(), name.substr(0, name.find('='))) != ours.end()) return "options stand before --: carbontracker run " + name + " ... -- COMMAND";
  if (name.ends_with(".py")) return "name its interpreter: carbontracker run -- python " + name;
  if (is_here(name, X_OK)) return "it is no word of PATH, but here: carbontracker run -- ./" + name;
  return "check the spelling, and PATH";
}

}  // namespace carbontracker::cli
