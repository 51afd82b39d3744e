#include "advice/advise.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/printable.h"

namespace carbontracker {
namespace {

constexpr double kGibibyte = 1024.0 * 1024 * 1024;
constexpr Seconds kLongEnough{20};          // shorter runs are start-up and little else
// Idle: worth a word from five minutes and 3 % of the run on.
constexpr std::size_t kIdleMinutes = 5;
constexpr double kIdleShare = 0.03;
constexpr double kStarved = 0.7, kWell = 0.8;  // a card that works less of its time waits; one that works more is used
constexpr double kUnused = 0.01;
constexpr double kLittleMemory = 0.25, kMuchFree = 0.5;
constexpr double kMuchMemory = 8 * kGibibyte;  // of a job: less is not worth asking for less

using Gpus = std::vector<const GpuEvidence*>;

template <class Fits>
Gpus those(const Evidence& e, Fits fits) {
  Gpus found;
  for (const GpuEvidence& gpu : e.gpus)
    if (fits(gpu)) found.push_back(&gpu);
  return found;
}

// "gpu0", "gpu0 and gpu1", "gpu0, gpu1 and 6 more"; of several nodes "gpu0 of n1".
std::string names(const Gpus& gpus) {
  const bool nodes = std::any_of(gpus.begin(), gpus.end(), [&](const GpuEvidence* gpu) { return gpu->node != gpus[0]->node; });
  const auto name = [&](std::size_t i) { return printable(gpus[i]->name, 30) + (nodes ? " of " + printable(gpus[i]->node, 30) : ""); };
  std::string text = name(0);
  if (gpus.size() == 2) text += " and " + name(1);
  if (gpus.size() > 2) text += fmt::format(", {} and {} more", name(1), gpus.size() - 2);
  return text;
}
template <class Figure>
double mean(const Gpus& gpus, Figure figure) {
  double sum = 0;
  for (const GpuEvidence* gpu : gpus) sum += figure(*gpu);
  return sum / static_cast<double>(gpus.size());
}
Joules energy(const Gpus& gpus) {
  Joules sum{};
  for (const GpuEvidence* gpu : gpus) sum += gpu->joules;
  return sum;
}
std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }
std::string was(const Gpus& gpus) { return gpus.size() == 1 ? "was" : "were"; }

std::optional<AdviceItem> idle(const Evidence& e) {
  if (e.minutes == 0 || e.idle_minutes < kIdleMinutes || double(e.idle_minutes) < kIdleShare * double(e.minutes)) return {};
  const std::string who = e.idle_by_processors ? "the processors" : e.gpus.size() == 1 ? "the GPU" : "all GPUs";
  AdviceItem item{"idle", "", "", Saving{Joules{}, e.idle_joules, e.joules, "measured in this run: the energy of those minutes; none of it where they are work that is needed"}, "",
                  "end the job with the training; download, unpack and evaluate outside of it, or beside the training; see the minutes: carbontracker report RUN --format json"};
  item.brief = fmt::format("{} at rest for {} of {} min", who, e.idle_minutes, e.minutes);
  item.seen = fmt::format("{} rested for {} of {} minutes ({}){}, which took {} of the run's energy", who, e.idle_minutes, e.minutes, percent(double(e.idle_minutes) / double(e.minutes)),
                          e.idle_by_power ? ", told by power below 30 % of the usual" : "", percent(e.joules > Joules{} ? e.idle_joules / e.joules : 0));
  return item;
}

// What the waiting costs at least: the cards' draw at rest, where it is known, over the time that would go.
std::optional<Saving> waiting(const Gpus& gpus, const Evidence& e) {
  Joules high{};
  for (const GpuEvidence* gpu : gpus) {
    if (!gpu->idle || !gpu->watts) return {};
    const double gone = std::max(0.0, 1 - *gpu->working / 0.95);
    high += std::min(*gpu->idle, *gpu->watts) * gpu->covered * gone;
  }
  return Saving{Joules{}, high, e.joules, "the cards' draw at rest (table) over the time they waited, if they waited no more; the host's share comes on top. 10 to 70 % of an epoch may be waiting for data: Mohan et al., VLDB 2021"};
}

std::string feeding(const Evidence& e) {
  const double own = *e.own_cpus;
  if (e.cpus > 0 && own >= 0.8 * e.cpus) return "the loader has no processor left: decode and resize once and store the result, move augmentation to the GPU, or ask for more processors a GPU";
  if (own >= 0.5) return fmt::format("more workers in the loader (DataLoader num_workers; {:.0f} processors are there), prefetching, and fewer waits for the GPU in the training loop (.item(), printing each step)", e.cpus);
  return "it waited neither for processors nor for the GPU: keep the data on a local disk, read larger pieces, prefetch";
}

std::optional<AdviceItem> starved(const Evidence& e) {
  if (!e.own_cpus || e.duration < kLongEnough) return {};
  const Gpus slow = those(e, [](const GpuEvidence& g) { return g.working && *g.working > kUnused && *g.working < kStarved; });
  if (slow.empty()) return {};
  const double busy = mean(slow, [](const GpuEvidence& g) { return *g.working; });
  AdviceItem item{"starved", fmt::format("{} {} busy {} of the time", names(slow), was(slow), percent(busy)), "", waiting(slow, e), "", feeding(e)};
  if (!item.saving) item.unknown = "the draw of this card at rest is in no table";
  item.seen = fmt::format("{} {} busy {} of the time{}, while the run kept {:.1f} of {:.0f} processors busy", names(slow), was(slow), percent(busy), e.idle_minutes > 0 ? " (idle minutes left out)" : "", *e.own_cpus, e.cpus);
  return item;
}

std::string unused_attempt(const Evidence& e, std::size_t used) {
  if (used > 0) return fmt::format("ask for {} GPU{}, or show the run only those: CUDA_VISIBLE_DEVICES; more cards need a distributed launch (torchrun)", used, used == 1 ? "" : "s");
  return fmt::format("if it should train on the GPU{0}: look whether the framework finds {1} (torch.cuda.is_available()) and the model is put there; else ask for no GPU, or hide {1}: CUDA_VISIBLE_DEVICES=",
                     e.gpus.size() == 1 ? "" : "s", e.gpus.size() == 1 ? "it" : "them");
}

std::optional<AdviceItem> unused(const Evidence& e) {
  if (e.duration < kLongEnough) return {};
  const Gpus idle = those(e, [](const GpuEvidence& g) { return g.unused(); }), used = those(e, [](const GpuEvidence& g) { return !g.unused() && (g.busy ? *g.busy > 0.1 : g.own > Joules{}); });
  if (idle.empty() || (used.empty() && idle.size() < e.gpus.size())) return {};
  AdviceItem item{"unused-gpu", fmt::format("{} of {} GPU{} never used", idle.size(), e.gpus.size(), e.gpus.size() == 1 ? "" : "s"), "", Saving{Joules{}, energy(idle), e.joules, "measured in this run: their whole draw; none where they would be switched on all the same"}, "",
                  unused_attempt(e, used.size())};
  item.seen = fmt::format("{} of {} GPU{} ({}) {} reserved and never used", idle.size(), e.gpus.size(), e.gpus.size() == 1 ? "" : "s", names(idle), was(idle));
  if (used.empty() && e.own_cpus) item.seen += fmt::format(", while the run kept {:.1f} of {:.0f} processors busy", *e.own_cpus, e.cpus);
  return item;
}

// What the scheduler gave and the run was not shown draws what such a card draws at rest.
std::optional<AdviceItem> hidden(const Evidence& e) {
  if (e.hidden_gpus == 0 || e.gpus.empty() || e.duration < kLongEnough) return {};
  const std::size_t all = e.hidden_gpus + e.gpus.size();
  AdviceItem item{"unused-gpu", fmt::format("{} of the job's {} GPUs never shown to the run", e.hidden_gpus, all), "", {}, "",
                  fmt::format("ask the scheduler for {} GPU{} (--gpus), or let the run see them all: CUDA_VISIBLE_DEVICES", e.gpus.size(), e.gpus.size() == 1 ? "" : "s")};
  item.seen = fmt::format("the scheduler gave the job {} GPUs, and the run could see {} of them", all, e.gpus.size());
  if (const auto idle = e.gpus[0].idle) item.saving = Saving{Joules{}, *idle * e.duration * static_cast<double>(e.hidden_gpus), e.joules, "their draw at rest (table) for the run's time, beside what this run is charged; none where they would be switched on all the same"};
  else item.unknown = "the draw of this card at rest is in no table";
  return item;
}

// Memory that was asked for and never had.
std::optional<AdviceItem> job_memory(const Evidence& e) {
  if (!e.memory_limit || e.duration < kLongEnough || *e.memory_limit < kMuchMemory || *e.memory_peak > kLittleMemory * *e.memory_limit) return {};
  const double share = *e.memory_peak / *e.memory_limit;
  AdviceItem item{"job-memory", fmt::format("{} of the job's memory used", percent(share)), "", {}, "", fmt::format("ask for {:.0f} GiB (--mem), twice what it had: the node has room for another job", std::ceil(std::max(1.0, 2 * *e.memory_peak / kGibibyte)))};
  item.seen = fmt::format("the job may use {:.0f} GiB of memory, and the run had {:.1f} GiB at most ({})", *e.memory_limit / kGibibyte, *e.memory_peak / kGibibyte, percent(share));
  if (e.dram_joules > Joules{}) item.saving = Saving{Joules{}, (1 - 2 * share) * e.dram_joules, e.joules, "the memory's draw in this run, by the part that another job could have; none where none does"};
  else item.unknown = "the memory of this machine is not measured";
  return item;
}

double memory_share(const GpuEvidence& g) { return *g.memory_peak / *g.memory_total; }
bool knows_memory(const GpuEvidence& g) { return g.memory_peak && g.memory_total && *g.memory_peak <= *g.memory_total; }

// Little memory and little work: a slice or a smaller card would do. Runs that share a card share its draw at rest.
std::optional<AdviceItem> memory(const Evidence& e) {
  if (e.duration < kLongEnough) return {};
  const Gpus roomy = those(e, [](const GpuEvidence& g) { return knows_memory(g) && g.busy && *g.busy > kUnused && *g.busy < 0.5 && memory_share(g) <= kLittleMemory; });
  if (roomy.empty()) return {};
  AdviceItem item{"memory", "", "", {}, "", "a smaller card, a slice of this one (MIG), or several runs on it side by side (MPS)"};
  Joules high{};
  bool known = true;
  for (const GpuEvidence* gpu : roomy) {
    const double sharing = std::clamp(std::floor(1 / std::max(memory_share(*gpu), *gpu->busy)), 1.0, 7.0);
    known &= gpu->idle.has_value();
    if (gpu->idle) high += *gpu->idle * gpu->covered * (1 - 1 / sharing);
  }
  if (known) item.saving = Saving{Joules{}, high, e.joules, "the card's draw at rest (table), shared by as many runs as fit by memory and time, 7 at most (the slices of an A100 or H100)"};
  else item.unknown = "the draw of this card at rest is in no table";
  const double share = mean(roomy, memory_share);
  item.brief = fmt::format("{} used {} of its memory", names(roomy), percent(share));
  item.seen = fmt::format("{} {} busy {} of the time and used at most {:.1f} of {:.0f} GiB ({})", names(roomy), was(roomy), percent(mean(roomy, [](const GpuEvidence& g) { return *g.busy; })),
                          mean(roomy, [](const GpuEvidence& g) { return *g.memory_peak; }) / kGibibyte, mean(roomy, [](const GpuEvidence& g) { return *g.memory_total; }) / kGibibyte, percent(share));
  return item;
}

bool well_used(const GpuEvidence& g) { return g.working && *g.working >= kWell; }
bool knows_draw(const GpuEvidence& g) { return g.working_watts && g.limit; }
double draw(const GpuEvidence& g) { return *g.working_watts / *g.limit; }

std::optional<AdviceItem> batch_size(const Evidence& e) {
  if (e.duration < kLongEnough) return {};
  const Gpus roomy = those(e, [](const GpuEvidence& g) { return well_used(g) && knows_memory(g) && memory_share(g) <= kMuchFree && knows_draw(g) && draw(g) <= 0.75; });
  if (roomy.empty()) return {};
  AdviceItem item{"batch-size", "", "", Saving{-0.17 * energy(roomy), 0.41 * energy(roomy), e.joules, "own evaluation of the Zeus traces (V100): ResNet-50 0.361 to 0.213 kWh an epoch from batch 8 to 360, BERT on SQuAD 0.098 to 0.115 from 8 to 48; the epochs needed change too"}, "",
                  "a larger batch (twice, with the learning rate for it), a few epochs each, compared: carbontracker report A B"};
  item.brief = fmt::format("{} busy, {} of its memory used", names(roomy), percent(mean(roomy, memory_share)));
  item.seen = fmt::format("{} {} busy {} of the time at {} of the power limit, with {} of the memory never used", names(roomy), was(roomy), percent(mean(roomy, [](const GpuEvidence& g) { return *g.working; })),
                          percent(mean(roomy, draw)), percent(1 - mean(roomy, memory_share)));
  return item;
}

// Busy all the time at little power: what runs does not use the units that draw it.
std::optional<AdviceItem> mixed_precision(const Evidence& e) {
  if (e.duration < kLongEnough) return {};
  const Gpus light = those(e, [](const GpuEvidence& g) { return well_used(g) && knows_draw(g) && draw(g) <= 0.6 && g.matrix_units; });
  if (light.empty()) return {};
  AdviceItem item{"mixed-precision", fmt::format("{} busy at {} of the power limit", names(light), percent(mean(light, draw))), "", Saving{Joules{}, 0.12 * energy(light), e.joules, "12 % less for a small CNN (one measurement, 2026); more where matrix units do most of the work; no broad study is known"}, "",
                  "if it trains in 32 bits: torch.autocast with bfloat16, or torch.set_float32_matmul_precision('high'); a compiled model (torch.compile) where many small kernels run"};
  item.seen = fmt::format("{} {} busy {} of the time but drew {} of the power limit, and this card's 16-bit units are at least twice as fast as its 32-bit ones", names(light), was(light),
                          percent(mean(light, [](const GpuEvidence& g) { return *g.working; })), percent(mean(light, draw)));
  return item;
}

std::optional<AdviceItem> power_limit(const Evidence& e) {
  if (e.duration < kLongEnough) return {};
  const Gpus hot = those(e, [](const GpuEvidence& g) {
    const bool lowered = g.limit_default && g.limit && *g.limit < 0.95 * *g.limit_default;
    return well_used(g) && knows_draw(g) && draw(g) >= 0.85 && draw(g) <= 1.2 && !lowered;
  });
  if (hot.empty()) return {};
  AdviceItem item{"power-limit", fmt::format("{} at {} of the power limit", names(hot), percent(mean(hot, draw))), "", Saving{Joules{}, 0.15 * energy(hot), e.joules, "own evaluation of the Zeus traces: best limit with at most 5 % slow-down saves 7 to 12 % (medians of four cards, single settings 0 to 47 %); McDonald et al., NAACL Findings 2022: 15 %; no limit is best for all"}, "",
                  "measure it: carbontracker advise --power-sweep -- COMMAND (as root); without rights ask for about 75 % of the limit"};
  item.seen = fmt::format("{} drew {:.0f} W of a limit of {:.0f} W ({}), busy {} of the time", names(hot), mean(hot, [](const GpuEvidence& g) { return g.working_watts->value(); }),
                          mean(hot, [](const GpuEvidence& g) { return g.limit->value(); }), percent(mean(hot, draw)), percent(mean(hot, [](const GpuEvidence& g) { return *g.working; })));
  return item;
}

std::optional<AdviceItem> failed_runs(const std::vector<RunSummary>& project) {
  std::size_t runs = 0, failed = 0;
  Joules all{}, lost{};
  for (const RunSummary& run : project) {
    if (run.state == RunState::running || !(run.joules > Joules{}) || !std::isfinite(run.joules.value())) continue;
    ++runs;
    all += run.joules;
    if (run.state != RunState::interrupted && run.exit_code.value_or(0) == 0) continue;
    ++failed;
    lost += run.joules;
  }
  if (runs < 3 || failed < 2 || lost < 0.1 * all) return {};
  AdviceItem item{"failed-runs", fmt::format("{} of {} runs of the project failed", failed, runs), "", Saving{Joules{}, lost, all, "measured: what the project's failed runs took; 82 % of OLMo 3's computing were experiments and failed runs (AI2, 2026)"}, "",
                  "a trial of some steps first (carbontracker predict --probe 50 -- COMMAND), checkpoints to go on from, and arguments checked before the data is loaded"};
  item.seen = fmt::format("{} of {} runs of this project failed or were interrupted; they took {} of its energy", failed, runs, percent(lost / all));
  return item;
}

}  // namespace

Advice advise(const RunRecord& run, const std::vector<RunSummary>& project) {
  const Evidence e = evidence_of(run);
  Advice advice;
  advice.gauges = e.gauges;
  for (auto& item : {idle(e), starved(e), unused(e), hidden(e), memory(e), job_memory(e), batch_size(e), mixed_precision(e), power_limit(e), failed_runs(project)})
    if (item) advice.items.push_back(*item);
  std::stable_sort(advice.items.begin(), advice.items.end(), [](const AdviceItem& a, const AdviceItem& b) {
    return (a.saving ? a.saving->high : Joules{}) > (b.saving ? b.saving->high : Joules{});
  });
  return advice;
}

}  // namespace carbontracker
