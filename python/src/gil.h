#pragma once
// Leaving the interpreter's lock to other threads while ours works or waits.

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif
// PyEval_RestoreThread, but a daemon thread that wants the lock back when the interpreter is ending stays here until the process is
// gone, as Python 3.14 has it. Python before that ends the thread by unwinding its stack, which no C++ function lets through.
void carbontracker_take_back(PyThreadState* state);
#ifdef __cplusplus
}

namespace carbontracker::python {

// While it lives this thread has no lock.
class Released {
 public:
  Released() : state_(PyEval_SaveThread()) {}
  ~Released() { carbontracker_take_back(state_); }
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;

 private:
  PyThreadState* state_;
};

}  // namespace carbontracker::python
#endif
