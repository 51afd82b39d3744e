#pragma once
// Vendor libraries, loaded at run time. Never unloaded: a driver's threads may still run in it.

#include <string>

#include "carbontracker/result.h"

namespace carbontracker {

class DynamicLibrary {
 public:
  // Searches as the loader does (LD_LIBRARY_PATH works). Errc::not_found when there is none.
  [[nodiscard]] static Result<DynamicLibrary> open(const std::string& name);

  // The function of that name, or null when the library has none.
  template <class Function>
  [[nodiscard]] Function* find(const char* name) const { return reinterpret_cast<Function*>(symbol(name)); }

 private:
  explicit DynamicLibrary(void* handle) : handle_(handle) {}
  [[nodiscard]] void* symbol(const char* name) const;
  void* handle_;
};

}  // namespace carbontracker
