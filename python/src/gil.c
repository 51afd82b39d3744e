/* In C, because a cleanup handler of C needs no unwinding of C++ frames, which two copies of the unwinder (the system's and the one
   linked in) cannot do together. */
#include "gil.h"

#include <pthread.h>
#include <unistd.h>

static void stay(void* unused) {
  (void)unused;
  for (;;) pause();
}

void carbontracker_take_back(PyThreadState* state) {
  pthread_cleanup_push(stay, NULL);
  PyEval_RestoreThread(state);
  pthread_cleanup_pop(0);
}
