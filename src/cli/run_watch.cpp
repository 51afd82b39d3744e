#include "cli/run_watch.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "report/likely_end.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

constexpr std::chrono::milliseconds kForecastEvery{200};
constexpr double kLikely = 0.5;

}  // namespace

void RunCarbon::note() { grams_.note(session_.spent(), grid(), system_clock().wall()); }

CarbonIntensity RunCarbon::ahead(const Forecast* forecast) const {
  const Seconds left = forecast ? std::max(Seconds(0), forecast->seconds - forecast->elapsed) : Seconds(0);
  return grams_.ahead(grid(), system_clock().wall(), left);
}

BudgetRates RunCarbon::rates(double price, const Forecast* forecast) const {
  return {session_.facility().pue, grams_.so_far(), price, ahead(forecast), session_.spent()};
}

Grams RunCarbon::of(const Forecast& forecast) const {
  const Joules spent = std::min(session_.spent(), forecast.joules);
  const double pue = session_.facility().pue;
  return spent * pue * grams_.so_far() + (forecast.joules - spent) * pue * ahead(&forecast);
}

void Announcer::marked() {
  // A forecast is made where one is asked for: here, after each mark, though not for every one of epochs of milliseconds.
  const Instant now = system_clock().now();
  if (asked_ && now - *asked_ < kForecastEvery) return;
  asked_ = now;
  const auto forecast = session_.last_forecast();
  if (quiet_ || !forecast) return;
  if (!std::exchange(said_, true)) say(forecast_sentence(*forecast, carbon_.of(*forecast)));
  if (!end_said_) tell_early_end(*forecast);
}

void Announcer::tell_early_end(const Forecast& forecast) {
  const auto end = session_.last_end();
  if (!end || !end->reason.empty() || end->before_plan < kLikely) return;
  end_said_ = true;
  Forecast until = forecast;
  until.joules = end->joules, until.seconds = end->seconds;
  say(likely_end_words(*end, forecast.unit, carbon_.of(until)));
}

void Announcer::say(const std::string& what) const {
  const std::string line = style_.dim("carbontracker: " + what) + "\r\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

BudgetKeeper::BudgetKeeper(const Session& session, const RunCarbon& carbon, const Style& style, const std::optional<Budget>& budget, double price, bool stops)
    : session_(session), carbon_(carbon), style_(style), price_(price), stops_(stops), stopper_(system_clock()) {
  if (budget) watch_.emplace(*budget, carbon.rates(price, nullptr));
}

std::optional<EarlyOutlook> BudgetKeeper::early_outlook(const Forecast& plan) const {
  auto end = session_.last_end();
  if (!end) return std::nullopt;
  Forecast until = plan;
  if (end->reason.empty()) until.joules = end->joules, until.seconds = end->seconds;
  return EarlyOutlook{std::move(*end), carbon_.rates(price_, &until)};
}

void BudgetKeeper::tick(pid_t child, pid_t relay) {
  stopper_.tick();
  if (!watch_ || stopper_.stopping()) return;
  const auto forecast = session_.last_forecast();
  watch_->set_rates(carbon_.rates(price_, forecast ? &*forecast : nullptr));
  const auto early = forecast ? early_outlook(*forecast) : std::nullopt;
  const auto note = watch_->look(session_.spent(), forecast ? &*forecast : nullptr, early ? &*early : nullptr);
  if (!note) return;
  const bool stop = stops_ && note->stop;
  print_message(style_, note->what, stop ? "it is stopped: --on-budget stop" : note->stop ? "--on-budget stop would end it" : "--on-budget stop ends it when that is 95 % sure");
  if (stop) stopper_.stop(child, relay);
}

}  // namespace carbontracker::cli
