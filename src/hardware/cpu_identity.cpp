#include "hardware/cpu_identity.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/files.h"
#include "base/text.h"
#include "hardware/cpu_list.h"

namespace carbontracker {
namespace {

// "25", "0x41"; -1 when it is neither.
int number(std::string_view text) {
  const bool hex = text.substr(0, 2) == "0x";
  if (hex) text.remove_prefix(2);
  int value = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return code == std::errc{} && end == text.data() + text.size() ? value : -1;
}

std::string vendor_name(std::string_view id) {
  if (id == "GenuineIntel") return "intel";
  if (id == "AuthenticAMD") return "amd";
  if (id == "HygonGenuine") return "hygon";
  return lower(id);
}

bool has_word(std::string_view text, std::string_view word) {
  const auto words = split(text, ' ');
  return std::find(words.begin(), words.end(), word) != words.end();
}

using Sockets = std::map<int, std::vector<int>>;

// One "key : value" line. `cpu` is the processor whose block the line stands in.
void take_line(std::string_view key, std::string_view value, int& cpu, CpuIdentity& cpuinfo, std::map<int, int>& socket_of) {
  const auto once = [](int& field, std::string_view text) { if (field < 0) field = number(text); };
  if (key == "processor" && number(value) >= 0) socket_of[cpu = number(value)] = 0;
  else if (key == "physical id" && cpu >= 0) socket_of[cpu] = std::max(0, number(value));
  else if (key == "vendor_id") cpuinfo.vendor = vendor_name(value);
  else if (key == "model name" && cpuinfo.name.empty()) cpuinfo.name = value;
  else if (key == "cpu family") once(cpuinfo.family, value);
  else if (key == "model") once(cpuinfo.model, value);
  else if (key == "stepping") once(cpuinfo.stepping, value);
  else if (key == "CPU implementer") once(cpuinfo.implementer, value);
  else if (key == "CPU part") once(cpuinfo.part, value);
  else if (key == "flags" && !cpuinfo.virtual_machine) cpuinfo.virtual_machine = has_word(value, "hypervisor");
}

std::vector<CpuSocket> grouped(const std::map<int, int>& socket_of) {
  Sockets by_id;
  for (const auto& [cpu, socket] : socket_of) by_id[socket].push_back(cpu);
  std::vector<CpuSocket> sockets;
  for (auto& [id, cpus] : by_id) sockets.push_back({id, std::move(cpus)});
  return sockets;
}

std::string first_line(const Host& host, const std::string& path) {
  const auto text = read_file(host.path(path), 4096);
  return text ? std::string(trim(*text)) : std::string();
}

// ARM prints no physical id and no hypervisor flag: sockets come from sysfs, the guest from its firmware's maker.
std::vector<CpuSocket> sockets_from_sysfs(const Host& host) {
  std::map<int, int> socket_of;
  for (const int cpu : parse_cpu_list(first_line(host, "/sys/devices/system/cpu/online"))) {
    const std::string id = first_line(host, "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/physical_package_id");
    socket_of[cpu] = std::max(0, number(id));
  }
  return grouped(socket_of);
}

bool guest_by_firmware(const Host& host) {
  const std::string maker = lower(first_line(host, "/sys/class/dmi/id/sys_vendor"));
  const std::string product = lower(first_line(host, "/sys/class/dmi/id/product_name"));
  if (maker == "amazon ec2") return product.find(".metal") == std::string::npos;
  for (const std::string_view hypervisor : {"qemu", "google", "vmware", "xen", "openstack", "parallels", "innotek", "bochs", "alibaba"})
    if (maker.find(hypervisor) != std::string::npos) return true;
  return product.find("virtual machine") != std::string::npos || product.find("kvm") != std::string::npos;
}

}  // namespace

std::size_t CpuIdentity::cpu_count() const {
  std::size_t count = 0;
  for (const auto& socket : sockets) count += socket.cpus.size();
  return count;
}

CpuIdentity parse_cpuinfo(std::string_view text) {
  CpuIdentity cpuinfo;
  std::map<int, int> socket_of;
  int cpu = -1;
  for (const auto line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    take_line(trim(line.substr(0, colon)), trim(line.substr(colon + 1)), cpu, cpuinfo, socket_of);
  }
  if (cpuinfo.implementer >= 0) cpuinfo.vendor = "arm";
  cpuinfo.sockets = grouped(socket_of);
  return cpuinfo;
}

CpuIdentity identify_cpu(const Host& host) {
  const auto text = read_file(host.path("/proc/cpuinfo"));
  CpuIdentity cpu = text ? parse_cpuinfo(*text) : CpuIdentity{};
  if (cpu.implementer >= 0 || cpu.sockets.empty()) {
    if (auto sockets = sockets_from_sysfs(host); !sockets.empty()) cpu.sockets = std::move(sockets);
    cpu.virtual_machine = cpu.virtual_machine || guest_by_firmware(host);
  }
  return cpu;
}

}  // namespace carbontracker
