// carbontracker plan: when and where to run work, so that it emits least.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/named_file.h"
#include "base/iso_time.h"
#include "carbon/beyond.h"
#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/grid_outlook.h"
#include "cli/plan_places.h"
#include "cli/style.h"
#include "report/render_plan.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "tracker/like_run.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

// Draw of a stopped machine against a busy one: accelerators idle at 60 to 140 W of 400 to 700 (data/accelerators.csv).
constexpr double kPausedShare = 0.15;
constexpr Seconds kShortestWork{0.001};  // what moments are told by
constexpr Seconds kLongestWork = std::chrono::hours(24 * 36525);  // dates have four digits of a year

struct PlannedWork {
  Seconds duration{};
  Joules it{};
};

Result<PlannedWork> work_like(const std::string& run, const Host& host) {
  auto store = Store::open(data_home(host));
  if (!store) return unexpected(store.error());
  const auto record = (*store)->load(run);
  if (!record) return unexpected(record.error());
  const auto whole = estimate_like(report_of(*record), {}, 1);
  if (!whole) return unexpected(whole.error());
  return PlannedWork{whole->seconds, whole->joules};
}

Result<PlannedWork> work_of_prediction(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    auto read = read_named_file(path, 1 << 20);
    if (!read) return unexpected(read.error());
    text = std::move(*read);
  }
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto number = [&](const char* key) { return json.is_object() && json.contains(key) && json[key].is_number() ? json[key].get<double>() : 0.0; };
  if (!(number("joules") > 0) || !(number("seconds") > 0))
    return unexpected(Errc::invalid_input, "plan: " + path + " holds no prediction: joules and seconds are missing", "give what carbontracker predict --format json prints");
  return PlannedWork{Seconds(number("seconds")), Joules(number("joules"))};
}

Result<PlannedWork> planned_work(const PlanArguments& p, const Host& host) {
  const bool told = p.hours || p.kwh;
  if (int(told) + int(!p.run.empty()) + int(!p.from.empty()) != 1)
    return unexpected(Errc::invalid_input, "plan: the work is one of: a RUN, --from a prediction, or --hours with --kwh", "carbontracker plan --hours 6 --kwh 40 --place DE");
  if (!p.run.empty()) return work_like(p.run, host);
  if (!p.from.empty()) return work_of_prediction(p.from);
  if (!p.hours || !p.kwh) return unexpected(Errc::invalid_input, "plan: --hours and --kwh go together", "carbontracker plan --hours 6 --kwh 40 --place DE");
  return PlannedWork{Seconds(*p.hours * 3600), Joules(*p.kwh * kJoulesPerKilowattHour)};
}

struct Deadline {
  WallTime when{};
  bool assumed = false;
};

Result<Deadline> deadline_of(const PlanArguments& p, WallTime from, Seconds duration) {
  if (p.within && p.deadline) return unexpected(Errc::invalid_input, "plan: --within and --deadline exclude each other", "give one of them");
  if (duration > kLongestWork) return unexpected(Errc::invalid_input, "plan: the work would take more than a hundred years", "give its length in hours with --hours");
  if (duration < kShortestWork) return unexpected(Errc::invalid_input, "plan: the work would take less than a millisecond", "give its length in hours with --hours");
  if (p.deadline && *p.deadline <= from)
    return unexpected(Errc::invalid_input, fmt::format("plan: the deadline {} is over: the work would begin at {}", iso_time(*p.deadline), iso_time(from)), "give a later one with --deadline or --within");
  if (p.deadline) return Deadline{*p.deadline, false};
  if (p.within && *p.within > 2 * kLongestWork) return unexpected(Errc::invalid_input, "plan: --within is more than two hundred years", "give the time until the work has to be done: 24h");
  const Seconds room = p.within.value_or(std::max<Seconds>(std::chrono::hours(24), duration * 2));
  return Deadline{from + std::chrono::round<WallTime::duration>(room), !p.within};
}

Result<PlanView> planned(const PlanArguments& p, const Host& host) {
  const auto work = planned_work(p, host);
  if (!work) return unexpected(work.error());
  const auto place = told_place(p.place, host);
  if (!place) return unexpected(place.error());
  const Facility site = chosen_facility(p.pue, *place, host);
  const auto price = chosen_price(p.price, host);
  if (!price) return unexpected(price.error());
  const WallTime from = p.at.value_or(system_clock().wall());
  const auto deadline = deadline_of(p, from, work->duration);
  if (!deadline) return unexpected(deadline.error());
  const int hours = static_cast<int>(std::ceil(std::clamp(Seconds(deadline->when - from).count() / 3600 + 1, 1.0, 96.0)));
  const auto outlook = grid_outlook({.place = *place, .history = p.history, .column = p.column, .at = from, .hours = hours, .live = live_allowed(p.network.live, p.network.offline, host),
                                     .provider = p.network.provider, .lifecycle = !p.regions.empty()}, host);
  if (!outlook) return unexpected(outlook.error());
  if (outlook->live_failed) print_message(style_of(STDERR_FILENO, host), outlook->live_failed->what + "; the table stands", outlook->live_failed->hint);

  const Work whole{work->duration, work->it * site.pue};
  const std::string here = !p.history.empty() && p.place.empty() ? outlook->series.about.provider : place->code.empty() ? outlook->series.about.zone_name : place->code;
  const auto places = plan_places(p, {*place, here, site, *outlook, work->it, *price}, hours, host);
  if (!places) return unexpected(places.error());
  if (places->without_live > 0)
    print_message(style_of(STDERR_FILENO, host), fmt::format("no live figure for {} of the places of --regions: tables stand for them", places->without_live), "--format json tells why");
  auto plan = plan_work(whole, {.from = from, .deadline = deadline->when, .may_pause = p.pausing, .idle_share = kPausedShare}, places->list);
  if (!plan) return unexpected(plan.error());
  std::optional<Cost> costs;
  if (*price) costs = cost({work->it, work->it, work->it}, site, **price);
  return PlanView{std::move(*plan), whole, work->it, std::move(costs), from, deadline->when, outlook->series, name_of(outlook->hours), outlook->no_profile, deadline->assumed, kPausedShare, places->facts};
}

// The best option that runs in one piece: schedulers start, they do not pause.
const PlanOption& best_in_one_piece(const Plan& plan) {
  for (const PlanOption& option : plan.options)
    if (option.pauses.empty()) return option;
  return plan.now;
}

std::string shown(const PlanView& view, const PlanArguments& p) {
  if (p.format == "json") return plan_json(view);
  if (p.format == "text") return plan_text(view);
  const Scheduler scheduler = p.format == "slurm" ? Scheduler::slurm : p.format == "at" ? Scheduler::at : Scheduler::cron;
  return plan_line(best_in_one_piece(view.plan), scheduler, p.command);
}

}  // namespace

int plan_command(const PlanArguments& arguments, const Host& host) {
  const auto view = planned(arguments, host);
  if (view && arguments.format != "json" && arguments.format != "text")
    if (const std::string twice = twice_a_night(best_in_one_piece(view->plan)); !twice.empty()) print_message(style_of(STDERR_FILENO, host), twice, "a scheduler may take either");
  if (view) return print_product(shown(*view, arguments), host);
  print_message(style_of(STDERR_FILENO, host), view.error().what, view.error().hint);
  return view.error().code == Errc::invalid_input || view.error().code == Errc::not_found ? 2 : 1;
}

}  // namespace carbontracker::cli
