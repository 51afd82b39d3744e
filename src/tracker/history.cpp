#include "tracker/history.h"

#include <algorithm>

#include "progress/mark.h"
#include "storage/store.h"

namespace carbontracker {
namespace {

constexpr std::size_t kMostRunsListed = 200, kMostRunsRead = 12;

// Another day's run of the same command is the same work; the same script may have other settings, the same project another model.
double doubt_of(Likeness alike) { return alike == Likeness::command ? 0 : alike == Likeness::name ? 0.25 : 0.6; }

const char* words_of(Likeness alike) {
  if (alike == Likeness::command) return "same command";
  if (alike == Likeness::namesake) return "a script of that name in another directory";
  return alike == Likeness::name ? "same name" : "same project";
}

bool counts_as_device(Domain domain) { return domain == Domain::gpu || domain == Domain::package || domain == Domain::soc; }

// "python train.py" is another program in another directory; "python /a/train.py" is not.
bool same_place(const RunRecord& earlier, const RunRecord& now) {
  if (earlier.directory == now.directory || earlier.directory.empty() || now.directory.empty()) return true;
  return std::any_of(now.command.begin(), now.command.end(), [&](const std::string& word) { return word.starts_with('/') && word.ends_with("/" + now.name); });
}

// Whether the name is that of a word of the command (a script's), and not one that the user gave.
bool named_by_script(const RunRecord& run) {
  return std::any_of(run.command.begin(), run.command.end(), [&](const std::string& word) { return word.substr(word.rfind('/') + 1) == run.name; });
}

bool may_serve(const RunSummary& run, const RunRecord& now) {
  if (run.id == now.id || run.state != RunState::finished || run.exit_code.value_or(0) != 0) return false;
  return (!now.name.empty() && run.name == now.name) || (!now.project.empty() && run.project == now.project);
}

Joules total_of(const Segment& segment) { return segment.totals.total.joules; }

}  // namespace

Likeness likeness(const RunRecord& earlier, const RunRecord& now) {
  const bool here = same_place(earlier, now);
  if (!now.command.empty() && earlier.command == now.command && here) return Likeness::command;
  if (!now.name.empty() && earlier.name == now.name && earlier.project == now.project) return here || !named_by_script(now) ? Likeness::name : Likeness::namesake;
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
  EarlierRun out{{}, marks.back().unit, earlier.id, words_of(alike), {}};
  for (const ChannelTotal& each : segment.totals.channels)
    if (each.headline && counts_as_device(each.channel.domain)) out.devices.push_back(std::string(to_string(each.channel.domain)) + " " + each.channel.label);
  std::sort(out.devices.begin(), out.devices.end());
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

bool same_machine(const EarlierRun& earlier, const std::vector<ChannelBrief>& now) {
  std::vector<std::string> devices;
  for (const ChannelBrief& each : now)
    if (counts_as_device(each.domain)) devices.push_back(std::string(to_string(each.domain)) + " " + each.label);
  std::sort(devices.begin(), devices.end());
  return devices == earlier.devices;
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
