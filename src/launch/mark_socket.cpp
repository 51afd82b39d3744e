#include "launch/mark_socket.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/files.h"
#include "launch/socket_address.h"

namespace carbontracker {
namespace {

constexpr std::string_view kPrefix = "marks-";

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
    const Descriptor probe(new_datagram_socket());
    const std::string path = directory + "/" + name;
    if (::connect(probe.get(), SocketAddress(path).get(), SocketAddress::size()) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
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

Descriptor file_of(std::string_view text) {
  Descriptor file(::memfd_create("carbontracker-answer", MFD_CLOEXEC));
  while (file.open() && !text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written <= 0) return {};
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
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
    receiver.socket_ = Descriptor(new_datagram_socket());
    const std::string path = directory + "/" + random_name();
    // The directory keeps others out until the mode is set.
    if (!receiver.socket_.open() || ::bind(receiver.socket_.get(), SocketAddress(path).get(), SocketAddress::size()) != 0) {
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
      answer_(std::move(other.answer_)), tell_(std::move(other.tell_)) {}

MarkReceiver::~MarkReceiver() {
  if (!path_.empty() && owner_ == ::getpid()) ::unlink(path_.c_str());
}

void MarkReceiver::reply(const WireAsk& ask, const sockaddr_un& to, socklen_t length) {
  std::string words = ask.what == AskFor::channels ? encode(WireAnswer{ask.number, answer_(ask)}) : encode(WireText{ask.number, tell_(ask)});
  Descriptor file;
  if (words.size() > kLongestAnswer) {  // more than a datagram should be: its own first line, with the rest in a file that has no name
    const auto head = words.find('\n') + 1;
    file = file_of(std::string_view(words).substr(head));
    if (!file.open()) return;
    words.resize(head);
  }
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{words.data(), words.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr_un*>(&to);
  message.msg_namelen = length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (file.open()) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    *rights = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    const int descriptor = file.get();
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  (void)::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
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
    if (const auto rule = rule_ ? decode_rule(datagram) : std::nullopt) {
      rule_(*rule);
      continue;
    }
    if (const auto ask = decode_ask(datagram); ask && (ask->what == AskFor::channels ? static_cast<bool>(answer_) : static_cast<bool>(tell_))) {
      reply(*ask, sender, message.msg_namelen);
      continue;
    }
    ++refused_;
  }
  return std::nullopt;
}

}  // namespace carbontracker
