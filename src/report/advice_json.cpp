#include "report/advice_json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "base/printable.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json saving_json(const Saving& s, const Report& report) {
  const CarbonIntensity grid = report.carbon ? report.carbon->mean : report.grid.g_per_kwh;
  const auto share = [&](Joules joules) { return s.of > Joules{} ? number(100 * (joules / s.of)) : Json(); };
  const auto grams = [&](Joules joules) { return number((joules * report.site.pue * grid).value()); };
  const auto money = [&](Joules joules) { return report.beyond.cost ? number(in_kilowatt_hours(joules * report.site.pue) * report.beyond.cost->price.per_kwh) : Json(); };
  const std::string currency = report.beyond.cost ? report.beyond.cost->price.currency : "";
  return {{"joules_low", number(s.low.value())}, {"joules_high", number(s.high.value())}, {"of_joules", number(s.of.value())}, {"percent_low", share(s.low)},
          {"percent_high", share(s.high)}, {"grams_low", grams(s.low)}, {"grams_high", grams(s.high)}, {"cost_low", money(s.low)}, {"cost_high", money(s.high)},
          {"currency", currency.empty() ? Json() : Json(valid_utf8(currency))}, {"source", s.source}};
}

}  // namespace

std::string advice_items_json(const std::vector<AdviceItem>& items, const Report& report) {
  Json list = Json::array();
  for (const AdviceItem& item : items)
    list.push_back({{"kind", item.kind}, {"brief", valid_utf8(item.brief)}, {"seen", valid_utf8(item.seen)}, {"try", valid_utf8(item.attempt)},
                    {"saving", item.saving ? saving_json(*item.saving, report) : Json()}, {"unknown", item.unknown.empty() ? Json() : Json(valid_utf8(item.unknown))}});
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace carbontracker
