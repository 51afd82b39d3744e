#pragma once
// A fake machine: one text archive (tests/hardware/machines/<name>.txt) unpacked below a directory of its own.
//
// Format, line by line:
//   # text                           a comment, before the first entry only
//   == /sys/class/x/name             a file; the lines up to the next "==" are its content
//   == /sys/class/x/uj mode 0400     the same with a mode
//   == /sys/class/x/dir/             an empty directory
//   == /sys/class/x -> ../../y       a symbolic link (it may dangle)
// A blank line just before a "==" belongs to the archive, not to the file.

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {

class Machine {
 public:
  // An empty machine; fill it with write(), link() and unpack().
  Machine() { ::chmod(dir_.path().c_str(), 0755); }  // another user must be able to look in
  // The machine of tests/hardware/machines/<name>.txt.
  explicit Machine(std::string_view name) : Machine() {
    const std::string file = std::string(CT_SOURCE_DIR) + "/tests/hardware/machines/" + std::string(name) + ".txt";
    std::ifstream in(file);
    if (!in) throw std::runtime_error("no such machine: " + file);
    std::ostringstream text;
    text << in.rdbuf();
    unpack(text.str());
  }

  [[nodiscard]] std::string root() const { return dir_.path(); }
  [[nodiscard]] Host host(std::map<std::string, std::string> variables = {}) const { return fake_host(root(), std::move(variables)); }
  // `absolute` as the machine sees it: "/sys/class/powercap".
  [[nodiscard]] std::string path(std::string_view absolute) const { return root() + std::string(absolute); }

  // In place, as sysfs does: same file, new content.
  void write(std::string_view absolute, std::string_view content) const { dir_.write(absolute.substr(1), content); }
  void make_directory(std::string_view absolute) const { std::filesystem::create_directories(path(absolute)); }
  void link(std::string_view absolute, std::string_view target) const {
    std::filesystem::create_directories(std::filesystem::path(path(absolute)).parent_path());
    std::filesystem::create_symlink(target, path(absolute));
  }
  void mode(std::string_view absolute, unsigned bits) const { ::chmod(path(absolute).c_str(), bits); }
  void remove(std::string_view absolute) const { std::filesystem::remove_all(path(absolute)); }
  void rename(std::string_view from, std::string_view to) const { std::filesystem::rename(path(from), path(to)); }

  void unpack(const std::string& archive) const {
    std::istringstream in(archive);
    std::string line, header, content;
    while (std::getline(in, line)) {
      if (line.rfind("== ", 0) != 0) {
        if (!header.empty()) content += line + "\n";
        continue;
      }
      add(header, content);
      header = line.substr(3);
      content.clear();
    }
    add(header, content);
  }

 private:
  void add(std::string header, std::string content) const {
    if (header.empty()) return;
    while (content == "\n" || (content.size() > 1 && content.compare(content.size() - 2, 2, "\n\n") == 0)) content.pop_back();
    if (const auto arrow = header.find(" -> "); arrow != std::string::npos) return link(header.substr(0, arrow), header.substr(arrow + 4));
    if (header.back() == '/') return make_directory(header);
    const auto at = header.find(" mode ");
    const std::string file = header.substr(0, at);
    write(file, content);
    if (at != std::string::npos) mode(file, static_cast<unsigned>(std::stoul(header.substr(at + 6), nullptr, 8)));
  }

  TempDir dir_;
};

// What `work` returns when an ordinary user (uid 65534) does it, in a process of its own. Needs root to become somebody else;
// who is not root is an ordinary user already.
inline std::string as_ordinary_user(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ordinary = ::geteuid() != 0 || (::setgroups(0, nullptr) == 0 && ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0);
    const std::string answer = ordinary ? work() : "could not drop root";
    const ssize_t written = ::write(ends[1], answer.data(), answer.size());
    ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? answer : "the child failed: " + answer;
}

}  // namespace carbontracker
