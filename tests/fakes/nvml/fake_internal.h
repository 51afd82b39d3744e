/* What the parts of the fake share: a card as the script describes it, its power curve, the script. Not seen outside. */
#pragma once

#include <stddef.h>

#pragma GCC visibility push(hidden)

enum { kMaxGpus = 64, kMaxRules = 8, kMaxProcs = 200, kMaxMig = 8, kCalls = 17 };
enum Call { HANDLE, NAME, UUID, PCI, ENERGY, POWER, INSTANT, AVERAGE, MODULE, LIMIT, PROCESSES, UTILIZATION, CAPABILITY, MIG, SETLIMIT, MEMORY, BUSY };
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7 };
enum Shape { CONSTANT, SQUARE, SINE, SAW };
enum Scope { SCOPE_GPU, SCOPE_MODULE, SCOPE_BOTH, SCOPE_NONE };

typedef struct { enum Shape shape; double low, high, period, phase; } Curve;
typedef struct { int call; double value, from, to; } Rule; /* call -1: all */
typedef struct { unsigned pid, sm; } Proc;
typedef struct Gpu {
  char name[96], uuid[96], pci[32], mig[kMaxMig][96], procs_file[256], limit_file[256];
  int migs, instant_zero, cc_major, cc_minor, zero_power, fails, hangs, procs, clients;
  unsigned cores, clock, limit_mw, least_mw, set_mw, busy;
  double memory_used, memory_total, capped_since, capped_mj;
  Curve curve;
  double tick, tick_phase, base_mj, refresh, window, average, freeze_from, freeze_to, reset_at, poll_loss;
  enum Scope scope;
  Rule fail[kMaxRules], hang[kMaxRules];
  Proc proc[kMaxProcs], client[kMaxProcs];
  double lost_mj, last_asked;
  unsigned long power_reads, calls[kCalls];
} Gpu;

/* curve.c: joules from time 0 to t, in closed form; watts at t; their mean over the `window` before t (0: at t). */
double integral(const Curve* curve, double t);
double mean_watts(const Curve* curve, double t, double window);
/* The last moment up to t at which a value renewed every `tick` seconds was renewed. */
double last_tick(double t, double tick, double phase);

/* script.c: reads the script that CT_FAKE_NVML names into these. */
extern Gpu gpus[kMaxGpus];
extern unsigned gpu_count;
extern int init_code;     /* what nvmlInit returns */
extern double init_hang;  /* how long it takes, in seconds */
extern const char* const call_names[kCalls];
void read_script(void);

#pragma GCC visibility pop
