#include "hardware/cpu_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "data/tables.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

CpuIdentity guest(std::string vendor, std::string name, int family = -1, int model = -1, int stepping = -1) {
  CpuIdentity cpu;
  cpu.vendor = std::move(vendor);
  cpu.name = std::move(name);
  cpu.family = family;
  cpu.model = model;
  cpu.stepping = stepping;
  cpu.virtual_machine = true;
  cpu.sockets = {{0, {0, 1}}};
  return cpu;
}

CpuIdentity metal(std::string vendor, std::string name, int threads, int sockets = 1) {
  CpuIdentity cpu = guest(std::move(vendor), std::move(name));
  cpu.virtual_machine = false;
  cpu.sockets.clear();
  for (int socket = 0, next = 0; socket < sockets; ++socket) {
    cpu.sockets.push_back({socket, {}});
    for (int i = 0; i < threads; ++i) cpu.sockets.back().cpus.push_back(next++);
  }
  return cpu;
}

CpuIdentity arm(int implementer, int part) {
  CpuIdentity cpu = guest("arm", "");
  cpu.implementer = implementer;
  cpu.part = part;
  return cpu;
}

TEST(CpuName, IsNormalised) {
  EXPECT_EQ(normalised_cpu_name("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz"), "xeon gold 6230");
  EXPECT_EQ(normalised_cpu_name("AMD EPYC 7763 64-Core Processor"), "epyc 7763");
  EXPECT_EQ(normalised_cpu_name("Intel(R) Core(TM) i7-10700F CPU @ 2.90GHz"), "core i7-10700f");
  EXPECT_EQ(normalised_cpu_name("13th Gen Intel(R) Core(TM) i9-13900K"), "core i9-13900k");
  EXPECT_EQ(normalised_cpu_name("AMD Ryzen 7 5800U with Radeon Graphics"), "ryzen 7 5800u");
  EXPECT_EQ(normalised_cpu_name("AMD Ryzen Threadripper PRO 5975WX 32-Cores"), "ryzen threadripper pro 5975wx");
  EXPECT_EQ(normalised_cpu_name("Intel(R) Xeon(R) CPU E5-2690 0 @ 2.90GHz"), "xeon e5-2690");
  EXPECT_EQ(normalised_cpu_name("Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz"), "core i7-920");
  EXPECT_EQ(normalised_cpu_name("Intel Xeon Processor (Cascadelake)"), "xeon");
  EXPECT_EQ(normalised_cpu_name(""), "");
  EXPECT_EQ(normalised_cpu_name("((((@"), "");
}

// TDPs are the vendors' (AMD and Intel product pages), threads are cores x 2.
TEST(CpuPowerTable, B004_NamesOfTheKernelMatchTheTable) {
  struct Case { CpuIdentity cpu; double tdp; double threads; };
  const Case cases[] = {
      {guest("amd", "AMD EPYC 7763 64-Core Processor"), 280, 128},
      {metal("amd", "AMD EPYC 7763 64-Core Processor", 128, 2), 280, 128},
      {guest("intel", "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz"), 125, 40},
      {metal("intel", "Intel(R) Core(TM) i7-10700F CPU @ 2.90GHz", 16), 65, 16},
      {guest("amd", "AMD Ryzen 9 5950X 16-Core Processor"), 105, 32},
      {guest("intel", "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"), 210, 48},
      {guest("intel", "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz"), 145, 36},
      {guest("intel", "Intel(R) Xeon(R) Platinum 8480+"), 350, 112},
      {guest("amd", "AMD EPYC 9654 96-Core Processor"), 360, 192},
  };
  for (const auto& one : cases) {
    const CpuPower power = cpu_power(one.cpu);
    EXPECT_EQ(power.match, CpuMatch::model) << one.cpu.name;
    EXPECT_DOUBLE_EQ(power.tdp_w, one.tdp) << one.cpu.name;
    EXPECT_DOUBLE_EQ(power.tdp_w_per_thread, one.tdp / one.threads) << one.cpu.name;
    EXPECT_EQ(power.label, one.cpu.name);
  }
}

