// The hwmon family: what the kernel's drivers offer under /sys/class/hwmon, read by the rules of hwmon_gpu, hwmon_cpu and hwmon_board.
// One source a device, called "hwmon-<driver>", so that a figure is labelled by what measured it (bug case B070).
//
// Units: Documentation/hwmon/sysfs-interface.rst (power in uW, energy in uJ, in in mV, curr in mA).

#include "hardware/hwmon.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "hardware/amd_visible.h"
#include "hardware/backend.h"
#include "hardware/cpu_kind.h"

namespace carbontracker {
namespace {

// 0xffffffff, as mW or as uW: what a meter gives that has no figure (lm-sensors#460 printed it as 4.29 MW).
constexpr double kNoFigure[] = {4294967295000.0, 4294967295.0};

class Reader {
 public:
  explicit Reader(const HwmonSensor& sensor)
      : name_(sensor.channel.name), counts_(std::holds_alternative<Counter>(sensor.channel.kind)), scale_(sensor.watts_per_unit), visible_(sensor.visible), file_(sensor.file) {
    if (!sensor.current_file.empty()) current_.emplace(sensor.current_file);
    if (!sensor.status_file.empty()) status_.emplace(sensor.status_file);
    look_for_life();
  }

  // A card that has slept since the beginning takes next to nothing and concerns nobody; once awake it counts, asleep again or not.
  void look_for_life() { awake_once_ = awake_once_ || !asleep(); }
  [[nodiscard]] bool in_scope() const { return visible_ && awake_once_; }

  [[nodiscard]] Reading read() {
    if (!visible_) return Error{Errc::unavailable, name_ + " is not visible to this run", ""};
    if (!awake_once_ || asleep()) return Error{Errc::unavailable, name_ + ": the device is asleep and was not woken", ""};
    auto value = number(file_);
    if (!value) return value.error();
    if (counts_) return static_cast<std::uint64_t>(*value);
    double units = static_cast<double>(*value);
    if (current_) {
      const auto milliamperes = number(*current_);
      if (!milliamperes) return milliamperes.error();
      units *= static_cast<double>(*milliamperes);
    }
    if (std::find(std::begin(kNoFigure), std::end(kNoFigure), units) != std::end(kNoFigure))
      return Error{Errc::unavailable, "reading " + file_.path() + ": the meter has no figure (it answers all ones)",
                   "on NVIDIA Grace boot with acpi_power_meter.force_cap_on=y"};
    return Watts(scale_ * units);
  }

 private:
  [[nodiscard]] bool asleep() {
    if (!status_) return false;
    const auto text = status_->read();
    return text && trim(*text) == "suspended";
  }

  // Drivers of a sleeping device answer nothing, EPERM or ENODATA: for now there is no figure, and it is nobody's missing right.
  [[nodiscard]] Result<std::uint64_t> number(SensorFile& file) const {
    const auto text = file.read();
    if (!text) {
      Error error = text.error();
      if (error.code == Errc::permission && error.what.rfind("reading ", 0) == 0) error.code = Errc::unavailable;
      return unexpected(std::move(error));
    }
    if (trim(*text).empty()) return unexpected(Errc::unavailable, name_ + ": " + file.path() + " is empty (the device is asleep)");
    return file_number(*text, file.path());
  }

  [[nodiscard]] static Result<std::uint64_t> file_number(std::string_view text, const std::string& path) {
    // A current may flow backwards for a moment: that is no power taken.
    if (const auto negative = parse_double(text); negative && *negative < 0) return std::uint64_t{0};
    if (const auto value = parse_uint(text)) return *value;
    return unexpected(Errc::corrupt, "reading " + path + ": not a number: '" + std::string(trim(text).substr(0, 40)) + "'");
  }

