#include "report/cost.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(valid_utf8(text)); }

}  // namespace

std::string cost_words(const Cost& cost) {
  return three_digits(cost.amount.value) + (cost.price.currency.empty() ? "" : " " + printable(cost.price.currency, 8));
}

std::string cost_json(const std::optional<Cost>& c) {
  if (!c) return "null";
  return Json{{"amount", number(c->amount.value)}, {"low", number(c->amount.low)}, {"high", c->bounded ? number(c->amount.high) : Json()},
              {"price_per_kwh", number(c->price.per_kwh)}, {"currency", text_or_null(c->price.currency)}, {"from", text_or_null(c->price.from)}}.dump();
}

}  // namespace carbontracker
