#include "cli/tool_logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/files.h"
#include "base/printable.h"
#include "carbon/footprint.h"
#include "carbontracker/version.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

std::string local_time(const char* layout) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, layout, &parts));
}

// "PID.NUMBER_2026-11-25T101500Z_carbontracker": local time in spite of its Z, as it always was.
std::string new_stem(const std::string& directory) {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  for (long number = now.tv_nsec % 999999 + 1;; number = number % 999999 + 1) {
    std::string stem = fmt::format("{}/{}.{}_{}_carbontracker", directory, ::getpid(), number, local_time("%Y-%m-%dT%H%M%SZ"));
    if (::access((stem + ".log").c_str(), F_OK) != 0) return stem;
  }
}

Result<Descriptor> new_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
  if (!file.open()) return unexpected(system_error("writing", path, errno));
  return file;
}

void append(const Descriptor& file, const std::string& line) { (void)!::write(file.get(), line.data(), line.size()); }

// A processor with its memory is one device, as the tool's users know it: both end in the socket's number.
std::string socket_of(const std::string& name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  return digits < name.size() ? name.substr(digits) : "0";
}

struct Device {
  std::string name, socket;
  std::optional<Joules> joules;
};

void add(Device& device, const ChannelTotal& channel) {
  if (channel.measured.covered > Seconds{}) device.joules = device.joules.value_or(Joules{}) + channel.measured.joules;
}

std::string name_of(const Channel& channel) {
  std::string name = valid_utf8(channel.label.empty() ? channel.name : channel.label);
  for (std::size_t at; (at = name.find(", ")) != std::string::npos;) name.erase(at, 1);  // commas part names
  return name;
}

std::vector<Device> devices(const Snapshot& seen, bool gpus) {
  std::vector<Device> found;
  for (const ChannelTotal& total : seen.channels) {
    const Domain domain = total.channel.domain;
    if (!total.headline || (gpus ? domain != Domain::gpu : domain != Domain::package && domain != Domain::soc)) continue;
    found.push_back({name_of(total.channel), socket_of(total.channel.name), std::nullopt});
    add(found.back(), total);
  }
  if (gpus) return found;
  for (const ChannelTotal& total : seen.channels) {
    if (!total.headline || total.channel.domain != Domain::dram) continue;
    const std::string socket = socket_of(total.channel.name);
    const auto owner = std::find_if(found.begin(), found.end(), [&](const Device& device) { return device.socket == socket; });
    if (found.empty()) found.push_back({name_of(total.channel), socket, std::nullopt});
    add(owner != found.end() ? *owner : found.front(), total);
  }
  return found;
}

std::string powers(const std::vector<Device>& list, Seconds duration) {
  std::string out;
  for (const Device& device : list) out += (out.empty() ? "" : " ") + (device.joules && duration > Seconds{} ? python_float(device.joules->value() / duration.count()) : std::string("None"));
  if (list.empty()) return "None";
  return list.size() == 1 ? out : "[" + out + "]";
}

}  // namespace

std::string python_float(double value) {
  char text[400];
  std::string out(text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr);
  return out.find('.') == std::string::npos && std::isfinite(value) ? out + ".0" : out;
}

std::string tool_time(Seconds duration, bool hundredths) {
  const auto parts = static_cast<long long>(std::llround(std::max(0.0, duration.count()) * (hundredths ? 100 : 1)));
  const long long seconds = hundredths ? parts / 100 : parts;
  std::string out = fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return hundredths ? out + fmt::format(".{:02}", parts % 100) : out;
}

Result<ToolLogs> ToolLogs::open(const std::string& directory, ToolPue pue) {
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST) return unexpected(system_error("making", directory, errno));
  const std::string stem = new_stem(directory);
  auto standard = new_file(stem + ".log");
  if (!standard) return unexpected(standard.error());
  auto output = new_file(stem + "_output.log");
  if (!output) return unexpected(output.error());
  ToolLogs logs(std::move(*standard), std::move(*output), std::move(pue));
  logs.info(std::string("carbontracker version ") + kVersion);
  logs.info(fmt::format("Only predicted and actual consumptions are multiplied by a PUE coefficient of {:g} ({}).", logs.pue_.value, logs.pue_.source));
  return logs;
}

void ToolLogs::info(const std::string& message) const { append(standard_, local_time("%Y-%m-%d %H:%M:%S") + " - " + message + "\n"); }
void ToolLogs::out(const std::string& message) const { append(output_, local_time("%Y-%m-%d %H:%M:%S") + " - CarbonTracker: " + message + "\n"); }

void ToolLogs::components(const Snapshot& seen) const {
  std::string found;
  for (const bool gpus : {true, false}) {
    std::string names;
    for (const Device& device : devices(seen, gpus)) names += (names.empty() ? "" : ", ") + device.name;
    if (!names.empty()) found += std::string(gpus ? " GPU" : " CPU") + " with device(s) " + names + ".";
  }
  if (found.empty()) return;
  info("The following components were found:" + found);
  out("The following components were found:" + found);
}

void ToolLogs::consumption(const RunRecord& record) const {
  const Snapshot& seen = record.segments.front().totals;
  if (seen.coverage <= 0) return out("Actual consumption is not known: nothing could be measured (carbontracker sources says why).");
  const double kwh = in_kilowatt_hours(seen.total.joules) * pue_.value, grams = kwh * report_of(record).grid.g_per_kwh.value();
  std::string block = fmt::format("\nActual consumption:\n\tTime:\t{}\n\tEnergy:\t{:.12f} kWh\n\tCO2eq:\t{:.12f} g", tool_time(seen.duration, false), kwh, grams);
  for (const Equivalent& one : equivalents(Grams(grams), seen.total.joules * pue_.value))
    if (one.unit == "km") block += fmt::format("\n\tThis is equivalent to:\n\t{:.12f} km travelled by car", one.value);
  out(block);
}

void ToolLogs::finish(const RunRecord& record) {
  const Snapshot& seen = record.segments.front().totals;
  components(seen);
  info("Monitoring thread started.");
  info("Epoch 1:");
  info("Duration: " + tool_time(seen.duration, true));
  info("Average power usage (W) for gpu: " + powers(devices(seen, true), seen.duration));
  info("Average power usage (W) for cpu: " + powers(devices(seen, false), seen.duration));
  const GridFigure grid = report_of(record).grid;
  const std::string year = grid.year > 0 ? std::to_string(grid.year) : "", source = grid.provider + (grid.provider.empty() || year.empty() ? "" : ", ") + year;
  std::string grams = fmt::format("{:.2f}", grid.g_per_kwh.value());  // as Python writes a float of two decimals
  if (grams.ends_with('0')) grams.pop_back();
  info(fmt::format("Carbon intensities (gCO2eq/kWh) by table at detected location: {}: [{}]{}.{}", grid.zone_name.empty() ? grid.zone : grid.zone_name, grams,
                   source.empty() ? "" : " (" + source + ")", grid.place_known ? "" : " The place is not known; set CARBONTRACKER_PLACE."));
  const std::string average = fmt::format("Average carbon intensity during training was {:.2f} gCO2eq/kWh. ", grid.g_per_kwh.value());
  info(average);
  out(average);
  consumption(record);
  info("Monitoring thread ended.");
  out("Finished monitoring.");
}

}  // namespace carbontracker::cli