  std::string name_;
  bool counts_;
  double scale_;
  bool visible_;
  SensorFile file_;
  std::optional<SensorFile> current_;
  std::optional<SensorFile> status_;
  bool awake_once_ = false;
};

class HwmonSource final : public EnergySource {
 public:
  HwmonSource(std::string name, std::vector<HwmonSensor> sensors) : name_(std::move(name)) {
    for (HwmonSensor& sensor : sensors) {
      readers_.emplace_back(sensor);
      channels_.push_back(std::move(sensor.channel));
    }
  }
  std::string_view name() const override { return name_; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < readers_.size(); ++i) out[i] = readers_[i].read();
  }
  void refresh_scope(std::span<const int>) override {
    for (Reader& reader : readers_) reader.look_for_life();
  }
  bool in_scope(std::size_t channel) const override { return readers_[channel].in_scope(); }

 private:
  std::string name_;
  std::vector<Channel> channels_;
  std::vector<Reader> readers_;
};

const HwmonRule* rule_for(std::string_view driver) {
  for (const auto rules : {hwmon_gpu_rules(), hwmon_cpu_rules(), hwmon_board_rules()})
    for (const HwmonRule& rule : rules)
      if (rule.driver == driver) return &rule;
  return nullptr;
}

// 0 or an errno. Opened and not read: a read would wake a sleeping card.
int refusal_to_open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

// Leaves out, with a note, what nobody may read and what bears a name already given.
std::vector<HwmonSensor> usable(std::vector<HwmonSensor> sensors, std::set<std::string>& names, std::vector<Error>& notes) {
  std::vector<HwmonSensor> kept;
  for (HwmonSensor& sensor : sensors) {
    if (const int refused = refusal_to_open(sensor.file); refused == EACCES || refused == EPERM) {
      notes.push_back(system_error("opening", sensor.file, refused));
      notes.back().hint = "sudo chmod a+r " + sensor.file + "   (until the next boot)";
      continue;
    }
    for (int twin = 2; !names.insert(sensor.channel.name).second; ++twin) {
      const std::string base = sensor.channel.name.substr(0, sensor.channel.name.rfind('#'));
      sensor.channel.name = base + "#" + std::to_string(twin);
    }
    kept.push_back(std::move(sensor));
  }
  return kept;
}

// The drivers of processors tell which socket, not which processor.
void name_processors(std::vector<HwmonSensor>& sensors, const Host& host) {
  for (HwmonSensor& sensor : sensors)
    if (sensor.channel.domain == Domain::package && sensor.channel.label.empty()) sensor.channel.label = cpu_kind(host).name;
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_hwmon(const Host& host, const Clock&, std::vector<Error>& notes) {
  const auto devices = find_hwmon(host);
  const AmdVisibility amd = visible_amd_devices(host);
  std::vector<std::unique_ptr<EnergySource>> sources;
  std::vector<Error> found;
  if (!amd.note.empty()) notes.push_back({Errc::invalid_input, amd.note, amd.remedy});
  std::set<std::string> names;
  const auto add = [&](const std::string& driver, std::vector<HwmonSensor> sensors) {
    sensors = usable(std::move(sensors), names, found);
    if (!sensors.empty()) sources.push_back(std::make_unique<HwmonSource>("hwmon-" + driver, std::move(sensors)));
  };
  for (const HwmonDevice& device : devices) {
    const HwmonRule* rule = rule_for(device.name);
    if (!rule) continue;
    std::vector<HwmonSensor> sensors;
    rule->describe(device, devices, sensors);
    for (HwmonSensor& sensor : sensors) sensor.visible = device.name != "amdgpu" || amd.shows(device.device);
    name_processors(sensors, host);
    add(device.name, std::move(sensors));
  }
  add("ina3221x", jetson_iio_sensors(host));
  if (sources.empty() && !found.empty()) return unexpected(found.front());
  if (sources.empty())
    return unexpected(Errc::not_found, host.path("/sys/class/hwmon") + ": none of its " + std::to_string(devices.size()) + " devices measures power or energy that is known here");
  notes.insert(notes.end(), found.begin(), found.end());
  return sources;
}

}  // namespace

const Backend kHwmonBackend{"hwmon", false, open_hwmon};

}  // namespace carbontracker
