#pragma once
// A directory that goes away with the test, and files in it.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace carbontracker {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "ct-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] std::string path(std::string_view relative = "") const {
    return relative.empty() ? path_ : path_ + "/" + std::string(relative);
  }
  // Writes in place (as sysfs does: same file, new content), making parents.
  void write(std::string_view relative, std::string_view content) const {
    const std::filesystem::path file = path(relative);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }

 private:
  std::string path_;
};

}  // namespace carbontracker
