#include "hardware/job_limits.h"

#include <gtest/gtest.h>

#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

TEST(JobLimits, NothingReadableLimitsNothing) {
  TempDir dir;
  const JobLimits limits = job_limits(fake_host(dir.path()));
  EXPECT_FALSE(limits.cpus);
  EXPECT_FALSE(limits.cpu_count);
  EXPECT_FALSE(limits.memory_bytes);
}

TEST(JobLimits, TheTightestGroupOnTheWayUpCounts) {
  TempDir dir;
  dir.write("proc/self/cgroup", "0::/kubepods/pod1/c1\n");
  dir.write("sys/fs/cgroup/kubepods/pod1/c1/cpu.max", "max 100000\n");
  dir.write("sys/fs/cgroup/kubepods/pod1/cpu.max", "150000 100000\n");
  dir.write("sys/fs/cgroup/kubepods/cpu.max", "400000 100000\n");
  dir.write("sys/fs/cgroup/kubepods/pod1/c1/memory.max", "1073741824\n");
  const JobLimits limits = job_limits(fake_host(dir.path()));
  ASSERT_TRUE(limits.cpu_count);
  EXPECT_DOUBLE_EQ(limits.cpu_count->value, 1.5);
  ASSERT_TRUE(limits.memory_bytes);
  EXPECT_DOUBLE_EQ(limits.memory_bytes->value, 1073741824);
}

TEST(JobLimits, AContainerSeesOnlyTheMountsRoot) {
  TempDir dir;
  dir.write("proc/self/cgroup", "0::/system.slice/docker-abc.scope\n");  // the host's path, which does not exist in here
  dir.write("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_DOUBLE_EQ(job_limits(fake_host(dir.path())).cpu_count->value, 3);
}

TEST(JobLimits, B086_SlurmsStepIsFoundWhateverTheNodesName) {
  TempDir v2;
  v2.write("proc/self/cgroup", "0::/system.slice/node07_slurmstepd.scope/job_42/step_0/user/task_0\n");
  v2.write("sys/fs/cgroup/system.slice/node07_slurmstepd.scope/job_42/memory.max", "62914560000\n");
  EXPECT_DOUBLE_EQ(job_limits(fake_host(v2.path())).memory_bytes->value, 62914560000);
  TempDir v1;
  v1.write("proc/self/cgroup", "9:memory:/slurm_node07/uid_1001/job_42/step_0\n3:cpu,cpuacct:/slurm_node07/uid_1001/job_42\n");
  v1.write("sys/fs/cgroup/memory/slurm_node07/uid_1001/job_42/memory.limit_in_bytes", "16777216000\n");
  v1.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  v1.write("sys/fs/cgroup/cpu,cpuacct/slurm_node07/uid_1001/job_42/cpu.cfs_quota_us", "800000\n");
  v1.write("sys/fs/cgroup/cpu,cpuacct/slurm_node07/uid_1001/job_42/cpu.cfs_period_us", "100000\n");
  const JobLimits limits = job_limits(fake_host(v1.path()));
  EXPECT_DOUBLE_EQ(limits.memory_bytes->value, 16777216000);
  EXPECT_DOUBLE_EQ(limits.cpu_count->value, 8);
}

TEST(JobLimits, NoLimitIsNoLimit) {
  TempDir dir;
  dir.write("proc/self/cgroup", "9:memory:/\n3:cpu:/\n0::/\n");
  dir.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  dir.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  dir.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  dir.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  dir.write("sys/fs/cgroup/memory.max", "max\n");
  const JobLimits limits = job_limits(fake_host(dir.path()));
  EXPECT_FALSE(limits.cpu_count);
  EXPECT_FALSE(limits.memory_bytes);
}

TEST(JobLimits, B084_SlurmsEnvironmentStandsInForACgroup) {
  TempDir dir;
  const JobLimits limits = job_limits(fake_host(dir.path(), {{"SLURM_JOB_ID", "7"}, {"SLURM_CPUS_ON_NODE", "4"}, {"SLURM_MEM_PER_NODE", "16000"}}));
  EXPECT_DOUBLE_EQ(limits.cpu_count->value, 4);
  EXPECT_EQ(limits.cpu_count->from, "SLURM_CPUS_ON_NODE");
  EXPECT_DOUBLE_EQ(limits.memory_bytes->value, 16000.0 * 1048576);
}

TEST(JobLimits, B082_MemoryPerCpuTimesCpus) {
  TempDir dir;
  const JobLimits limits = job_limits(fake_host(dir.path(), {{"SLURM_JOB_ID", "7"}, {"SLURM_CPUS_ON_NODE", "20"}, {"SLURM_MEM_PER_CPU", "3000"}}));
  EXPECT_DOUBLE_EQ(limits.memory_bytes->value, 60000.0 * 1048576);  // 60000 MB, and no command was asked
}

TEST(JobLimits, SlurmsVariablesOutsideAJobSayNothing) {
  TempDir dir;
  EXPECT_FALSE(job_limits(fake_host(dir.path(), {{"SLURM_CPUS_ON_NODE", "4"}})).cpu_count);
}

}  // namespace
}  // namespace carbontracker
