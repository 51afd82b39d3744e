#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "launch/mark_socket.h"
#include "launch/socket_address.h"

namespace carbontracker {
namespace {

constexpr std::chrono::seconds kLeftAlone{30};
constexpr std::chrono::milliseconds kMarkPatience{20};
constexpr std::chrono::seconds kBehind{10};
constexpr int kTries = 2;  // of a kind of question that has never been answered
constexpr off_t kLongestText = 64 << 20;

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

// The descriptor that came with a datagram, if one did.
Descriptor attached(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS || control->cmsg_len < CMSG_LEN(sizeof(int))) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
    return Descriptor(descriptor);
  }
  return {};
}

std::optional<std::string> content(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > kLongestText) return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), 0);
  if (got != static_cast<ssize_t>(text.size())) return std::nullopt;
  return text;
}

}  // namespace

// Bound to an address that the kernel makes up, so that the wrapper can answer.
MarkSender::MarkSender(const std::string& path) : socket_(path.empty() ? -1 : new_datagram_socket()) {
  const sockaddr_un any{AF_UNIX, {}};
  if (socket_.open()) (void)::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family);
  if (socket_.open() && ::connect(socket_.get(), SocketAddress(path).get(), SocketAddress::size()) != 0) socket_.close();
}

bool MarkSender::send(const WireMark& mark) { return connected() && send_or_lose(encode(mark)); }
bool MarkSender::send_rule(const WireRule& rule) { return connected() && send_or_lose(encode(rule)); }

bool MarkSender::send_text(const std::string& text) {
  return ::send(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

// Others may fill the place that became free, hence the loop.
bool MarkSender::send_patiently(const std::string& text, std::chrono::steady_clock::time_point until) {
  while (!send_text(text)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
    pollfd writable{socket_.get(), POLLOUT, 0};
    if ((errno != EAGAIN && errno != EINTR) || left <= 0 || ::poll(&writable, 1, static_cast<int>(left)) == 0) return false;
  }
  return true;
}

bool MarkSender::send_or_lose(const std::string& text) {
  const auto begin = now();
  if (begin < behind_until_.load(std::memory_order_relaxed)) return send_text(text);
  if (send_patiently(text, begin + kMarkPatience)) return true;
  behind_until_.store(now() + kBehind, std::memory_order_relaxed);
  return false;
}

std::optional<std::vector<WireChannel>> MarkSender::ask(bool fresh, std::int64_t monotonic_ns, Seconds patience) {
  auto got = answered({0, fresh, monotonic_ns, AskFor::channels}, channels_, patience);
  if (!got) return std::nullopt;
  auto answer = decode_answer(got->words);
  return answer ? std::optional(std::move(answer->channels)) : std::nullopt;
}

std::optional<std::string> MarkSender::ask_for(AskFor what, Seconds patience) {
  auto got = answered({0, false, 0, what}, texts_, patience);
  if (!got) return std::nullopt;
  if (got->attached.open()) return content(got->attached);
  const auto text = decode_text(got->words);
  return text ? std::optional(text->text) : std::nullopt;
}

std::optional<MarkSender::Datagram> MarkSender::answered(WireAsk ask, Manners& manners, Seconds patience) {
  const std::lock_guard lock(asking_);
  if (!connected() || now() < manners.left_alone_until || (!manners.answered && manners.silences >= kTries)) return std::nullopt;
  ask.number = ++asked_;
  const auto until = now() + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
  auto got = send_patiently(encode(ask), until) ? await(asked_, until) : std::nullopt;
  if (got) {
    manners.answered = true;
  } else {
    ++manners.silences;
    manners.left_alone_until = now() + kLeftAlone;
  }
  return got;
}

// Answers to earlier questions, come too late, are passed over.
std::optional<MarkSender::Datagram> MarkSender::await(std::uint64_t number, std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now()).count();
    pollfd readable{socket_.get(), POLLIN, 0};
    if (left < 0 || (::poll(&readable, 1, static_cast<int>(left) + 1) < 0 && errno != EINTR)) return std::nullopt;
    Datagram got = receive();
    if (answer_number(got.words) == number) return got;
    if (got.words.empty() && errno != EAGAIN) return std::nullopt;
  }
}

MarkSender::Datagram MarkSender::receive() {
  Datagram out;
  out.words.resize(kLongestAnswer);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{out.words.data(), out.words.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  out.words.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (got >= 0) out.attached = attached(message);
  if (got == 0) errno = EAGAIN;
  return out;
}

}  // namespace carbontracker
