// Questions to a wrapper that answers late, or not for a while: nothing is waited for twice, and what it tells afterwards is heard.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <thread>

#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"
#include "launch/mark_socket.h"

namespace carbontracker {
namespace {

// A machine so busy that the wrapper has its turn only after the tracker has stopped waiting, or a wrapper that somebody has stopped.
struct Slow : testing::Test {
  Slow() {
    receiver.on_ask([](const WireAsk&) { return std::vector<WireChannel>{{"gpu0", "gpu", 1, 0, ""}}; });
    receiver.on_question([this](const WireAsk&) { return std::string(kLongestAnswer, static_cast<char>('a' + number++)); });
  }
  // Asks, and answers at once.
  template <class Ask>
  auto answered(Ask ask) {
    decltype(ask()) got;
    std::thread tracker([&] { got = ask(); });
    pollfd waiting{receiver.descriptor(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 60'000), 1);
    EXPECT_FALSE(receiver.next());
    tracker.join();
    return got;
  }
  static std::string made(std::string path) {
    ::mkdir(path.c_str(), 0700);
    return path;
  }
  const TempDir dir;
  MarkReceiver receiver = std::move(*MarkReceiver::open(fake_host("", {{"XDG_RUNTIME_DIR", made(dir.path("runtime"))}})));
  MarkSender sender = MarkSender(receiver.path());
  int number = 0;
};

TEST_F(Slow, AWrapperThatHasAnsweredLateIsAskedAgain) {
  for (const char fresh : {'b', 'd'}) {
    EXPECT_FALSE(sender.ask_for(AskFor::summary, Seconds(0.001)));
    EXPECT_FALSE(sender.ask_for(AskFor::summary, Seconds(3600)));  // not waited for
    EXPECT_FALSE(receiver.next());                                 // answers the first now, with a file
    EXPECT_EQ(answered([&] { return sender.ask_for(AskFor::summary, Seconds(60)); }), std::string(kLongestAnswer, fresh));
  }
  EXPECT_FALSE(sender.ask(false, 7, Seconds(0.001)));
  EXPECT_FALSE(receiver.next());
  EXPECT_EQ(answered([&] { return sender.ask(false, 8, Seconds(60)); }).value().at(0).name, "gpu0");
}

TEST_F(Slow, AnAnswerThatIsLateEachTimeStandsForTheSameQuestionOnly) {
  EXPECT_FALSE(sender.ask_for(AskFor::forecast, Seconds(0.001)));
  EXPECT_FALSE(receiver.next());
  EXPECT_EQ(sender.ask_for(AskFor::forecast, Seconds(0.001)), std::string(kLongestAnswer, 'a'));
  EXPECT_FALSE(receiver.next());
  EXPECT_FALSE(sender.ask_for(AskFor::snapshot, Seconds(0.001)));
  EXPECT_FALSE(sender.ask(false, 7, Seconds(0.001)));  // energy up to a moment is of that moment
  EXPECT_FALSE(receiver.next());
  EXPECT_FALSE(sender.ask(false, 8, Seconds(0.001)));
}

// Its answers may come in any order, and each belongs to the kind of question that it answers.
TEST_F(Slow, LateAnswersOfTwoKinds) {
  EXPECT_FALSE(sender.ask_for(AskFor::summary, Seconds(0.001)));
  EXPECT_FALSE(sender.ask(false, 0, Seconds(0.001)));
  EXPECT_FALSE(receiver.next());
  EXPECT_EQ(answered([&] { return sender.ask(false, 0, Seconds(60)); }).value().at(0).name, "gpu0");
  EXPECT_EQ(answered([&] { return sender.ask_for(AskFor::summary, Seconds(60)); }), std::string(kLongestAnswer, 'b'));
}

}  // namespace
}  // namespace carbontracker
