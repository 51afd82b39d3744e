#include "hardware/job_gpus.h"

#include <gtest/gtest.h>

#include "fakes/fake_host.h"

namespace carbontracker {
namespace {

int of(std::map<std::string, std::string> environment) { return job_gpus(fake_host("/nowhere", std::move(environment))); }

TEST(JobGpus, SlurmTellsThem) {
  EXPECT_EQ(of({{"SLURM_JOB_ID", "1"}, {"SLURM_GPUS_ON_NODE", "4"}, {"CUDA_VISIBLE_DEVICES", "0"}}), 4);
  EXPECT_EQ(of({{"SLURM_JOB_ID", "1"}, {"SLURM_JOB_GPUS", "0,2,3"}}), 3);
  EXPECT_EQ(of({{"SLURM_JOB_ID", "1"}, {"SLURM_STEP_GPUS", "0-3"}}), 4);
}

TEST(JobGpus, NothingIsGuessed) {
  EXPECT_EQ(of({}), 0);
  EXPECT_EQ(of({{"SLURM_GPUS_ON_NODE", "4"}}), 0);  // left over in a shell outside of a job
  for (const char* bad : {"", "x", "-1", "99999999999", "1e9"}) EXPECT_EQ(of({{"SLURM_JOB_ID", "1"}, {"SLURM_GPUS_ON_NODE", bad}}), 0) << bad;
  EXPECT_EQ(of({{"SLURM_JOB_ID", "1"}, {"SLURM_JOB_GPUS", "GPU-x"}}), 0);
}

}  // namespace
}  // namespace carbontracker
