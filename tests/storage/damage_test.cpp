// Damaged journals: never a crash, what stands before the damage is kept, damage is said.

#include <filesystem>

#include "base/files.h"
#include "storage/codec.h"
#include "storage/frames.h"
#include "storage/sample_runs.h"
#include "storage/writer_identity.h"

namespace carbontracker {
namespace {

// Five minutes, all but the last in frames of their own.
std::string small_journal(const TempDir& home) {
  Segment segment = sample_segment();
  segment.totals.activity.resize(2);
  segment.totals.activity[0].name = "gpu0";
  auto writer = start(home.path(), sample_run(), segment);
  for (int i = 0; i < 5; ++i) {
    segment.minutes.push_back(sample_minute(i));
    segment.minutes.back().busy = {static_cast<std::uint8_t>(i), kBusyUnknown};
    EXPECT_TRUE(writer->flush(segment));
  }
  EXPECT_TRUE(writer->finish(segment, RunState::finished, 0));
  return *read_file(writer->path());
}

TEST(Damage, ATruncationAtAnyByteKeepsWhatIsBeforeIt) {
  const TempDir home;
  const std::string whole = small_journal(home);
  const std::string path = home.path("cut.journal");
  std::size_t most = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    home.write("cut.journal", std::string_view(whole).substr(0, size));
    const auto content = read_journal(path);
    if (!content) {
      EXPECT_EQ(content.error().code, Errc::corrupt);
      EXPECT_NE(content.error().what.find(path), std::string::npos);
      EXPECT_EQ(most, 0u) << "readable when shorter, unreadable at " << size;
      continue;
    }
    EXPECT_NE(content->damage, "") << size;
    EXPECT_GE(content->run.segments[0].minutes.size(), most) << size;
    most = content->run.segments[0].minutes.size();
    EXPECT_EQ(content->run.id, sample_run().id);
  }
  EXPECT_EQ(most, 4u);  // of five, the cut lies within the last
}

TEST(Damage, ATruncatedTailLeavesTheTotalsAlone) {
  const TempDir home;
  const std::string whole = small_journal(home);
  home.write("cut.journal", std::string_view(whole).substr(0, whole.size() - 1));
  const auto content = read_journal(home.path("cut.journal"));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->run.segments[0].totals.total.joules, Joules(4000));
  EXPECT_EQ(content->run.state, RunState::finished);
}

TEST(Damage, AFlippedBitIsNeverTakenForAValue) {
  const TempDir home;
  const std::string whole = small_journal(home);
  const std::string path = home.path("flip.journal");
  std::size_t said = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
    home.write("flip.journal", flipped);
    const auto content = read_journal(path);
    if (!content || !content->damage.empty()) {
      ++said;
      continue;
    }
    // Undetected: the tool's version in the preamble, the older slot or the unused end of one; nothing that is shown may differ.
    const Segment& segment = content->run.segments[0];
    ASSERT_EQ(segment.totals.total.joules, Joules(4000)) << at;
    ASSERT_EQ(segment.minutes.size(), 5u) << at;
    for (const Minute& minute : segment.minutes) ASSERT_EQ(minute.joules, (std::vector<float>{10, 20})) << at;
    ASSERT_EQ(content->run.name, "digits") << at;
  }
  EXPECT_GT(said, 500u);   // header, channels and five minutes are some 700 bytes
}

TEST(Damage, ABadMinuteCostsItselfAndNotTheMonthAfterIt) {
  const TempDir home;
  std::string bytes = small_journal(home);
  const Scan scan = scan_frames(bytes);
  for (const Frame& frame : scan.frames) {
    if (frame.type == FrameType::minute) { bytes[frame.offset + kFrameHead + 14] ^= 0x40; break; }
  }
  home.write("bad.journal", bytes);
  const auto content = read_journal(home.path("bad.journal"));
  ASSERT_TRUE(content);
  EXPECT_NE(content->damage, "");
  ASSERT_EQ(content->run.segments[0].minutes.size(), 4u);
  EXPECT_EQ(content->run.segments[0].minutes[0].number, 1);
}

