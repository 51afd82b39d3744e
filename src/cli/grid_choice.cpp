#include "cli/grid_choice.h"

#include <unistd.h>

#include "cli/settings.h"
#include "cli/style.h"

namespace carbontracker::cli {

Result<Place> chosen_place(const std::string& text, const Host& host) {
  if (!text.empty()) return parse_place(text, "--place");
  const Settings settings = load_settings(host);
  if (const Setting* set = settings.find("place")) return parse_place(set->value, set->from);
  return find_place(host);
}

Result<Place> told_place(const std::string& text, const Host& host) {
  auto place = chosen_place(text, host);
  if (place && !text.empty() && !place->note.empty()) print_message(style_of(STDERR_FILENO, host), place->note);
  return place;
}

Facility chosen_facility(std::optional<double> pue, const Place& place, const Host& host) {
  if (pue) return {*pue, "--pue"};
  if (!place.provider.empty()) return default_facility(place, host);
  return {1, "not told: the machine's energy alone"};
}

Result<std::optional<Price>> chosen_price(const std::string& text, const Host& host) {
  std::string price = text, from = "--price";
  if (text.empty()) {
    const Settings settings = load_settings(host);
    const Setting* set = settings.find("price");
    if (!set) return std::optional<Price>();
    price = set->value, from = set->from;
  }
  auto parsed = parse_price(price, from);
  if (!parsed) return unexpected(parsed.error());
  return std::optional<Price>(std::move(*parsed));
}

}  // namespace carbontracker::cli
