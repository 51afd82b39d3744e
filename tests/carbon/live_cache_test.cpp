#include "carbon/live_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <tuple>

#include "base/iso_time.h"
#include "carbon/live_ask.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

std::string fresh(const std::string& asked, std::chrono::minutes step) { return iso_time(fresh_until(parse_iso_time(asked).value(), step)).substr(11, 8); }

TEST(LiveCache, AnAnswerHoldsUntilTheDataCanHaveANewStep) {
  EXPECT_EQ(fresh("2026-11-25T10:03:20Z", 5min), "10:08:20");
  EXPECT_EQ(fresh("2026-11-25T10:03:20Z", 15min), "10:18:20");
  EXPECT_EQ(fresh("2026-11-25T10:03:20Z", 30min), "10:31:00");
  EXPECT_EQ(fresh("2026-11-25T10:03:20Z", 60min), "11:01:00");
  EXPECT_EQ(fresh("2026-11-25T10:50:00Z", 60min), "11:05:00");  // 15 minutes at least
  EXPECT_EQ(fresh("2026-11-25T11:00:00Z", 60min), "12:01:00");
}

// A twelfth of the step at most: 5 minutes of an hour, 2.5 of half an hour; data of five minutes are not due at one moment everywhere.
TEST(LiveCache, WhatIsDueEverywhereAtOnceIsAskedForByEachMachineAtATimeOfItsOwn) {
  const WallTime asked = parse_iso_time("2026-11-25T10:03:20Z").value();
  EXPECT_EQ(fresh_until(asked, 60min, 0.5), parse_iso_time("2026-11-25T11:03:30Z").value());
  EXPECT_EQ(fresh_until(asked, 30min, 1), parse_iso_time("2026-11-25T10:33:30Z").value());
  EXPECT_EQ(fresh_until(asked, 5min, 1), parse_iso_time("2026-11-25T10:08:20Z").value());
}

TEST(LiveCache, AThousandMachinesSpreadOverTheWholeTime) {
  const TempDir root;
  std::array<int, 10> tenths{};
  for (int node = 0; node < 1000; ++node) {
    root.write("proc/sys/kernel/hostname", "node" + std::to_string(node) + ".cluster\n");
    const double jitter = host_jitter(fake_host(root.path()));
    ASSERT_GE(jitter, 0);
    ASSERT_LT(jitter, 1);
    EXPECT_EQ(jitter, host_jitter(fake_host(root.path())));
    ++tenths[static_cast<std::size_t>(jitter * 10)];
  }
  for (const int count : tenths) EXPECT_NEAR(count, 100, 40);  // four standard deviations (9.5) of 1,000 draws
  root.write("proc/sys/kernel/hostname", "\n");
  EXPECT_EQ(host_jitter(fake_host(root.path())), 0);
}

// A login that fails each time. After the first it rests for a minute, after the second for two, and up to half as long again.
TEST(LiveCache, AFailureIsRestedAfterByEachMachineForATimeOfItsOwn) {
  for (const auto& [jitter, first, second] : {std::tuple{0.0, 60s, 120s}, std::tuple{0.5, 75s, 150s}, std::tuple{1.0, 90s, 180s}}) {
    const TempDir folder;
    int asked = 0;
    Question q{.path = folder.path("a.json"), .provider_path = folder.path("state.json"), .shown = "nobody", .request = {}, .jitter = jitter, .good = {}, .renew = {}};
    q.request = [&](WallTime) -> Result<HttpRequest> {
      ++asked;
      return unexpected(Errc::unavailable, "no login", "");
    };
    FakeClock clock;
    const auto ask_after = [&](std::chrono::seconds by) {
      clock.advance(by);
      q.now = clock.wall();
      EXPECT_FALSE(ask(q));
      return asked;
    };
    EXPECT_EQ(ask_after(0s), 1);
    EXPECT_EQ(ask_after(first - 1s), 1);
    EXPECT_EQ(ask_after(1s), 2);
    EXPECT_EQ(ask_after(second - 1s), 2);
    EXPECT_EQ(ask_after(1s), 3);
  }
}

TEST(LiveCache, WhatIsKeptComesBack) {
  const TempDir folder;
  const KeptAnswer kept{WallTime(1764064800s), "\"v1\"", "{\"a\":\"\xC3\xA6\"}", WallTime(1764065800s), 3, 2h};
  ASSERT_TRUE(write_kept(folder.path("a.json"), kept));
  const KeptAnswer read = read_kept(folder.path("a.json"));
  EXPECT_EQ(read.asked, kept.asked);
  EXPECT_EQ(read.etag, kept.etag);
  EXPECT_EQ(read.body, kept.body);
  EXPECT_EQ(read.not_before, kept.not_before);
  EXPECT_EQ(read.failures, 3);
  EXPECT_EQ(read.ahead, 2h);
}

