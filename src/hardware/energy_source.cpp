#include "hardware/energy_source.h"

#include <array>
#include <utility>

namespace carbontracker {
namespace {

constexpr std::array<std::pair<Domain, std::string_view>, 10> kDomains{{
    {Domain::package, "package"}, {Domain::dram, "dram"}, {Domain::gpu, "gpu"}, {Domain::soc, "soc"},
    {Domain::platform, "platform"}, {Domain::psys, "psys"}, {Domain::module, "module"},
    {Domain::core, "core"}, {Domain::uncore, "uncore"}, {Domain::other, "other"}}};
constexpr std::array<std::pair<Origin, std::string_view>, 4> kOrigins{{
    {Origin::counter, "counter"}, {Origin::power, "power"}, {Origin::model, "model"}, {Origin::synthetic, "synthetic"}}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [key, name] : table)
    if (key == value) return name;
  return "other";
}

template <class Value, class Table>
std::optional<Value> value_in(const Table& table, std::string_view name) {
  for (const auto& [key, known] : table)
    if (known == name) return key;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Domain domain) { return name_in(kDomains, domain); }
std::optional<Domain> domain_from(std::string_view name) { return value_in<Domain>(kDomains, name); }
bool is_headline(Domain domain) {
  return domain == Domain::package || domain == Domain::dram || domain == Domain::gpu || domain == Domain::soc;
}
std::string_view to_string(Origin origin) { return name_in(kOrigins, origin); }
std::optional<Origin> origin_from(std::string_view name) { return value_in<Origin>(kOrigins, name); }

}  // namespace carbontracker
