// What was typed becomes plain values; everything from the command on is the command's.

#include "cli/arguments.h"

#include <gmock/gmock.h>

#include "cli/did_you_mean.h"
#include "cli/manual.h"
#include "cli/style.h"
#include "fakes/fake_host.h"

namespace carbontracker::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Arguments parsed(const std::vector<std::string>& words) {
  auto arguments = parse_arguments(words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().what);
  return arguments ? *arguments : Arguments{};
}

TEST(Arguments, OptionsEndWhereTheCommandBegins) {
  const Arguments a = parsed({"run", "--epochs", "3", "--name=x", "python", "--epochs", "9", "--", "-h"});
  EXPECT_EQ(a.run.epochs, 3);
  EXPECT_EQ(a.run.name, "x");
  EXPECT_THAT(a.run.command, ElementsAre("python", "--epochs", "9", "--", "-h"));
}

TEST(Arguments, TwoDashesBelongToUsOnce) {
  EXPECT_THAT(parsed({"run", "-q", "--", "--", "x"}).run.command, ElementsAre("--", "x"));
  EXPECT_THAT(parsed({"run", "--", "-odd", "--version"}).run.command, ElementsAre("-odd", "--version"));
}

TEST(Arguments, AnUnknownFirstWordMeansRun) {
  const Arguments a = parsed({"python", "train.py", "report", "--help"});
  EXPECT_EQ(a.verb, "run");
  EXPECT_THAT(a.run.command, ElementsAre("python", "train.py", "report", "--help"));
  EXPECT_EQ(parsed({"--epochs", "2", "make"}).run.epochs, 2);
}

TEST(Arguments, EveryOptionOfRun) {
  const Arguments a = parsed({"run", "--project", "p", "--tag", "a=b", "--tag", "c=", "--place", "DK", "--pue", "1.2", "--interval", "1m30s", "-o", "f", "--progress", "off", "--strict", "-q", "true"});
  EXPECT_EQ(a.run.project, "p");
  EXPECT_THAT(a.run.tags, ElementsAre("a=b", "c="));
  EXPECT_EQ(a.run.pue, 1.2);
  EXPECT_EQ(a.run.interval, Seconds(90));
  EXPECT_EQ(a.run.output, "f");
  EXPECT_EQ(a.run.progress, "off");
  EXPECT_TRUE(a.run.strict && a.run.quiet);
}

std::string remedy_of(const std::vector<std::string>& words) {
  const auto arguments = parse_arguments(words);
  return arguments ? "" : arguments.error().what + " | " + arguments.error().hint;
}

TEST(Arguments, AnAgeWithoutAUnitIsNoReasonToDeleteRuns) {
  EXPECT_THAT(remedy_of({"prune", "--older-than", "90"}), HasSubstr("with its unit"));
  EXPECT_EQ(parsed({"prune", "--older-than", "90d"}).manage.older_than, Seconds(90 * 86400.0));
  for (const auto& words : std::vector<std::vector<std::string>>{{"run", "--within", "24", "true"}, {"run", "--max-pause", "2", "true"}, {"plan", "--within", "24"}, {"advise", "--each", "20"}})
    EXPECT_THAT(remedy_of(words), HasSubstr("with its unit")) << words[1];
}

TEST(Arguments, NumbersAsPeopleWriteThem) {
  EXPECT_EQ(parsed({"predict", "--params", "7B", "--tokens", "2T"}).predict.params, 7e9);
  EXPECT_EQ(parsed({"predict", "--params", "7e9", "--tokens", "1.5t"}).predict.tokens, 1.5e12);
  EXPECT_EQ(parsed({"predict", "--flops", "3.14e23"}).predict.flops, 3.14e23);
  EXPECT_EQ(parsed({"predict", "--mfu", "40%"}).predict.mfu, 0.4);
  EXPECT_EQ(parsed({"plan", "--hours", "90m"}).plan.hours, 1.5);
  EXPECT_EQ(parsed({"plan", "--hours", "6"}).plan.hours, 6);
  EXPECT_EQ(parsed({"predict", "--intensity", "300g"}).predict.intensity, 300);
  EXPECT_EQ(parsed({"report", "--market", "0"}).report.market, 0);
  for (const char* wrong : {"7X", "B", "", "-7B", "0", "1e999", "nan", "7BB"}) EXPECT_FALSE(parse_arguments({"predict", "--params", wrong})) << wrong;
  for (const char* wrong : {"0.3kg", "g", "-1g", "300 lb"}) EXPECT_FALSE(parse_arguments({"predict", "--intensity", wrong})) << wrong;
}

