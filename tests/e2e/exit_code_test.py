"""`run` is not there: the command's own exit code, its own options, its own input and output."""
import json
import os
import subprocess

import pytest

HELP_LIKE = ["--output", "-h", "--help", "--report", "--version", "--epochs", "--format=json", "-o", "--", "-q"]


@pytest.mark.parametrize("code", [0, 1, 2, 77, 124, 125, 126, 127, 255])
def test_the_exit_code_is_the_commands(ct, code):
    assert ct("run", "--", "sh", "-c", f"exit {code}").returncode == code
    assert ct.report()["run"]["exit_code"] == code


@pytest.mark.parametrize("signal, number", [("INT", 2), ("KILL", 9), ("SEGV", 11), ("PIPE", 13), ("TERM", 15)])
def test_a_command_ended_by_a_signal_gives_128_and_its_number(ct, signal, number):
    assert ct("run", "--", "sh", "-c", f"kill -{signal} $$").returncode == 128 + number
    report = ct.report()["run"]
    assert (report["state"], report["exit_code"]) == ("finished", 128 + number)


def test_not_found_is_127_not_executable_126_and_neither_leaves_a_run(ct):
    (ct.work / "data").write_text("no program")
    missing, data = ct("run", "--", "no-such-program"), ct("run", "--", "./data")
    assert (missing.returncode, data.returncode) == (127, 126)
    assert "no-such-program" in missing.stderr and "not found" in missing.stderr
    assert "chmod +x ./data" in data.stderr
    assert ct.runs() == []


@pytest.mark.parametrize("words", [["run"], ["run", "--"], ["run", "--no-such-option", "--", "true"], ["run", "--pue", "0.5", "--", "true"],
                                   ["run", "--place", "XX", "--", "true"], ["run", "--interval", "soon", "--", "true"], ["run", "--epochs"],
                                   ["run", "--tag", "plain", "--", "true"], ["run", "--progress-pattern", "(", "--", "true"]])
def test_wrong_usage_of_run_is_125_and_starts_nothing(ct, words):
    done = ct(*[word.replace("true", "touch") for word in words], *(["started"] if "true" in words else []))
    assert done.returncode == 125
    assert done.stdout == "" and done.stderr.startswith("carbontracker: ")
    assert not (ct.work / "started").exists()


def test_wrong_usage_of_other_verbs_is_2_and_a_failure_1(ct):
    assert ct("report", "--no-such-option").returncode == 2
    assert ct("rename", "only-one").returncode == 2
    assert ct("prune").returncode == 2
    assert ct("report", "no-such-run").returncode == 1
    assert ct("delete", "no-such-run").returncode == 1


@pytest.mark.parametrize("words, partner", [
    (["run", "--within", "24h"], "--when green"), (["run", "--deadline", "2030-01-01"], "--when green"), (["run", "--hours", "6"], "--when green"),
    (["run", "--max-pause", "2h"], "--pause-above"), (["run", "--column", "x"], "--history"), (["run", "--on-budget", "stop"], "--budget"),
    (["run", "--provider", "neso"], "--live"), (["intensity", "GB", "--provider", "neso"], "--live"), (["plan", "--provider", "neso"], "--live"),
    (["predict", "--provider", "neso"], "--live"), (["report", "--provider", "neso"], "--live"), (["report", "last", "--column", "x"], "--intensity"),
    (["plan", "--column", "x"], "--history"), (["report", "--trials", "9"], "--project or --tag"), (["forecast", "--power", "p", "--total", "3", "--smaller"], "--target or --patience"), (["advise", "--each", "5s"], "--power-sweep"), (["advise", "--stop"], "--power-sweep")])
def test_an_option_that_would_do_nothing_is_refused(ct, words, partner):
    done = ct(*words, *(["--", "touch", "started"] if words[0] == "run" else []))
    assert done.returncode == (125 if words[0] == "run" else 2)
    assert f"goes with {partner}" in done.stderr and not (ct.work / "started").exists()


def test_the_setting_live_is_as_good_as_the_option(ct):
    (ct.home / ".config" / "carbontracker").mkdir(parents=True)
    (ct.home / ".config" / "carbontracker" / "config.toml").write_text("live = true\n")
    assert ct("run", "--place", "DK", "--provider", "neso", "--", "sh", "-c", "exit 4").returncode == 4


def test_a_report_into_a_folder_that_is_not_there_says_what_to_do_before_anything_starts(ct):
    done = ct("run", "-o", "nowhere/r.json", "--", "touch", "started")
    assert done.returncode == 125 and "make that directory first" in done.stderr and not (ct.work / "started").exists()


def test_a_verb_that_was_mistyped_is_told_what_was_meant(ct):
    done = ct("repot", "last")
    assert done.returncode == 127 and "did you mean carbontracker report?" in done.stderr
    assert ct.runs() == []


def test_no_option_of_the_childs_is_taken(ct):
    for dashes in ([], ["--"]):
        done = ct("run", *dashes, "printf", "%s\n", *HELP_LIKE)
        assert done.returncode == 0
        assert done.stdout.splitlines() == HELP_LIKE
        assert ct.report()["run"]["command"] == ["printf", "%s\n", *HELP_LIKE]


def test_two_dashes_end_our_options_once(ct):
    assert ct("run", "--name", "x", "--", "printf", "%s,", "--", "a").stdout == "--,a,"
    assert ct("run", "printf", "%s,", "--", "a").stdout == "--,a,"


def test_a_command_that_begins_with_a_dash(ct):
    (ct.work / "-odd").write_text("#!/bin/sh\necho odd\n")
    (ct.work / "-odd").chmod(0o755)
    assert ct("run", "--", "-odd", env={"PATH": f"{ct.work}:{os.environ['PATH']}"}).stdout == "odd\n"


