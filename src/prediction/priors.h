#pragma once
// What is assumed before a run has shown it. Every number here is a prior with its reason; none is fitted to one workload.
// docs/method/prediction.md lists them with their sources.

namespace carbontracker::priors {

// First unit longer than the later ones by a factor (compile, autotune, cold cache, ramps; logs whose first block is larger).
// Published cases: a compiled first epoch of 2 to 5 times the others, first blocks of four times, first epochs 10 to 15 % slower.
inline constexpr double kFirstMuchLonger = 0.17;   // probability of a factor between the next two, even in its logarithm
inline constexpr double kFirstLongFrom = 1.5, kFirstLongTo = 6;
inline constexpr double kFirstSlower = 0.5;       // probability of a factor between 1 and kFirstSlowerTo
inline constexpr double kFirstSlowerTo = 1.2;

// Where the first unit took longer, the machine waited in part of the extra time: its power then, over that of training, lies between
// the next and 1 (a machine at rest draws about a third; compiling and autotuning draw more).
inline constexpr double kSlowerPowerLeast = 1.0 / 3;

// Start-up of a training program (interpreter, imports, data set, moving the model), where the first unit holds it and nothing
// tells how long it was: 4 s, 1 to 16 s in nine of ten cases. The one prior in seconds: `import torch` alone takes 1.5 to 5 s,
// transformers or TensorFlow 5 to 15 s from a cold disk; it matters while a unit lasts less than a minute.
// One program in seven has none to speak of (a shell script, a compiled program).
inline constexpr double kStartsAtOnce = 0.15;
inline constexpr double kStartSeconds = 4, kStartDeviation = 0.84;

// The same program's start-up on another day: files in memory or not.
inline constexpr double kStartAgainDeviation = 0.4;  // of the logarithm

// End of such a program after its last unit (saving, teardown of what was loaded) over its start-up: 0.3, 0.1 to 0.9 in nine of ten cases.
// PyTorch programs measured here: 0.24 to 0.41 of starts of 3 to 6 s. A start beyond the most below is no loading of libraries.
inline constexpr double kEndOverStart = 0.3, kEndDeviation = 0.67, kStartSecondsMost = 16;

// Evaluations that have not been seen yet: whether they will come at all, and their cost over the training of the whole run: v^power of
// the most, v even in 0 to 1 (small ones are common, the tail is long), times what of the run follows their beginning to the power
// `delayed` (below 1: one that begins late costs more). 9 to 18 % of whole runs in published logs.
// `bench_prediction --leave-out` compares settings of these.
struct UnseenEvaluations {
  double when_marked = 0.4;   // probability; the log would have shown them
  double share_most = 0.58, power = 1.2, delayed = 1;
};
inline constexpr UnseenEvaluations kUnseenEvaluations;
inline constexpr double kEvaluationsWhenUnmarked = 0.12; // they are probably inside the units already
inline constexpr double kEvaluationsWithinUnit = 0.7;    // while the first unit has not ended: validation follows it

// Cost of an evaluation told by the schedule but not yet seen, relative to one unit: an expensive one is begun late.
inline constexpr double kToldEarly = 0.04, kToldLate = 0.25;

// Total of a log that counts its own marks: a run that ends at the evaluation that reaches the target leaves a mark of the unit
// begun meanwhile (schedule.last_unit_cut); nearly certain where units were seen to begin before the evaluation's end.
inline constexpr double kLoggedLastUnitCut = 0.25, kPipelinedLastUnitCut = 0.75;

// A machine loaded over the same at rest, just before the run: 8-GPU servers draw 2.1 kW idle, 2.5 to 2.7 with contexts open, and 7 loaded;
// desktops with one card five times, virtual machines two to four times. Within a tenth of that the ramp has ended.
inline constexpr double kLoadedOverRest = 2.75, kLoadedOverRestDeviation = 0.3;  // the latter of the logarithm
inline constexpr double kReachedShare = 0.9;

// Probability that no more stalls come after one, two, or more: one may have been a restart, several are a habit.
inline constexpr double kNoMoreStalls[] = {0.7, 0.35, 0.1};

// Probability of a drift (curricula, growing sequences) before the points speak.
inline constexpr double kUnprovenDrift = 0.08;

// Relative change of the level that nothing has announced, over the rest of a run (5 to 95 % is +-1.645 of it).
inline constexpr double kSecondsDrift = 0.01, kWattsDrift = 0.01;

}  // namespace carbontracker::priors
