/* What a test may ask of the fake besides NVML itself (by dlsym on libnvidia-ml.so.1). */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From now on the library's clock stands at `ns`, until the next call. UINT64_MAX: CLOCK_MONOTONIC again. */
void ct_fake_nvml_set_time(uint64_t ns);
/* Joules that the card has really taken between two moments of that clock, by its power curve alone. */
double ct_fake_nvml_true_joules(unsigned gpu, uint64_t from_ns, uint64_t to_ns);
/* How often a call (by its name in the script: "energy", "power", "field", ...) was made of that card since nvmlInit. */
unsigned long ct_fake_nvml_calls(unsigned gpu, const char* call);

#ifdef __cplusplus
}
#endif
