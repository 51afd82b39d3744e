// carbontracker._core: the measurement as Python sees it. python/carbontracker/_core.pyi states the types.

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cmath>

#include "carbontracker/version.h"
#include "errors.h"
#include "gil.h"
#include "measurement.h"
#include "progress/metric_reader.h"
#include "sources.h"
#include "termination.h"
#include "tracker/figures.h"
#include "values.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace carbontracker::python {
namespace {

MarkKind kind_of(const std::string& word) {
  static const std::map<std::string, MarkKind> kinds{{"epoch_begin", MarkKind::epoch_begin}, {"epoch_end", MarkKind::epoch_end},
      {"step", MarkKind::step}, {"region_begin", MarkKind::region_begin}, {"region_end", MarkKind::region_end}, {"plan", MarkKind::plan}};
  const auto found = kinds.find(word);
  if (found == kinds.end()) raise({Errc::invalid_input, "kind '" + word + "' is no mark", "epoch_begin, epoch_end, step, region_begin, region_end or plan"});
  return found->second;
}

// Without a place: the one found on this machine.
Place place_of(const std::string& words) {
  return words.empty() ? find_place(this_host()) : value_or_raise(parse_place(words, "place="));
}

Facility facility_of(const std::optional<double>& pue, const Place& place) {
  if (!pue) return default_facility(place, this_host());
  if (!(*pue >= 1 && *pue <= 10)) raise({Errc::invalid_input, "pue is not a number from 1 to 10", "leave it out to use the machine's default"});
  return {*pue, "pue="};
}

double finite(double value, const char* name) {
  if (!std::isfinite(value) || value < 0) raise({Errc::invalid_input, std::string(name) + " is not a number of 0 or more", ""});
  return value;
}

nb::object carbon_of(double joules, const std::string& place, std::optional<double> pue) {
  const Place where = place_of(place);
  const Joules it(finite(joules, "joules"));
  IntensitySeries grid;
  grid.about = table_intensity(where);
  return from_json(footprint_json(footprint({it, it, it}, {}, grid, facility_of(pue, where), where)));
}

void bind_session(nb::module_& module) {
  nb::class_<Measurement>(module, "Session")
      .def("__init__", [](Measurement* self, std::string name, std::string project, std::map<std::string, std::string> tags, std::string place,
                          std::optional<double> pue, double epochs, bool keep, std::string output, bool silent, std::string resume, std::string run_id, int attempt, std::optional<std::string> visible, std::string gpus_of, std::vector<std::string> command) {
             new (self) Measurement({std::move(name), std::move(project), std::move(place), std::move(output), std::move(resume), std::move(run_id), attempt, std::move(gpus_of), std::move(visible), std::move(tags), pue, finite(epochs, "epochs"), keep, silent, std::move(command)});
           }, "name"_a = "", "project"_a = "", "tags"_a = std::map<std::string, std::string>(), "place"_a = "", "pue"_a = nb::none(), "epochs"_a = 0.0,
           "keep"_a = true, "output"_a = "", "silent"_a = false,
           "resume"_a = "", "run_id"_a = "", "attempt"_a = 0, "visible"_a = nb::none(), "gpus_of"_a = "", "command"_a = std::vector<std::string>())
      .def("mark", [](Measurement& self, const std::string& kind, const std::string& name, double done, double of, const std::string& unit) {
             const MarkKind what = kind_of(kind);
             const Released released;
             self.mark(what, name, done, of, unit);
           }, "kind"_a, "name"_a = "", "done"_a = 0.0, "of"_a = 0.0, "unit"_a = "")
      .def("ask_live", [](Measurement& self, std::string program, std::string provider, std::map<std::string, std::string> settings) {
             self.ask_live({std::move(program), std::move(provider), std::move(settings)});
           }, "program"_a, "provider"_a = "", "settings"_a = std::map<std::string, std::string>(), nb::call_guard<Released>())
      .def("metric", &Measurement::metric, "name"_a, "value"_a, nb::call_guard<Released>())
      .def("follow", [](Measurement& self, std::string metric, std::optional<double> target, std::optional<double> patience, double min_delta, bool larger) {
             self.follow({std::move(metric), {target, patience, min_delta, larger}});
           }, "metric"_a, "target"_a = nb::none(), "patience"_a = nb::none(), "min_delta"_a = 0.0, "larger"_a = true, nb::call_guard<Released>())
      .def("region_begin", [](Measurement& self, const std::string& name) { self.mark(MarkKind::region_begin, name, 0, 0, {}); }, "name"_a,
           nb::call_guard<Released>())
      .def("region_end", [](Measurement& self, const std::string& name) { self.mark(MarkKind::region_end, name, 0, 0, {}); }, "name"_a,
           nb::call_guard<Released>())
      .def("snapshot", &Measurement::snapshot)
      .def("channels", &Measurement::channels, "patience"_a = nb::none(), "at"_a = 0)
      .def("energy_at", &Measurement::joules, nb::call_guard<Released>())
      .def("forecast", &Measurement::forecast)
      .def("forecast_reason", &Measurement::forecast_reason)
      .def("report", &Measurement::report, nb::call_guard<Released>())
      .def("summary", &Measurement::summary, nb::call_guard<Released>())
      .def("troubles", &Measurement::troubles)
      .def("finish", &Measurement::finish, "exit_code"_a = 0, nb::call_guard<Released>())
      .def_prop_ro("id", &Measurement::id)
      .def_prop_ro("alive", &Measurement::alive)
      .def_prop_ro("attached", &Measurement::attached)
      .def_prop_ro("measuring", &Measurement::measuring)
      .def_prop_ro("kept", &Measurement::kept);
}

}  // namespace
}  // namespace carbontracker::python

NB_MODULE(_core, module) {
  using namespace carbontracker;
  using namespace carbontracker::python;
  // Two interpreters would share what the binding keeps for one: calls fail, and the end hangs.
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) throw nb::import_error("carbontracker measures in the main interpreter of a process alone");
  nb::set_leak_warnings(false);  // at the interpreter's end nothing of ours is printed
  module.attr("__version__") = kVersion;
  bind_session(module);
  module.def("sources", &sources);
  module.def("hear_sigterm", &hear_sigterm);
  module.def("give_sigterm_back", &give_sigterm_back);
  module.def("asks_live", [](std::optional<bool> live) { return cli::asks_live(live, this_host()); }, "live"_a = nb::none());
  module.def("has_provider", [](const std::string& name) { return cli::is_provider(name); }, "name"_a);
  module.def("table_intensity", [](const std::string& place) { return from_json(grid_json(table_intensity(place_of(place)))); }, "place"_a = "");
  module.def("footprint", &carbon_of, "joules"_a, "place"_a = "", "pue"_a = nb::none());
  module.def("larger_is_better", [](const std::string& metric) { return larger_is_better(metric); }, "metric"_a);
  module.def("equivalents", [](double grams, double joules) { return from_json(equivalents_json(equivalents(Grams(finite(grams, "grams")), Joules(finite(joules, "joules"))))); },
             "grams"_a, "joules"_a);
}
