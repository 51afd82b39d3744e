// What may be something else, or may stand at an epoch's beginning or end: decided from the sequence, or left alone.

#include <gtest/gtest.h>

#include "progress/marks_of.h"

namespace carbontracker {
namespace {

// A plan with an end is what a forecast is made of.
std::vector<std::string> plans_of(const std::vector<std::pair<double, std::string>>& lines) {
  std::vector<std::string> plans;
  for (const std::string& each : marks_of(lines)) {
    if (each.starts_with("plan")) plans.push_back(each);
  }
  return plans;
}

TEST(BareEpochs, FirstAsLateAsAnEpochTakesTheyAreEnds) {
  // 10 s of work before the first line, 10 s before the second: the first came after an epoch.
  EXPECT_EQ(marks_of({{10, "epoch 1/3"}, {20, "epoch 2/3"}, {30, "epoch 3/3"}}),
            (Words{"plan 0/3 epoch", "epoch_end 1/3 epoch", "epoch_end 2/3 epoch", "epoch_end 3/3 epoch"}));
}

TEST(BareEpochs, TheFirstOnesMarksHaveItsOwnTime) {
  LineParser parser(at(0));
  EXPECT_EQ(parser.feed(0, "epoch 1/3\n", at(10)).size(), 1u);  // the plan
  const auto marks = parser.feed(0, "epoch 2/3\n", at(20));
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].at, at(10));
  EXPECT_EQ(marks[1].at, at(20));
}

TEST(BareEpochs, FirstAtOnceTheyAreBeginnings) {
  EXPECT_EQ(marks_of({{0.1, "epoch 1/3"}, {10, "epoch 2/3"}}), (Words{"plan 0/3 epoch", "epoch_begin 0/3 epoch", "epoch_end 1/3 epoch", "epoch_begin 1/3 epoch"}));
}

TEST(BareEpochs, AfterASlowStartNothingIsCountedThatMayNotBeDone) {
  // 60 s before the first line, epochs of 10 s: imports, or a first epoch that compiled. The smaller count stands.
  EXPECT_EQ(marks_of({{60, "epoch 1/3"}, {70, "epoch 2/3"}}), (Words{"plan 0/3 epoch", "epoch_begin 0/3 epoch", "epoch_end 1/3 epoch", "epoch_begin 1/3 epoch"}));
}

TEST(BareEpochs, ABarThatWasThereBeforeTheLineAndComesAgainTells) {
  // The bar of 50 ran before "epoch 1/3" and runs again after it: the line ended the first epoch. Half of 50 is 0.5.
  EXPECT_EQ(marks_of({{1, "train:   0%|  | 0/50 [00:00<?, ?it/s]"}, {11, "train: 100%|##| 50/50 [00:10<00:00, 5it/s]"}, {11, "epoch 1/3"}, {16, "train:  50%|# | 25/50 [00:05<00:05, 5it/s]"}}),
            (Words{"plan 0/50 step", "step 50/50 step", "plan 0/3 epoch", "epoch_end 1/3 epoch", "step 1.5/3 epoch"}));
  EXPECT_EQ(marks_of({{10, "epoch 1/3"}, {15, "train:  50%|# | 25/50 [00:05<00:05, 5it/s]"}, {20, "epoch 2/3"}}),
            (Words{"plan 0/3 epoch", "epoch_begin 0/3 epoch", "step 0.5/3 epoch", "epoch_end 1/3 epoch", "epoch_begin 1/3 epoch"}));
}

TEST(BareEpochs, ALineAloneTellsOnlyThePlan) { EXPECT_EQ(marks_of({{5, "epoch 2/2"}}), (Words{"plan 0/2 epoch"})); }

TEST(BareEpochs, ALearningRateIsKnownBeforeTheEpochAndEndsNone) {
  EXPECT_EQ(marks_of({{1, "Epoch 1/5 lr=0.1"}, {21, "Epoch 2/5 lr=0.1"}}), (Words{"plan 0/5 epoch", "epoch_begin 0/5 epoch", "epoch_end 1/5 epoch", "epoch_begin 1/5 epoch"}));
}

