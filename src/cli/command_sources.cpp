// carbontracker sources: every sensor family of this machine: open, or refused with the reason and the remedy.

#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/thread.h"
#include "cli/commands.h"
#include "cli/style.h"
#include "hardware/inventory.h"

namespace carbontracker::cli {
namespace {

constexpr std::chrono::seconds kVendorPatience{10};
constexpr int kSchema = 1;  // of the JSON: docs/FORMATS.md

struct Row {
  std::string backend;
  bool open = false;
  std::vector<Channel> channels;
  std::string reason, remedy;
  bool superseded = false;
};

void add_sources(std::vector<Row>& rows, const std::vector<std::unique_ptr<EnergySource>>& sources, const std::string& backend = {}) {
  for (const auto& source : sources) {
    Row row{backend.empty() ? std::string(source->name()) : backend, true, {}, {}, {}};
    row.channels.assign(source->channels().begin(), source->channels().end());
    rows.push_back(std::move(row));
  }
}

// A vendor library is opened on a thread of its own, and left behind if it does not answer.
void add_vendor(std::vector<Row>& rows, const Backend& backend, const Host& host) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
    std::vector<Error> notes;
    Result<std::vector<std::unique_ptr<EnergySource>>> opened = unexpected(Errc::timeout, "does not answer", "look at the driver: nvidia-smi");
  };
  auto answer = std::make_shared<Answer>();
  auto started = start_thread(backend.name, [answer, &backend, host] {
    std::vector<Error> notes;
    auto opened = backend.open(host, system_clock(), notes);
    const std::lock_guard lock(answer->mutex);
    answer->notes = std::move(notes);
    answer->opened = std::move(opened);
    answer->done = true;
    answer->ready.notify_all();
  });
  if (started) started->detach();
  else answer->opened = unexpected(started.error());
  std::unique_lock lock(answer->mutex);
  if (started) answer->ready.wait_for(lock, kVendorPatience, [&] { return answer->done; });
  const std::string name(backend.name);
  if (answer->opened) add_sources(rows, *answer->opened, name);
  else rows.push_back({name, false, {}, answer->opened.error().what, answer->opened.error().hint});
  for (const Error& note : answer->notes) rows.push_back({name, false, {}, note.what, note.hint});
}

std::vector<Row> look(const Host& host) {
  std::vector<Row> rows;
  const Inventory inventory = open_inventory(host, system_clock());
  add_sources(rows, inventory.sources);
  for (const Backend* vendor : vendor_backends(host, inventory)) add_vendor(rows, *vendor, host);
  for (const auto* refusals : {&inventory.refusals, &inventory.notes})
    for (const Refusal& r : *refusals) rows.push_back({r.backend, false, {}, r.error.what, r.error.hint, r.superseded});
  return rows;
}

std::string percent(double gain) {
  return "\u00b1" + std::to_string(std::lround(gain * 100)) + " %";
}

std::string role(const Channel& channel) {
  if (!channel.contained_in.empty()) return "inside " + channel.contained_in;
  if (!channel.stands_in_for.empty()) return "stands in for " + channel.stands_in_for;
  return is_headline(channel.domain) ? "summed" : "cross-check";
}

std::string as_text(const std::vector<Row>& rows, const Style& style) {
  std::string out;
  for (const Row& row : rows) {
    if (row.open) {
      out += style.bold(row.backend) + "  open\n";
      for (const Channel& c : row.channels) {
        out += "  " + c.name + "  " + std::string(to_string(c.origin)) + "  " + percent(c.gain_error) + "  " + role(c) + "  " + c.device;
        if (!c.label.empty()) out += "  " + c.label;
        if (!c.note.empty()) out += "  (" + c.note + ")";
        out += "\n";
      }
      continue;
    }
    out += style.bold(row.backend) + (row.superseded ? "  not needed\n" : "  refused\n") + "  " + row.reason + "\n";
    if (!row.remedy.empty()) out += "  -> " + row.remedy + "\n";
  }
  return out;
}

nlohmann::ordered_json as_json(const std::vector<Row>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json channels = nlohmann::ordered_json::array();
    for (const Channel& c : row.channels) {
      channels.push_back({{"name", c.name}, {"domain", to_string(c.domain)}, {"device", c.device}, {"label", c.label},
                          {"origin", to_string(c.origin)}, {"gain_error", c.gain_error}, {"role", role(c)}, {"note", c.note}});
    }
    list.push_back({{"backend", row.backend}, {"state", row.open ? "open" : row.superseded ? "not needed" : "refused"},
                    {"channels", channels}, {"reason", row.open ? nlohmann::ordered_json() : nlohmann::ordered_json(row.reason)},
                    {"remedy", row.remedy.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.remedy)}});
  }
  return {{"schema", kSchema}, {"sources", std::move(list)}};
}

std::string cell(const std::string& text, char format) {
  std::string out;
  for (const char c : text) {
    if (format == 'm' && c == '|') out += "\\|";
    else if (format == 'c' && c == '"') out += "\"\"";
    else out += c == '\n' ? ' ' : c;
  }
  return format == 'c' ? "\"" + out + "\"" : out;
}

// One line a channel, or a refusal: csv and Markdown alike.
std::string as_table(const std::vector<Row>& rows, char format) {
  const std::string edge = format == 'm' ? "| " : "", between = format == 'm' ? " | " : ",", end = format == 'm' ? " |\n" : "\n";
  std::string out = edge + "backend" + between + "state" + between + "channel" + between + "origin" + between + "device" + between + "reason" + between + "remedy" + end;
  if (format == 'm') out += "|---|---|---|---|---|---|---|\n";
  const auto line = [&](const Row& row, const Channel* c) {
    out += edge + cell(row.backend, format) + between + (row.open ? "open" : row.superseded ? "not needed" : "refused") + between + cell(c ? c->name : "", format) + between +
           (c ? std::string(to_string(c->origin)) : "") + between + cell(c ? c->device : "", format) + between + cell(row.reason, format) + between + cell(row.remedy, format) + end;
  };
  for (const Row& row : rows) {
    if (row.channels.empty()) line(row, nullptr);
    for (const Channel& channel : row.channels) line(row, &channel);
  }
  return out;
}

}  // namespace

int sources_command(const std::string& format, const Host& host) {
  const std::vector<Row> rows = look(host);
  std::string out;
  if (format == "json") out = as_json(rows).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  else if (format == "csv" || format == "md") out = as_table(rows, format[0]);
  else out = as_text(rows, style_of(STDOUT_FILENO, host));
  return print_product(out, host);
}

}  // namespace carbontracker::cli