TEST(LiveCache, ADamagedFileIsNoAnswerAndNumbersThatCannotBeAreCut) {
  const TempDir folder;
  for (const char* text : {"", "{", "[]", "null", "{\"asked\":\"x\",\"body\":7}", "\xff\xfe"}) {
    folder.write("a.json", text);
    const KeptAnswer read = read_kept(folder.path("a.json"));
    EXPECT_EQ(read.asked, WallTime{}) << text;
    EXPECT_EQ(read.body, "") << text;
  }
  folder.write("a.json", "{\"asked\":9223372036854775807,\"not_before\":-9223372036854775808,\"failures\":99999999999,\"ahead\":9223372036854775807}");
  const KeptAnswer read = read_kept(folder.path("a.json"));
  EXPECT_EQ(iso_time(read.asked).substr(0, 4), "2100");
  EXPECT_EQ(read.not_before, WallTime{});
  EXPECT_EQ(read.failures, 1000);
  EXPECT_EQ(read_kept(folder.path("none.json")).body, "");
}

TEST(LiveCache, ALockIsHeldByOneAndNotForEver) {
  const TempDir folder;
  const auto began = std::chrono::steady_clock::now();
  const ProviderLock first(folder.path("x.lock"), 10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  const ProviderLock second(folder.path("x.lock"), 60ms);  // goes on without it
  EXPECT_GE(std::chrono::steady_clock::now() - began, 60ms);
  const ProviderLock nowhere(folder.path("no/such/folder/x.lock"), 10s);
}

Question question(const TempDir& folder, const std::string& now) {
  Question q;
  q.path = folder.path("a.json");
  q.provider_path = folder.path("state.json");
  q.shown = "http://service";
  q.now = parse_iso_time(now).value();
  q.request = [](WallTime) -> Result<HttpRequest> { return unexpected(Errc::permission, "logging in: no", ""); };
  q.good = [](std::string_view, WallTime) { return true; };
  return q;
}

TEST(LiveAsk, AFreshAnswerNeedsNoRequestAndALoginThatFailsRestsAndFallsBack) {
  const TempDir folder;
  ASSERT_TRUE(write_kept(folder.path("a.json"), {parse_iso_time("2026-11-25T10:00Z").value(), "", "kept", {}, 0, {}}));
  int made = 0;
  const auto asked = [&](const std::string& now) {
    Question q = question(folder, now);
    q.request = [&](WallTime) -> Result<HttpRequest> {
      ++made;
      return unexpected(Errc::permission, "logging in: no", "");
    };
    return ask(q);
  };
  EXPECT_FALSE(asked("2026-11-25T10:30Z")->old);
  EXPECT_EQ(made, 0);
  EXPECT_TRUE(asked("2026-11-25T11:10:00Z")->old);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(asked("2026-11-25T11:10:59Z")->text, "kept");  // a minute's rest
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(asked("2026-11-25T11:11:01Z"));
  EXPECT_EQ(made, 2);
  const auto late = asked("2026-11-26T10:00Z");  // a day old: it stands no longer
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, "logging in: no");
}

TEST(LiveAsk, AClockThatWasSetBackMakesWhatWasKeptWorthless) {
  const TempDir folder;
  ASSERT_TRUE(write_kept(folder.path("a.json"), {parse_iso_time("2026-11-25T10:00Z").value(), "", "kept", {}, 0, {}}));
  EXPECT_FALSE(ask(question(folder, "2026-11-25T08:00Z")));
}

// Nobody listens there: a request that cannot be sent is a failure of the provider as a whole, which is then left alone for another zone too.
TEST(LiveAsk, ARestHoldsForEveryZoneOfTheProvider) {
  const TempDir folder;
  Question q = question(folder, "2026-11-25T10:00Z");
  q.request = [](WallTime) -> Result<HttpRequest> { return HttpRequest{.url = "http://127.0.0.1:9/", .shown = "http://service", .headers = {}, .user_password = {}, .secret = {}, .ca_file = {}}; };
  ASSERT_FALSE(ask(q));
  q.path = folder.path("b.json");
  const auto other = ask(q);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what, "asking http://service: it is to be left alone for another 60 s");
}

}  // namespace
}  // namespace carbontracker
