#include "launch/run_processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

namespace carbontracker {
namespace {

// The real /proc whatever the host's root is: the numbers are those of this process's own view.
std::string path_of(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

template <class Number>
Number word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto end = std::min(text.find(' '), text.size());
  Number value{};
  std::from_chars(text.data(), text.data() + end, value);
  text.remove_prefix(end);
  return value;
}

// "pid (name) state ppid pgrp ...": the name may hold spaces and parentheses, so fields count from the last ')'. The 22nd is the start.
bool read_process(pid_t pid, RunProcess& out) {
  char buffer[1024];
  const int fd = ::open(path_of(pid, "stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  std::string_view text(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || text.size() < name_end + 4) return false;
  out.pid = pid;
  out.state = text[name_end + 2];
  text.remove_prefix(name_end + 3);
  out.parent = word<pid_t>(text);
  out.group = word<pid_t>(text);
  for (int i = 0; i < 16; ++i) (void)word<std::uint64_t>(text);
  out.start = word<std::uint64_t>(text);
  return true;
}

std::string program_of(pid_t pid) {
  char path[4096];
  const ssize_t size = ::readlink(path_of(pid, "exe").c_str(), path, sizeof path);
  return std::string(path, size > 0 ? static_cast<std::size_t>(size) : 0);
}

std::vector<RunProcess> all_processes() {
  std::vector<RunProcess> all;
  DIR* directory = ::opendir("/proc");
  if (!directory) return all;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    RunProcess process;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), process.pid);
    if (code == std::errc{} && end == name.data() + name.size() && read_process(process.pid, process)) all.push_back(process);
  }
  ::closedir(directory);
  return all;
}

}  // namespace

std::vector<RunProcess> processes_of(pid_t root) {
  const pid_t self = ::getpid();
  const std::string own = program_of(self);
  std::vector<RunProcess> all = all_processes(), found;
  std::set<pid_t> members;
  const auto belongs = [&](const RunProcess& p) {
    if (p.pid == root || members.count(p.parent) != 0) return true;
    return p.parent == self && program_of(p.pid) != own;
  };
  for (bool grew = true; grew;) {
    grew = false;
    for (const RunProcess& process : all) {
      if (members.count(process.pid) != 0 || !belongs(process)) continue;
      members.insert(process.pid);
      found.push_back(process);
      grew = true;
    }
  }
  return found;
}

bool lives(const RunProcess& process) {
  RunProcess now;
  return read_process(process.pid, now) && now.start == process.start;
}

}  // namespace carbontracker
