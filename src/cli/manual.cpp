#include "cli/manual.h"

#include "carbontracker/version.h"
#include "cli/arguments.h"

namespace carbontracker::cli {
namespace {

std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'' || (c == '.' && out.empty())) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string option_entry(const OptionInfo& option) {
  std::string head;
  for (const std::string& name : option.names) head += (head.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (!option.value.empty()) head += (head.empty() ? "" : " ") + ("\\fI" + roff(option.value) + "\\fR");
  std::string help = option.help;
  if (!option.choices.empty() && help.find(option.choices.front()) == std::string::npos) {
    help += " (";
    for (const std::string& choice : option.choices) help += (help.back() == '(' ? "" : ", ") + choice;
    help += ")";
  }
  return ".TP\n" + head + "\n" + roff(help) + "\n";
}

constexpr const char* kOpening = R"(.SH NAME
carbontracker \- measure, forecast and account for the energy and carbon of a training
.SH SYNOPSIS
.B carbontracker run
.RI [ options ]
.B \-\-
.I command
.RI [ argument ...]
.br
.B carbontracker report
.RI [ RUN
.RI [ RUN ]]
.br
.B carbontracker
.I command
.RI [ argument ...]
.SH DESCRIPTION
Runs a command as if it were not there and says what it took: energy by device with its source and uncertainty, what the
whole of it will take, and the CO2 equivalent. An unknown first word means
.BR run .
Everything behind the command belongs to the command.
.SH COMMANDS
)";

constexpr const char* kClosing = R"(.SH OPTIONS OF THE PYTHON PACKAGE
.BR \-\-log_dir ,
.BR \-\-api_keys ,
.BR \-\-parse ,
.BR \-\-report ,
.B \-\-sim\-*
as the first word: the whole line is handed to the package,
.BR "python3 \-m carbontracker._legacy" ,
by the interpreter beside this program or the first of the path that has it.
.SH EXIT STATUS
That of the command; 128+n where signal n ended it; 125 where carbontracker failed before starting it, 126 where it cannot be
executed, 127 where it was not found. Other verbs: 0, or 1 where they failed, 2 for wrong usage.
.SH FILES
.TP
.I ~/.config/carbontracker/config.toml, ./.carbontracker.toml
Defaults of the options: place, pue, project, name, interval, progress, epochs, price, live, offline. The second wins. Keys and addresses of live providers
(electricity_maps_key = "...") stand in the first alone.
.TP
.I ~/.local/share/carbontracker
The runs. $CARBONTRACKER_HOME or $XDG_DATA_HOME put them elsewhere.
.SH ENVIRONMENT
.TP
.B CARBONTRACKER_PLACE, CARBONTRACKER_PUE, CARBONTRACKER_PROJECT, CARBONTRACKER_NAME, CARBONTRACKER_EPOCHS, CARBONTRACKER_INTERVAL, CARBONTRACKER_PROGRESS, CARBONTRACKER_PRICE, CARBONTRACKER_LIVE, CARBONTRACKER_OFFLINE
As the options; they win over the files and lose to the flags.
.TP
.B CARBONTRACKER_ELECTRICITY_MAPS_KEY, CARBONTRACKER_ENTSOE_KEY, CARBONTRACKER_EIA_KEY, CARBONTRACKER_WATTTIME_KEY
Keys of providers of live intensity; CARBONTRACKER_<PROVIDER>_URL stands for the service's own address.
.TP
.B CARBONTRACKER_HOST_ROOT
Stands before /sys, /proc and /dev of every sensor (/host in a container).
.TP
.B CARBONTRACKER_SYNTHETIC
Declared channels in place of the machine's: "gpu0=square:100:400:2s package\-0=const:90".
.TP
.B CARBONTRACKER_SWEEP
The sweep that a run is a trial of, kept as its tag "sweep"; else told by wandb agent and by Slurm, SGE, LSF and PBS job arrays.
.TP
.B NO_COLOR, CLICOLOR_FORCE
No colour, or colour even where the output is no terminal.
)";

std::string names_of(const OptionInfo& option, const char* separator) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "" : separator) + name;
  return text;
}

