#include "cli/python_tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/style.h"

extern char** environ;

namespace carbontracker::cli {
namespace {

constexpr std::array kOptions{"--log_dir", "--api_keys", "--parse", "--report", "--sim-cpu", "--sim-cpu-tdp", "--sim-cpu-util", "--sim-gpu", "--sim-gpu-watts", "--sim-gpu-util"};

bool is_option(const std::string& word, std::string_view option) {
  return std::string_view(word).substr(0, word.find('=')) == option;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// Asked quietly: what it prints is of no interest.
bool has_package(const std::string& interpreter) {
  std::vector<std::string> words{interpreter, "-c", "import carbontracker._legacy"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, interpreter.c_str(), &actions, nullptr, pointers(words).data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  while (failed == 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return failed == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string own_path() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

bool is_python_tool_line(const std::vector<std::string>& words) {
  const auto known = [](const std::string& word) {
    return std::any_of(kOptions.begin(), kOptions.end(), [&](std::string_view option) { return is_option(word, option); });
  };
  if (words.empty()) return false;
  if (known(words[0])) return true;
  // --output is an option of run too: here it belongs to --report.
  const std::size_t next = words[0] == "--output" ? 2 : 1;
  return is_option(words[0], "--output") && words.size() > next && is_option(words[next], "--report");
}

std::vector<std::string> interpreters(const std::string& program, const std::string& search_path) {
  std::vector<std::string> found;
  const auto look = [&](const std::string& directory) {
    for (const char* name : {"/python3", "/python"}) {
      const std::string path = directory + name;
      struct stat status {};
      const bool program_file = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
      if (program_file && std::find(found.begin(), found.end(), path) == found.end()) found.push_back(path);
    }
  };
  if (const auto slash = program.rfind('/'); slash != std::string::npos) look(program.substr(0, slash));
  for (const std::string_view directory : split(search_path, ':'))
    if (directory.starts_with('/')) look(std::string(directory));
  return found;
}

int run_python_tool(const std::vector<std::string>& words, const Host& host) {
  const auto candidates = interpreters(own_path(), host.env("PATH").value_or(""));
  for (const std::string& interpreter : candidates) {
    if (!has_package(interpreter)) continue;
    std::vector<std::string> line{interpreter, "-m", "carbontracker._legacy"};
    line.insert(line.end(), words.begin(), words.end());
    ::execv(interpreter.c_str(), pointers(line).data());
  }
  const std::string option = words[0].substr(0, words[0].find('='));
  const std::string looked = candidates.empty() ? "there is no python3 here" : "no python3 here has it (" + candidates.front() + (candidates.size() > 1 ? ", ...)" : ")");
  print_message(style_of(STDERR_FILENO, host), option + " is an option of the Python package, and " + looked, "pip install carbontracker, or: carbontracker run -- COMMAND");
  return option == "--parse" || option == "--report" || option == "--output" ? 1 : 125;
}

}  // namespace carbontracker::cli
