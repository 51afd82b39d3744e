#pragma once
// What is assumed of evaluations that a run has not shown, chosen without one family and tried on it.
// Settings are compared by the interval scores of the 80 and 90 % intervals (Gneiting and Raftery 2007), relative to the truth: means of a
// family's moments, of a kind's families (recorded, own, made by rule), of the kinds. The moments: those without any evaluation seen so far,
// at the end of each unit of what was recorded, after 10 % of the others.

#include <map>
#include <numeric>

#include "back_test_table.h"
#include "prediction/priors.h"

namespace back_test {

using Setting = ct::priors::UnseenEvaluations;

struct FamilyScore {
  std::string kind;
  double score = 0, in80 = 0, in90 = 0, width90 = 0;  // means; shares
  std::size_t moments = 0;
};

using SettingScores = std::map<std::string, FamilyScore>;  // by family

// The setting in use first: where several are as good, it stays.
inline std::vector<Setting> settings() {
  std::vector<Setting> all{ct::priors::kUnseenEvaluations};
  for (const double marked : {0.15, 0.25, 0.4, 0.5})
    for (const double most : {0.34, 0.46, 0.58, 0.7})
      for (const double power : {1.0, 1.2, 1.5, 2.0})
        for (const double delayed : {0.35, 0.7, 1.0}) all.push_back({marked, most, power, delayed});
  return all;
}

struct Unseen {
  const Run* run;
  Moment moment;
  std::string kind;
};

inline std::vector<Unseen> unseen_moments(const std::vector<Run>& recorded, const std::vector<Run>& own, const std::vector<Run>& made) {
  std::vector<Unseen> out;
  for (const Run& run : recorded)
    for (auto& moment : moments_of(run, true))
      if (phase_of(run, moment.at) == "evaluations not seen") out.push_back({&run, moment, "recorded"});
  for (const auto* runs : {&own, &made})
    for (const Run& run : *runs)
      if (!run.told) out.push_back({&run, {"10 %", time_of(run, 0.1), units_at(run, time_of(run, 0.1))}, runs == &own ? "own" : "made by rule"});
  return out;
}

inline SettingScores scores_with(const Setting& setting, const std::vector<Unseen>& moments) {
  SettingScores families;
  for (const Unseen& each : moments) {
    const auto s = score(*each.run, each.moment, "", nullptr, &setting);
    if (!s) continue;
    FamilyScore& f = families[s->family];
    f.kind = each.kind, f.score += (s->score80 + s->score90) / 2, f.in80 += s->in80, f.in90 += s->in90, f.width90 += s->width90, ++f.moments;
  }
  for (auto& [name, f] : families) {
    const double n = static_cast<double>(f.moments);
    f.score /= n, f.in80 /= n, f.in90 /= n, f.width90 /= n;
  }
  return families;
}

// Without the family of that name.
inline double total_score(const SettingScores& families, const std::string& without) {
  std::map<std::string, std::vector<double>> kinds;
  for (const auto& [name, f] : families)
    if (name != without) kinds[f.kind].push_back(f.score);
  double sum = 0;
  for (const auto& [kind, scores] : kinds) sum += std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
  return sum / static_cast<double>(kinds.size());
}

// Of all settings the best without the family (none: without any left out).
inline std::size_t best_without(const std::vector<SettingScores>& all, const std::string& family) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < all.size(); ++i)
    if (total_score(all[i], family) < total_score(all[best], family)) best = i;
  return best;
}

struct LeftOut {
  std::string family;  // "" : none
  Setting chosen;
  double score = 0, score_in_use = 0;  // of what was not left out
  FamilyScore then, in_use;            // of the family
};

// Every family that was recorded, and of the others those whose name tells of late evaluations.
inline std::vector<LeftOut> leave_out(const std::vector<Run>& recorded, const std::vector<Run>& own, const std::vector<Run>& made) {
  const auto moments = unseen_moments(recorded, own, made);
  const auto tried = settings();
  std::vector<SettingScores> all;
  for (const Setting& setting : tried) all.push_back(scores_with(setting, moments));
  std::vector<LeftOut> rows;
  std::vector<std::string> families{""};
  for (const auto& [name, f] : all.front())
    if (f.kind == "recorded" || name.find("late") != std::string::npos) families.push_back(name);
  for (const auto& family : families) {
    const auto best = best_without(all, family);
    LeftOut row{family, tried[best], total_score(all[best], family), total_score(all[0], family), {}, {}};
    if (!family.empty()) row.then = all[best].at(family), row.in_use = all[0].at(family);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace back_test
