/* A libnvidia-ml.so.1 that plays scripted GPUs, for tests, the benchmarks and demonstrations without a GPU.
 *
 * CT_FAKE_NVML names the script; it is read at each nvmlInit. Without it there is one GPU: power=square:100:300:2.
 * A line is a word and key=value pairs, separated by blanks; a value in "..." may hold blanks; # starts a comment.
 *
 *   nvml init=CODE                     what nvmlInit returns (18: versions differ)
 *   gpu KEY=VALUE ...                  one card, in NVML's order; all keys are optional:
 *     repeat=N                         N such cards (uuid and pci count on)
 *     name="NVIDIA H100" uuid=GPU-... pci=00000000:65:00.0 mig=MIG-a,MIG-b
 *     cc=9.0 cores=16896 clock=1980    compute capability, cores, MHz      limit=WATTS (highest power limit and the default; 700)
 *     power=const:W | square:LOW:HIGH:PERIOD[:PHASE] | sine:MEAN:AMPLITUDE:PERIOD[:PHASE] | saw:LOW:HIGH:PERIOD[:PHASE]
 *                                      a square is HIGH in the first half of its period; PHASE in seconds
 *     tick=S tick_phase=S              the energy counter moves every S seconds (0.1; 0: at once), phase 0.037 x index
 *     base=MJ                          millijoules on the counter besides the curve's own (1000000)
 *     refresh=S window=S               field 186 (instant): a new value every S (0.1), the mean over `window` (0.1: a card that sees all of
 *                                      the time, as GA10x; A100 and H100 see a quarter: 0.025; 0: momentary)
 *     average=S                        PowerUsage and field 185: the mean over S (1), new every `refresh`
 *     scope=gpu|module|both|none       the scope in which fields 185 and 186 work (gpu)
 *     freeze=FROM[:TO]                 the counter stands still between these times
 *     reset=AT                         the counter starts again at 0
 *     zero_power=N                     every Nth power reading is 0 mW
 *     instant_zero=1                   field 186 answers 0
 *     poll_loss=S                      the counter loses energy when asked often: the part 1-exp(-S/I) of what flows in the
 *                                      interval I between two calls, so that S=0.016 loses 80, 15 and 1.6 % at 10 ms, 100 ms
 *                                      and 1 s (an RTX 4090 was measured to lose 75.6, 13.3 and 1.6 %: Dauner et al., HotCarbon'26)
 *     procs=PID:SM,PID:SM              compute processes and the SM percentage each uses
 *     mps=PID:SM,PID:SM                clients of a multi-process server, in their own list
 *     procs_file=PATH                  the same, a "PID SM" a line, read at each call
 *     least=WATTS limit_file=PATH      lowest limit that may be set (100); a file that holds the limit in force, in mW, for other processes
 *     busy=PERCENT memory=USED:TOTAL   utilization and, in GiB, memory; neither is known without
 *     fail=CALL:CODE[:FROM[:TO]]       that call returns CODE (all: every call)         } up to 8 of each card;
 *     hang=CALL:SECONDS[:FROM[:TO]]    that call takes so long                          } "nvml hang=init:5" for nvmlInit
 *
 * CALL is one of handle name uuid pci energy power instant average module limit processes utilization capability mig setlimit memory busy
 * init. A constant power above the limit in force is cut to it; other curves are not.
 * Curves run on the absolute CLOCK_MONOTONIC, so that every process sees the same card; FROM, TO and AT are seconds since
 * nvmlInit. With CT_FAKE_OLD defined at build time the library is one of an old driver: no _v2/_v3 names, no fields, no energy.
 */
#include "fake_nvml.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fake_internal.h"

typedef struct { Gpu* parent; int index; } Instance;

static Instance instances[kMaxGpus][kMaxMig];
static double init_time;
static atomic_int initialised;
static _Atomic uint64_t fixed_ns = UINT64_MAX;

