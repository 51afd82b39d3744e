#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "launch/mark_socket.h"
#include "launch/socket_address.h"

namespace carbontracker {
namespace {

constexpr std::chrono::seconds kLeftAlone{30};  // and so old an answer may be
constexpr std::chrono::seconds kFullQueue{1};   // the question did not even reach it
constexpr std::chrono::milliseconds kMarkPatience{20};
constexpr std::chrono::seconds kBehind{10};
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
  if (!connected()) return std::nullopt;
  auto late = take_late(manners, ask.what);
  const bool asleep = manners.open != 0;
  if (asleep && now() < manners.ask_again) return std::nullopt;
  ask.number = ++asked_;
  const auto begin = now(), until = asleep ? begin : begin + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
  const bool sent = send_patiently(encode(ask), until);
  auto got = sent && !asleep ? await(asked_, until) : std::nullopt;
  if (got) return got;
  manners.open = asked_;
  manners.what = ask.what;
  manners.asked = begin;
  manners.ask_again = now() + (sent ? kLeftAlone : kFullQueue);
  return late;
}

// Whether the answer that nobody waited for any more is here: who has sent it is asked again. Given back where it tells of `what`, and not of long ago.
std::optional<MarkSender::Datagram> MarkSender::take_late(Manners& manners, AskFor what) {
  if (manners.open == 0) return std::nullopt;
  for (Datagram got = receive(); !got.words.empty(); got = receive()) keep_late(std::move(got));
  if (!manners.late) return std::nullopt;
  manners.open = 0;
  auto late = std::exchange(manners.late, std::nullopt);
  const bool fits = what != AskFor::channels && what == manners.what && now() - manners.asked < kLeftAlone;
  return fits ? std::move(late) : std::nullopt;
}

void MarkSender::keep_late(Datagram&& got) {
  const auto number = answer_number(got.words);
  for (Manners* manners : {&channels_, &texts_}) {
    if (manners->open == 0 || number != manners->open) continue;
    manners->late = std::move(got);
    return;
  }
}

std::optional<MarkSender::Datagram> MarkSender::await(std::uint64_t number, std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now()).count();
    pollfd readable{socket_.get(), POLLIN, 0};
    if (left < 0 || (::poll(&readable, 1, static_cast<int>(left) + 1) < 0 && errno != EINTR)) return std::nullopt;
    Datagram got = receive();
    if (answer_number(got.words) == number) return got;
    if (got.words.empty() && errno != EAGAIN) return std::nullopt;
    if (!got.words.empty()) keep_late(std::move(got));
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
