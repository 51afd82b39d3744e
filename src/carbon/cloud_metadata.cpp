#include "carbon/cloud_metadata.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "carbon/zones.h"

namespace carbontracker {
namespace {

constexpr const char* kInstanceData = "/run/cloud-init/instance-data.json";
constexpr const char* kAzureChassis = "7783-7084-3265-9085-8269-3286-77";

// Takes v1.cloud_name and v1.region out of cloud-init's file as it streams by: the file may hold much else, and deep.
class InstanceDataReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string cloud_name, region;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& text) override {
    if (depth_ == 2 && in_v1_ && key_ == "cloud_name") cloud_name = text;
    if (depth_ == 2 && in_v1_ && key_ == "region") region = text;
    return true;
  }
  bool key(string_t& text) override {
    key_ = text;
    if (depth_ == 1) in_v1_ = text == "v1";
    return true;
  }
  bool start_object(std::size_t) override { ++depth_; return true; }
  bool end_object() override { --depth_; return true; }
  bool start_array(std::size_t) override { ++depth_; return true; }
  bool end_array() override { --depth_; return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  int depth_ = 0;
  bool in_v1_ = false;
  std::string key_;
};

std::string text_of(const Host& host, std::string_view path) {
  const auto text = read_file(host.path(path), 64u << 10);
  return text ? std::string(trim(*text)) : std::string();
}

std::optional<Cloud> from_cloud_init(const Host& host) {
  const auto text = read_file(host.path(kInstanceData), 4u << 20);
  if (!text) return std::nullopt;
  InstanceDataReader reader;
  if (!nlohmann::json::sax_parse(*text, &reader)) return std::nullopt;
  const std::string_view provider = provider_code(reader.cloud_name);
  if (provider.empty()) return std::nullopt;
  return Cloud{std::string(provider), reader.region, kInstanceData};
}

std::string provider_by_dmi(const Host& host) {
  const auto dmi = [&](const char* name) { return text_of(host, std::string("/sys/class/dmi/id/") + name); };
  if (dmi("sys_vendor") == "Amazon EC2") return "aws";
  if (dmi("product_name") == "Google Compute Engine") return "gcp";
  if (dmi("chassis_asset_tag") == kAzureChassis) return "azure";
  return starts_with_no_case(text_of(host, "/sys/hypervisor/uuid"), "ec2") ? "aws" : "";
}

// The words of a file of names and addresses (resolv.conf, hosts).
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') words.emplace_back();
    else words.back() += c;
  }
  return words;
}

// "eu-west-1.compute.internal" -> "eu-west-1"; the oldest region has a name of its own, "ec2.internal".
std::string aws_region_in(std::string_view name) {
  constexpr std::string_view kEnd = ".compute.internal";
  if (name == "ec2.internal" || name.ends_with(".ec2.internal")) return "us-east-1";
  if (!name.ends_with(kEnd)) return {};
  name.remove_suffix(kEnd.size());
  return std::string(name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1));
}

// "vm-1.europe-west1-b.c.my-project.internal" -> "europe-west1-b"
std::string gcp_zone_in(std::string_view name) {
  const auto labels = split(name, '.');
  if (labels.size() < 4 || labels.back() != "internal") return {};
  for (std::size_t i = 1; i + 1 < labels.size(); ++i)
    if (labels[i] == "c" && std::count(labels[i - 1].begin(), labels[i - 1].end(), '-') == 2) return std::string(labels[i - 1]);
  return {};
}

using RegionIn = std::string (*)(std::string_view name);

bool search_file(const Host& host, const char* path, RegionIn region_in, Cloud& cloud) {
  for (const std::string& word : words_of(text_of(host, path))) {
    const std::string region = region_in(word);
    if (region.empty() || !region_place(cloud.provider, region)) continue;
    cloud.region = region;
    cloud.file = path;
    return true;
  }
  return false;
}

void find_aws_region(const Host& host, Cloud& cloud) {
  for (const char* path : {"/etc/dnf/vars/awsregion", "/etc/yum/vars/awsregion"})
    if (const std::string region = text_of(host, path); region_place("aws", region)) {
      cloud.region = region;
      cloud.file = path;
      return;
    }
  if (const auto region = host.env("AWS_REGION"); region && region_place("aws", *region)) {
    cloud.region = *region;
    cloud.file = "AWS_REGION";
    return;
  }
  search_file(host, "/etc/resolv.conf", aws_region_in, cloud);
}

}  // namespace

std::optional<Cloud> cloud_on(const Host& host) {
  if (auto cloud = from_cloud_init(host)) return cloud;
  Cloud cloud{provider_by_dmi(host), {}, "/sys/class/dmi/id"};
  if (cloud.provider.empty()) return std::nullopt;
  if (cloud.provider == "aws") find_aws_region(host, cloud);
  if (cloud.provider == "gcp" && !search_file(host, "/etc/hosts", gcp_zone_in, cloud)) search_file(host, "/etc/resolv.conf", gcp_zone_in, cloud);
  return cloud;
}

std::optional<Place> cloud_place(const Cloud& cloud) {
  if (cloud.region.empty()) return std::nullopt;
  auto place = region_place(cloud.provider, cloud.region);
  if (!place) {
    place.emplace();
    place->provider = cloud.provider;
    place->region = cloud.region.substr(0, 40);
    place->code = cloud.provider + ":" + place->region;
    place->name = std::string(provider_name(cloud.provider)) + " " + place->region;
    place->note = place->code + " is not in the table of cloud regions: give its country with --place";
  }
  place->from = "cloud metadata (" + cloud.file + ")";
  return place;
}

}  // namespace carbontracker