static double now(void) {
  const uint64_t fixed = atomic_load(&fixed_ns);
  if (fixed != UINT64_MAX) return (double)fixed * 1e-9;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static unsigned limit_of(const Gpu* g) {
  unsigned milliwatts = 0;
  FILE* file = g->limit_file[0] ? fopen(g->limit_file, "r") : NULL;
  if (file && fscanf(file, "%u", &milliwatts) != 1) milliwatts = 0;
  if (file) fclose(file);
  return milliwatts ? milliwatts : g->set_mw ? g->set_mw : g->limit_mw;
}
static double cut_watts(const Gpu* g) { return g->curve.shape == CONSTANT && g->set_mw ? fmax(0, g->curve.low - g->set_mw * 1e-3) : 0; }
static double cut_mj(const Gpu* g, double t) { return g->capped_mj + cut_watts(g) * fmax(0, t - g->capped_since) * 1e3; }

static double energy_mj(const Gpu* g, double t) {
  const double since = t - init_time;
  if (since >= g->freeze_from && since < g->freeze_to) t = init_time + g->freeze_from;
  const double at = last_tick(t, g->tick, g->tick_phase);
  if (t - init_time >= g->reset_at) return fmax(0, integral(&g->curve, at) - integral(&g->curve, init_time + g->reset_at)) * 1e3;
  return g->base_mj + integral(&g->curve, at) * 1e3 - cut_mj(g, at);
}

/* Only what shows on the counter (whole ticks) can be lost, so that it never steps back. */
static void lose_to_polling(Gpu* g, double t) {
  if (g->poll_loss <= 0) return;
  const double at = last_tick(t, g->tick, g->tick_phase), before = last_tick(g->last_asked, g->tick, g->tick_phase);
  if (g->last_asked > 0 && at > before)
    g->lost_mj += (integral(&g->curve, at) - integral(&g->curve, before)) * 1e3 * (1 - exp(-g->poll_loss / (t - g->last_asked)));
  g->last_asked = t;
}

/* ---- NVML ---- */

static void sleep_for(double seconds) {
  struct timespec t = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
  nanosleep(&t, NULL);
}

static const Rule* active(const Rule* rules, int count, enum Call call) {
  const double since = count ? now() - init_time : 0;
  for (int i = 0; i < count; ++i)
    if ((rules[i].call == -1 || rules[i].call == (int)call) && since >= rules[i].from && since < rules[i].to) return &rules[i];
  return NULL;
}

/* Counts the call, hangs and fails as scripted. */
static unsigned enter(Gpu* g, enum Call call) {
  if (!atomic_load(&initialised)) return UNINITIALIZED;
  if (g < gpus || g >= gpus + gpu_count) return INVALID;
  ++g->calls[call];
  const Rule* hang = active(g->hang, g->hangs, call);
  if (hang) sleep_for(hang->value);
  const Rule* fail = active(g->fail, g->fails, call);
  return fail ? (unsigned)fail->value : OK;
}

static unsigned text_answer(unsigned code, const char* text, char* out, unsigned size) {
  if (code != OK) return code;
  if (strlen(text) >= size) return TOO_SMALL;
  strcpy(out, text);
  return OK;
}

static Instance* instance_of(void* device) {
  Instance* i = device;
  return i >= &instances[0][0] && i < &instances[0][0] + kMaxGpus * kMaxMig ? i : NULL;
}

static unsigned init(void) {
  read_script();
  if (init_hang > 0) sleep_for(init_hang);
  init_time = now();
  atomic_store(&initialised, init_code == OK);
  return (unsigned)init_code;
}
static unsigned device_count(unsigned* count) { return *count = gpu_count, atomic_load(&initialised) ? OK : UNINITIALIZED; }
static unsigned device_by_index(unsigned index, void** device) {
  if (index >= gpu_count) return INVALID;
  *device = &gpus[index];
  return enter(&gpus[index], HANDLE);
}

#ifdef CT_FAKE_OLD
unsigned nvmlInit(void) { return init(); }
unsigned nvmlDeviceGetCount(unsigned* count) { return device_count(count); }
unsigned nvmlDeviceGetHandleByIndex(unsigned index, void** device) { return device_by_index(index, device); }
#else
unsigned nvmlInit_v2(void) { return init(); }
unsigned nvmlDeviceGetCount_v2(unsigned* count) { return device_count(count); }
unsigned nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) { return device_by_index(index, device); }
#endif
unsigned nvmlShutdown(void) { return atomic_exchange(&initialised, 0) ? OK : UNINITIALIZED; }

unsigned nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  for (unsigned i = 0; i < gpu_count; ++i)
    if (!strcmp(gpus[i].uuid, uuid)) return *device = &gpus[i], enter(&gpus[i], HANDLE);
  return NOT_FOUND;
}
unsigned nvmlDeviceGetName(void* device, char* text, unsigned size) { return text_answer(enter(device, NAME), ((Gpu*)device)->name, text, size); }
unsigned nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  const Instance* mig = instance_of(device);
  if (mig) return text_answer(enter(mig->parent, UUID), mig->parent->mig[mig->index], text, size);
  return text_answer(enter(device, UUID), ((Gpu*)device)->uuid, text, size);
}

