#pragma once
// Advice on a run, for people and as JSON (docs/formats/commands.md).

#include <string>

#include "advice/advise.h"
#include "report/report.h"

namespace carbontracker {

[[nodiscard]] std::string advice_text(const Advice& advice, const Report& report, std::size_t width = 100);
// {schema, run, items: [{kind, brief, seen, try, saving, unknown}], gauges}
[[nodiscard]] std::string advice_json(const Advice& advice, const Report& report);

}  // namespace carbontracker
