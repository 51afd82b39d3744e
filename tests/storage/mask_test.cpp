#include <gtest/gtest.h>

#include "storage/run_record.h"

namespace carbontracker {
namespace {

using Words = std::vector<std::string>;

TEST(Mask, ValuesOfKeyLikeOptionsGo) {
  EXPECT_EQ(mask_secrets({"t.py", "--api-key", "abc", "--lr", "0.1"}), (Words{"t.py", "--api-key", "***", "--lr", "0.1"}));
  EXPECT_EQ(mask_secrets({"--api-key=abc", "--token", "t", "--password", "-weird"}), (Words{"--api-key=***", "--token", "***", "--password", "***"}));
  EXPECT_EQ(mask_secrets({"--hf_token=x", "--wandb.api_key", "y", "--db-password=a&b c"}), (Words{"--hf_token=***", "--wandb.api_key", "***", "--db-password=***"}));
  EXPECT_EQ(mask_secrets({"--secret", "s", "--clientSecret=q", "logger.wandb.api_key=z"}), (Words{"--secret", "***", "--clientSecret=***", "logger.wandb.api_key=***"}));
}

TEST(Mask, AssignmentsHeadersUrlsAndJsonGo) {
  EXPECT_EQ(mask_secrets({"env", "WANDB_API_KEY=abc", "HF_TOKEN=x", "AWS_SECRET_ACCESS_KEY=a/b+c=", "LR=1"}),
            (Words{"env", "WANDB_API_KEY=***", "HF_TOKEN=***", "AWS_SECRET_ACCESS_KEY=***", "LR=1"}));
  EXPECT_EQ(mask_secrets({"-H", "Authorization: Bearer abc"}), (Words{"-H", "Authorization: ***"}));
  EXPECT_EQ(mask_secrets({"https://u:pw@host/x?token=abc&n=2"}), (Words{"https://u:***@host/x?token=***&n=2"}));
  EXPECT_EQ(mask_secrets({R"({"api_key": "abc", "lr": 1})"}), (Words{R"({"api_key": "***", "lr": 1})"}));
  EXPECT_EQ(mask_secrets({"bash", "-c", "WANDB_API_KEY=abc python t.py --password hunter2 --lr 1"}),
            (Words{"bash", "-c", "WANDB_API_KEY=*** python t.py --password *** --lr 1"}));
}

TEST(Mask, TokensOfKnownFormGoWhereverTheyStand) {
  const std::string body(36, 'a');
  EXPECT_EQ(mask_secrets({"hf_" + body, "--x=sk-" + body, "https://ghp_" + body + "@github.com/a", "AKIAIOSFODNN7EXAMPLE"}),
            (Words{"hf_***", "--x=sk-***", "https://ghp_***@github.com/a", "AKIA***"}));
}

TEST(Mask, EverythingElseStays) {
  const Words kept = {"python", "train.py", "--max-tokens", "512", "--tokenizer", "bert", "--pad-token", "[PAD]", "--sort-key", "loss", "--author=me",
                      "--keyboard", "sk-learn", "hf_hub", "--token-count=5", "--passes", "3", "monkey=1", "http://host:8080/path", "", "-p", "8080",
                      "a=b", "x:y", "C:\\data", "--monkey", "12:30:00"};
  EXPECT_EQ(mask_secrets(kept), kept);
  EXPECT_EQ(mask_secrets({}), Words{});
  EXPECT_EQ(mask_secrets({"--token"}), Words{"--token"});
  EXPECT_EQ(mask_secrets({"--token", "--lr", "1"}), (Words{"--token", "--lr", "1"}));
}

}  // namespace
}  // namespace carbontracker
