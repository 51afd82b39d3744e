#include "tracker/history.h"

#include <algorithm>

#include "progress/mark.h"
#include "storage/store.h"

namespace carbontracker {
namespace {

constexpr std::size_t kMostRunsListed = 200, kMostRunsRead = 12;

// Another day's run of the same command is the same work; the same script may have other settings, the same project another model.
double doubt_of(Likeness alike) { return alike == Likeness::command ? 0 : alike == Likeness::name ? 0.25 : 0.6; }

bool may_serve(const RunSummary& run, const RunRecord& now) {
  if (run.id == now.id || run.state != RunState::finished || run.exit_code.value_or(0) != 0) return false;
  return (!now.name.empty() && run.name == now.name) || (!now.project.empty() && run.project == now.project);
}

Joules total_of(const Segment& segment) { return segment.totals.total.joules; }

}  // namespace

Likeness likeness(const RunRecord& earlier, const RunRecord& now) {
  if (!now.command.empty() && earlier.command == now.command) return Likeness::command;
  if (!now.name.empty() && earlier.name == now.name && earlier.project == now.project) return Likeness::name;
  if (!now.project.empty() && earlier.project == now.project) return Likeness::project;
  return Likeness::none;
}

Paused paused_until(const Snapshot& totals, Seconds at) {
  Paused out;
  for (const RegionTotal& region : totals.regions) {
    if (region.name != kPausedRegion || region.parent == kPausedRegion || region.start >= at) continue;
    const Seconds within = std::min(region.duration, at - region.start);
    out.seconds += within;
    if (region.duration > Seconds(0)) out.joules += region.measured.joules * (within / region.duration);
  }
  return out;
}

std::optional<EarlierRun> as_prior(const RunRecord& earlier, Likeness alike) {
  if (alike == Likeness::none || earlier.state != RunState::finished || earlier.exit_code.value_or(0) != 0 || earlier.segments.size() != 1) return std::nullopt;
  const Segment& segment = earlier.segments.front();
  const auto& marks = segment.marks;
  if (marks.size() < 2 || marks.back().of <= 0 || marks.back().done < marks.back().of - 1) return std::nullopt;  // a last unit that only its begin told ended with the run
  EarlierRun out{{}, marks.back().unit, earlier.id};
  out.prior.run.energy.push_back({});
  for (const ProgressMark& mark : marks) {
    if (mark.unit != out.unit) continue;
    const Paused before = paused_until(segment.totals, mark.at);
    out.prior.run.progress.push_back({mark.at - before.seconds, mark.done});
    out.prior.run.energy.push_back({mark.at - before.seconds, mark.joules - before.joules});
  }
  out.prior.total = marks.back().of;
  const Paused all = paused_until(segment.totals, segment.totals.duration);
  out.prior.run.now = segment.totals.duration - all.seconds;
  out.prior.final_seconds = out.prior.run.now;
  out.prior.final_joules = total_of(segment) - all.joules;
  out.prior.doubt = doubt_of(alike);
  if (!(total_of(segment).value() > 0) || out.prior.run.progress.size() < 2) return std::nullopt;
  return out;
}

std::optional<EarlierRun> earlier_run(const std::string& home, const RunRecord& now) {
  if (home.empty()) return std::nullopt;
  auto store = Store::open(home);
  if (!store) return std::nullopt;
  RunFilter filter;
  filter.limit = kMostRunsListed;
  const auto runs = (*store)->list(filter);
  if (!runs) return std::nullopt;
  std::optional<EarlierRun> best;
  Likeness reached = Likeness::none;
  std::size_t read = 0;
  for (const RunSummary& run : *runs) {
    if (!may_serve(run, now)) continue;
    if (reached == Likeness::command || ++read > kMostRunsRead) break;
    const auto record = (*store)->load(run.id);
    if (!record) continue;
    const Likeness alike = likeness(*record, now);
    if (alike <= reached) continue;
    if (auto prior = as_prior(*record, alike)) best = std::move(prior), reached = alike;
  }
  return best;
}

}  // namespace carbontracker
