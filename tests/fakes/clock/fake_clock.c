// A clock that a test moves on: LD_PRELOAD=libfakeclock.so, CT_FAKE_CLOCK=FILE, whose first eight bytes are the nanoseconds by which every clock is ahead of the
// kernel's, and whose next eight those by which the wall clock is besides (it is set; the others never go back). Moments that a call waits for are turned back into the kernel's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t kSecond = 1000000000;

static int64_t ahead(clockid_t clock) {
  static _Atomic(const volatile int64_t*) offset;
  static const volatile int64_t zero[2] = {0, 0};
  const volatile int64_t* at = offset;
  if (!at) {
    const char* path = getenv("CT_FAKE_CLOCK");
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void* mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof zero, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    offset = at = mapped == MAP_FAILED ? zero : mapped;
  }
  return at[0] + (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? at[1] : 0);
}

static int moves(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_MONOTONIC_RAW; }

static struct timespec shifted(struct timespec t, int64_t by) {
  const int64_t ns = t.tv_sec * kSecond + t.tv_nsec + by;
  const struct timespec out = {ns / kSecond, ns % kSecond};
  return out;
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  if (syscall(SYS_clock_gettime, clock, out) != 0) return -1;
  if (moves(clock)) *out = shifted(*out, ahead(clock));
  return 0;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec* until, struct timespec* left) {
  struct timespec real = *until;
  if ((flags & TIMER_ABSTIME) && moves(clock)) real = shifted(real, -ahead(clock));
  return syscall(SYS_clock_nanosleep, clock, flags, &real, left) == 0 ? 0 : errno;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const struct timespec* until) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*);
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
  const struct timespec turned = shifted(*until, -ahead(clock));
  return real(condition, mutex, clock, &turned);
}

int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex, const struct timespec* restrict until) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*);
  if (!real) *(void**)&real = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");  // the plain name may be an older one
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  const struct timespec turned = shifted(*until, -ahead(CLOCK_REALTIME));
  return real(condition, mutex, &turned);
}