std::string bash() {
  std::string verbs, cases;
  for (const VerbInfo& verb : describe()) {
    verbs += (verbs.empty() ? "" : " ") + verb.name;
    std::string options, values;
    for (const OptionInfo& option : verb.options) {
      if (!option.names.empty()) options += (options.empty() ? "" : " ") + names_of(option, " ");
      std::string choices;
      for (const std::string& choice : option.choices) choices += (choices.empty() ? "" : " ") + choice;
      const std::string pattern = option.names.empty() ? verb.name : names_of(option, "|");
      if (!choices.empty()) values += "        " + pattern + ") COMPREPLY=($(compgen -W \"" + choices + "\" -- \"$word\")); return ;;\n";
      else if (option.value == "FILE") values += "        " + pattern + ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n";
    }
    cases += "    " + verb.name + ")\n      case \"$before\" in\n" + values + "      esac\n      [[ \"$word\" == -* ]] && COMPREPLY=($(compgen -W \"" + options + "\" -- \"$word\")) && return\n      ;;\n";
  }
  return "# bash completion for carbontracker\n_carbontracker() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  if (( COMP_CWORD == 1 )); then COMPREPLY=($(compgen -W \"" + verbs + "\" -- \"$word\") $(compgen -c -- \"$word\")); return; fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" + cases + "  esac\n  COMPREPLY=($(compgen -f -- \"$word\"))\n}\ncomplete -F _carbontracker carbontracker\n";
}

std::string quoted(const std::string& text, const std::string& special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else if (special.find(c) != std::string::npos) out += std::string("\\") + c;
    else out += c;
  }
  return out;
}

std::string zsh_option(const OptionInfo& option) {
  std::string action;
  for (const std::string& choice : option.choices) action += (action.empty() ? "(" : " ") + choice;
  action += action.empty() ? (option.value == "FILE" ? "_files" : " ") : ")";
  const std::string value = option.value.empty() ? "" : ":" + quoted(option.value, ":") + ":" + action;
  std::string lines;
  for (const std::string& name : option.names) lines += " \\\n        '" + name + "[" + quoted(option.help, "[]:") + "]" + value + "'";
  return lines;
}

std::string zsh() {
  std::string verbs, cases;
  for (const VerbInfo& verb : describe()) {
    verbs += "      '" + verb.name + ":" + quoted(verb.help, ":") + "'\n";
    std::string lines;
    for (const OptionInfo& option : verb.options) {
      if (!option.names.empty()) lines += zsh_option(option);
      else if (!option.choices.empty()) lines += " \\\n        '1:" + option.value + ":(" + option.choices[0] + (option.choices.size() > 1 ? " " + option.choices[1] + " " + option.choices[2] : "") + ")'";
    }
    if (verb.name == "run") lines += " \\\n        '*::command:_normal'";
    cases += "    " + verb.name + ")\n      _arguments -S" + lines + "\n      ;;\n";
  }
  return "#compdef carbontracker\n_carbontracker() {\n  local -a verbs\n  if (( CURRENT == 2 )); then\n    verbs=(\n" + verbs +
         "    )\n    _describe command verbs\n    _command_names -e\n    return\n  fi\n  local verb=${words[2]}\n  shift words\n  (( CURRENT-- ))\n  case $verb in\n" + cases +
         "    *) _normal ;;\n  esac\n}\ncompdef _carbontracker carbontracker\n";
}

std::string fish() {
  std::string out = "# fish completion for carbontracker\ncomplete -c carbontracker -f\n";
  for (const VerbInfo& verb : describe()) {
    out += "complete -c carbontracker -n __fish_use_subcommand -a " + verb.name + " -d '" + quoted(verb.help, "") + "'\n";
    for (const OptionInfo& option : verb.options) {
      std::string line = "complete -c carbontracker -n '__fish_seen_subcommand_from " + verb.name + "'";
      for (const std::string& name : option.names) line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      std::string choices;
      for (const std::string& choice : option.choices) choices += (choices.empty() ? "" : " ") + choice;
      if (!choices.empty()) line += (option.names.empty() ? " -a '" : " -x -a '") + choices + "'";
      else if (!option.value.empty() && !option.names.empty()) line += " -r";
      else if (option.names.empty()) continue;
      if (option.value == "FILE") line += " -F";
      out += line + " -d '" + quoted(option.help, "") + "'\n";
    }
  }
  return out;
}

}  // namespace

std::string manual_page() {
  std::string page = std::string(".TH CARBONTRACKER 1 \"\" \"carbontracker ") + kVersion + "\" \"User Commands\"\n" + kOpening;
  for (const VerbInfo& verb : describe()) {
    page += ".SS " + roff(verb.name) + "\n" + roff(verb.help) + ".\n";
    if (!verb.footer.empty()) page += roff(verb.footer) + "\n";
    for (const OptionInfo& option : verb.options) page += option_entry(option);
  }
  return page + kClosing;
}

std::string completions(const std::string& shell) {
  if (shell == "bash") return bash();
  return shell == "zsh" ? zsh() : fish();
}

}  // namespace carbontracker::cli
