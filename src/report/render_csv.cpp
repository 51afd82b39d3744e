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

}  // namespace

std::string report_csv(const Report& r) {
  std::string out = "run_id,name,node,channel,domain,origin,counted,joules,low,high,coverage,facility_joules,grams,intensity_g_per_kwh,pue,place,started,duration_s\n";
  const std::string lead = csv_cell(r.run.id) + "," + csv_cell(r.run.name) + ",";
  const std::string tail = csv_cell(r.place.code) + "," + iso_time(r.started) + "," + number(r.duration.count()) + "\n";
  for (const ReportChannel& c : r.channels)
    out += lead + csv_cell(c.node) + "," + csv_cell(c.channel.name) + "," + std::string(to_string(c.channel.domain)) + "," + std::string(to_string(c.channel.origin)) + "," +
           (c.headline ? "1" : "0") + "," + energy_cells(c.energy) + "," + number(c.coverage) + ",,,,," + tail;
  out += lead + ",total,,,," + energy_cells(r.total) + "," + number(r.coverage) + "," + (r.carbon ? number(r.carbon->facility.value()) + "," + number(r.carbon->grams.value()) + "," + number(r.carbon->mean.value()) : ",,") + "," +
         number(r.site.pue) + "," + tail;
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
