#pragma once
// The socket by which trackers inside a wrapped program tell their marks to the wrapper (CARBONTRACKER_SOCKET).

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/host.h"
#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "launch/descriptor.h"
#include "launch/mark_wire.h"

struct sockaddr_un;

namespace carbontracker {

// The wrapper's end. The socket lies in a directory of ours (0700) under XDG_RUNTIME_DIR, or under the data home where that is
// unset or not ours; its name is made up anew for each run, its mode is 0600. Marks of other users are refused by the kernel's
// word on the sender. One thread.
class MarkReceiver {
 public:
  // Also removes sockets that dead wrappers left there.
  [[nodiscard]] static Result<MarkReceiver> open(const Host& host);
  ~MarkReceiver();  // removes the socket, in the process that made it
  MarkReceiver(MarkReceiver&& other) noexcept;
  MarkReceiver& operator=(MarkReceiver&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return socket_.get(); }  // readable when a mark waits
  // The next mark, or nothing when none waits; what is malformed or foreign is counted and passed over.
  [[nodiscard]] std::optional<WireMark> next();
  // Gives the channels to trackers that ask for them; called within next(). Without it they are not answered.
  void on_ask(std::function<std::vector<WireChannel>(const WireAsk&)> answer) { answer_ = std::move(answer); }
  // Gives everything else that they ask for (WireAsk::what) as text, in the same way.
  void on_question(std::function<std::string(const WireAsk&)> tell) { tell_ = std::move(tell); }
  // Told of the rule by which the wrapped program stops early; called within next().
  void on_rule(std::function<void(const WireRule&)> take) { rule_ = std::move(take); }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  MarkReceiver() = default;
  void reply(const WireAsk& ask, const sockaddr_un& to, socklen_t length);
  Descriptor socket_;
  std::string path_;
  int owner_ = 0;
  std::uint64_t refused_ = 0;
  std::function<std::vector<WireChannel>(const WireAsk&)> answer_;
  std::function<std::string(const WireAsk&)> tell_;
  std::function<void(const WireRule&)> rule_;
};

// A tracker's end. Never blocks, never fails the program it is in, never tries again once the wrapper is gone. Safe from any thread.
class MarkSender {
 public:
  explicit MarkSender(const std::string& path);
  [[nodiscard]] bool connected() const { return socket_.open(); }
  // False when the mark was lost: no wrapper, or it is behind. The kernel keeps ten datagrams (net.unix.max_dgram_qlen), fewer than short epochs in a
  // burst make, so that a full queue is waited for: 20 ms at most, and not again for 10 s once that was in vain.
  bool send(const WireMark& mark);
  bool send_rule(const WireRule& rule);
  // The wrapper's channels, waited for at most `patience`. Nothing where it does not answer (an older one, busy, stopped, or out of reach).
  // From then on nothing is waited for: the next call looks whether the answer has come since, which shows that it answers again, and without one
  // the question is put anew each half minute.
  [[nodiscard]] std::optional<std::vector<WireChannel>> ask(bool fresh, std::int64_t monotonic_ns = 0, Seconds patience = Seconds(0.25));
  // What it knows, as text (not `channels`), in the same way. Where it answers so late each time, the answer to the question before, of half a minute at most.
  [[nodiscard]] std::optional<std::string> ask_for(AskFor what, Seconds patience = Seconds(0.25));

 private:
  struct Datagram {
    std::string words;
    Descriptor attached;
  };
  struct Manners {  // of one kind of question
    std::uint64_t open = 0;  // the number of the question that was not answered in time; 0: none
    AskFor what{};
    std::chrono::steady_clock::time_point asked{}, ask_again{};
    std::optional<Datagram> late;  // its answer, come since
  };
  bool send_text(const std::string& text);
  bool send_patiently(const std::string& text, std::chrono::steady_clock::time_point until);
  bool send_or_lose(const std::string& text);
  std::optional<Datagram> answered(WireAsk ask, Manners& manners, Seconds patience);
  std::optional<Datagram> await(std::uint64_t number, std::chrono::steady_clock::time_point until);
  std::optional<Datagram> take_late(Manners& manners, AskFor what);
  void keep_late(Datagram&& got);
  Datagram receive();
  Descriptor socket_;
  std::atomic<std::chrono::steady_clock::time_point> behind_until_{};  // the wrapper did not keep up: nothing is waited for
  std::mutex asking_;            // what follows
  std::uint64_t asked_ = 0;
  Manners channels_, texts_;
};

}  // namespace carbontracker
