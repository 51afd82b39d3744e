#include "fake_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Gpu gpus[kMaxGpus];
unsigned gpu_count;
int init_code;
double init_hang;
const char* const call_names[kCalls] = {"handle", "name", "uuid", "pci", "energy", "power", "instant", "average", "module",
                                        "limit", "processes", "utilization", "capability", "mig", "setlimit", "memory", "busy"};

static void copy(char* to, size_t size, const char* from) { snprintf(to, size, "%s", from); }

static void parse_curve(Curve* c, const char* text) {
  char shape[16] = "";
  double v[4] = {0, 0, 1, 0};
  sscanf(text, "%15[^:]:%lf:%lf:%lf:%lf", shape, &v[0], &v[1], &v[2], &v[3]);
  c->shape = !strcmp(shape, "square") ? SQUARE : !strcmp(shape, "sine") ? SINE : !strcmp(shape, "saw") ? SAW : CONSTANT;
  c->low = v[0], c->high = v[1], c->period = v[2] > 0 ? v[2] : 1, c->phase = v[3];
}

static void parse_rule(Rule* rules, int* count, const char* text) {
  char call[32] = "";
  Rule r = {-1, 0, -INFINITY, INFINITY};
  if (*count == kMaxRules || sscanf(text, "%31[^:]:%lf:%lf:%lf", call, &r.value, &r.from, &r.to) < 2) return;
  for (int i = 0; i < kCalls; ++i)
    if (!strcmp(call, call_names[i])) r.call = i;
  rules[(*count)++] = r;
}

static void parse_procs(Proc* procs, int* count, const char* text) {
  for (const char* p = text; p && *p && *count < kMaxProcs; p = strchr(p, ','), p = p ? p + 1 : p)
    if (sscanf(p, "%u:%u", &procs[*count].pid, &procs[*count].sm) >= 1) ++*count;
}

static void parse_mig(Gpu* g, const char* text) {
  for (const char* p = text; *p && g->migs < kMaxMig; p += strcspn(p, ","), p += *p == ',') snprintf(g->mig[g->migs++], 96, "%.*s", (int)strcspn(p, ","), p);
}

static void set_text(Gpu* g, const char* key, const char* value) {
  if (!strcmp(key, "name")) copy(g->name, sizeof g->name, value);
  else if (!strcmp(key, "uuid")) copy(g->uuid, sizeof g->uuid, value);
  else if (!strcmp(key, "pci")) copy(g->pci, sizeof g->pci, value);
  else if (!strcmp(key, "procs_file")) copy(g->procs_file, sizeof g->procs_file, value);
  else if (!strcmp(key, "limit_file")) copy(g->limit_file, sizeof g->limit_file, value);
  else if (!strcmp(key, "memory")) sscanf(value, "%lf:%lf", &g->memory_used, &g->memory_total);
  else if (!strcmp(key, "mig")) parse_mig(g, value);
  else if (!strcmp(key, "power")) parse_curve(&g->curve, value);
  else if (!strcmp(key, "procs")) parse_procs(g->proc, &g->procs, value);
  else if (!strcmp(key, "mps")) parse_procs(g->client, &g->clients, value);
  else if (!strcmp(key, "fail")) parse_rule(g->fail, &g->fails, value);
  else if (!strcmp(key, "hang")) parse_rule(g->hang, &g->hangs, value);
  else if (!strcmp(key, "freeze")) sscanf(value, "%lf:%lf", &g->freeze_from, &g->freeze_to);
  else if (!strcmp(key, "cc")) sscanf(value, "%d.%d", &g->cc_major, &g->cc_minor);
  else if (!strcmp(key, "scope")) g->scope = !strcmp(value, "module") ? SCOPE_MODULE : !strcmp(value, "both") ? SCOPE_BOTH : !strcmp(value, "none") ? SCOPE_NONE : SCOPE_GPU;
}

