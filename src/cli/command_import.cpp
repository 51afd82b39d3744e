// carbontracker import: runs that another tool has recorded, into the store.

#include <unistd.h>

#include <ctime>

#include "base/named_file.h"
#include "cli/commands.h"
#include "cli/style.h"
#include "carbon/place.h"
#include "storage/emissions_csv.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "tracker/identity.h"

namespace carbontracker::cli {
namespace {

constexpr std::size_t kLargestFile = 256u << 20;

struct Count {
  std::size_t imported = 0, updated = 0, known = 0, failed = 0;
};

// What the machine's clock was ahead of UTC at a local date; the stamps do not say where they were made.
std::chrono::seconds local_offset(WallTime local) {
  const std::time_t as_utc = std::chrono::system_clock::to_time_t(local);
  std::tm parts{};
  ::gmtime_r(&as_utc, &parts);
  parts.tm_isdst = -1;
  return std::chrono::seconds(as_utc - std::mktime(&parts));
}

// The cloud's region, else the country; what no table knows is left unknown.
void settle_place(const EmissionsRow& row, Segment& segment) {
  const std::string cloud = row.cloud_provider.empty() || row.cloud_region.empty() ? "" : row.cloud_provider + ":" + row.cloud_region;
  for (const std::string& text : {cloud, row.country}) {
    if (text.empty()) continue;
    const auto place = parse_place(text, segment.pue_from);
    if (!place || place->country.empty()) continue;
    segment.place = place->code;
    segment.place_from = segment.pue_from;
    return;
  }
}

Result<> write(const std::string& home, const RunRecord& run) {
  const Segment& segment = run.segments.front();
  auto journal = JournalWriter::create(home, run, segment);
  if (!journal) return unexpected(journal.error());
  return (*journal)->finish(segment, RunState::finished, std::nullopt);
}

// The run of this row that is in the store, if it is.
Result<std::optional<RunRecord>> known_run(Store& store, const EmissionsRow& row) {
  RunFilter filter;
  filter.tags[kImportedRun] = row.run_id.empty() ? row.experiment_id : row.run_id;
  if (row.run_id.empty()) filter.tags[kImportedStamp] = row.timestamp;
  auto runs = store.list(filter);
  if (!runs) return unexpected(runs.error());
  if (runs->empty()) return std::optional<RunRecord>();
  auto run = store.load(runs->front().id);
  if (!run) return unexpected(run.error());
  return std::optional<RunRecord>(std::move(*run));
}

Result<> take(Store& store, const std::string& home, const EmissionsRow& row, const std::string& project, Count& count) {
  const auto known = known_run(store, row);
  if (!known) return unexpected(known.error());
  const bool ours = *known && !(*known)->tags.contains(kImportedStamp);  // measured by this package, which wrote the row too
  const bool newer = *known && !ours && (*known)->segments.front().totals.duration < row.duration;
  if (*known && !newer) {
    ++count.known;
    return {};
  }
  RunRecord run = imported_run(row, local_offset(row.ended));
  run.tool_version = (*known ? **known : run).tool_version;
  run.id = *known ? (*known)->id : new_run_id(run.segments.front().started);
  run.segments.front().node = node_name();
  if (!project.empty()) run.project = project;
  settle_place(row, run.segments.front());
  if (*known)
    if (const auto removed = store.remove(run.id); !removed) return unexpected(removed.error());
  if (const auto written = write(home, run); !written) return unexpected(written.error());
  ++(*known ? count.updated : count.imported);
  return {};
}

Result<> import_file(Store& store, const std::string& home, const std::string& path, const std::string& project, Count& count, const Style& style) {
  const auto text = read_named_file(path, kLargestFile);
  if (!text) return unexpected(text.error());
  const auto file = parse_emissions(*text);
  if (!file) return unexpected(file.error().code, path + ": " + file.error().what, file.error().hint);
  for (const Error& bad : file->bad) print_message(style, path + ", " + bad.what, bad.hint);
  count.failed += file->bad.size();
  for (const EmissionsRow& row : file->rows)
    if (const auto taken = take(store, home, row, project, count); !taken) return unexpected(taken.error());
  return {};
}

std::string runs(std::size_t count) { return std::to_string(count) + (count == 1 ? " run" : " runs"); }

std::string sentence(const Count& count) {
  std::string out = "imported " + runs(count.imported);
  if (count.updated > 0) out += ", brought " + runs(count.updated) + " up to date";
  if (count.known > 0) out += ", left " + std::to_string(count.known) + " that were there already";
  if (count.failed > 0) out += "; " + std::to_string(count.failed) + (count.failed == 1 ? " row could not be read" : " rows could not be read");
  return out + "\n";
}

}  // namespace

int import_command(const ImportArguments& arguments, const Host& host) {
  const Style style = style_of(STDERR_FILENO, host);
  const std::string home = data_home(host);
  Count count;
  bool whole = true;
  for (const std::string& path : arguments.files) {
    auto store = Store::open(home);  // anew for each: what the last file has brought is known then
    const Result<> done = store ? import_file(**store, home, path, arguments.project, count, style) : Result<>(unexpected(store.error()));
    if (done) continue;
    print_message(style, done.error().what, done.error().hint);
    whole = false;
  }
  const int printed = print_product(sentence(count), host);
  return whole && count.failed == 0 ? printed : 1;
}

}  // namespace carbontracker::cli
