#include "storage/store.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/files.h"
#include "storage/index.h"
#include "storage/sample_runs.h"
#include "storage/schema.h"

namespace carbontracker {
namespace {

std::unique_ptr<Store> open_store(const std::string& home) {
  auto store = Store::open(home);
  EXPECT_TRUE(store) << (store ? "" : store.error().what);
  return store ? std::move(*store) : nullptr;
}

Segment later(Segment segment, int seconds) {
  segment.started += std::chrono::seconds(seconds);
  segment.last_seen += std::chrono::seconds(seconds);
  return segment;
}

// Three runs, the last started last.
void keep_three(const std::string& home) {
  RunRecord run = sample_run("20251125-100000-aaaa");
  keep_run(home, run, sample_segment());
  run = sample_run("20251125-100100-bbbb");
  run.project = "other";
  run.tags["lr"] = "0.2";
  keep_run(home, run, later(sample_segment(), 60), 1);
  run = sample_run("20251126-090000-cccc");
  run.name = "resnet";
  keep_run(home, run, later(sample_segment(), 23 * 3600), 0);
}

std::vector<std::string> ids(const std::vector<RunSummary>& runs) {
  std::vector<std::string> out;
  for (const RunSummary& run : runs) out.push_back(run.id);
  return out;
}

TEST(Store, ListsNewestFirstAndByProjectTagAndLimit) {
  const TempDir home;
  keep_three(home.path());
  const auto store = open_store(home.path());
  const auto all = store->list({});
  ASSERT_TRUE(all);
  EXPECT_EQ(ids(*all), (std::vector<std::string>{"20251126-090000-cccc", "20251125-100100-bbbb", "20251125-100000-aaaa"}));
  EXPECT_EQ((*all)[1].exit_code, 1);
  EXPECT_EQ((*all)[1].state, RunState::finished);
  EXPECT_EQ((*all)[1].started, kStart + std::chrono::seconds(60));
  EXPECT_EQ((*all)[1].duration, Seconds(65));
  EXPECT_EQ((*all)[1].joules, Joules(4000));
  EXPECT_EQ(ids(*store->list({"other", {}, 0})), (std::vector<std::string>{"20251125-100100-bbbb"}));
  EXPECT_EQ(ids(*store->list({"", {{"lr", "0.1"}, {"model", "mlp"}}, 1})), (std::vector<std::string>{"20251126-090000-cccc"}));
  EXPECT_TRUE(store->list({"", {{"lr", "9"}}, 0})->empty());
  EXPECT_TRUE(store->notes().empty());
}

TEST(Store, LoadsByIdPrefixNameAndLastAndNamesTheCandidatesOfAnAmbiguousOne) {
  const TempDir home;
  keep_three(home.path());
  const auto store = open_store(home.path());
  EXPECT_EQ(store->load("20251125-100000-aaaa")->id, "20251125-100000-aaaa");
  EXPECT_EQ(store->load("20251126")->id, "20251126-090000-cccc");
  EXPECT_EQ(store->load("resnet")->id, "20251126-090000-cccc");
  EXPECT_EQ(store->load("digits")->id, "20251125-100100-bbbb");   // the newest of the name
  EXPECT_EQ(store->load("last")->id, "20251126-090000-cccc");
  const auto ambiguous = store->load("2025");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Errc::invalid_input);
  EXPECT_NE(ambiguous.error().what.find("20251125-100000-aaaa"), std::string::npos);
  EXPECT_NE(ambiguous.error().what.find("20251126-090000-cccc"), std::string::npos);
  EXPECT_EQ(store->load("nothing").error().code, Errc::not_found);
  EXPECT_EQ(store->load("").error().code, Errc::invalid_input);
  EXPECT_EQ(store->load("%").error().code, Errc::not_found);
  EXPECT_EQ(store->load("' OR 1=1 --").error().code, Errc::not_found);
}

TEST(Store, ALoadedRunIsTheJournalsRun) {
  const TempDir home;
  Segment segment = sample_segment();
  for (int i = 0; i < 3000; ++i) segment.minutes.push_back(sample_minute(i, static_cast<float>(i)));
  segment.marks = {{Seconds(30), 1, 10, "epoch", Joules(1900)}};
  segment.metrics = sample_metrics();
  segment.ends = sample_ends();
  const WallTime told(std::chrono::hours(490000));
  segment.grid = {{told, "DK1", "DK1", "Energi Data Service", "average, direct", 2025, Seconds(300), {{told, CarbonIntensity(101.5), CarbonIntensity(90), CarbonIntensity(120), false}}, ""}};
  segment.grid_ahead = {told, "DK1", "DK1", "Energi Data Service", "average, direct", 2025, Seconds(3600), {{told, CarbonIntensity(70), CarbonIntensity(60), CarbonIntensity(80), true}}, ""};
  segment.totals.regions = {{"epoch 1", "", Seconds(1), Seconds(29), segment.totals.channels[0].measured, false, false}};
  const auto journal = read_journal(keep_run(home.path(), sample_run(), segment));
  const auto run = open_store(home.path())->load("last");
  ASSERT_TRUE(run);
  const Segment& kept = run->segments.at(0);
  EXPECT_EQ(kept.minutes.size(), 3000u);
  EXPECT_EQ(kept.minutes[2999].joules, (std::vector<float>{2999, 20}));
  EXPECT_EQ(kept.minutes[2999].covered_s, (std::vector<float>{60, 59.5}));
  EXPECT_EQ(kept.marks.at(0).joules, Joules(1900));
  ASSERT_EQ(kept.metrics.size(), 3u);
  EXPECT_EQ(kept.metrics.at(2).value, -0.25);
  ASSERT_EQ(kept.ends.size(), 2u);
  EXPECT_EQ(kept.ends.at(1).joules_high, Joules(9000));
  EXPECT_EQ(kept.grid.at(0).provider, "Energi Data Service");
  EXPECT_EQ(kept.grid.at(0).readings.at(0).g_per_kwh, CarbonIntensity(101.5));
  EXPECT_EQ(kept.grid_ahead.readings.at(0).g_per_kwh, CarbonIntensity(70));
  EXPECT_EQ(kept.totals.regions.at(0).name, "epoch 1");
  EXPECT_EQ(kept.totals.channels.at(1).measured.joules, Joules(3000));
  EXPECT_EQ(kept.totals.channels.at(1).measured.missing, std::nullopt);
  EXPECT_EQ(kept.totals.gaps.at(0).remedy, "restart it");
  EXPECT_EQ(kept.place, "DK");
  EXPECT_EQ(kept.pue, 1.2);
  EXPECT_EQ(kept.ended, journal->run.segments[0].ended);
  EXPECT_EQ(run->tags, sample_run().tags);
  EXPECT_EQ(run->command, sample_run().command);
}

// Two nodes of 65 s and a second attempt on one of them: 3 x 4000 J; the longest node takes 65 + 65 s.
TEST(Store, SegmentsOfOneRunAreSummed) {
  const TempDir home;
  keep_run(home.path(), sample_run(), sample_segment("n1", 0), 9);
  keep_run(home.path(), sample_run(), later(sample_segment("n1", 1), 100), 0);
  keep_run(home.path(), sample_run(), sample_segment("n2", 0), 0);
  const auto store = open_store(home.path());
  const auto runs = store->list({});
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_EQ((*runs)[0].joules, Joules(12000));
  EXPECT_EQ((*runs)[0].duration, Seconds(130));
  EXPECT_EQ((*runs)[0].exit_code, 0);   // the first attempt was made up for
  EXPECT_EQ((*runs)[0].started, kStart);
  EXPECT_EQ(store->load("last")->segments.size(), 3u);
}

TEST(Store, ARunningRunIsReadAgainAndBecomesFinishedOrInterrupted) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  EXPECT_EQ(open_store(home.path())->load("last")->state, RunState::running);
  segment.totals.total.joules = Joules(5000);
  ASSERT_TRUE(writer->flush(segment));
  EXPECT_EQ(open_store(home.path())->list({})->at(0).joules, Joules(5000));
  EXPECT_EQ(open_store(home.path())->remove("last").error().code, Errc::unavailable);
  writer.reset();
  EXPECT_EQ(open_store(home.path())->load("last")->state, RunState::interrupted);
  EXPECT_EQ(open_store(home.path())->load("last")->exit_code, std::nullopt);
  EXPECT_TRUE(open_store(home.path())->remove("last"));
}

