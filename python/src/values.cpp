#include "values.h"

#include <nanobind/stl/string.h>

#include "base/iso_time.h"
#include "base/printable.h"

namespace nb = nanobind;

namespace carbontracker::python {
namespace {

template <class Quantity>
nb::object number_or_none(const std::optional<Quantity>& value) {
  return value ? nb::object(nb::float_(value->value())) : nb::none();
}

void put(nb::dict& out, const std::optional<Energy>& energy) {
  out["joules"] = energy ? nb::object(nb::float_(energy->joules.value())) : nb::none();
  out["low"] = energy ? nb::object(nb::float_(energy->low.value())) : nb::none();
  out["high"] = energy ? number_or_none(energy->high) : nb::none();
}

double part(Seconds covered, Seconds expected) {
  return expected > Seconds{} ? std::min(1.0, covered / expected) : covered > Seconds{} ? 1.0 : 0.0;
}

nb::dict dict_of(const ChannelTotal& total) {
  nb::dict out = python::dict_of(total.channel);
  const bool data = total.measured.covered > Seconds{};
  put(out, data ? std::optional(interval(total.measured)) : std::nullopt);
  out["coverage"] = part(total.measured.covered, total.expected);
  out["counted"] = total.headline;
  out["run_joules"] = total.run.value();
  return out;
}

nb::dict dict_of(const RegionTotal& region) {
  nb::dict out;
  out["name"] = text(region.name);
  out["parent"] = text_or_none(region.parent);
  out["start_s"] = region.start.count();
  out["seconds"] = region.duration.count();
  const bool data = region.measured.covered > Seconds{} || region.duration == Seconds{};
  put(out, data ? std::optional(interval(region.measured)) : std::nullopt);
  out["open"] = region.open;
  out["provisional"] = region.provisional;
  return out;
}

nb::dict dict_of(const Gap& gap) {
  nb::dict out;
  out["what"] = text(gap.what);
  out["reason"] = text(gap.reason);
  out["remedy"] = text_or_none(gap.remedy);
  out["seconds"] = gap.length > Seconds{} ? nb::object(nb::float_(gap.length.count())) : nb::none();
  return out;
}

template <class T>
nb::list dicts_of(const std::vector<T>& values) {
  nb::list out;
  for (const T& value : values) out.append(dict_of(value));
  return out;
}

}  // namespace

nb::object text(const std::string& words) { return nb::cast(valid_utf8(words)); }
nb::object text_or_none(const std::string& words) { return words.empty() ? nb::object(nb::none()) : text(words); }

nb::dict dict_of(const Channel& channel) {
  nb::dict out;
  out["name"] = text(channel.name);
  out["domain"] = nb::cast(std::string(to_string(channel.domain)));
  out["device"] = text_or_none(channel.device);
  out["label"] = text_or_none(channel.label);
  out["origin"] = nb::cast(std::string(to_string(channel.origin)));
  out["contained_in"] = text_or_none(channel.contained_in);
  return out;
}

nb::dict dict_of(const GridFigure& figure) {
  nb::dict out;
  out["g_per_kwh"] = figure.g_per_kwh.value();
  out["low"] = figure.low.value();
  out["high"] = figure.high.value();
  out["zone"] = text_or_none(figure.zone);
  out["zone_name"] = text_or_none(figure.zone_name);
  out["provider"] = text_or_none(figure.provider);
  out["year"] = figure.year > 0 ? nb::object(nb::int_(figure.year)) : nb::none();
  out["basis"] = text_or_none(figure.basis);
  out["place_known"] = figure.place_known;
  out["note"] = text_or_none(figure.note);
  return out;
}

nb::dict dict_of(const Footprint& made) {
  nb::dict out;
  out["joules"] = made.it.value();
  out["facility_joules"] = made.facility.value();
  out["grams"] = made.grams.value();
  out["low"] = made.low.value();
  out["high"] = number_or_none(made.high);
  out["intensity_g_per_kwh"] = made.mean.value();
  out["grid"] = dict_of(made.grid);
  out["pue"] = made.site.pue;
  out["pue_from"] = text_or_none(made.site.from);
  out["place"] = text_or_none(made.place.code);
  out["country"] = text_or_none(made.place.country);
  out["place_name"] = text_or_none(made.place.name);
  out["place_from"] = text_or_none(made.place.from);
  return out;
}

nb::list list_of(const std::vector<Equivalent>& equivalents) {
  nb::list out;
  for (const Equivalent& e : equivalents) {
    nb::dict one;
    one["what"] = text(e.what);
    one["value"] = e.value;
    one["unit"] = text(e.unit);
    one["factor"] = e.factor;
    one["factor_unit"] = text(e.factor_unit);
    one["year"] = e.year;
    one["source"] = text(e.source);
    out.append(one);
  }
  return out;
}

nb::dict dict_of(const Snapshot& seen, const Place& place, const Facility& site) {
  nb::dict out, run;
  const std::optional<Energy> total = seen.coverage > 0 ? std::optional(seen.total) : std::nullopt;
  out["duration_s"] = seen.duration.count();
  out["started"] = text(iso_time(seen.began));
  put(out, total);
  out["coverage"] = seen.coverage;
  IntensitySeries grid;
  grid.about = table_intensity(place);
  out["carbon"] = dict_of(footprint(seen.total, {}, grid, site, place));
  if (!total) nb::cast<nb::dict>(out["carbon"])["grams"] = nb::none();
  out["grams"] = out["carbon"]["grams"];
  put(run, total ? std::optional(seen.run) : std::nullopt);
  run["method"] = text_or_none(seen.run_method);
  out["run"] = run;
  out["idle_joules"] = number_or_none(seen.idle);
  out["channels"] = dicts_of(seen.channels);
  out["regions"] = dicts_of(seen.regions);
  out["gaps"] = dicts_of(seen.gaps);
  return out;
}

nb::dict dict_of(const Forecast& made, const Place& place, const Facility& site) {
  nb::dict out;
  out["joules"] = made.joules.value();
  out["low"] = made.low.value();
  out["high"] = made.high.value();
  out["seconds"] = made.seconds.count();
  out["seconds_low"] = made.seconds_low.count();
  out["seconds_high"] = made.seconds_high.count();
  out["grams"] = (made.joules * site.pue * table_intensity(place).g_per_kwh).value();
  out["elapsed_joules"] = made.elapsed_joules.value();
  out["elapsed_seconds"] = made.elapsed.count();
  out["done"] = made.done;
  out["of"] = made.of;
  out["unit"] = text_or_none(made.unit);
  out["method"] = text_or_none(made.method);
  return out;
}

}  // namespace carbontracker::python
