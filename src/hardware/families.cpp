#include "hardware/inventory.h"

namespace carbontracker {

const Families& all_families() {
  static const Backend* const processors[] = {&kPowercapBackend, &kPerfBackend};
  static const Backend* const vendors[] = {&kNvmlBackend};
  static const Families families{&kSyntheticBackend, processors, &kHwmonBackend, &kCpuModelBackend, &kMemoryModelBackend, vendors};
  return families;
}

}  // namespace carbontracker
