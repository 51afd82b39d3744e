#include "cli/nested_run.h"

#include "cli/wrapped_run.h"
#include "launch/child.h"
#include "launch/mark_socket.h"
#include "progress/socket_marks.h"

namespace carbontracker::cli {

std::string outer_wrapper(const Host& host) {
  const std::string socket = host.env("CARBONTRACKER_SOCKET").value_or("");
  return !socket.empty() && MarkSender(socket).connected() ? socket : std::string();
}

int run_nested(const RunArguments& run, const Host& host, const Style& style, const std::string& socket, Signals& signals, const std::string& name) {
  const std::string outer = host.env("CARBONTRACKER_RUN_ID").value_or("");
  if (!run.quiet) print_message(style, "measured by the run around this one" + (outer.empty() ? "" : ", " + outer) + ": this command is a region of it", run.output.empty() ? "" : "give -o to the outer run");
  if (!run.early.metric.empty()) print_message(style, "--metric is left out: the output is read by the run around this one", "give it to the outer run");
  MarkSender sender(socket);
  auto child = Child::start({run.command, "", {}}, plan_streams(ProgressMode::off), signals);
  if (!child && child.error().code == Errc::unavailable) return run_unmeasured(run.command, std::move(signals), style, child.error());
  if (!child) {
    print_message(style, child.error().what, child.error().hint);
    return exit_code_of(child.error());
  }
  (void)sender.send(to_wire({MarkKind::region_begin, system_clock().now(), name, 0, 0, {}}));
  const auto status = child->wait(signals, {});
  (void)sender.send(to_wire({MarkKind::region_end, system_clock().now(), name, 0, 0, {}}));
  return status ? status->code : exit_code_of(status.error());
}

}  // namespace carbontracker::cli