TEST(Damage, LostTotalsAreAddedUpFromTheMinutesWithoutABound) {
  const TempDir home;
  std::string bytes = small_journal(home);
  const std::size_t area = bytes.find(live_frame(1024).substr(0, 8));
  ASSERT_NE(area, std::string::npos);
  for (std::size_t i = 0; i < 2048; i += 8) bytes[area + kFrameHead + i] ^= 0x55;
  home.write("lost.journal", bytes);
  const auto content = read_journal(home.path("lost.journal"));
  ASSERT_TRUE(content);
  const Snapshot& totals = content->run.segments[0].totals;
  EXPECT_NE(content->damage, "");
  EXPECT_EQ(totals.total.joules, Joules(5 * (10 + 20)));
  EXPECT_EQ(totals.total.high, std::nullopt);
}

TEST(Damage, ATornTotalsWriteCostsOneFlush) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  segment.totals.total.joules = Joules(4100);
  ASSERT_TRUE(writer->flush(segment));
  segment.totals.total.joules = Joules(4200);
  ASSERT_TRUE(writer->flush(segment));
  std::string bytes = *read_file(writer->path());
  const Live newest = scan_frames(bytes).live;
  const std::size_t at = static_cast<std::size_t>(newest.payload.data() - bytes.data());
  for (std::size_t i = newest.payload.size() / 2; i < newest.payload.size(); ++i) bytes[at + i] = 0;
  home.write("torn.journal", bytes);
  const auto content = read_journal(home.path("torn.journal"));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->damage, "");
  EXPECT_EQ(content->run.segments[0].totals.total.joules, Joules(4100));
}

TEST(Damage, AJournalOfANewerFormatNamesTheVersionThatReadsIt) {
  const TempDir home;
  std::string bytes = small_journal(home);
  bytes[8] = 9;
  bytes.replace(12, 6, std::string("4.1.0\0", 6));
  home.write("new.journal", bytes);
  const auto content = read_journal(home.path("new.journal"));
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, Errc::unsupported);
  EXPECT_NE(content.error().hint.find("4.1.0"), std::string::npos);
}

// CRC-32 check value of "123456789" (IEEE 802.3), and that pieces give the sum of the whole.
TEST(Codec, ChecksumIsTheStandardOne) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32("6789", crc32("12345")), 0xCBF43926u);
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
}

TEST(Codec, BytesAreLittleEndianOnEveryMachine) {
  Encoder out;
  out.u32(0x01020304);
  out.f64(1.0);  // 0x3FF0000000000000
  out.text("ab");
  EXPECT_EQ(out.bytes(), std::string("\x04\x03\x02\x01\0\0\0\0\0\0\xF0\x3F\x02\0\0\0ab", 18));
}

TEST(Codec, PastTheEndThereIsNothingAndACountIsNoAllocation) {
  Decoder in(std::string_view("\xff\xff\xff\xff", 4));
  EXPECT_EQ(in.count(1), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u64(), 0u);
  EXPECT_EQ(in.text(), "");
}

TEST(Writer, LivesByItsLockThenItsPidThenItsLastWord) {
  const WallTime now = kStart + std::chrono::hours(1);
  WriterIdentity writer = this_writer();
  writer.locked = true;
  EXPECT_TRUE(writer_lives(writer, Lock::held, kStart, now));
  EXPECT_FALSE(writer_lives(writer, Lock::free, now, now));        // same kernel: a free lock is a dead writer
  writer.locked = false;
  EXPECT_TRUE(writer_lives(writer, Lock::free, kStart, now));      // no lock was to be had: this very process lives
  writer.process_start = "1";
  EXPECT_FALSE(writer_lives(writer, Lock::unknown, now, now));     // the pid was given to another process
  writer.boot_id = "another machine";
  EXPECT_TRUE(writer_lives(writer, Lock::unknown, now - std::chrono::seconds(59), now));
  EXPECT_FALSE(writer_lives(writer, Lock::unknown, now - std::chrono::seconds(61), now));
}

}  // namespace
}  // namespace carbontracker