TEST(CpuPowerTable, UnnamedAndCloudNamesGiveTheMicroarchitecture) {
  struct Case { CpuIdentity cpu; const char* microarchitecture; };
  const Case cases[] = {
      {guest("amd", "AMD EPYC 9B14"), "Zen 4"},
      {guest("intel", "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"), "Sapphire Rapids"},
      {guest("amd", "AMD EPYC", 25, 17, 1), "Zen 4"},
      {guest("amd", "AMD EPYC Processor", 23, 49), "Zen 2"},
      {guest("amd", "AMD EPYC Processor", 26, 2), "Zen 5"},
      {guest("amd", "AMD EPYC-Milan Processor", 25, 1), "Zen 3"},
      {guest("amd", "AMD EPYC-Rome Processor"), "Zen 2"},
      {guest("amd", "AMD EPYC Processor (with IBPB)", 23, 1), "Zen"},
      {guest("intel", "Intel(R) Xeon(R) CPU @ 2.20GHz", 6, 79, 0), "Broadwell"},
      {guest("intel", "Intel(R) Xeon(R) CPU @ 2.00GHz", 6, 85, 3), "Skylake"},
      {guest("intel", "Intel(R) Xeon(R) CPU @ 2.20GHz", 6, 85, 7), "Cascade Lake"},
      {guest("intel", "Intel(R) Xeon(R) CPU @ 2.30GHz", 6, 63, 0), "Haswell"},
      {guest("intel", "Intel(R) Xeon(R) CPU @ 2.60GHz", 6, 106, 6), "Ice Lake"},
      {guest("intel", "Intel(R) Xeon(R) Processor", 6, 207, 2), "Emerald Rapids"},
      {guest("intel", "Intel(R) Xeon(R) Processor @ 2.70GHz", 6, 173, 1), "Granite Rapids"},
      {guest("intel", "Intel Xeon Processor (Cascadelake)", 6, 85, 6), "Cascade Lake"},
      {guest("intel", "Intel Xeon Processor (Skylake, IBRS)"), "Skylake"},
      {guest("intel", "Intel Core Processor (Haswell, no TSX)", 6, 60, 1), "Haswell"},
      {guest("intel", "Intel Xeon E312xx (Sandy Bridge)"), "Sandy Bridge"},
      {guest("intel", "Intel Xeon Processor (SapphireRapids)"), "Sapphire Rapids"},
      {arm(0x41, 0xd0c), "Neoverse-N1"},
      {arm(0x41, 0xd40), "Neoverse-V1"},
      {arm(0x41, 0xd4f), "Neoverse-V2"},
      {guest("arm", "Neoverse-N1"), "Neoverse-N1"},
  };
  for (const auto& one : cases) {
    const CpuPower power = cpu_power(one.cpu);
    EXPECT_EQ(power.match, CpuMatch::microarchitecture) << one.cpu.name;
    EXPECT_EQ(power.microarchitecture, one.microarchitecture) << one.cpu.name << " " << one.cpu.model;
    EXPECT_GT(power.tdp_w_per_thread, 1) << one.cpu.name;
    EXPECT_LT(power.tdp_w_per_thread, 8) << one.cpu.name;
  }
  EXPECT_EQ(cpu_power(arm(0x41, 0xd0c)).label, "Neoverse-N1");
}

TEST(CpuPowerTable, OnlyTheWholeModelNumberMatches) {
  EXPECT_EQ(cpu_power(guest("amd", "AMD EPYC 776")).match, CpuMatch::generic);
  EXPECT_EQ(cpu_power(guest("intel", "Intel(R) Xeon(R) Platinum 8481")).match, CpuMatch::generic);
  EXPECT_EQ(cpu_power(guest("intel", "Intel(R) Core(TM) i7-1070")).match, CpuMatch::generic);
  EXPECT_EQ(cpu_power(guest("", "7763")).match, CpuMatch::generic);
  EXPECT_EQ(cpu_power(guest("", "model")).match, CpuMatch::generic);  // the table's own heading
}

