"""Completions in the real shells, and the manual page through the real formatter."""
import os
import subprocess

import pytest

VERBS = {"run", "report", "sources", "rename", "delete", "prune", "man", "completions"}


@pytest.fixture
def scripts(ct):
    for shell in ("bash", "zsh", "fish"):
        done = ct("completions", shell)
        assert done.returncode == 0 and done.stderr == ""
        (ct.folder / shell).write_text(done.stdout)
    return ct.folder


def bash(scripts, *words):
    ask = f'source "{scripts}/bash"; COMP_WORDS=({" ".join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; _carbontracker; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", ask], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return set(done.stdout.split())


def fish(ct, scripts, line):
    env = {**os.environ, "HOME": str(ct.home), "XDG_CONFIG_HOME": str(ct.home), "XDG_DATA_HOME": str(ct.home)}
    done = subprocess.run(["fish", "--no-config", "-c", f'source "{scripts}/fish"; complete -C "{line}"'], capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == 0, done.stderr
    return {each.split("\t")[0] for each in done.stdout.splitlines()}


def test_bash(scripts):
    assert VERBS <= bash(scripts, "carbontracker", "")
    assert bash(scripts, "carbontracker", "rep") >= {"report"}
    assert {"--epochs", "--place", "--pue", "-o", "--output", "--strict"} <= bash(scripts, "carbontracker", "run", "-")
    assert bash(scripts, "carbontracker", "report", "--format", "") == {"text", "json", "csv", "md"}
    assert bash(scripts, "carbontracker", "completions", "") == {"bash", "zsh", "fish"}
    assert bash(scripts, "carbontracker", "run", "--progress", "o") == {"off"}


def test_fish(ct, scripts):
    assert VERBS <= fish(ct, scripts, "carbontracker ")
    assert {"--epochs", "--place", "--output"} <= fish(ct, scripts, "carbontracker run --")
    assert fish(ct, scripts, "carbontracker report --format ") == {"text", "json", "csv", "md"}


def test_zsh_takes_the_file_and_knows_the_function(scripts):
    done = subprocess.run(["zsh", "-f", "-c", f'autoload -U compinit; compinit -u -D; source "{scripts}/zsh" && print -r -- $_comps[carbontracker]; functions _carbontracker >/dev/null && echo defined'],
                          capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["_carbontracker", "defined"]


def test_zsh_completes_on_a_terminal(ct, scripts):
    ask = f"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source {scripts}/zsh; zstyle ":completion:*" list-colors ""; echo up'
zpty -r -m shell seen '*up*up*'
zpty -n -w shell $'{ct.program} report --format \\t'
sleep 1
zpty -r -t shell seen; print -r -- "$seen"; while zpty -r -t shell seen; do print -r -- "$seen"; done
zpty -d shell
"""
    done = subprocess.run(["zsh", "-f", "-c", ask], capture_output=True, text=True, timeout=120, errors="replace")
    for word in ("text", "json", "csv", "md"):
        assert word in done.stdout, done.stdout + done.stderr


def test_the_manual_page_renders_without_a_warning(ct):
    page = ct.folder / "carbontracker.1"
    page.write_text(ct("man").stdout)
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], capture_output=True, text=True, timeout=120, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("--epochs", "--place", "EXIT STATUS", "CARBONTRACKER_SYNTHETIC", "config.toml"):
        assert word in done.stdout


def test_every_option_of_the_help_is_in_the_manual(ct):
    manual = ct("man").stdout.replace("\\-", "-")
    for verb in sorted(VERBS - {"man"}):
        for word in ct(verb, "--help").stdout.split():
            if word.startswith("--"):
                assert word.split("=")[0].rstrip(",") in manual or word.startswith("--help"), word
