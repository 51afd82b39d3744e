#include "hardware/cpu_kind.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

namespace carbontracker {
namespace {

// The first processor's lines, without paying for the hundreds that follow (/proc/cpuinfo is made as it is read).
std::string head_of(const std::string& path) {
  char buffer[8192];
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? 0 : ::read(fd, buffer, sizeof buffer);
  if (fd >= 0) ::close(fd);
  const std::string text(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  return text.substr(0, text.find("\n\n"));
}

}  // namespace

CpuKind cpu_kind(const Host& host) {
  const std::string text = head_of(host.path("/proc/cpuinfo"));
  CpuKind kind;
  for (const auto line : split(text, '\n')) {
    if (line.rfind("vendor_id", 0) == 0) {
      kind.intel = line.find("GenuineIntel") != std::string_view::npos;
      kind.amd = line.find("AuthenticAMD") != std::string_view::npos || line.find("HygonGenuine") != std::string_view::npos;
    }
    if (line.rfind("model name", 0) == 0 && line.find(':') != std::string_view::npos) kind.name = trim(line.substr(line.find(':') + 1));
    if (line.rfind("flags", 0) == 0) kind.virtual_machine = (std::string(line) + " ").find(" hypervisor ") != std::string::npos;
  }
  return kind;
}

}  // namespace carbontracker
