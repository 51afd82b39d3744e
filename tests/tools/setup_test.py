"""tools/setup.sh on machines made of a folder of programs: with and without apt-get, with and without root."""
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

import pytest

NOBODY = 65534
NEEDED = ["bash", "basename", "cat", "cksum", "dirname", "env", "flock", "grep", "mkdir", "rm", "sort", "tr", "touch"]

# Knows a package as installed if the file of its name lies in $MACHINE/installed.
DPKG_QUERY = """#!/bin/bash
for package in "${@:3}"; do [[ -e $MACHINE/installed/$package ]] && echo "installed $package"; done
true
"""
# Installs by touching that file, and keeps a log of every call.
APT_GET = """#!/bin/bash
echo "$*" >>"$MACHINE/apt.log"
[[ " $* " == *" install "* ]] || exit 0
for word in "$@"; do [[ $word != -* && $word != install && $word != *=* ]] && touch "$MACHINE/installed/$word"; done
exit "${APT_STATUS:-0}"
"""


class Machine:
    """A tree with tools/, and a PATH that holds nothing but what is put there."""

    def __init__(self, root, tree):
        self.root = root
        self.bin = root / "bin"
        self.log = root / "apt.log"
        for folder in (self.bin, root / "installed", root / "tree"):
            folder.mkdir()
        shutil.copytree(tree / "tools", root / "tree/tools")
        for name in NEEDED:
            (self.bin / name).symlink_to(shutil.which(name))
        self.log.touch()
        for path in (root, root / "tree", root / "installed", self.log):
            os.chmod(path, 0o777)

    def add(self, name, text="#!/bin/bash\n"):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def setup(self, *groups, user=0, **environment):
        environment = {"PATH": str(self.bin), "MACHINE": str(self.root), **environment}
        drop = [shutil.which("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        return subprocess.run([*drop, "/bin/bash", self.root / "tree/tools/setup.sh", *groups], env=environment, text=True,
                              capture_output=True)

    def installs(self):
        return [line for line in self.log.read_text().splitlines() if " install " in f" {line} "]


@pytest.fixture
def machine(tree):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        root.chmod(0o755)
        yield Machine(root, tree)


def test_the_second_run_calls_no_apt(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    first = machine.setup("build")
    assert first.returncode == 0, first.stderr
    assert len(machine.installs()) == 1 and "libfmt-dev" in machine.installs()[0]
    log = machine.log.read_text()
    second = machine.setup("build")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.log.read_text() == log


def test_only_what_is_missing_is_installed(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    machine.setup("build")
    (machine.root / "installed/libfmt-dev").unlink()
    machine.setup("build")
    words = machine.installs()[1].split()
    assert [word for word in words if word.startswith("lib")] == ["libfmt-dev"] and "cmake" not in words


def test_a_program_from_elsewhere_counts(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    machine.add("cmake")
    machine.setup("build")
    assert " cmake " not in machine.installs()[0] and " ninja-build " in machine.installs()[0]


def test_a_group_takes_its_own_packages_alone(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    machine.setup("bench")
    assert [word for word in machine.installs()[0].split() if word.startswith("lib")] == ["libbenchmark-dev"]


def test_without_apt_the_missing_packages_are_named(machine):
    run = machine.setup("build", "test")
    assert run.returncode == 1
    missing = next(line for line in run.stderr.splitlines() if line.startswith("missing: ")).split()[1:]
    assert {"build-essential", "cmake", "libfmt-dev", "libgtest-dev", "zsh", "fish"} <= set(missing)
    assert "no apt-get here" in run.stderr


def test_without_root_the_command_to_run_is_given_and_apt_is_not_called(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    run = machine.setup("bench", user=NOBODY)
    assert run.returncode == 1
    assert "missing: libbenchmark-dev" in run.stderr.splitlines()
    assert "  sudo apt-get install -y --no-install-recommends libbenchmark-dev" in run.stderr.splitlines()
    assert machine.log.read_text() == ""


def test_a_sudo_that_asks_for_a_password_is_as_good_as_none(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    machine.add("sudo", '#!/bin/bash\n[[ $1 == -n ]] && { echo "sudo: a password is required" >&2; exit 1; }\nexit 99\n')
    run = machine.setup("bench", user=NOBODY)
    assert run.returncode == 1 and "missing: libbenchmark-dev" in run.stderr and machine.log.read_text() == ""


def test_a_sudo_that_works_is_used(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", APT_GET)
    machine.add("sudo", '#!/bin/bash\n[[ $1 == -n ]] || exit 1\nshift\n[[ $1 == true ]] && exit 0\nexec "$@"\n')
    machine.add("true")
    run = machine.setup("bench", user=NOBODY)
    assert run.returncode == 0, run.stderr
    assert len(machine.installs()) == 1


def test_without_root_nothing_is_asked_for_where_nothing_is_missing(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    (machine.root / "installed/libbenchmark-dev").touch()
    run = machine.setup("bench", user=NOBODY)
    assert (run.returncode, run.stderr) == (0, "")


def test_an_apt_that_fails_is_reported_with_what_is_still_missing(machine):
    machine.add("dpkg-query", DPKG_QUERY)
    machine.add("apt-get", '#!/bin/bash\nexit 100\n')
    run = machine.setup("bench")
    assert run.returncode == 1 and "missing: libbenchmark-dev" in run.stderr and "make again" in run.stderr


def test_an_unknown_group_is_named(machine):
    run = machine.setup("everything")
    assert run.returncode == 2 and '"everything"' in run.stderr


def fake_python(version):
    """Answers the version question, and makes an environment whose pip logs its calls."""
    return f"""#!/bin/bash
case "$*" in
  *version_info*) echo {version} ;;
  *sysconfig*) echo "$MACHINE" ;;
  "-m venv"*) mkdir -p .venv/bin && cat "$0" >.venv/bin/python && chmod 755 .venv/bin/python ;;
  "-m pip install"*) echo "$*" >>"$MACHINE/pip.log" ;;
  "-m pip --version"|"-c ") ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def python_machine(machine):
    machine.add("chmod", '#!/bin/bash\nexec /bin/chmod "$@"\n')
    machine.add("dpkg-query", DPKG_QUERY)
    for package in ("python3-venv", "python3-dev"):
        (machine.root / "installed" / package).touch()
    machine.add("python3", fake_python(311))
    return machine


def pip_calls(machine):
    log = machine.root / "pip.log"
    return log.read_text().splitlines() if log.exists() else []


def test_the_environment_is_filled_once(python_machine):
    for _ in range(2):
        run = python_machine.setup("python-demo")
        assert run.returncode == 0, run.stderr
    assert [call.split()[-1] for call in pip_calls(python_machine)] == ["tools/requirements-demo.txt"]


def test_other_requirements_fill_it_again(python_machine):
    python_machine.setup("python-test", "python-demo")
    with open(python_machine.root / "tree/tools/requirements-test.txt", "a") as file:
        file.write("another==1.0\n")
    python_machine.setup("python-test", "python-demo")
    names = [call.split()[-1] for call in pip_calls(python_machine)]
    assert names == ["tools/requirements-test.txt", "tools/requirements-demo.txt", "tools/requirements-test.txt"]


def test_an_environment_whose_python_is_gone_is_made_anew(python_machine):
    python_machine.setup("python-demo")
    (python_machine.root / "tree/.venv/bin/python").unlink()
    assert python_machine.setup("python-demo").returncode == 0
    assert len(pip_calls(python_machine)) == 2


def test_a_pip_that_fails_leaves_no_stamp(python_machine):
    python_machine.add("python3", fake_python(311).replace('echo "$*" >>"$MACHINE/pip.log"', "exit 1"))
    run = python_machine.setup("python-demo")
    assert run.returncode == 1 and "pip install -r tools/requirements-demo.txt" in run.stderr
    assert python_machine.setup("python-demo").returncode == 1


def test_the_script_may_be_run_by_anybody(tree):
    assert (tree / "tools/setup.sh").stat().st_mode & stat.S_IXOTH
