// carbontracker advise: what a run shows that could be done with less.

#include <unistd.h>

#include <algorithm>

#include "advice/accuracy.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/style.h"
#include "report/render_advice.h"
#include "storage/journal.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

constexpr std::size_t kMostProjectRuns = 200;  // whose records are read for their scores

ScoredRun scored(const RunRecord& run, double points) {
  ScoredRun out{run.id, run.name, {}, points};
  const Report report = report_of(run);
  if (report.total) out.joules = report.total->joules;
  return out;
}

Result<std::pair<double, double>> two_points(const std::string& text) {
  const auto parts = split(text, ',');
  const auto a = parse_double(parts[0]), b = parts.size() == 2 ? parse_double(parts[1]) : std::nullopt;
  if (!a || !b || *a < 0 || *b < 0 || *a > 100 || *b > 100) return unexpected(Errc::invalid_input, "--points '" + text + "' is not two scores from 0 to 100", "--points 91.2,90.5");
  return std::pair(*a, *b);
}

// RUN beside one other: both scores are given, or both have the tag.
Result<std::vector<ScoredRun>> pair_of(Store& store, const RunRecord& run, const AdviseArguments& arguments) {
  const auto other = store.load(arguments.against);
  if (!other) return unexpected(other.error());
  if (!arguments.points.empty()) {
    const auto points = two_points(arguments.points);
    if (!points) return unexpected(points.error());
    return std::vector{scored(run, points->first), scored(*other, points->second)};
  }
  std::vector<ScoredRun> out;
  for (const RunRecord* one : {&run, &*other}) {
    const auto points = points_of(*one, arguments.metric);
    if (!points) return unexpected(Errc::invalid_input, "run " + one->id + " has no score: neither a tag nor a metric", "--points 91.2,90.5, run --tag accuracy=0.912, or run --metric val_acc");
    out.push_back(scored(*one, *points));
  }
  return out;
}

Result<std::vector<ScoredRun>> scores(Store& store, const RunRecord& run, const std::vector<RunSummary>& project, const AdviseArguments& arguments) {
  if (!arguments.against.empty()) return pair_of(store, run, arguments);
  if (!arguments.points.empty()) return unexpected(Errc::invalid_input, "advise: --points goes with --against", "carbontracker advise A --against B --points 91.2,90.5");
  std::vector<ScoredRun> out;
  const auto own = points_of(run, arguments.metric);
  if (!own && !arguments.metric.empty()) return unexpected(Errc::invalid_input, "run " + run.id + " has neither a tag nor a metric " + arguments.metric + " with a score", "run --tag " + arguments.metric + "=0.912, or run --metric " + arguments.metric);
  if (!own) return out;
  out.push_back(scored(run, *own));
  for (std::size_t i = 0; i < project.size() && i < kMostProjectRuns; ++i) {
    if (project[i].id == run.id || project[i].state != RunState::finished || project[i].exit_code.value_or(0) != 0) continue;
    const auto other = store.load(project[i].id);
    if (const auto points = other ? points_of(*other, arguments.metric) : std::nullopt) out.push_back(scored(*other, *points));
  }
  return out;
}

Result<std::string> advice_on(Store& store, const AdviseArguments& arguments, const Host& host, int width) {
  const auto run = store.load(arguments.run.empty() ? "last" : arguments.run);
  if (!run) return unexpected(run.error());
  std::vector<RunSummary> project;
  if (!run->project.empty()) {
    auto listed = store.list({run->project, {}, 0});
    if (!listed) return unexpected(listed.error());
    project = std::move(*listed);
  }
  const auto compared = scores(store, *run, project, arguments);
  if (!compared) return unexpected(compared.error());
  Advice advice = advise(*run, project);
  if (compared->size() > 1)
    if (auto item = cost_per_point(compared->front(), *compared)) advice.items.push_back(std::move(*item));
  const auto price = chosen_price(arguments.price, host);
  if (!price) return unexpected(price.error());
  const Report report = report_of(*run, {}, {}, {}, *price);
  return arguments.format == "json" ? advice_json(advice, report) : advice_text(advice, report, static_cast<std::size_t>(std::clamp(width, 60, 120)));
}

int failed(const Error& error, const Host& host) {
  print_message(style_of(STDERR_FILENO, host), error.what, error.hint);
  return error.code == Errc::invalid_input ? 2 : 1;
}

}  // namespace

int advise_command(const AdviseArguments& arguments, const Host& host) {
  if (arguments.power_sweep) return power_sweep_command(arguments, host);
  if (!arguments.command.empty() || arguments.steps || arguments.each || arguments.stop)
    return failed({Errc::invalid_input, "advise: a command, --limits, --each and --stop go with --power-sweep", "carbontracker advise --power-sweep -- python train.py"}, host);
  auto store = Store::open(data_home(host));
  if (!store) return failed(store.error(), host);
  for (const Error& note : (*store)->notes()) print_message(style_of(STDERR_FILENO, host), note.what, note.hint);
  const auto text = advice_on(**store, arguments, host, style_of(STDOUT_FILENO, host).width);
  return text ? print_product(*text, host) : failed(text.error(), host);
}

}  // namespace carbontracker::cli
