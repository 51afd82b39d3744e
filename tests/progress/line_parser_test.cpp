#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "progress/marks_of.h"

namespace carbontracker {
namespace {

TEST(LineParser, PlainEpochsWithALossAreEnds) {
  EXPECT_EQ(marks_of({{12, "Epoch [1/3], Loss: 0.9"}, {22, "Epoch [2/3], Loss: 0.7"}, {32, "Epoch [3/3], Loss: 0.5"}}),
            (Words{"plan 0/3 epoch", "epoch_end 1/3 epoch", "epoch_end 2/3 epoch", "epoch_end 3/3 epoch"}));
}

TEST(LineParser, PlainEpochsWithoutALossAreBeginnings) {
  EXPECT_EQ(marks_of({{1, "epoch 1/100"}, {11, "epoch 2/100"}}),
            (Words{"plan 0/100 epoch", "epoch_begin 0/100 epoch", "epoch_end 1/100 epoch", "epoch_begin 1/100 epoch"}));
}

TEST(LineParser, ALossLineThatComesTooSoonWasABeginningAndIsCorrected) {
  // 1 s after the start, then 20 s apart: no epoch of 20 s had ended after 1 s.
  EXPECT_EQ(marks_of({{1, "Epoch 1/5 last loss=0.1"}, {21, "Epoch 2/5 last loss=0.1"}, {41, "Epoch 3/5 last loss=0.1"}}),
            (Words{"plan 0/5 epoch", "epoch_end 1/5 epoch", "epoch_end 1/5 epoch !", "epoch_begin 1/5 epoch", "epoch_end 2/5 epoch", "epoch_begin 2/5 epoch"}));
}

TEST(LineParser, CountingFromZeroIsNoticed) {
  EXPECT_EQ(marks_of({{10, "Epoch 0: train_loss=0.5"}, {20, "Epoch 1: train_loss=0.4"}}), (Words{"epoch_end 1/0 epoch", "epoch_end 2/0 epoch"}));
  // "Epoch 0/2 .. 2/2" are three epochs: known for sure only when the number 2 comes.
  EXPECT_EQ(marks_of({{10, "Epoch 0/2 loss 1"}, {20, "Epoch 1/2 loss 1"}, {30, "Epoch 2/2 loss 1"}}),
            (Words{"plan 0/2 epoch", "epoch_end 1/2 epoch", "epoch_end 2/2 epoch", "plan 2/3 epoch", "epoch_end 3/3 epoch"}));
}

TEST(LineParser, StepsWithinAnEpochAreFractionsOfIt) {
  EXPECT_EQ(marks_of({{5, "Epoch [1/5], Step [100/400], Loss: 0.3"}, {9, "Epoch [1/5], Step [400/400], Loss: 0.3"}, {14, "Epoch [2/5], Step [100/400], Loss: 0.2"}}),
            (Words{"plan 0/5 epoch", "epoch_begin 0/5 epoch", "step 0.25/5 epoch", "epoch_end 1/5 epoch", "epoch_begin 1/5 epoch", "step 1.25/5 epoch"}));
}

TEST(LineParser, WhatIsNoTrainingProgressIsIgnored) {
  for (const char* line :
       {"3/10 tests passed", "12/31/2025", "2025/12/31 10:00:00", "loading shard 2/8", "Downloading 45/100", "Step 3/5 : RUN pip install torch", "Loaded checkpoint (epoch 5/10)",
        "Resuming from epoch 5/10", "Best accuracy at epoch 3/10", "Epoch 00003: val_loss improved from 0.35 to 0.33, saving model to best.h5", "Epoch 12: early stopping",
        "Loading checkpoint shards: 100%|##########| 3/3 [00:12<00:00,  4.1s/it]", "Map: 30%|###       | 300/1000 [00:03<00:07, 100.00 examples/s]",
        "model.safetensors: 45%|####5     | 450M/1.00G [00:10<00:12, 45.0MB/s]", "Validation DataLoader 0: 100%|##| 50/50 [00:10<00:00,  5.0it/s]",
        "Epoch(val) [83][50/90]  time: 0.5", "epoch 001 | valid on 'valid' subset | valid_loss 8.11", "step into the light", "epoch", "Epoch /", "{'epoch': }", "1/0"}) {
    EXPECT_EQ(marks_of_line(line), Words{}) << line;
  }
}

TEST(LineParser, AQuickBarIsNotBelievedAndALongOneIs) {
  EXPECT_EQ(marks_of({{1, "  0%|          | 0/500 [00:00<?, ?it/s]"}, {2, "100%|##########| 500/500 [00:01<00:00, 499.0it/s]"}}), Words{});
  EXPECT_EQ(marks_of({{1, "  0%|          | 0/500 [00:00<?, ?it/s]"}, {6, "  1%|1         | 5/500 [00:05<08:15,  1.00s/it]"}}), (Words{"plan 0/500 step", "step 5/500 step"}));
}

TEST(LineParser, ABarWithALossIsTheTraining) {
  EXPECT_EQ(marks_of_line("  3%|3         | 3/100 [00:01<00:35,  2.7it/s, loss=0.31]"), (Words{"plan 0/100 step", "step 3/100 step"}));
}

TEST(LineParser, NestedBarsCountTheOuterOne) {
  EXPECT_EQ(marks_of({{1, "  0%|  | 0/4 [00:00<?, ?it/s]"}, {1.1, "  0%|  | 0/50 [00:00<?, ?it/s]"}, {6, " 50%|# | 25/50 [00:05<00:05, 5it/s]"}, {12, " 25%|  | 1/4 [00:11<00:33, 11s/it]"}, {18, " 50%|# | 25/50 [00:05<00:05, 5it/s]"}}),
            (Words{"plan 0/4 step", "step 0.5/4 step", "step 1/4 step", "step 1.5/4 step"}));
}

TEST(LineParser, ABarThatComesAgainHasNoKnownEnd) {
  const auto marks = marks_of({{4, " 60%|### | 30/50 [00:03<00:02, 10it/s, loss=1]"}, {6, "100%|##| 50/50 [00:05<00:00, 10it/s, loss=1]"}, {6.1, "  0%| | 0/50 [00:00<?, ?it/s]"}});
  EXPECT_EQ(marks, (Words{"plan 0/50 step", "step 30/50 step", "step 50/50 step", "plan 50/0 step !", "epoch_end 1/0 epoch"}));
}

TEST(LineParser, GoingBackwardsIsAnotherPhase) {
  EXPECT_EQ(marks_of({{1, "step 90/100"}, {2, "step 100/100"}, {3, "step 5/40"}}),
            (Words{"plan 0/100 step", "step 90/100 step", "step 100/100 step", "plan 100/40 step", "step 5/40 step !"}));
}

TEST(LineParser, AnyChunksAndEscapesGiveTheSameMarks) {
  const std::string bytes = "\x1b[1mEpoch 1/2\x1b[0m\r\n\x1b[1m 5/10\x1b[0m \x1b[32m━━━━\x1b[0m \xff\xfe loss: 0.5\r\x1b[K10/10 [====] - 1s - loss: 0.4\nEpoch 2/2\n";
  const Words expected{"plan 0/2 epoch", "epoch_begin 0/2 epoch", "step 0.5/2 epoch", "epoch_end 1/2 epoch", "epoch_begin 1/2 epoch"};
  for (const std::size_t size : {1u, 2u, 3u, 7u, 1000u}) {
    LineParser parser(at(0));
    Words out;
    for (std::size_t from = 0; from < bytes.size(); from += size) {
      for (const Mark& mark : parser.feed(0, std::string_view(bytes).substr(from, size), at(1))) out.push_back(words(mark));
    }
    EXPECT_EQ(out, expected) << size;
  }
}

TEST(LineParser, ABarIsReadBeforeItsNextRedraw) {
  LineParser parser(at(0));
  EXPECT_EQ(parser.feed(0, "\r 10%|# | 1/10 [01:00<09:00, 60.0s/it]", at(60)).size(), 2u);
}

TEST(LineParser, WhatWasLeftOutJoinsNoLines) {
  LineParser parser(at(0));
  EXPECT_TRUE(parser.feed(0, "Epoch 1\x18/200 loss: 1\n", at(1)).empty());
  EXPECT_EQ(parser.feed(0, "Epoch 1/200 loss: 1\n", at(2)).size(), 2u);
}

TEST(LineParser, AHoleOfZeroesInAFileHidesNoLine) {
  LineParser parser(at(0));
  EXPECT_EQ(parser.feed(0, std::string(10'000, '\0') + "Epoch 1/2 loss: 1\n", at(2)).size(), 2u);
}

TEST(LineParser, GiantLinesCostNothingAndHideNothing) {
  LineParser parser(at(0));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(parser.feed(0, std::string(100'000, 'x'), at(1)).empty());
  EXPECT_EQ(parser.feed(0, "\nEpoch 1/2 loss: 1\n", at(2)).size(), 2u);
}

TEST(LineParser, TheTwoStreamsDoNotCutEachOthersLines) {
  LineParser parser(at(0));
  EXPECT_TRUE(parser.feed(0, "Epoch 1/", at(1)).empty());
  EXPECT_TRUE(parser.feed(1, "warning: 7\n", at(1)).empty());
  EXPECT_EQ(parser.feed(0, "2 loss: 1\n", at(1)).size(), 2u);
}

TEST(UserPattern, GroupsByNameAndByOrder) {
  const auto named = UserPattern::compile(R"(of (?P<of>\d+), did (?<done>\d+))");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->match("of 50, did 7")->n, 7);
  EXPECT_EQ(named->match("of 50, did 7")->of, 50);
  const auto ordered = UserPattern::compile(R"(tour ([0-9.]+) sur (\d+))");
  ASSERT_TRUE(ordered);
  EXPECT_EQ(ordered->match("tour 3.5 sur 10")->n, 3.5);
  EXPECT_EQ(ordered->match("tour 3.5 sur 10")->of, 10);
  EXPECT_FALSE(ordered->match("tour sur 10"));
}

TEST(UserPattern, ABadPatternIsAnErrorWithARemedy) {
  for (const char* pattern : {"no group", "(", "(?=x)", "([0-9]+"}) {
    const auto compiled = UserPattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, Errc::invalid_input);
    EXPECT_FALSE(compiled.error().hint.empty());
  }
}

TEST(UserPattern, WhatTheLibraryWouldTakeSecondsALineForIsRefused) {
  for (const char* pattern : {"(a{1,200}){1,200}c([0-9]+)", R"((.*)\1c([0-9]+))", "((((a{1,255}){1,255}){1,255}){1,20})c", "(a{1001})"}) {
    const auto compiled = UserPattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, Errc::invalid_input);
    EXPECT_NE(compiled.error().what.find(pattern), std::string::npos);
  }
  for (const char* pattern : {"(a{1,20}){1,20}c", "[{}]{3}([0-9]{1,6})/([0-9]{1,6})", R"(step \{([0-9]+)\})", "[]{](1)", "([0-9]{2,})"}) EXPECT_TRUE(UserPattern::compile(pattern)) << pattern;
}

TEST(UserPattern, AfterALineThatTookLongItRests) {
  const auto pattern = UserPattern::compile("(.*)(.*)(.*)(.*)(.*)(.*)c([0-9])");  // milliseconds a line
  ASSERT_TRUE(pattern);
  const std::string line(1000, 'a');
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20'000; ++i) (void)pattern->match(line);  // a minute or so, without rests
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST(UserPattern, APatternThatBacktracksForeverElsewhereEnds) {
  const auto pattern = UserPattern::compile("(a+)+b");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->match(std::string(1000, 'a')));
}

// samples/*.txt: lines of "SECONDS|what was printed", then "----", then the marks.
TEST(LineParser, RealLinesOfEachFrameworkGiveTheirMarks) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CT_SOURCE_DIR "/tests/progress/samples")) {
    std::ifstream file(entry.path());
    std::vector<std::pair<double, std::string>> lines;
    Words expected;
    bool in_marks = false;
    for (std::string line; std::getline(file, line);) {
      if (line == "----") in_marks = true;
      else if (in_marks) expected.push_back(line);
      else if (!line.starts_with("#")) lines.emplace_back(std::stod(line), line.substr(line.find('|') + 1));
    }
    EXPECT_EQ(marks_of(lines), expected) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 12);
}

}  // namespace
}  // namespace carbontracker