TEST(BareEpochs, AStepBesideTheEpochIsFromWithinIt) {
  EXPECT_EQ(marks_of({{1, "Epoch: 1, Step: 100, Loss: 0.5"}, {5, "Epoch: 1, Step: 200, Loss: 0.4"}, {11, "Epoch: 2, Step: 100, Loss: 0.4"}}),
            (Words{"epoch_begin 0/0 epoch", "epoch_end 1/0 epoch", "epoch_begin 1/0 epoch"}));
}

TEST(Unsure, OtherProgramsCountsAreNoTraining) {
  for (const char* line :
       {"Epoch: 1700000000", "epoch 1700000000 loss 0.3", "SOURCE_DATE_EPOCH=1700000000", "epoch 2024/11", "2024/11/25 10:00:00 start", "Date: 11/25", "3/4 cup of sugar", "Step 3/4 add sugar",
        "step 3/4: add sugar", "add 1/2 of batch 3/4", "10/20", "[10/20]", "[10/20] loading images", "Processing file 10/20", "Using 4/8 GPUs", "rank 3/8 ready", "worker 3/10 iteration 5",
        "[5/120] Building CXX object CMakeFiles/train.dir/loss.cpp.o", "[ 12%] Building CXX object step.cpp.o", "[120/120] Linking CXX executable epoch", "#12 [ 5/12] RUN pip install torch",
        " => [2/4] RUN apt-get update", " 1/12 Test  #1: test_epoch ..................   Passed    0.02 sec", "tests/test_epoch.py ......                        [ 12%]",
        "tests/test_step.py::test_epoch[3/10] PASSED            [ 50%]", "file.tar.gz         45%[=======>            ] 450.00M  45.0MB/s    eta 12s",
        "45 1000M   45  450M    0     0  45.0M      0  0:00:22  0:00:10  0:00:12 45.0M", "Progress: [ 45%] [###########...............]", "Get:1 http://deb.debian.org bookworm/main 3/10",
        "(Reading database ... 45%", "     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 779.1/779.1 MB 1.2 MB/s eta 0:00:00", "   ━━━━━━━━━━━━━━━━━━━━━━━━━━ 12/30 [torch]", "    Building [=======>                 ] 45/100: serde",
        "Downloading shards: 3/15", "Downloading shards:  20%|##        | 3/15 [00:30<02:00, 10.0s/it]", "Fetching 15 files:  20%|##        | 3/15 [00:30<02:00, 10.0s/it]",
        "Generating train split:  40%|####      | 4/10 [00:10<00:15, 2.50s/it]", "Map (num_proc=8):  40%|####      | 4000/10000 [00:10<00:15, 400.0 examples/s]",
        "Running tokenizer on dataset:  40%|####      | 4/10 [00:10<00:15, 1.5s/ba]", " 45%|####5     | 450/1000 [00:10<00:12, 45.0file/s]", " 45%|####5     | 450M/1.00G [00:10<00:12, 45.0MB/s]",
        "100%|##########| 170498071/170498071 [00:10<00:00, 17049807.1it/s]", "Evaluating:  40%|####      | 4/10 [00:10<00:15, 1.5s/it]", "Val:  40%|####      | 4/10 [00:10<00:15, 1.5s/it, loss=0.3]",
        "Processed prompts:  40%|####      | 4/10 [00:10<00:15, 1.5s/it, est. speed input: 3.0 toks/s]", "eval step 3/10 loss 0.3", "validation epoch 3/10 loss 0.4", "[3/10] val_loss: 0.4", "Test: [10/100] loss 0.3",
        "Fold [1/5] loss 0.3", "trial 3/100 loss 0.3", "Generation 3/10 loss 0.3", "Saved epoch 5/10 to disk", "resume at step 100/1000 loss=0.3", "Early stopping at epoch 3/10", "--epochs 10 --steps 100",
        "450,000,000  45%   45.00MB/s    0:00:12 (xfr#3, to-chk=10/20)"}) {
    EXPECT_EQ(plans_of({{5, line}, {10, line}}), Words{}) << line;
  }
}

