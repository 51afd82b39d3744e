#include "cli/python_tool.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "fakes/temp_dir.h"

namespace carbontracker::cli {
namespace {

TEST(PythonTool, ItsOptionsAreKnownByTheFirstWord) {
  EXPECT_TRUE(is_python_tool_line({"--log_dir", "logs", "python", "train.py"}));
  EXPECT_TRUE(is_python_tool_line({"--log_dir=logs", "python", "train.py"}));
  EXPECT_TRUE(is_python_tool_line({"--parse", "logs"}));
  EXPECT_TRUE(is_python_tool_line({"--report=x.log"}));
  EXPECT_TRUE(is_python_tool_line({"--output", "r.pdf", "--report", "x.log"}));
  EXPECT_TRUE(is_python_tool_line({"--output=r.pdf", "--report=x.log"}));
}

TEST(PythonTool, OursStayOurs) {
  EXPECT_FALSE(is_python_tool_line({}));
  EXPECT_FALSE(is_python_tool_line({"python", "train.py", "--log_dir", "x"}));
  EXPECT_FALSE(is_python_tool_line({"run", "--log_dir", "x"}));
  EXPECT_FALSE(is_python_tool_line({"report", "last"}));
  EXPECT_FALSE(is_python_tool_line({"--output", "r.json", "python", "x.py", "--report"}));
  EXPECT_FALSE(is_python_tool_line({"--output"}));
  EXPECT_FALSE(is_python_tool_line({"--log_directory", "x"}));
}

TEST(PythonTool, TheInterpreterBesideTheProgramComesFirst) {
  TempDir dir;
  for (const char* place : {"wheel", "path"}) {
    ::mkdir(dir.path(place).c_str(), 0755);
    const std::string python = dir.path(place) + "/python3";
    std::ofstream(python) << "#!/bin/sh\n";
    ::chmod(python.c_str(), 0755);
  }
  std::ofstream(dir.path("path") + "/python") << "not executable";
  const auto found = interpreters(dir.path("wheel") + "/carbontracker", "relative:" + dir.path("path") + ":" + dir.path("wheel") + ":/none");
  EXPECT_EQ(found, (std::vector<std::string>{dir.path("wheel") + "/python3", dir.path("path") + "/python3"}));
}

}  // namespace
}  // namespace carbontracker::cli
