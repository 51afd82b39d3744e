// The values of one metric in what trainings print, and what only looks like one.

#include "progress/metric_reader.h"

#include <gtest/gtest.h>

#include <cmath>

#include "progress/marks_of.h"

namespace carbontracker {
namespace {

std::optional<double> value_in(const std::string& metric, const std::string& line) {
  const auto reader = MetricReader::make(metric);
  if (!reader) return std::nullopt;
  const auto seen = reader->read(line);
  return seen ? std::optional(seen->value) : std::nullopt;
}

TEST(MetricReader, ReadsWhatFrameworksPrint) {
  const struct { const char *metric, *line; double value; } cases[] = {
      {"val_loss", "val_loss=0.31", 0.31},
      {"val_loss", "val_loss: 0.31", 0.31},
      {"val_loss", "Epoch 3/10 - loss: 0.52 - val_loss: 3.1e-02", 0.031},
      {"val_loss", "{\"epoch\": 3, \"loss\": 0.5, \"val_loss\": 0.31}", 0.31},
      {"eval_loss", "{'eval_loss': 0.6931, 'eval_runtime': 0.02, 'epoch': 1.0}", 0.6931},
      {"eval_loss", "{'eval_loss': '0.6931', 'epoch': '1'}", 0.6931},
      {"eval_loss", "{'eval_loss': np.float64(0.25), 'epoch': 1.0}", 0.25},
      {"val_loss", "10/10 - 1s - 120ms/step - accuracy: 0.81 - loss: 0.50 - val_accuracy: 0.79 - val_loss: 0.55", 0.55},
      {"accuracy", "10/10 - 1s - 120ms/step - accuracy: 0.81 - loss: 0.50 - val_accuracy: 0.79 - val_loss: 0.55", 0.81},
      {"val loss", "step 500: train loss 2.1034, val loss 1.9871", 1.9871},
      {"loss", "step 500: train loss 2.1034, val loss 1.9871", 2.1034},
      {"Validation loss", "validation loss -0.5.", -0.5},
      {"val_loss", "val_loss=tensor(0.3100, device='cuda:0')", 0.31},
      {"val/f1", "val/f1: 88.1%", 88.1},
      {"acc@1", " * Acc@1 71.300 Acc@5 90.1", 71.3},
  };
  for (const auto& c : cases) {
    const auto got = value_in(c.metric, c.line);
    ASSERT_TRUE(got) << c.metric << " in " << c.line;
    EXPECT_DOUBLE_EQ(*got, c.value) << c.line;
  }
}

TEST(MetricReader, WhatIsUnsureIsNothing) {
  const struct { const char *metric, *line; } cases[] = {
      {"loss", "val_loss: 0.31"},                          // another metric
      {"loss", "val loss 1.98"},
      {"val_loss", "train/val_loss: 0.31"},
      {"val_loss", "val_loss_2: 0.31"},
      {"val_loss", "best val_loss: 0.30"},                 // another moment
      {"val_loss", "Epoch 3: val_loss improved from 0.41 to 0.31, saving model"},
      {"val_loss", "val_loss: 0.41 --> 0.31"},
      {"val_loss", "val_loss did not improve from 0.30"},
      {"loss", "Epoch: [0][10/5005]\tLoss 6.95 (6.98)"},   // and its mean: which?
      {"correct", "correct: 45/100"},                      // a count
      {"val_loss", "val_loss: 0.31 then val_loss: 0.29"},  // two
      {"val_loss", "val_loss: none"},
      {"val_loss", "val_loss"},
      {"val_loss", "val_loss:"},
      {"val_loss", "val_loss: 0.31ms"},
  };
  for (const auto& c : cases) EXPECT_FALSE(value_in(c.metric, c.line)) << c.metric << " in " << c.line;
}

TEST(MetricReader, NoNumberOfTheTrainingsOwnIsOne) {
  for (const char* line : {"val_loss: nan", "val_loss=NaN", "{\"val_loss\": NaN}", "val_loss: inf", "val_loss: -inf", "val_loss: Infinity"}) {
    const auto got = value_in("val_loss", line);
    ASSERT_TRUE(got) << line;
    EXPECT_TRUE(std::isnan(*got)) << line;
  }
}

TEST(MetricReader, ARegularExpressionHasItsValueInTheFirstGroup) {
  EXPECT_EQ(value_in("dev perplexity is ([0-9.]+)", "epoch 3: dev perplexity is 21.5 now"), 21.5);
  EXPECT_EQ(value_in("score\\[(?<value>[-0-9.]+)\\]", "score[-3.25]"), -3.25);
  EXPECT_FALSE(value_in("dev (.*)", "dev words"));
  EXPECT_EQ(MetricReader::make("val.*loss [0-9]+").error().code, Errc::invalid_input);  // no group
  EXPECT_EQ(MetricReader::make("").error().code, Errc::invalid_input);
}

TEST(MetricReader, TheWayIsThatOfTheNameWhereTheFieldAgrees) {
  for (const char* name : {"loss", "val_loss", "eval_loss", "val/error", "Validation Perplexity", "mean_squared_error", "val_wer", "dev (ppl) ([0-9.]+)"})
    EXPECT_EQ(larger_is_better(name), false) << name;
  for (const char* name : {"accuracy", "val_categorical_accuracy", "eval_f1", "f1", "macro-F1", "roc_auc", "BLEU", "val_acc", "mAP50", "sacrebleu/bleu"})
    EXPECT_EQ(larger_is_better(name), true) << name;
  for (const char* name : {"score", "metric", "neg_mean_squared_error", "loss_accuracy", "lossless", "", "elbo"}) EXPECT_FALSE(larger_is_better(name)) << name;
}

TEST(MetricReader, ALinesMetricComesBehindItsProgress) {
  LineParser parser(at(0), std::nullopt, *MetricReader::make("val_loss"));
  const auto marks = parser.feed(0, "Epoch 1/3 loss: 0.9 val_loss: 0.8\n", at(1));
  ASSERT_GE(marks.size(), 2u);
  EXPECT_EQ(words(marks[marks.size() - 2]), "epoch_end 1/3 epoch");
  EXPECT_EQ(marks.back().kind, MarkKind::metric);
  EXPECT_EQ(marks.back().name, "val_loss");
  EXPECT_EQ(marks.back().value, 0.8);
  EXPECT_EQ(marks.back().source, MetricSource::line);
  const auto bar = parser.feed(1, "Epoch 2:  45%|####5     | 45/100 [00:01<00:02, 30.00it/s, v_num=0, val_loss=0.800]\r", at(2));
  ASSERT_FALSE(bar.empty());
  EXPECT_EQ(bar.back().source, MetricSource::bar);
}

}  // namespace
}  // namespace carbontracker