static unsigned power_answer(Gpu* g, unsigned code, double window, unsigned* milliwatts) {
  if (code != OK) return code;
  const int zero = g->zero_power > 0 && ++g->power_reads % (unsigned long)g->zero_power == 0;
  *milliwatts = zero ? 0 : (unsigned)lround((mean_watts(&g->curve, last_tick(now(), g->refresh, g->tick_phase), window) - cut_watts(g)) * 1e3);
  return OK;
}
unsigned nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  return power_answer(device, enter(device, POWER), ((Gpu*)device)->average, milliwatts);
}

typedef struct { unsigned pid; unsigned long long memory; } ProcessV1;
typedef struct { unsigned pid; unsigned long long memory; unsigned gi, ci; } ProcessV3;
typedef struct { unsigned pid; unsigned long long time_us; unsigned sm, memory, encoder, decoder; } Utilization;

static int processes_of(Gpu* g, Proc* out) {
  FILE* file = g->procs_file[0] ? fopen(g->procs_file, "r") : NULL;
  if (!file) return memcpy(out, g->proc, sizeof g->proc), g->procs;
  int n = 0;
  while (n < kMaxProcs && fscanf(file, "%u %u", &out[n].pid, &out[n].sm) == 2) ++n;
  fclose(file);
  return n;
}

/* Both layouts start with the pid and the memory. */
static unsigned list_processes(const Proc* procs, unsigned n, unsigned* count, char* out, size_t stride) {
  const unsigned room = *count;
  *count = n;
  if (n > room) return TOO_SMALL;
  for (unsigned i = 0; i < n; ++i) {
    const ProcessV1 p = {procs[i].pid, 1u << 30};
    memset(out + i * stride, 0xff, stride);
    memcpy(out + i * stride, &p, sizeof p);
  }
  return OK;
}

static unsigned list_compute(Gpu* g, unsigned* count, char* out, size_t stride) {
  const unsigned code = enter(g, PROCESSES);
  Proc procs[kMaxProcs];
  return code != OK ? code : list_processes(procs, (unsigned)processes_of(g, procs), count, out, stride);
}

#ifdef CT_FAKE_OLD
unsigned nvmlDeviceGetComputeRunningProcesses(void* device, unsigned* count, void* out) { return list_compute(device, count, out, sizeof(ProcessV1)); }
#else
unsigned nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, void* out) { return list_compute(device, count, out, sizeof(ProcessV3)); }
unsigned nvmlDeviceGetMPSComputeRunningProcesses_v3(void* device, unsigned* count, void* out) {
  const Gpu* g = device;
  return list_processes(g->client, (unsigned)g->clients, count, out, sizeof(ProcessV3));
}

unsigned nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  const unsigned code = enter(device, ENERGY);
  if (code != OK) return code;
  Gpu* g = device;
  const double t = now();
  lose_to_polling(g, t);
  *millijoules = (unsigned long long)fmax(0, energy_mj(g, t) - g->lost_mj);
  return OK;
}

typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } PciInfo;
unsigned nvmlDeviceGetPciInfo_v3(void* device, PciInfo* info) {
  memset(info, 0, sizeof *info);
  return text_answer(enter(device, PCI), ((Gpu*)device)->pci, info->bus_id, sizeof info->bus_id);
}

typedef struct { unsigned field, scope; long long time_us, latency_us; unsigned type, result; union { double real; unsigned u32; } value; } Field;
unsigned nvmlDeviceGetFieldValues(void* device, int count, Field* fields) {
  Gpu* g = device;
  for (int i = 0; i < count; ++i) {
    Field* f = &fields[i];
    const int known = (f->field == 185 || f->field == 186) && (f->scope == (unsigned)g->scope || (g->scope == SCOPE_BOTH && f->scope <= 1));
    const enum Call call = f->scope == 1 ? MODULE : f->field == 185 ? AVERAGE : INSTANT;
    const unsigned code = enter(g, call);
    f->type = 1;
    f->result = code != OK ? code : known ? OK : NOT_SUPPORTED;
    f->result = power_answer(g, f->result, f->field == 185 ? g->average : g->window, &f->value.u32);
    if (f->field == 186 && g->instant_zero) f->value.u32 = 0;
  }
  return OK;
}
#endif

