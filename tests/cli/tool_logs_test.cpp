#include "cli/tool_logs.h"

#include <gtest/gtest.h>

namespace carbontracker::cli {
namespace {

TEST(ToolLogs, FloatsAreWrittenAsPythonDoesButNeverWithAnExponent) {
  EXPECT_EQ(python_float(300), "300.0");
  EXPECT_EQ(python_float(54.35), "54.35");
  EXPECT_EQ(python_float(0), "0.0");
  EXPECT_EQ(python_float(1e-7), "0.0000001");
  EXPECT_EQ(python_float(1e17), "100000000000000000.0");
}

TEST(ToolLogs, TimesHaveHoursThatAreNotPadded) {
  EXPECT_EQ(tool_time(Seconds(0.004), true), "0:00:00.00");
  EXPECT_EQ(tool_time(Seconds(59.996), true), "0:01:00.00");   // rounded before it is taken apart
  EXPECT_EQ(tool_time(Seconds(3723.04), true), "1:02:03.04");
  EXPECT_EQ(tool_time(Seconds(3599.6), false), "1:00:00");
  EXPECT_EQ(tool_time(Seconds(100 * 3600.0), false), "100:00:00");
}

}  // namespace
}  // namespace carbontracker::cli
