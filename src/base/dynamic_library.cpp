#include "base/dynamic_library.h"

#include <dlfcn.h>

namespace carbontracker {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& name) {
  if (void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return DynamicLibrary(handle);
  const char* reason = ::dlerror();
  return unexpected(Errc::not_found, reason ? reason : "loading " + name + " failed");
}

void* DynamicLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

}  // namespace carbontracker
