#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/style.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace carbontracker::cli {
namespace {

int failed(const Error& error, const Host& host) {
  print_message(style_of(STDERR_FILENO, host), error.what, error.hint);
  return 1;
}

// Opens the user's store and hands it on; what could not be read of it is said.
template <class Use>
int with_store(const Host& host, Use use) {
  auto store = Store::open(data_home(host));
  if (!store) return failed(store.error(), host);
  for (const Error& note : (*store)->notes()) print_message(style_of(STDERR_FILENO, host), note.what, note.hint);
  const Result<std::string> done = use(**store);
  if (!done) return failed(done.error(), host);
  return print_product(*done + "\n", host);
}

}  // namespace

int rename_command(const ManageArguments& arguments, const Host& host) {
  return with_store(host, [&](Store& store) -> Result<std::string> {
    if (arguments.new_name.empty()) return unexpected(Errc::invalid_input, "rename: the new name is empty", "carbontracker rename last baseline");
    if (const auto done = store.rename(arguments.which, arguments.new_name); !done) return unexpected(done.error());
    return "renamed " + arguments.which;
  });
}

int delete_command(const ManageArguments& arguments, const Host& host) {
  return with_store(host, [&](Store& store) -> Result<std::string> {
    if (const auto done = store.remove(arguments.which); !done) return unexpected(done.error());
    return "deleted " + arguments.which;
  });
}

int prune_command(const ManageArguments& arguments, const Host& host) {
  return with_store(host, [&](Store& store) -> Result<std::string> {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(*arguments.older_than);
    const auto count = store.prune(system_clock().wall() - age);
    if (!count) return unexpected(count.error());
    return "deleted " + std::to_string(*count) + (*count == 1 ? " run" : " runs");
  });
}

}  // namespace carbontracker::cli
