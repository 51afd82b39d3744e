#include <gtest/gtest.h>

#include "carbon/cloud_metadata.h"
#include "carbon/place.h"
#include "carbon/time_zone.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

void link(const TempDir& root, const std::string& target, const std::string& name) {
  std::filesystem::create_directories(std::filesystem::path(root.path(name)).parent_path());
  std::filesystem::create_symlink(target, root.path(name));
}

constexpr const char* kAwsInstanceData = R"({
 "base64_encoded_keys": [],
 "ds": {"meta_data": {"region": "not-this-one", "v1": {"region": "nor-this"}}},
 "sys_info": {"platform": "Linux"},
 "v1": {"_beta_keys": ["subplatform"], "availability_zone": "eu-north-1b", "cloud_name": "aws", "region": "eu-north-1", "vendor_data": {"region": "x"}}
})";

TEST(FindPlace, TheTimeZoneLinkNamesTheCountry) {
  const TempDir root;
  link(root, "/usr/share/zoneinfo/Europe/Copenhagen", "etc/localtime");  // dangling below this root, as in many containers
  const Place place = find_place(fake_host(root.path()));
  EXPECT_EQ(place.code, "DK");
  EXPECT_EQ(place.from, "time zone Europe/Copenhagen");
}

TEST(FindPlace, RelativeAndChainedLinksAreFollowedBelowTheRoot) {
  const TempDir root;
  link(root, "../usr/share/zoneinfo/Asia/Tokyo", "etc/localtime");
  EXPECT_EQ(find_place(fake_host(root.path())).code, "JP");
  const TempDir chained;
  link(chained, "localtime.real", "etc/localtime");
  link(chained, "/etc/zone", "etc/localtime.real");
  link(chained, "/usr/share/zoneinfo/right/Europe/Oslo", "etc/zone");
  EXPECT_EQ(find_place(fake_host(chained.path())).code, "NO");
}

TEST(FindPlace, LinksInACircleEnd) {
  const TempDir root;
  link(root, "localtime.b", "etc/localtime");
  link(root, "localtime", "etc/localtime.b");
  EXPECT_EQ(find_place(fake_host(root.path())).from, "unknown");
}

TEST(FindPlace, ACopiedZoneFileFallsToEtcTimezone) {
  const TempDir root;
  root.write("etc/localtime", "TZif2 binary");
  EXPECT_EQ(find_place(fake_host(root.path())).country, "");
  root.write("etc/timezone", "Europe/Madrid\n");
  EXPECT_EQ(find_place(fake_host(root.path())).code, "ES");
}

TEST(FindPlace, TzComesFirst) {
  const TempDir root;
  root.write("etc/timezone", "Europe/Madrid\n");
  EXPECT_EQ(find_place(fake_host(root.path(), {{"TZ", "Europe/Paris"}})).code, "FR");
  EXPECT_EQ(find_place(fake_host(root.path(), {{"TZ", ":Europe/Paris"}})).code, "FR");
  EXPECT_EQ(find_place(fake_host(root.path(), {{"TZ", "/usr/share/zoneinfo/Europe/Paris"}})).code, "FR");
  EXPECT_EQ(find_place(fake_host(root.path(), {{"TZ", "UTC"}})).code, "");
  EXPECT_EQ(find_place(fake_host(root.path(), {{"TZ", ""}})).code, "");  // an empty TZ means UTC
}

