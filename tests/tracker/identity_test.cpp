#include "tracker/identity.h"

#include <gtest/gtest.h>

#include "fakes/fake_host.h"

namespace carbontracker {
namespace {

std::string sweep_in(std::map<std::string, std::string> variables) { return sweep_name(fake_host("", std::move(variables))); }

TEST(Identity, TheSurroundingsTellTheSweep) {
  EXPECT_EQ(sweep_in({}), "");
  EXPECT_EQ(sweep_in({{"SLURM_JOB_ID", "7"}}), "");  // a job that is no array
  EXPECT_EQ(sweep_in({{"SLURM_JOB_ID", "4245"}, {"SLURM_ARRAY_JOB_ID", "4242"}, {"SLURM_ARRAY_TASK_ID", "3"}}), "slurm-4242");
  EXPECT_EQ(sweep_in({{"WANDB_SWEEP_ID", "x1y2z3"}}), "wandb-x1y2z3");
  EXPECT_EQ(sweep_in({{"WANDB_SWEEP_ID", "team/project/x1y2z3"}}), "wandb-x1y2z3");
  EXPECT_EQ(sweep_in({{"WANDB_SWEEP_ID", "x1y2z3"}, {"SLURM_ARRAY_JOB_ID", "4242"}}), "wandb-x1y2z3");  // agents in an array: one sweep
  EXPECT_EQ(sweep_in({{"JOB_ID", "9"}, {"SGE_TASK_ID", "undefined"}}), "");
  EXPECT_EQ(sweep_in({{"JOB_ID", "9"}, {"SGE_TASK_ID", "4"}}), "sge-9");
  EXPECT_EQ(sweep_in({{"LSB_JOBID", "9"}, {"LSB_JOBINDEX", "0"}}), "");
  EXPECT_EQ(sweep_in({{"LSB_JOBID", "9"}, {"LSB_JOBINDEX", "2"}}), "lsf-9");
  EXPECT_EQ(sweep_in({{"PBS_ARRAY_ID", "12[].server"}}), "pbs-12[].server");
  EXPECT_EQ(sweep_in({{"CARBONTRACKER_SWEEP", " optuna-resnet "}, {"SLURM_ARRAY_JOB_ID", "4242"}}), "optuna-resnet");
  EXPECT_EQ(sweep_in({{"SLURM_ARRAY_JOB_ID", " "}}), "");
}

}  // namespace
}  // namespace carbontracker
