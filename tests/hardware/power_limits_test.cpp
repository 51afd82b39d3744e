#include "hardware/power_limits.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "fakes/nvml_fake.h"

namespace carbontracker {
namespace {

using testing::HasSubstr;

std::string in_force(const NvmlFake& fake) { return read_file(fake.directory.path("limit")).value_or("none"); }

struct Fake : NvmlFake {
  static std::string script(const std::string& more) { return "gpu limit=700 least=300 " + more + "\n"; }
  explicit Fake(const std::string& more = "") : NvmlFake(script(more)) {
    directory.write("script", script("limit_file=" + directory.path("limit") + " " + more));
  }
};

TEST(PowerLimits, AreSetAsAShareWithinWhatMayBeSetAndPutBack) {
  Fake fake;
  const auto limits = PowerLimits::open(fake.host);
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->gpus()[0].before, Watts(700));
  EXPECT_EQ(limits->gpus()[0].least, Watts(300));
  ASSERT_TRUE(limits->try_rights());
  EXPECT_EQ(in_force(fake), "700000\n");
  ASSERT_TRUE(limits->set_share(0.75));
  EXPECT_EQ(in_force(fake), "525000\n");
  ASSERT_TRUE(limits->set_share(0.1));
  EXPECT_EQ(in_force(fake), "300000\n");
  ASSERT_TRUE(limits->put_back());
  EXPECT_EQ(in_force(fake), "700000\n");
}

TEST(PowerLimits, ALimitThatWasLoweredIsWhatIsPutBack) {
  Fake fake;
  fake.directory.write("limit", "450000\n");
  const auto limits = PowerLimits::open(fake.host);
  ASSERT_TRUE(limits && limits->set_share(0.8));
  EXPECT_EQ(in_force(fake), "360000\n");
  ASSERT_TRUE(limits->put_back());
  EXPECT_EQ(in_force(fake), "450000\n");
}

TEST(PowerLimits, WithoutTheRightsNothingIsChanged) {
  Fake fake("fail=setlimit:4");
  const auto limits = PowerLimits::open(fake.host);
  ASSERT_TRUE(limits);
  const auto rights = limits->try_rights();
  ASSERT_FALSE(rights);
  EXPECT_EQ(rights.error().code, Errc::permission);
  EXPECT_THAT(rights.error().what, HasSubstr("gpu0"));
  EXPECT_THAT(rights.error().hint, HasSubstr("sudo"));
  EXPECT_EQ(in_force(fake), "none");
}

TEST(PowerLimits, OnlyVisibleCardsAreTouched) {
  NvmlFake fake("gpu repeat=3\n", {{"CUDA_VISIBLE_DEVICES", "1"}});
  const auto limits = PowerLimits::open(fake.host);
  ASSERT_TRUE(limits && limits->set_share(0.5));
  ASSERT_EQ(limits->gpus().size(), 1u);
  EXPECT_EQ(limits->gpus()[0].name, "gpu1");
  EXPECT_EQ(fake.calls(0, "setlimit") + fake.calls(2, "setlimit"), 0u);
  EXPECT_EQ(fake.calls(1, "setlimit"), 1u);
}

TEST(PowerLimits, ACardWithoutThemIsRefused) {
  Fake fake("fail=limit:3");
  EXPECT_EQ(PowerLimits::open(fake.host).error().code, Errc::unsupported);
  NvmlFake none("gpu\n", {{"CUDA_VISIBLE_DEVICES", ""}});
  EXPECT_EQ(PowerLimits::open(none.host).error().code, Errc::not_found);
}

}  // namespace
}  // namespace carbontracker