def test_an_unknown_first_word_means_run(ct):
    done = ct("sh", "-c", "echo out; exit 5", "--report", "last")
    assert (done.returncode, done.stdout) == (5, "out\n")
    assert len(ct.runs()) == 1


def test_our_options_before_an_unknown_first_word(ct):
    assert ct("--name", "given", "sh", "-c", "exit 3").returncode == 3
    assert ct.report()["run"]["name"] == "given"


def test_an_old_option_behind_the_command_belongs_to_the_child_and_a_hint_says_where_it_goes(ct):
    done = ct("run", "--", "echo", "--log_dir", "logs")
    assert done.stdout == "--log_dir logs\n"
    assert "--log_dir" in done.stderr and "carbontracker run [options] -- echo" in done.stderr


def test_run_writes_to_stderr_only(ct):
    done = ct("run", "--", "true")
    assert done.stdout == ""
    assert "energy" in done.stderr and len(done.stderr.splitlines()) <= 8


def test_quiet_says_nothing(ct):
    done = ct("run", "-q", "--", "echo", "out")
    assert (done.stdout, done.stderr) == ("out\n", "")


def test_input_reaches_the_child(ct):
    data = "line one\nline two without an end"
    assert ct("run", "--", "cat", input=data).stdout == data


def test_closed_streams_are_no_fault_of_ours(ct):
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        script = f'"$0" run -o "{ct.folder}/closed.json" -- sh -c "exit 4" {closed}'
        done = subprocess.run(["sh", "-c", script, str(ct.program)], env=ct.env, cwd=ct.work, timeout=120)
        assert done.returncode == 4, closed
        assert json.loads((ct.folder / "closed.json").read_text())["run"]["exit_code"] == 4


def test_a_child_that_closes_its_output_goes_on(ct):
    done = ct("run", "--", "sh", "-c", "echo before; exec >&- 2>&-; sleep 0.3; exit 6")
    assert (done.returncode, done.stdout) == (6, "before\n")


def test_a_reader_that_leaves_ends_the_child_as_it_would_without_us(ct):
    with ct.start("run", "--", "yes") as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(timeout=120) == 128 + 13  # SIGPIPE
        assert b"energy" in process.stderr.read()


def test_a_reader_of_our_summary_that_leaves_is_no_fault_of_the_childs(ct):
    with ct.start("run", "--", "sh", "-c", "sleep 0.5; exit 7") as process:
        process.stderr.close()
        process.stdout.close()
        assert process.wait(timeout=120) == 7
    assert ct.report()["run"]["exit_code"] == 7


def test_a_report_that_cannot_be_written_is_a_failure(ct):
    ct("run", "--", "true")
    with open("/dev/full", "w") as full:
        done = ct("report", "last", stdout=full)
        assert done.returncode == 1 and "No space left" in done.stderr


def test_a_long_command_line(ct):
    words = ["x" * 100_000] * 10
    done = ct("run", "--", "sh", "-c", 'echo ${#1} $#', "sh", *words)
    assert done.stdout == "100000 10\n"
    assert ct.report()["run"]["exit_code"] == 0


def test_an_argument_list_too_long_for_the_kernel_is_a_clear_error(ct):
    ulimit = ["sh", "-c", 'ulimit -s 100; exec "$@"', "sh"]
    done = ct("run", "--", "true", *["x" * 1000] * 20, prefix=ulimit)
    assert done.returncode in (0, 126)


def test_B137_hostile_names_are_shown_not_sent(ct):
    name = "a\x1b[2Jb\\u\"\n\x9bc"
    done = ct("run", "--name", name, "--project", "p\x1b]0;x\x07", "--", "printf", "%s", "\x1b[31m\\u\\_", "\x7f")
    assert "\x1b" not in done.stderr and "\x9b" not in done.stderr
    report = ct.report()
    assert report["run"]["name"] == name
    assert report["run"]["command"][2:] == ["\x1b[31m\\u\\_", "\x7f"]
    for format in ("text", "md", "csv"):
        for words in (["report", "last"], ["report"]):
            assert "\x1b" not in ct(*words, "--format", format).stdout


def test_words_that_are_no_utf_8(ct):
    done = ct("run", "--name", b"\xff\xfe".decode("utf-8", "surrogateescape"), "--", "printf", "%s", b"a\xffb".decode("utf-8", "surrogateescape"))
    assert done.returncode == 0
    assert ct.report()["run"]["exit_code"] == 0


def test_secrets_on_the_command_line_are_masked(ct):
    ct("run", "--", "true", "--api-key", "s3cr3tvalue", "--token=hf_abcdefghijkl")
    text = json.dumps(ct.report())
    assert "s3cr3tvalue" not in text and "hf_abcdefghijkl" not in text
    assert b"s3cr3tvalue" not in b"".join(path.read_bytes() for path in ct.store.rglob("*") if path.is_file())


def test_the_child_gets_the_environment_and_the_directory_as_they_are(ct):
    done = ct("run", "--", "sh", "-c", 'pwd; echo "$GIVEN"; env | grep -c "^CARBONTRACKER_\\(RUN_ID\\|SOCKET\\)="', env={"GIVEN": "as is"})
    assert done.stdout.splitlines() == [str(ct.work), "as is", "2"]


def test_wrappers_in_wrappers(ct):
    done = ct("run", "--", str(ct.program), "run", "--", "sh", "-c", "echo deep; exit 9")
    assert (done.returncode, done.stdout) == (9, "deep\n")
    assert len(ct.runs()) == 1  # the outer one measures