TEST(CpuPowerTable, B066_AnUnknownNameIsGenericAndSaysSo) {
  CpuIdentity unknown;
  for (const std::string name : {"", "none", "QEMU Virtual CPU version 2.5+", "Common KVM processor", "a,b\"c\n"}) {
    unknown.name = name;
    const CpuPower power = cpu_power(unknown);
    EXPECT_EQ(power.match, CpuMatch::generic) << name;
    EXPECT_DOUBLE_EQ(power.band, 0.75);
    EXPECT_DOUBLE_EQ(power.tdp_w_per_thread, 3.0);
    EXPECT_NE(power.basis.find("unknown CPU"), std::string::npos);
    EXPECT_FALSE(power.label.empty());
  }
}

TEST(CpuPowerTable, TheBandWidensAsLessIsKnown) {
  const double model = cpu_power(guest("amd", "AMD EPYC 7763 64-Core Processor")).band;
  const double microarchitecture = cpu_power(guest("amd", "AMD EPYC", 25, 17)).band;
  const double generic = cpu_power(guest("", "")).band;
  EXPECT_LT(model, microarchitecture);
  EXPECT_LT(microarchitecture, generic);
}

// The script and this program normalise by rules of their own: a key that does not stay itself would never be found.
TEST(CpuTables, EveryKeyIsNormalisedAndEveryFigureSensible) {
  std::set<std::string> architectures, seen;
  for_each_row("cpu_microarchitectures", [&](const TableRow& row) {
    architectures.insert(std::string(row["microarchitecture"]));
    EXPECT_GT(row.number("tdp_w_per_thread").value_or(0), 0.5) << row["microarchitecture"];
    EXPECT_LT(row.number("tdp_w_per_thread").value_or(99), 15) << row["microarchitecture"];
    EXPECT_FALSE(row["source"].empty()) << row["microarchitecture"];
    return true;
  });
  for_each_row("cpu_models", [&](const TableRow& row) {
    const std::string key(row["model"]);
    EXPECT_TRUE(seen.insert(key).second) << key;
    EXPECT_EQ(normalised_cpu_name(key), key);
    const auto tdp = row.number("tdp_w"), cores = row.number("cores"), threads = row.number("threads");
    EXPECT_TRUE(!tdp || (*tdp >= 0.5 && *tdp <= 600)) << key;
    EXPECT_TRUE(!threads || *threads == *cores || *threads == 2 * *cores) << key;
    EXPECT_TRUE(row["microarchitecture"].empty() || architectures.count(std::string(row["microarchitecture"]))) << key;
    EXPECT_FALSE(row["source"].empty()) << key;
    return true;
  });
  EXPECT_GT(seen.size(), 4000u);
}

TEST(CpuTables, TheScriptMakesTheCommittedTables) {
  const std::filesystem::path root = CT_SOURCE_DIR, shared = root / "../shared";
  if (!std::filesystem::exists(shared / "data/hardware")) {
    std::cout << "the collected sources are not beside this checkout: the committed tables are taken as they are\n";
    EXPECT_FALSE(table_text("cpu_models").empty());
    return;
  }
  const TempDir out;
  const std::string command = "python3 '" + (root / "tools/make_cpu_tables.py").string() + "' '" + shared.string() + "' '" + out.path() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  for (const std::string name : {"cpu_models", "cpu_microarchitectures"}) {
    std::ostringstream text;
    text << std::ifstream(out.path(name + ".csv"), std::ios::binary).rdbuf();
    EXPECT_TRUE(text.str() == table_text(name)) << name << ".csv is not what the script makes";
  }
}

// Teads' measured points, and the middle between two of them.
TEST(LoadCurve, PassesThroughTheMeasuredPoints) {
  EXPECT_DOUBLE_EQ(share_of_tdp(0), 0.12);
  EXPECT_DOUBLE_EQ(share_of_tdp(0.10), 0.32);
  EXPECT_DOUBLE_EQ(share_of_tdp(0.50), 0.75);
  EXPECT_DOUBLE_EQ(share_of_tdp(1), 1.02);
  EXPECT_NEAR(share_of_tdp(0.05), 0.22, 1e-12);
  EXPECT_NEAR(share_of_tdp(0.75), 0.885, 1e-12);
  EXPECT_DOUBLE_EQ(share_of_tdp(-1), 0.12);
  EXPECT_DOUBLE_EQ(share_of_tdp(7), 1.02);
}

}  // namespace
}  // namespace carbontracker