TEST(FindPlace, UtcOffsetsAndAbbreviationsNameNoCountry) {
  for (const char* zone : {"UTC", "Etc/UTC", "GMT", "Etc/GMT+5", "CET", "EST", "EST5EDT", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30", "Mars/Olympus", "MET", "Zulu"}) {
    const Place place = find_place(fake_host("/nonexistent", {{"TZ", zone}}));
    EXPECT_EQ(place.country, "") << zone;
    EXPECT_EQ(place.code, "") << zone;
    EXPECT_EQ(place.from, "unknown") << zone;
    EXPECT_NE(place.note.find("--place"), std::string::npos) << zone;
  }
}

TEST(FindPlace, OldZoneNamesKeepTheirCountry) {
  const std::pair<const char*, const char*> kZones[] = {{"Atlantic/Reykjavik", "IS"}, {"Iceland", "IS"}, {"Atlantic/Jan_Mayen", "SJ"}, {"GB", "GB"},
                                                        {"Japan", "JP"}, {"Asia/Calcutta", "IN"}, {"US/Pacific", "US"}, {"Europe/Kyiv", "UA"}, {"Europe/Kiev", "UA"}};
  for (const auto& [zone, country] : kZones) EXPECT_EQ(zone_place(zone).value_or(Place{}).country, country) << zone;
}

TEST(FindPlace, AZoneWithinOneStateGivesTheState) {
  EXPECT_EQ(zone_place("Pacific/Honolulu")->code, "US-HI");
  EXPECT_EQ(zone_place("America/Indiana/Knox")->code, "US-IN");
  EXPECT_EQ(zone_place("America/Montreal")->code, "CA-QC");
  EXPECT_EQ(zone_place("America/Vancouver")->code, "CA-BC");
  EXPECT_EQ(zone_place("America/Los_Angeles")->code, "US");  // four states and more
  EXPECT_EQ(zone_place("America/Toronto")->code, "CA");      // Ontario and Quebec
}

TEST(FindPlace, NothingAtAllIsUnknown) {
  const Place place = find_place(fake_host("/nonexistent"));
  EXPECT_EQ(place.code, "");
  EXPECT_EQ(place.from, "unknown");
}

TEST(FindPlace, CloudInitNamesTheRegionBeforeTheTimeZone) {
  const TempDir root;
  root.write("run/cloud-init/instance-data.json", kAwsInstanceData);
  root.write("etc/timezone", "Europe/Madrid\n");
  const Place place = find_place(fake_host(root.path()));
  EXPECT_EQ(place.code, "aws:eu-north-1");
  EXPECT_EQ(place.country, "SE");
  EXPECT_EQ(place.from, "cloud metadata (/run/cloud-init/instance-data.json)");
}

TEST(FindPlace, DamagedOrForeignCloudInitDataIsPassedOver) {
  for (const char* text : {"", "{", "[]", "null", R"({"v1": {"cloud_name": "lxd", "region": "eu-north-1"}})", R"({"v1": 3, "cloud_name": "aws"})", "{\"v1\": {\"cloud_name\": \"aws\""}) {
    const TempDir root;
    root.write("run/cloud-init/instance-data.json", text);
    root.write("etc/timezone", "Europe/Madrid\n");
    EXPECT_EQ(find_place(fake_host(root.path())).code, "ES") << text;
  }
}

TEST(FindPlace, ARegionThatTheTableLacksIsNamedButNotGuessed) {
  const TempDir root;
  root.write("run/cloud-init/instance-data.json", R"({"v1": {"cloud_name": "azure", "region": "moonbase"}})");
  const Place place = find_place(fake_host(root.path()));
  EXPECT_EQ(place.code, "azure:moonbase");
  EXPECT_EQ(place.country, "");
  EXPECT_NE(place.note.find("not in the table"), std::string::npos);
}

TEST(FindPlace, AwsWithoutCloudInitByItsOwnFiles) {
  const TempDir root;
  root.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  root.write("etc/dnf/vars/awsregion", "eu-central-1\n");
  EXPECT_EQ(find_place(fake_host(root.path())).code, "aws:eu-central-1");
  const TempDir xen;
  xen.write("sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n");
  xen.write("etc/resolv.conf", "search us-west-2.compute.internal\nnameserver 10.0.0.2\n");
  EXPECT_EQ(find_place(fake_host(xen.path())).code, "aws:us-west-2");
  const TempDir oldest;
  oldest.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  oldest.write("etc/resolv.conf", "search ec2.internal\n");
  EXPECT_EQ(find_place(fake_host(oldest.path())).code, "aws:us-east-1");
}

TEST(FindPlace, AwsRegionInTheEnvironmentCountsOnlyOnAws) {
  const TempDir laptop;
  laptop.write("etc/timezone", "Europe/Madrid\n");
  EXPECT_EQ(find_place(fake_host(laptop.path(), {{"AWS_REGION", "us-east-1"}})).code, "ES");
  const TempDir aws;
  aws.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  EXPECT_EQ(find_place(fake_host(aws.path(), {{"AWS_REGION", "us-east-1"}})).code, "aws:us-east-1");
}

TEST(FindPlace, GcpByTheNameThatItsAgentWrites) {
  const TempDir root;
  root.write("sys/class/dmi/id/product_name", "Google Compute Engine\n");
  root.write("etc/hosts", "127.0.0.1 localhost\n10.132.0.2 vm-1.europe-west1-b.c.my-project.internal vm-1  # Added by Google\n169.254.169.254 metadata.google.internal\n");
  const Place place = find_place(fake_host(root.path()));
  EXPECT_EQ(place.code, "gcp:europe-west1");
  EXPECT_EQ(place.country, "BE");
}

TEST(FindPlace, ACloudWithoutARegionKeepsItsProviderAndSaysThatTheZoneWasTaken) {
  const TempDir root;
  root.write("sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n");
  const Place unknown = find_place(fake_host(root.path(), {{"TZ", "UTC"}}));
  EXPECT_EQ(unknown.provider, "azure");
  EXPECT_EQ(unknown.country, "");
  const Place zone = find_place(fake_host(root.path(), {{"TZ", "Europe/Oslo"}}));
  EXPECT_EQ(zone.code, "NO");
  EXPECT_NE(zone.note.find("time zone"), std::string::npos);
}

TEST(FindPlace, B102_WithoutAnyHintItIsNotCanada) {
  const Place place = find_place(fake_host("/nonexistent"));
  EXPECT_EQ(place.country, "");
  EXPECT_EQ(place.name, "unknown place");
}

}  // namespace
}  // namespace carbontracker