unsigned nvmlDeviceGetProcessUtilization(void* device, Utilization* out, unsigned* count, unsigned long long since_us) {
  const unsigned code = enter(device, UTILIZATION);
  if (code != OK) return code;
  Proc procs[kMaxProcs];
  const unsigned room = *count, n = (unsigned)processes_of(device, procs);
  *count = n;
  if (n == 0) return NOT_FOUND;
  if (n > room) return TOO_SMALL;
  for (unsigned i = 0; i < n; ++i) {
    const Utilization sample = {procs[i].pid, since_us + 1, procs[i].sm, 0, 0, 0};
    out[i] = sample;
  }
  return OK;
}

unsigned nvmlDeviceGetCudaComputeCapability(void* device, int* major, int* minor) {
  const Gpu* g = device;
  return *major = g->cc_major, *minor = g->cc_minor, enter(device, CAPABILITY);
}
unsigned nvmlDeviceGetNumGpuCores(void* device, unsigned* cores) { return *cores = ((Gpu*)device)->cores, enter(device, CAPABILITY); }
unsigned nvmlDeviceGetMaxClockInfo(void* device, unsigned type, unsigned* mhz) {
  return *mhz = ((Gpu*)device)->clock, type == 1 ? enter(device, CAPABILITY) : INVALID;
}
unsigned nvmlDeviceGetPowerManagementLimitConstraints(void* device, unsigned* least, unsigned* most) {
  return *least = ((Gpu*)device)->least_mw, *most = ((Gpu*)device)->limit_mw, enter(device, LIMIT);
}
unsigned nvmlDeviceGetPowerManagementDefaultLimit(void* device, unsigned* limit) { return *limit = ((Gpu*)device)->limit_mw, enter(device, LIMIT); }
unsigned nvmlDeviceGetPowerManagementLimit(void* device, unsigned* limit) { return *limit = limit_of(device), enter(device, LIMIT); }
unsigned nvmlDeviceSetPowerManagementLimit(void* device, unsigned limit) {
  Gpu* g = device;
  const unsigned code = enter(g, SETLIMIT);
  if (code != OK) return code;
  if (limit < g->least_mw || limit > g->limit_mw) return INVALID;
  const double t = now();
  g->capped_mj = cut_mj(g, t), g->capped_since = t, g->set_mw = limit;
  FILE* file = g->limit_file[0] ? fopen(g->limit_file, "w") : NULL;
  if (file) fprintf(file, "%u\n", limit), fclose(file);
  return OK;
}
typedef struct { unsigned gpu, memory; } Rates;
unsigned nvmlDeviceGetUtilizationRates(void* device, Rates* rates) {
  Gpu* g = device;
  const unsigned code = enter(g, BUSY);
  return code != OK ? code : g->busy > 100 ? NOT_SUPPORTED : (rates->gpu = g->busy, rates->memory = 0, OK);
}
typedef struct { unsigned long long total, free, used; } MemoryInfo;
unsigned nvmlDeviceGetMemoryInfo(void* device, MemoryInfo* memory) {
  Gpu* g = device;
  const unsigned code = enter(g, MEMORY);
  if (code != OK || g->memory_total <= 0) return code != OK ? code : NOT_SUPPORTED;
  memory->total = (unsigned long long)(g->memory_total * 1073741824), memory->used = (unsigned long long)(g->memory_used * 1073741824);
  memory->free = memory->total - memory->used;
  return OK;
}
unsigned nvmlDeviceGetMaxMigDeviceCount(void* device, unsigned* count) { return *count = (unsigned)((Gpu*)device)->migs, enter(device, MIG); }
unsigned nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned index, void** out) {
  Gpu* g = device;
  const unsigned code = enter(g, MIG);
  if (code != OK) return code;
  if (index >= (unsigned)g->migs) return NOT_FOUND;
  Instance* instance = &instances[g - gpus][index];
  instance->parent = g;
  instance->index = (int)index;
  *out = instance;
  return OK;
}

/* ---- for tests ---- */

void ct_fake_nvml_set_time(uint64_t ns) { atomic_store(&fixed_ns, ns); }
double ct_fake_nvml_true_joules(unsigned gpu, uint64_t from_ns, uint64_t to_ns) {
  if (gpu >= gpu_count) return NAN;
  return integral(&gpus[gpu].curve, (double)to_ns * 1e-9) - integral(&gpus[gpu].curve, (double)from_ns * 1e-9);
}
unsigned long ct_fake_nvml_calls(unsigned gpu, const char* call) {
  for (int i = 0; gpu < gpu_count && i < kCalls; ++i)
    if (!strcmp(call, call_names[i])) return gpus[gpu].calls[i];
  return 0;
}
