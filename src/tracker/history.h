#pragma once
// What an earlier run of the same work says of this one, from the store.

#include <optional>
#include <string>
#include <vector>

#include "prediction/forecast.h"
#include "storage/run_record.h"

namespace carbontracker {

// How much two runs have in common.
// `namesake`: a script of that name in another directory, which may be another one.
enum class Likeness { none, project, namesake, name, command };
[[nodiscard]] Likeness likeness(const RunRecord& earlier, const RunRecord& now);

// What a run spent standing still (regions of the name kPausedRegion), up to a moment since it began.
struct Paused {
  Seconds seconds{};
  Joules joules{};
};
[[nodiscard]] Paused paused_until(const Snapshot& totals, Seconds at);

// A finished run as a prior, without its pauses: its epochs' (else steps') marks and its energy. Nothing where it has no two marks, did not come to the end of
// its plan, or failed.
struct EarlierRun {
  Prior prior;
  std::string unit;   // of its marks
  std::string id;
  std::string why;                    // what they have in common: "same command"
  std::vector<std::string> devices;   // that it was counted by: "gpu NVIDIA H100 80GB HBM3", sorted
};
// Whether the same kinds and numbers of GPUs and processors are counted now: what another machine takes says nothing before a unit is done.
[[nodiscard]] bool same_machine(const EarlierRun& earlier, const std::vector<ChannelBrief>& now);
[[nodiscard]] std::optional<EarlierRun> as_prior(const RunRecord& earlier, Likeness alike);

// The newest of the most alike runs that make a prior: the same command in the same directory, else the same name, else a script of that name elsewhere
// or the same project.
// Reads the store: tens of milliseconds where it is large. Nothing where there is none, or no store.
[[nodiscard]] std::optional<EarlierRun> earlier_run(const std::string& home, const RunRecord& now);

}  // namespace carbontracker
