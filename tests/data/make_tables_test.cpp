// The tables are what tools/make_tables.py makes of the collected sources, where those stand beside the checkout.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string first_line(const fs::path& path) {
  const std::string text = content(path);
  return text.substr(0, text.find('\n'));
}

// Without the sources there is still a promise to keep: each table says where it comes from.
TEST(MakeTables, EveryTableHasItsEntryInSources) {
  const fs::path data = fs::path(CT_SOURCE_DIR) / "data";
  std::string sources;
  for (const auto& entry : fs::directory_iterator(data))
    if (entry.path().extension() == ".md") sources += content(entry.path());
  int tables = 0;
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.path().extension() != ".csv") continue;
    ++tables;
    EXPECT_NE(sources.find(entry.path().filename().string()), std::string::npos) << entry.path() << " has no entry in data/*.md";
  }
  EXPECT_GE(tables, 10);
}

TEST(MakeTables, TheScriptMakesTheCommittedTables) {
  const fs::path root = CT_SOURCE_DIR, sources = root / "../shared/data/static";
  if (!fs::exists(sources)) {
    std::cout << "the collected sources are not beside this checkout: the committed tables are taken as they are\n";
    EXPECT_TRUE(fs::exists(root / "data/grid_countries.csv"));
    return;
  }
  const TempDir out;
  const std::string command = "python3 '" + (root / "tools/make_tables.py").string() + "' '" + sources.string() + "' --out '" + out.path() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  for (const auto& entry : fs::directory_iterator(out.path())) {
    const fs::path committed = root / "data" / entry.path().filename();
    const bool another_tzdata = entry.path().filename() == "time_zones.csv" && first_line(entry.path()) != first_line(committed);
    if (another_tzdata) continue;
    EXPECT_TRUE(content(entry.path()) == content(committed)) << committed << " is not what the script makes";
  }
}

}  // namespace
}  // namespace carbontracker
