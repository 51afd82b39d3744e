#pragma once
// The items of advice as the text of a JSON array; for the sources of this folder.

#include <string>
#include <vector>

#include "advice/advise.h"
#include "report/report.h"

namespace carbontracker {

[[nodiscard]] std::string advice_items_json(const std::vector<AdviceItem>& items, const Report& report);

}  // namespace carbontracker