TEST(Unsure, NestedBarsThatComeInOneChunkAreStillNested) {
  LineParser parser(at(0));
  (void)parser.feed(1, "  0%|  | 0/3 [00:00<?, ?it/s]\n\r  0%|  | 0/30 [00:00<?, ?it/s]\x1b[A", at(1));
  const auto marks = parser.feed(1, "\n\r 50%|# | 15/30 [00:03<00:03, 5it/s]\x1b[A", at(4));
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(words(marks[0]), "plan 0/3 step");
  EXPECT_EQ(words(marks[1]), "step 0.5/3 step");
  const auto outer = parser.feed(1, "\r 33%|# | 1/3 [00:06<00:12, 6.00s/it]", at(7));
  ASSERT_EQ(outer.size(), 1u);
  EXPECT_EQ(words(outer[0]), "step 1/3 step");
  EXPECT_EQ(outer[0].name, "tqdm");  // and no lone bar
}

TEST(Unsure, ProgressPastTheEndThatWasToldMeansThatThereIsNone) {
  EXPECT_EQ(marks_of({{1, "Scheduled epochs: 12."}, {5, "Epoch 12: train_loss=0.5"}, {9, "Epoch 13: train_loss=0.5"}}),
            (Words{"plan 0/12 epoch", "epoch_end 12/12 epoch", "plan 13/0 epoch !", "epoch_end 13/0 epoch"}));
}

TEST(Unsure, ANumberBelowTheFirstIsNoNegativeProgress) {
  // The first number seen was 1, then 0: they counted from 0, and it is another phase.
  EXPECT_EQ(marks_of({{5, "Epoch 1: train_loss=0.5"}, {9, "Epoch 0: train_loss=0.5"}, {13, "Epoch 1: train_loss=0.5"}}), (Words{"epoch_end 1/0 epoch", "epoch_end 2/0 epoch"}));
}

TEST(Unsure, NumbersThatAreNoCountsAreIgnored) {
  for (const char* line : {R"({"loss": 0.5, "epoch": 199999999999999999999.0})", R"({"loss": 0.5, "epoch": -3})", R"({"loss": 0.5, "step": nan, "total_steps": 10})", R"({"loss": 0.5, "step": 1e300, "total_steps": 1e308})"}) {
    EXPECT_EQ(marks_of_line(line), Words{}) << line;
  }
}

TEST(Unsure, ABarAfterALineOfOtherWorkWaitsForALoss) {
  const std::string bar = " 40%|####      | 200/500 [00:10<00:15, 20.0it/s]";
  EXPECT_EQ(plans_of({{1, "Tokenizing the corpus ..."}, {11, bar}}), Words{});
  EXPECT_EQ(plans_of({{1, "Tokenizing the corpus ... done"}, {11, bar}}), (Words{"plan 0/500 step"}));
  EXPECT_EQ(plans_of({{1, "loaded 60000 images"}, {11, bar}}), (Words{"plan 0/500 step"}));
  EXPECT_EQ(plans_of({{1, "Loading data ..."}, {11, bar}, {12, "loss: 0.5"}, {13, " 60%|######    | 300/500 [00:12<00:08, 20.0it/s]"}}), (Words{"plan 0/500 step"}));
}

