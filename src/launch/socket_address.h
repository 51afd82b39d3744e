#pragma once
// Unix datagram sockets, inside this folder.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "launch/descriptor.h"

namespace carbontracker {

// A socket's address holds 107 bytes; a longer path is named through its directory's descriptor.
class SocketAddress {
 public:
  explicit SocketAddress(const std::string& path) {
    std::string name = path;
    if (name.size() >= sizeof address_.sun_path) {
      const auto slash = path.rfind('/');
      directory_ = Descriptor(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      name = "/proc/self/fd/" + std::to_string(directory_.get()) + path.substr(slash);
    }
    address_.sun_family = AF_UNIX;
    if (name.size() < sizeof address_.sun_path) std::memcpy(address_.sun_path, name.c_str(), name.size());
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  Descriptor directory_;
  sockaddr_un address_{};
};

inline int new_datagram_socket() { return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

}  // namespace carbontracker
