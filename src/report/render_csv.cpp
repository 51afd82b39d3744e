#include <cmath>

#include <fmt/format.h>

#include "base/iso_time.h"
#include "report/cells.h"
#include "report/render_text.h"

namespace carbontracker {
namespace {

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.10g}", value) : ""; }
std::string number(const std::optional<Joules>& value) { return value ? number(value->value()) : ""; }

std::string energy_cells(const std::optional<Energy>& e) {
  return e ? number(e->joules.value()) + "," + number(e->low.value()) + "," + number(e->high) : ",,";
}

std::string range_cells(const Range& r, bool bounded) { return number(r.value) + "," + number(r.low) + "," + (bounded ? number(r.high) : ""); }

std::string beyond_cells(const Beyond& b) {
  const auto litres = [](const std::optional<Water>& w) { return w ? number(w->litres.value) : std::string(); };
  return (b.embodied.devices.empty() ? ",," : range_cells(b.embodied.grams, b.embodied.unknown.empty())) + "," + litres(b.on_site) + "," + litres(b.off_site) + "," +
         (b.cost ? number(b.cost->amount.value) + "," + csv_cell(b.cost->price.currency) : ",");
}

}  // namespace

std::string report_csv(const Report& r) {
  std::string out = "run_id,name,node,channel,domain,origin,counted,joules,low,high,coverage,facility_joules,grams,intensity_g_per_kwh,pue,place,started,duration_s,"
                    "embodied_grams,embodied_low,embodied_high,water_on_site_l,water_off_site_l,cost,currency\n";
  const std::string lead = csv_cell(r.run.id) + "," + csv_cell(r.run.name) + ",";
  const std::string tail = csv_cell(r.place.code) + "," + iso_time(r.started) + "," + number(r.duration.count());
  for (const ReportChannel& c : r.channels)
    out += lead + csv_cell(c.node) + "," + csv_cell(c.channel.name) + "," + std::string(to_string(c.channel.domain)) + "," + std::string(to_string(c.channel.origin)) + "," +
           (c.headline ? "1" : "0") + "," + energy_cells(c.energy) + "," + number(c.coverage) + ",,,,," + tail + ",,,,,,,\n";
  out += lead + ",total,,,," + energy_cells(r.total) + "," + number(r.coverage) + "," + (r.carbon ? number(r.carbon->facility.value()) + "," + number(r.carbon->grams.value()) + "," + number(r.carbon->mean.value()) : ",,") + "," +
         number(r.site.pue) + "," + tail + "," + beyond_cells(r.beyond) + "\n";
  return out;
}

std::string runs_csv(const std::vector<RunSummary>& runs) {
  std::string out = "id,name,project,state,started,duration_s,joules,exit_code\n";
  for (const RunSummary& r : runs)
    out += csv_cell(r.id) + "," + csv_cell(r.name) + "," + csv_cell(r.project) + "," + std::string(to_string(r.state)) + "," + iso_time(r.started) + "," + number(r.duration.count()) + "," +
           (r.joules > Joules{} ? number(r.joules.value()) : "") + "," + (r.exit_code ? std::to_string(*r.exit_code) : "") + "\n";
  return out;
}

}  // namespace carbontracker