// One bar alone: the whole run, one epoch of many, or work before it. What counts more than that is not called so.
TEST(Unsure, ABarAloneIsNamedAsOneThatMayBeAPart) {
  LineParser parser(at(0));
  (void)parser.feed(1, "  0%|  | 0/50 [00:00<?, ?it/s]\r", at(1.5));
  const auto lone = parser.feed(1, " 50%|# | 25/50 [00:05<00:05, 5it/s]\r", at(6.5));
  ASSERT_EQ(lone.size(), 2u);
  EXPECT_EQ(lone[0].name, kBarBegins);
  EXPECT_EQ(lone[0].at, at(1.5));  // when it stood at 0
  EXPECT_EQ(lone[1].name, kLoneBar);
  EXPECT_EQ(parser.steps(), 25);

  LineParser planned(at(0));
  (void)planned.feed(0, "  Total optimization steps = 50\n", at(1));
  const auto whole = planned.feed(1, " 50%|# | 25/50 [00:05<00:05, 5it/s]\r", at(6));
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].name, "tqdm");
}

// The record tells that the bar is the training's before the bar has run for 2 s: its steps began with it, not with the program.
TEST(Unsure, ABarThatARecordTellsOfBeganWhenItStoodAtNothing) {
  LineParser parser(at(0));
  (void)parser.feed(1, "  0%|  | 0/300 [00:00<?, ?it/s]\r", at(12));
  (void)parser.feed(1, "  7%|# | 20/300 [00:01<00:14, 20it/s]\r", at(13));
  const auto marks = parser.feed(1, "\n{'loss': '0.69', 'epoch': '0.2'}\n", at(13));
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].name, kBarBegins);
  EXPECT_EQ(marks[0].at, at(12));
  EXPECT_EQ(words(marks[1]), "step 20/300 step");
}

TEST(Unsure, ABarOfOneIsNoPlan) {
  EXPECT_EQ(plans_of({{0, "  0%|  | 0/1 [00:00<?, ?it/s]"}, {3, "100%|##| 1/1 [00:03<00:00, 3.00s/it]"}, {3, "  0%|  | 0/1 [00:00<?, ?it/s]"}, {6, "100%|##| 1/1 [00:03<00:00, 3.00s/it]"}}), Words{});
}

TEST(Unsure, StepsAreCountedOnFromEpochToEpoch) {
  LineParser lines(at(0));
  (void)lines.feed(0, "Epoch [1/5], Step [100/400], Loss: 0.3\nEpoch [1/5], Step [400/400], Loss: 0.3\nEpoch [2/5], Step [50/400], Loss: 0.3\n", at(5));
  EXPECT_EQ(lines.steps(), 450);
  LineParser plain(at(0));
  (void)plain.feed(0, "step 120/5000 loss 0.5\n", at(5));
  EXPECT_EQ(plain.steps(), 120);
  LineParser epochs(at(0));
  (void)epochs.feed(0, "epoch 3/5 loss 0.5\n", at(5));
  EXPECT_EQ(epochs.steps(), 0);
}

TEST(Unsure, AShorterBarAfterALongerOneIsValidation) {
  EXPECT_EQ(marks_of({{1, "  0%|  | 0/50 [00:00<?, ?it/s]"}, {6, " 50%|# | 25/50 [00:05<00:05, 5it/s]"}, {11, "100%|##| 50/50 [00:10<00:00, 5it/s]"}, {11, "  0%|  | 0/10 [00:00<?, ?it/s]"}, {14, " 50%|# | 5/10 [00:03<00:03, 2it/s, loss=0.4]"}}),
            (Words{"plan 0/50 step", "step 25/50 step", "step 50/50 step"}));
}

TEST(Unsure, ALongerBarAfterAShorterOneIsTheTraining) {
  // Data were prepared for 5 s; the bar after it is believed once it has run for longer, and takes the place of the first.
  const auto marks = marks_of({{3, " 50%|# | 25/50 [00:02<00:02, 10it/s]"}, {6, "100%|##| 50/50 [00:05<00:00, 10it/s]"}, {9, "  1%|  | 3/300 [00:03<05:00, 1it/s]"}, {12, "  2%|  | 6/300 [00:06<05:00, 1it/s]"}});
  EXPECT_EQ(marks, (Words{"plan 0/50 step", "step 25/50 step", "step 50/50 step", "plan 50/300 step", "step 6/300 step !"}));
}

}  // namespace
}  // namespace carbontracker
