#pragma once
// Scripted NVIDIA GPUs behind the real loader: writes the script, points the host at the fake library, sets its clock.

#include <cstdlib>
#include <filesystem>

#include "base/dynamic_library.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "fakes/nvml/fake_nvml.h"
#include "fakes/temp_dir.h"
#include "hardware/backend.h"

namespace carbontracker {

// One at a time: the fake library is one per process, and its script is named by the environment.
class NvmlFake {
 public:
  static std::string library(std::string_view folder = "nvml") {
    return std::string(CT_BINARY_DIR "/tests/fakes/") + std::string(folder) + "/libnvidia-ml.so.1";
  }

  explicit NvmlFake(std::string_view script, std::map<std::string, std::string> environment = {}, std::string_view folder = "nvml")
      : host(fake_host(directory.path("root"), std::move(environment))), library_(*DynamicLibrary::open(library(folder))) {
    host.nvml_library = library(folder);
    pid_namespace("pid:[4026531836]");  // the machine's own
    directory.write("script", script);
    ::setenv("CT_FAKE_NVML", directory.path("script").c_str(), 1);
    set_seconds(1000);
  }
  ~NvmlFake() { ::unsetenv("CT_FAKE_NVML"); }

  Result<std::vector<std::unique_ptr<EnergySource>>> open() { return kNvmlBackend.open(host, clock, notes); }

  // Moves the library's clock to `seconds`; NVML is started at 1000.
  void set_seconds(double seconds) { find<void(std::uint64_t)>("ct_fake_nvml_set_time")(static_cast<std::uint64_t>(seconds * 1e9)); }
  unsigned long calls(unsigned gpu, const char* call) { return find<unsigned long(unsigned, const char*)>("ct_fake_nvml_calls")(gpu, call); }
  double true_joules(unsigned gpu, double from, double to) {
    return find<double(unsigned, std::uint64_t, std::uint64_t)>("ct_fake_nvml_true_joules")(gpu, static_cast<std::uint64_t>(from * 1e9), static_cast<std::uint64_t>(to * 1e9));
  }
  void pid_namespace(const char* link) {
    std::filesystem::create_directories(directory.path("root/proc/self/ns"));
    std::filesystem::remove(directory.path("root/proc/self/ns/pid"));
    std::filesystem::create_symlink(link, directory.path("root/proc/self/ns/pid"));
  }

  TempDir directory;
  Host host;
  FakeClock clock;
  std::vector<Error> notes;

 private:
  template <class Function>
  Function& find(const char* name) { return *library_.find<Function>(name); }
  DynamicLibrary library_;
};

inline std::vector<Reading> readings_of(EnergySource& source) {
  std::vector<Reading> out(source.channels().size(), Reading(Error{}));
  source.read(out);
  return out;
}

}  // namespace carbontracker