TEST(Store, ANewNameOutlivesTheIndex) {
  const TempDir home;
  keep_three(home.path());
  const std::string hostile = "a\nb\"'\x1b[31m \xff";
  EXPECT_TRUE(open_store(home.path())->rename("resnet", hostile));
  EXPECT_EQ(open_store(home.path())->load(hostile)->id, "20251126-090000-cccc");
  std::filesystem::remove(home.path("index.sqlite"));
  EXPECT_EQ(open_store(home.path())->load("last")->name, hostile);
  EXPECT_FALSE(open_store(home.path())->rename("nothing", "x"));
}

TEST(Store, ARunRemovedOrPrunedIsGoneWithItsJournals) {
  const TempDir home;
  keep_three(home.path());
  EXPECT_TRUE(open_store(home.path())->rename("20251126", "new name"));
  EXPECT_TRUE(open_store(home.path())->remove("new name"));
  EXPECT_EQ(list_directory(home.path("journals"))->size(), 2u);
  EXPECT_EQ(open_store(home.path())->list({})->size(), 2u);
  const auto pruned = open_store(home.path())->prune(kStart + std::chrono::seconds(30));
  ASSERT_TRUE(pruned);
  EXPECT_EQ(*pruned, 1u);
  EXPECT_EQ(ids(*open_store(home.path())->list({})), (std::vector<std::string>{"20251125-100100-bbbb"}));
}

