#pragma once
// What a cloud machine knows of its cloud without asking the network.

#include <optional>
#include <string>

#include "carbon/place.h"

namespace carbontracker {

struct Cloud {
  std::string provider;  // "aws", "gcp", "azure"
  std::string region;    // empty where no file names it
  std::string file;      // where it was read: "/run/cloud-init/instance-data.json"
};

// Nothing where the machine is not recognised as one of the three clouds. Sources, in order:
// - cloud-init's /run/cloud-init/instance-data.json (world-readable): v1.cloud_name and v1.region;
// - DMI (/sys/class/dmi/id): sys_vendor "Amazon EC2", product_name "Google Compute Engine", chassis_asset_tag
//   7783-7084-3265-9085-8269-3286-77 (Azure); /sys/hypervisor/uuid that begins with ec2 (Xen);
//   and then the region from files that the provider's images and its DHCP leave: /etc/dnf/vars/awsregion, /etc/yum/vars/awsregion,
//   AWS_REGION, the search domain REGION.compute.internal in /etc/resolv.conf, ZONE.c.PROJECT.internal in /etc/resolv.conf or /etc/hosts.
[[nodiscard]] std::optional<Cloud> cloud_on(const Host& host);

// The place of that cloud's region; a region that the table lacks is named, with no country (so: world average). Nothing without a region.
[[nodiscard]] std::optional<Place> cloud_place(const Cloud& cloud);

}  // namespace carbontracker