static void set_number(Gpu* g, const char* key, double value) {
  if (!strcmp(key, "tick")) g->tick = value;
  else if (!strcmp(key, "tick_phase")) g->tick_phase = value;
  else if (!strcmp(key, "base")) g->base_mj = value;
  else if (!strcmp(key, "refresh")) g->refresh = value;
  else if (!strcmp(key, "window")) g->window = value;
  else if (!strcmp(key, "average")) g->average = value;
  else if (!strcmp(key, "reset")) g->reset_at = value;
  else if (!strcmp(key, "poll_loss")) g->poll_loss = value;
  else if (!strcmp(key, "zero_power")) g->zero_power = (int)value;
  else if (!strcmp(key, "instant_zero")) g->instant_zero = (int)value;
  else if (!strcmp(key, "cores")) g->cores = (unsigned)value;
  else if (!strcmp(key, "clock")) g->clock = (unsigned)value;
  else if (!strcmp(key, "limit")) g->limit_mw = (unsigned)(value * 1e3);
  else if (!strcmp(key, "least")) g->least_mw = (unsigned)(value * 1e3);
  else if (!strcmp(key, "busy")) g->busy = (unsigned)value;
}

static Gpu plain_gpu(unsigned index) {
  Gpu g = {.name = "NVIDIA Fake 100", .cc_major = 9, .cores = 16896, .clock = 1980, .limit_mw = 700000, .least_mw = 100000, .busy = 999,
           .curve = {SQUARE, 100, 300, 2, 0}, .tick = 0.1, .tick_phase = 0.037 * index, .base_mj = 1e6, .refresh = 0.1, .window = 0.1, .average = 1,
           .freeze_from = INFINITY, .freeze_to = INFINITY, .reset_at = INFINITY};
  snprintf(g.uuid, sizeof g.uuid, "GPU-%08x-0000-4000-8000-000000000000", 0xc0de0000u + index);
  snprintf(g.pci, sizeof g.pci, "00000000:%02X:00.0", (0x10 + index) & 0xff);
  return g;
}

/* The next blank-separated word of *text, quotes taken off its value; null at the end or at a comment. */
static char* next_word(char** text) {
  char* p = *text + strspn(*text, " \t\r\n");
  if (!*p || *p == '#') return NULL;
  char *word = p, *out = p;
  for (int quoted = 0; *p && (quoted || !strchr(" \t\r\n", *p)); ++p) {
    if (*p == '"') quoted = !quoted;
    else *out++ = *p;
  }
  *text = *p ? p + 1 : p;
  *out = '\0';
  return word;
}

static void apply(Gpu* g, char* pairs) {
  for (char* word; (word = next_word(&pairs));) {
    char* value = strchr(word, '=');
    if (!value) continue;
    *value++ = '\0';
    set_text(g, word, value);
    set_number(g, word, atof(value));
  }
}

static void add_gpus(const char* pairs) {
  const char* times = strstr(pairs, "repeat=");
  for (int n = times ? atoi(times + 7) : 1; n > 0 && gpu_count < kMaxGpus; --n) {
    char line[2048];
    copy(line, sizeof line, pairs);
    gpus[gpu_count] = plain_gpu(gpu_count);
    apply(&gpus[gpu_count], line);
    ++gpu_count;
  }
}

static void read_line(char* line) {
  char* rest = line;
  const char* word = next_word(&rest);
  if (word && !strcmp(word, "gpu")) add_gpus(rest);
  if (!word || strcmp(word, "nvml")) return;
  const char *code = strstr(rest, "init="), *hang = strstr(rest, "hang=init:");
  if (code) init_code = atoi(code + 5);
  if (hang) init_hang = atof(hang + 10);
}

void read_script(void) {
  gpu_count = 0, init_code = 0, init_hang = 0;
  const char* path = getenv("CT_FAKE_NVML");
  FILE* file = path ? fopen(path, "r") : NULL;
  char line[2048];
  while (file && fgets(line, sizeof line, file)) read_line(line);
  if (file) fclose(file);
  else add_gpus("");
}