TEST(Store, ADamagedIndexIsBuiltAgainAndSaidSo) {
  const TempDir home;
  keep_three(home.path());
  open_store(home.path());
  const std::string index = home.path("index.sqlite");
  const std::string whole = *read_file(index);
  home.write("index.sqlite", "this is no database at all, but it is long enough to look at");
  auto store = open_store(home.path());
  EXPECT_EQ(store->list({})->size(), 3u);
  ASSERT_EQ(store->notes().size(), 1u);
  EXPECT_NE(store->notes()[0].what.find("built again"), std::string::npos);
  // Damage in every page but the first, met only while reading.
  std::string holes = whole;
  for (std::size_t at = 4096; at < holes.size(); at += 64) holes.replace(at, 16, 16, '\xaa');
  home.write("index.sqlite", holes);
  store = open_store(home.path());
  EXPECT_EQ(store->load("20251125-100000-aaaa")->segments.at(0).totals.total.joules, Joules(4000));
}

TEST(Store, ADamagedJournalIsNamedAndTheRestKept) {
  const TempDir home;
  keep_three(home.path());
  home.write("journals/x.n.0.journal", "garbage");
  home.write("journals/notes.txt", "not ours");
  for (int open = 0; open < 2; ++open) {
    const auto store = open_store(home.path());
    EXPECT_EQ(store->list({})->size(), 3u);
    ASSERT_EQ(store->notes().size(), 1u);
    EXPECT_NE(store->notes()[0].what.find("x.n.0.journal"), std::string::npos);
  }
}

TEST(Store, AReadOnlyHomeIsReadInMemory) {
  const TempDir home;
  keep_three(home.path());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home.path())) ::chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  ::chmod(home.path().c_str(), 0555);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
    const auto store = Store::open(home.path());
    if (!store) ::_exit(1);
    const auto runs = (*store)->list({});
    if (!runs || runs->size() != 3) ::_exit(2);
    if ((*store)->notes().size() != 1 || (*store)->notes()[0].hint.empty()) ::_exit(3);
    if ((*store)->remove("last")) ::_exit(4);
    if ((*store)->rename("last", "x")) ::_exit(5);
    ::_exit(std::filesystem::exists(home.path("index.sqlite")) ? 6 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Store, AHomeThatDoesNotExistHasNoRunsAndIsNotMade) {
  const TempDir home;
  const auto store = open_store(home.path("none"));
  EXPECT_TRUE(store->list({})->empty());
  EXPECT_EQ(store->load("last").error().code, Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(home.path("none")));
  EXPECT_EQ(open_store("")->notes().size(), 1u);
}

