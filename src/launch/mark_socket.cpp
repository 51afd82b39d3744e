#include "launch/mark_socket.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/files.h"

namespace carbontracker {
namespace {

constexpr std::string_view kPrefix = "marks-";

// A socket's address holds 107 bytes; a longer path is named through its directory's descriptor.
class Address {
 public:
  explicit Address(const std::string& path) {
    std::string name = path;
    if (name.size() >= sizeof address_.sun_path) {
      const auto slash = path.rfind('/');
      directory_ = Descriptor(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      name = "/proc/self/fd/" + std::to_string(directory_.get()) + path.substr(slash);
    }
    address_.sun_family = AF_UNIX;
    if (name.size() < sizeof address_.sun_path) std::memcpy(address_.sun_path, name.c_str(), name.size());
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  Descriptor directory_;
  sockaddr_un address_{};
};

int new_socket() { return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// Ours, a real directory (no link), and nobody else may write there (B191).
bool is_private(const std::string& directory) {
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return false;
  return S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 022) == 0;
}

std::vector<std::string> candidates(const Host& host) {
  std::vector<std::string> places;
  const auto absolute = [&](std::string_view name) -> std::string {
    const auto value = host.env(name);
    return value && value->starts_with('/') ? *value : std::string();
  };
  if (const auto runtime = absolute("XDG_RUNTIME_DIR"); !runtime.empty() && is_private(runtime)) places.push_back(runtime + "/carbontracker");
  if (const auto ours = absolute("CARBONTRACKER_HOME"); !ours.empty()) places.push_back(ours + "/run");
  else if (const auto data = absolute("XDG_DATA_HOME"); !data.empty()) places.push_back(data + "/carbontracker/run");
  else if (const auto home = absolute("HOME"); !home.empty()) places.push_back(home + "/.local/share/carbontracker/run");
  return places;
}

void remove_left_over(const std::string& directory) {
  const auto names = list_directory(directory);
  for (const std::string& name : names.value_or({})) {
    if (!name.starts_with(kPrefix)) continue;
    const Descriptor probe(new_socket());
    const std::string path = directory + "/" + name;
    if (::connect(probe.get(), Address(path).get(), Address::size()) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
  }
}

std::string random_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) random = static_cast<std::uint64_t>(::getpid());
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(random);
}

bool is_ours(const msghdr& message) {
  const cmsghdr* control = CMSG_FIRSTHDR(&message);
  if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS) return false;
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(control), sizeof sender);
  return sender.uid == ::geteuid();
}

}  // namespace

Result<MarkReceiver> MarkReceiver::open(const Host& host) {
  Error last{Errc::not_found, "placing the mark socket: neither XDG_RUNTIME_DIR nor HOME is set", "set XDG_RUNTIME_DIR to a directory of yours"};
  for (const std::string& directory : candidates(host)) {
    if (const auto made = make_directories(directory); !made) {
      last = made.error();
      continue;
    }
    if (!is_private(directory)) {
      last = {Errc::permission, "placing the mark socket in " + directory + ": not a directory that only you can write", "remove it"};
      continue;
    }
    remove_left_over(directory);
    MarkReceiver receiver;
    receiver.socket_ = Descriptor(new_socket());
    const std::string path = directory + "/" + random_name();
    // The directory keeps others out until the mode is set.
    if (!receiver.socket_.open() || ::bind(receiver.socket_.get(), Address(path).get(), Address::size()) != 0) {
      last = system_error("opening the mark socket", path, errno);
      continue;
    }
    receiver.path_ = path;
    receiver.owner_ = ::getpid();
    const int on = 1;
    if (::chmod(path.c_str(), 0600) == 0 && ::setsockopt(receiver.socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0) return receiver;
    last = system_error("opening the mark socket", path, errno);
  }
  return unexpected(last);
}

MarkReceiver::MarkReceiver(MarkReceiver&& other) noexcept
    : socket_(std::move(other.socket_)), path_(std::exchange(other.path_, {})), owner_(other.owner_), refused_(other.refused_) {}

MarkReceiver::~MarkReceiver() {
  if (!path_.empty() && owner_ == ::getpid()) ::unlink(path_.c_str());
}

std::optional<WireMark> MarkReceiver::next() {
  for (int tries = 0; tries < 1000; ++tries) {  // a flood of rubbish must not hold the caller
    char data[kLongestMark + 1];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    iovec part{data, sizeof data};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return std::nullopt;
    auto mark = is_ours(message) ? decode(std::string_view(data, static_cast<std::size_t>(got))) : std::nullopt;
    if (mark) return mark;
    ++refused_;
  }
  return std::nullopt;
}

MarkSender::MarkSender(const std::string& path) : socket_(path.empty() ? -1 : new_socket()) {
  if (socket_.open() && ::connect(socket_.get(), Address(path).get(), Address::size()) != 0) socket_.close();
}

bool MarkSender::send(const WireMark& mark) {
  if (!connected()) return false;
  const std::string text = encode(mark);
  return ::send(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace carbontracker
