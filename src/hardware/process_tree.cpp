#include "hardware/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace carbontracker {
namespace {

// Strangers are read again now and then, in case a pid has been used twice between two reads.
constexpr int kFullScanEvery = 30;

// The next number of a space-separated list; what is not a number is passed over as 0.
std::uint64_t next_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  std::uint64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

void skip_words(std::string_view& text, int count) {
  for (; count > 0; --count) next_number(text);
}

std::vector<int> listed_pids(const std::string& proc) {
  std::vector<int> pids;
  DIR* directory = ::opendir(proc.c_str());
  if (!directory) return pids;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    int pid = 0;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (code == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
  }
  ::closedir(directory);
  std::sort(pids.begin(), pids.end());
  return pids;
}

}  // namespace

ProcessTree::ProcessTree(std::vector<int> roots, int reaper_pid, std::string proc)
    : roots_(roots.begin(), roots.end()), reaper_(reaper_pid), proc_(std::move(proc)),
      seconds_per_tick_(1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK))),
      bytes_per_page_(static_cast<double>(::sysconf(_SC_PAGESIZE))) {}

// /proc/<pid>/stat: "pid (name) state ppid ...": the name may hold spaces and parentheses, so fields count from the last ')'.
bool ProcessTree::read_process(int pid, Process& out) const {
  char buffer[1024];
  const int fd = ::open((proc_ + "/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  std::string_view text(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return false;
  text.remove_prefix(name_end + 1);
  skip_words(text, 1);  // state
  out.parent = static_cast<int>(next_number(text));
  skip_words(text, 9);  // pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt
  out.own = next_number(text);
  out.own += next_number(text);
  out.waited = next_number(text);
  out.waited += next_number(text);
  skip_words(text, 4);  // priority nice num_threads itrealvalue
  out.start = next_number(text);
  skip_words(text, 1);  // vsize
  out.resident = next_number(text);
  return true;
}

ProcessTree::Processes ProcessTree::scan() {
  if (reads_++ % kFullScanEvery == 0) strangers_.clear();
  Processes seen;
  std::set<int> still_strangers;
  for (const int pid : listed_pids(proc_)) {
    if (strangers_.count(pid)) still_strangers.insert(still_strangers.end(), pid);
    else if (Process process; read_process(pid, process)) seen.emplace_hint(seen.end(), pid, process);
  }
  strangers_ = std::move(still_strangers);
  return seen;
}

bool ProcessTree::belongs(int pid, const Process& process, const Processes& members) const {
  if (excluded_.count(pid)) return false;
  if (roots_.count(pid) || members.count(process.parent)) return true;
  if (reaper_ > 0 && process.parent == reaper_) return true;
  const auto before = members_.find(pid);  // once in the tree, always: also where it was adopted by another
  return before != members_.end() && before->second.start == process.start;
}

ProcessTree::Processes ProcessTree::members_among(const Processes& seen) const {
  Processes members;
  for (bool grew = true; grew;) {  // pids wrap, so a child's may be below its parent's
    grew = false;
    for (const auto& [pid, process] : seen)
      if (!members.count(pid) && belongs(pid, process, members)) grew = members.emplace(pid, process).second;
  }
  return members;
}

// Where did the time of those that ended go? See the header's table.
void ProcessTree::settle(const Processes& now) {
  const auto survives = [&](int pid) {
    const auto then = std::as_const(members_).find(pid);
    const auto next = now.find(pid);
    return then != members_.end() && next != now.end() && then->second.start == next->second.start;
  };
  std::map<int, double> due;  // ticks that should be in a surviving ancestor's `waited`
  double forgotten = 0, ours = 0;
  for (const auto& [pid, process] : members_) {
    if (survives(pid)) continue;
    int heir = process.parent;
    for (std::size_t steps = 0; steps < members_.size() && members_.count(heir) && !survives(heir); ++steps) heir = members_.at(heir).parent;
    const double ticks = static_cast<double>(process.own + process.waited);
    if (survives(heir)) due[heir] += ticks;
    else (reaper_ > 0 && heir == reaper_ ? ours : forgotten) += ticks;
  }
  for (const auto& [heir, ticks] : due)
    forgotten += std::max(0.0, ticks - static_cast<double>(now.at(heir).waited) + static_cast<double>(members_.at(heir).waited));
  // What we waited for beyond our own children were orphans of the tree: not forgotten after all.
  const double adopted = std::max(0.0, reaped_since_read_ - ours * seconds_per_tick_);
  forgotten_ = std::max(0.0, forgotten_ + forgotten * seconds_per_tick_ - adopted);
  reaped_ += reaped_since_read_;
  reaped_since_read_ = 0;
}

ProcessTree::Usage ProcessTree::read() {
  const Processes seen = scan();
  Processes members = members_among(seen);
  settle(members);
  for (const auto& entry : seen)
    if (!members.count(entry.first) && entry.first != reaper_) strangers_.insert(entry.first);
  members_ = std::move(members);
  Usage usage;
  double alive = 0;
  for (const auto& [pid, process] : members_) {
    alive += static_cast<double>(process.own + process.waited) * seconds_per_tick_;
    usage.resident += static_cast<double>(process.resident) * bytes_per_page_;
    usage.pids.push_back(pid);
  }
  reported_ = std::max(reported_, alive + reaped_ + forgotten_);
  usage.cpu = Seconds(reported_);
  return usage;
}

}  // namespace carbontracker