TEST(Store, TwoRunsAndTwoReadersAtOnceLoseNothing) {
  const TempDir home;
  for (int process = 0; process < 4; ++process) {
    if (::fork() != 0) continue;
    for (int i = 0; i < 10; ++i) {
      const std::string id = "run-" + std::to_string(process) + "-" + std::to_string(i);
      auto writer = JournalWriter::create(home.path(), sample_run(id), sample_segment());
      if (!writer || !(*writer)->finish(sample_segment(), RunState::finished, 0)) ::_exit(1);
      const auto store = Store::open(home.path());
      if (!store || !(*store)->load(id)) ::_exit(2);
    }
    ::_exit(0);
  }
  for (int process = 0; process < 4; ++process) {
    int status = 0;
    ASSERT_GT(::wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(open_store(home.path())->list({})->size(), 40u);
}

TEST(Schema, AnOldFileIsBroughtToTheNewSchemaWithItsRuns) {
  const TempDir home;
  keep_three(home.path());
  open_store(home.path());
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  ASSERT_EQ(steps.back().to, 1);
  steps.push_back({2, "ALTER TABLE runs ADD COLUMN cost REAL DEFAULT 1.5", "3.1.0"});
  auto database = Database::open(home.path("index.sqlite"));
  ASSERT_TRUE(database);
  ASSERT_TRUE(migrate(*database, steps));
  ASSERT_TRUE(migrate(*database, steps));
  Statement row = database->prepare("SELECT cost, joules FROM runs WHERE name = 'resnet'");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.real(0), 1.5);
  EXPECT_EQ(row.real(1), 4000);
}

TEST(Schema, AFileOfALaterSchemaIsRefusedNamingTheVersionItNeeds) {
  const TempDir home;
  keep_three(home.path());
  open_store(home.path());
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({2, "CREATE TABLE later(x)", "3.7.0"});
  {
    auto database = Database::open(home.path("index.sqlite"));
    ASSERT_TRUE(database && migrate(*database, steps));
  }
  const auto store = Store::open(home.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::unsupported);
  EXPECT_NE(store.error().what.find("3.7.0"), std::string::npos);
  EXPECT_NE(store.error().hint.find("3.7.0"), std::string::npos);
}

TEST(Schema, AMigrationThatFailsLeavesTheFileAsItWas) {
  const TempDir home;
  keep_three(home.path());
  open_store(home.path());
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({2, "CREATE TABLE later(x); CREATE TABLE later(x)", "3.7.0"});
  {
    auto database = Database::open(home.path("index.sqlite"));
    EXPECT_FALSE(migrate(*database, steps));
  }
  EXPECT_EQ(open_store(home.path())->list({})->size(), 3u);
}

TEST(Schema, AnIndexWhoseVersionIsLostIsBuiltAgain) {
  for (const char* version : {"0", "-1"}) {
    const TempDir home;
    keep_three(home.path());
    open_store(home.path());
    {
      auto database = Database::open(home.path("index.sqlite"));
      ASSERT_TRUE(database && database->execute(std::string("PRAGMA user_version=") + version));
    }
    auto store = open_store(home.path());
    EXPECT_EQ(store->list({})->size(), 3u);
    ASSERT_EQ(store->notes().size(), 1u);
    EXPECT_NE(store->notes()[0].what.find("built again"), std::string::npos) << store->notes()[0].what;
    EXPECT_TRUE(open_store(home.path())->notes().empty());
  }
}

// The worst of the last attempts: running before interrupted before the first failure.
TEST(Outcome, IsThatOfTheLastAttemptOnEachNode) {
  const Outcome ok{RunState::finished, 0}, failed{RunState::finished, 3}, cut{RunState::interrupted, {}}, runs{RunState::running, {}};
  EXPECT_EQ(outcome_of({ok, failed}).exit_code, 3);
  EXPECT_EQ(outcome_of({ok, ok}).exit_code, 0);
  EXPECT_EQ(outcome_of({ok, cut, failed}).state, RunState::interrupted);
  EXPECT_EQ(outcome_of({ok, cut, failed}).exit_code, std::nullopt);
  EXPECT_EQ(outcome_of({cut, runs}).state, RunState::running);
}

}  // namespace
}  // namespace carbontracker
