#pragma once
// What the tests of the providers' parsers share: invented answers, played to a parser by name. 25 November 2026, 10:00 UTC unless a test says another time.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/iso_time.h"
#include "carbon/provider.h"

namespace carbontracker {

inline WallTime moment(const std::string& text) { return parse_iso_time(text).value(); }

inline Result<ProviderAnswer> said(const char* id, const std::string& zone, const std::string& body, const std::string& at = "2026-11-25T10:00Z") {
  return find_provider(id)->parse(body, {"http://service", "key", zone, moment(at)});
}

// Start (to the minute) -> g/kWh.
inline std::map<std::string, double> figures(const Result<ProviderAnswer>& answer, bool forecast) {
  std::map<std::string, double> out;
  if (!answer) ADD_FAILURE() << answer.error().what;
  if (!answer) return out;
  for (const IntensityPoint& p : answer->points) {
    if (p.forecast != forecast) continue;
    EXPECT_TRUE(out.emplace(iso_time(p.start).substr(0, 16), p.g_per_kwh.value()).second) << "twice: " << iso_time(p.start);
  }
  return out;
}
inline std::map<std::string, double> measured(const Result<ProviderAnswer>& answer) { return figures(answer, false); }
inline std::map<std::string, double> foretold(const Result<ProviderAnswer>& answer) { return figures(answer, true); }

// What was wrong with the answer; fails where nothing was.
inline std::string wrong(const Result<ProviderAnswer>& answer) {
  if (!answer) return answer.error().what;
  ADD_FAILURE() << "taken for an answer";
  return "";
}

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  if (at == std::string::npos) ADD_FAILURE() << "no '" << what << "' in it";
  else text.replace(at, what.size(), with);
  return text;
}

inline std::vector<std::string> urls(const char* id, const std::string& zone) {
  std::vector<std::string> out;
  for (const HttpRequest& request : find_provider(id)->requests({"http://service", "key", zone, moment("2026-11-25T10:00Z")})) out.push_back(request.url);
  return out;
}

using Figures = std::map<std::string, double>;

}  // namespace carbontracker
