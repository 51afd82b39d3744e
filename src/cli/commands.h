#pragma once
// One function a verb: arguments in, exit code out. 0 done, 1 failed, 2 wrong usage; `run` returns the child's.

#include "base/host.h"
#include "cli/arguments.h"

namespace carbontracker::cli {

int run_command(const RunArguments& arguments, const Host& host);
int report_command(const ReportArguments& arguments, const Host& host);
int predict_command(const PredictArguments& arguments, const Host& host);
int forecast_command(const ForecastArguments& arguments, const Host& host);
int intensity_command(const IntensityArguments& arguments, const Host& host);
int plan_command(const PlanArguments& arguments, const Host& host);
int advise_command(const AdviseArguments& arguments, const Host& host);
int power_sweep_command(const AdviseArguments& arguments, const Host& host);
int sources_command(const std::string& format, const Host& host);
int rename_command(const ManageArguments& arguments, const Host& host);
int delete_command(const ManageArguments& arguments, const Host& host);
int import_command(const ImportArguments& arguments, const Host& host);
int prune_command(const ManageArguments& arguments, const Host& host);

// Everything main does but ending the process.
int dispatch(const std::vector<std::string>& words, const Host& host);

}  // namespace carbontracker::cli
