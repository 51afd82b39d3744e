#include "base/named_file.h"

#include <filesystem>

#include "base/files.h"

namespace carbontracker {

Result<std::string> read_named_file(const std::string& path, std::size_t limit) {
  auto text = read_file(path, limit);
  if (text || text.error().code != Errc::not_found || !text.error().hint.empty()) return text;
  std::error_code unknown;
  const std::string here = path.starts_with('/') ? "" : std::filesystem::current_path(unknown).string();
  return unexpected(text.error().code, text.error().what, here.empty() ? "is the name right?" : "is the name right? It is looked for in " + here);
}

}  // namespace carbontracker