TEST(Arguments, ASlipIsAnsweredWithWhatWasMeant) {
  EXPECT_THAT(remedy_of({"intensity", "DE", "--histroy", "x"}), HasSubstr("did you mean --history?"));
  EXPECT_THAT(remedy_of({"run", "--nme", "x", "true"}), HasSubstr("did you mean --name?"));
  EXPECT_THAT(remedy_of({"run", "--quite-another", "x"}), AllOf(HasSubstr("carbontracker run --help"), Not(HasSubstr("did you mean"))));
  EXPECT_THAT(remedy_of({"report", "my", "run", "of", "today"}), HasSubstr("quotes"));
  EXPECT_THAT(remedy_of({"rename", "last", "a", "name"}), HasSubstr("'name' is one word too many"));
  EXPECT_EQ(not_found_hint({"repot"}, true), "did you mean carbontracker report?");
  EXPECT_EQ(not_found_hint({"repot"}, false), "check the spelling, and PATH") << "behind run it is a program";
  EXPECT_EQ(not_found_hint({"pythn"}, true), "check the spelling, and PATH");
  EXPECT_EQ(not_found_hint({"train.py", "-x"}, true), "name its interpreter: carbontracker run -- python train.py");
  EXPECT_THAT(not_found_hint({"--place", "DK", "true"}, false), HasSubstr("options stand before --"));
}

TEST(Arguments, HelpIsAVerbToo) {
  EXPECT_EQ(parsed({"help"}).text, parsed({"--help"}).text);
  EXPECT_EQ(parsed({"help", "plan"}).text, parsed({"plan", "--help"}).text);
  EXPECT_THAT(parsed({"run", "--help"}).text, HasSubstr("Usage: carbontracker run [OPTIONS] [--] COMMAND [ARGUMENT ...]\n"));
  EXPECT_THAT(parsed({"report", "--help"}).text, Not(HasSubstr("To begin")));
  EXPECT_THAT(parsed({"report", "--help"}).text, HasSubstr("Usage: carbontracker report [OPTIONS] [RUN [RUN]]\n"));
}

TEST(Arguments, WhatIsWrongIsNamedWithItsVerb) {
  const std::vector<std::vector<std::string>> wrong{{"run", "--pue", "0.9", "true"}, {"run", "--pue", "x", "true"}, {"run", "--epochs", "0", "true"}, {"run", "--interval", "1 week", "true"},
                                                    {"run", "--tag", "=v", "true"}, {"run", "--no-such", "true"}, {"run"}, {"run", "--progress", "perhaps", "true"}};
  for (const auto& words : wrong) {
    const auto arguments = parse_arguments(words);
    ASSERT_FALSE(arguments) << words.back();
    EXPECT_THAT(arguments.error().what, ::testing::StartsWith("run: "));
    EXPECT_FALSE(arguments.error().hint.empty());
  }
}

TEST(Arguments, ReportTakesUpToTwoRuns) {
  EXPECT_THAT(parsed({"report"}).report.which, IsEmpty());
  EXPECT_THAT(parsed({"report", "a", "b", "--format", "csv"}).report.which, ElementsAre("a", "b"));
  EXPECT_FALSE(parse_arguments({"report", "a", "b", "c"}));
  EXPECT_FALSE(parse_arguments({"report", "--format", "xml"}));
}

TEST(Arguments, TheHintKnowsThePythonToolsOptions) {
  EXPECT_THAT(misplaced_option_hint({"python", "train.py", "--log_dir=x"}), HasSubstr("--log_dir"));
  EXPECT_THAT(misplaced_option_hint({"python", "train.py", "--output", "-h"}), IsEmpty());
  EXPECT_THAT(misplaced_option_hint({"/opt/bin/carbontracker", "--log_dir", "x", "python", "train.py"}), IsEmpty());
}

TEST(Manual, NamesEveryVerbAndOption) {
  const std::string page = manual_page();
  for (const VerbInfo& verb : describe()) {
    EXPECT_THAT(page, HasSubstr(".SS " + verb.name));
    for (const std::string shell : {"bash", "zsh", "fish"}) EXPECT_THAT(completions(shell), HasSubstr(verb.name)) << shell;
    for (const OptionInfo& option : verb.options) EXPECT_FALSE(option.help.empty()) << verb.name;
  }
  for (const char* line : {"\n'", "\n.el "}) EXPECT_THAT(page, Not(HasSubstr(line)));
}

TEST(Style, AMessageIsOneLineWithoutControlCharacters) {
  EXPECT_EQ(message_line("a\nb\x1b[2J", "do\tthis"), "carbontracker: a\\nb\\x1b[2J (do\\tthis)");
}

TEST(Style, ColourIsDecidedByTheEnvironmentWhereThereIsNoTerminal) {
  EXPECT_FALSE(style_of(-1, fake_host("")).colour);
  EXPECT_TRUE(style_of(-1, fake_host("", {{"CLICOLOR_FORCE", "1"}})).colour);
  EXPECT_FALSE(style_of(-1, fake_host("", {{"CLICOLOR_FORCE", "0"}})).colour);
  EXPECT_FALSE(style_of(-1, fake_host("", {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}})).colour);
  EXPECT_FALSE(style_of(-1, fake_host("", {{"CLICOLOR_FORCE", "1"}})).live);
}

}  // namespace
}  // namespace carbontracker::cli
