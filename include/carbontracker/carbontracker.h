/* Measure a training from C. A thin face of carbontracker/tracker.h: see there for meanings.
   No function ends the program; a null tracker is accepted everywhere and does nothing. */
#ifndef CARBONTRACKER_CARBONTRACKER_H
#define CARBONTRACKER_CARBONTRACKER_H

#include <stddef.h>

#if defined(__GNUC__)
#define CARBONTRACKER_C_API __attribute__((visibility("default")))
#else
#define CARBONTRACKER_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tracker ct_tracker;

/* epochs: planned, 0 if unknown. place may be null. Null on invalid options; ct_last_error() says why (per thread). */
CARBONTRACKER_C_API ct_tracker* ct_start(const char* name, double epochs, const char* place);
CARBONTRACKER_C_API const char* ct_last_error(void);
CARBONTRACKER_C_API void ct_epoch_begin(ct_tracker* tracker);
CARBONTRACKER_C_API void ct_epoch_end(ct_tracker* tracker);
CARBONTRACKER_C_API void ct_step(ct_tracker* tracker, double done, double of);
/* A value of a metric, after each evaluation; kept with the run. */
CARBONTRACKER_C_API void ct_metric(ct_tracker* tracker, const char* name, double value);
CARBONTRACKER_C_API void ct_region_begin(ct_tracker* tracker, const char* name);
CARBONTRACKER_C_API void ct_region_end(ct_tracker* tracker, const char* name);
/* Joules so far (IT energy); negative where there is no figure. */
CARBONTRACKER_C_API double ct_joules(const ct_tracker* tracker);
/* Ends the measurement and frees the tracker. The report as JSON goes into `report` (at most `size` bytes with the final
   zero; may be null). Returns the length that the whole report has. */
CARBONTRACKER_C_API size_t ct_stop(ct_tracker* tracker, char* report, size_t size);

#ifdef __cplusplus
}
#endif

#endif
