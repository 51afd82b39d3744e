#include "launch/mark_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
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
    : socket_(std::move(other.socket_)), path_(std::exchange(other.path_, {})), owner_(other.owner_), refused_(other.refused_),
      answer_(std::move(other.answer_)) {}

MarkReceiver::~MarkReceiver() {
  if (!path_.empty() && owner_ == ::getpid()) ::unlink(path_.c_str());
}

std::optional<WireMark> MarkReceiver::next() {
  for (int tries = 0; tries < 1000; ++tries) {  // a flood of rubbish must not hold the caller
    char data[kLongestMark + 1];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    iovec part{data, sizeof data};
    sockaddr_un sender{};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return std::nullopt;
    const std::string_view datagram(data, is_ours(message) ? static_cast<std::size_t>(got) : 0);
    if (auto mark = decode(datagram)) return mark;
    if (const auto ask = decode_ask(datagram); ask && answer_) {
      const std::string text = encode(WireAnswer{ask->number, answer_(*ask)});
      (void)::sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&sender), message.msg_namelen);
      continue;
    }
    ++refused_;
  }
  return std::nullopt;
}

// Bound to an address that the kernel makes up, so that the wrapper can answer.
MarkSender::MarkSender(const std::string& path) : socket_(path.empty() ? -1 : new_socket()) {
  const sockaddr_un any{AF_UNIX, {}};
  if (socket_.open()) (void)::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family);
  if (socket_.open() && ::connect(socket_.get(), Address(path).get(), Address::size()) != 0) socket_.close();
}

bool MarkSender::send(const WireMark& mark) {
  if (!connected()) return false;
  const std::string text = encode(mark);
  return ::send(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::optional<std::vector<WireChannel>> MarkSender::ask(bool now, std::int64_t monotonic_ns, Seconds patience) {
  const std::lock_guard lock(asking_);
  if (!connected() || mute_) return std::nullopt;
  const std::string text = encode(WireAsk{++asked_, now, monotonic_ns});
  auto answer = ::send(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())
                    ? await(asked_, patience) : std::nullopt;
  mute_ = !answer;
  return answer;
}

// Answers to earlier questions, come too late, are passed over.
std::optional<std::vector<WireChannel>> MarkSender::await(std::uint64_t number, Seconds patience) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
  std::string data(kLongestAnswer, '\0');
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd readable{socket_.get(), POLLIN, 0};
    if (left < 0 || ::poll(&readable, 1, static_cast<int>(left) + 1) < 0) return std::nullopt;
    const ssize_t got = ::recv(socket_.get(), data.data(), data.size(), MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN) return std::nullopt;
    if (got < 0) continue;
    auto answer = decode_answer(std::string_view(data).substr(0, static_cast<std::size_t>(got)));
    if (answer && answer->number == number) return std::move(answer->channels);
  }
}

}  // namespace carbontracker
