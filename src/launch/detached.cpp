#include "launch/detached.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/files.h"

#ifndef SYS_pidfd_open  // of one number on every architecture
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace carbontracker {
namespace {

constexpr unsigned kCloseOnExec = 4;  // CLOSE_RANGE_CLOEXEC
constexpr int kMostClosed = 4096;     // one by one, where the kernel has no close_range (before 5.11)

struct Birth {
  const char* const* argv;
  const char* const* environment;
  std::array<int, 3> streams;
  pid_t pid = -1;
  int end = -1, error_number = 0;
};

// System calls only: in the memory of a process whose thread stands still until exec, with a table of descriptors of our own.
[[noreturn]] void become(Birth& birth) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  for (int fd = 0; fd < 3; ++fd) ::dup2(birth.streams[static_cast<std::size_t>(fd)], fd);
  if (::syscall(SYS_close_range, 3u, ~0u, kCloseOnExec) != 0)
    for (int fd = 3; fd < kMostClosed; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(birth.argv[0], const_cast<char* const*>(birth.argv), const_cast<char* const*>(birth.environment));
  birth.error_number = errno;
  ::_exit(127);
}

// The parent that it has for a moment: its end sends no signal, and only who asks for such children by name sees it. Shares memory and descriptors with the thread that
// waits for it.
int be_parent(void* arg) {
  Birth& birth = *static_cast<Birth*>(arg);
  birth.pid = ::vfork();
  if (birth.pid == 0) become(birth);
  if (birth.pid < 0) birth.error_number = errno;
  // Before its parent has ended nobody can reap it: the number is its own.
  else if (birth.error_number == 0) birth.end = static_cast<int>(::syscall(SYS_pidfd_open, birth.pid, 0u));
  ::_exit(0);
}

std::vector<const char*> pointers(const std::vector<std::string>& words) {
  std::vector<const char*> out;
  for (const std::string& word : words) out.push_back(word.c_str());
  out.push_back(nullptr);
  return out;
}

bool is_still(pid_t pid) {
  const auto words = read_file("/proc/" + std::to_string(pid) + "/cmdline", 4096);
  return words && words->find("grid-feed") != std::string::npos;
}

}  // namespace

Result<DetachedProcess> start_detached(const DetachedRequest& request) {
  const auto argv = pointers(request.argv), environment = pointers(request.environment);
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto stream = [&](int given) { return given >= 0 ? given : nothing.get(); };
  Birth birth{argv.data(), environment.data(), {stream(request.in), stream(request.out), stream(request.err)}};
  std::vector<char> stack(64 << 10);
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  char* top = stack.data() + stack.size();
  top -= reinterpret_cast<std::uintptr_t>(top) % 16;  // as the ABI wants a stack
  const pid_t parent = ::clone(be_parent, top, CLONE_VM | CLONE_VFORK | CLONE_FILES, &birth);
  const int refused = errno;
  while (parent > 0 && ::waitpid(parent, nullptr, __WCLONE) < 0 && errno == EINTR) {}
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (parent < 0) return unexpected(system_error("starting", request.argv[0], refused));
  if (birth.end >= 0) ::fcntl(birth.end, F_SETFD, FD_CLOEXEC);
  if (birth.pid < 0 || birth.error_number != 0) {
    reap_detached(birth.pid);
    return unexpected(system_error("starting", request.argv[0], birth.error_number));
  }
  return DetachedProcess{birth.pid, Descriptor(birth.end)};
}

void end_detached(const DetachedProcess& process) {
  if (process.end.open()) ::syscall(SYS_pidfd_send_signal, process.end.get(), SIGKILL, nullptr, 0u);
  else if (process.pid > 0 && is_still(process.pid)) ::kill(process.pid, SIGKILL);
}

void reap_detached(pid_t pid) {
  if (pid > 0) ::waitpid(pid, nullptr, WNOHANG);
}

}  // namespace carbontracker
