"""The package as it is installed: the wheels in empty environments, and what an import brings along."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.timeout(1800)  # wheels for three ABIs are compiled

TREE = pathlib.Path(__file__).resolve().parents[2]


def others():
    """The other Pythons that are at hand: on PATH, and pyenv's (whose commands on PATH may be empty promises)."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv") / "versions"
    for minor in range(10, 15):
        for path in (shutil.which(f"python3.{minor}"), *sorted(map(str, pyenv.glob(f"3.{minor}.*/bin/python3")))):
            if minor != sys.version_info[1] and path and subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
                yield path, (3, minor)
                break


# The running Python, and every other that a wheel fits.
PYTHONS = {sys.executable: sys.version_info[:2], **dict(others())}


@pytest.fixture(scope="module")
def wheels():
    subprocess.run([TREE / "tools" / "make_wheel.sh"], check=True, cwd=TREE)
    return sorted((TREE / "dist").glob("carbontracker-*.whl"))


@pytest.fixture(scope="module")
def wheel(wheels):
    """That of the running Python."""
    [path] = [w for w in wheels if fits(w, sys.version_info[:2])]
    return path


def fits(wheel, version):
    tag = f"cp{version[0]}{version[1]}"
    return f"-{tag}-{tag}-" in wheel.name or version >= (3, 12) and "-cp312-abi3-" in wheel.name


def test_a_wheel_works_in_an_empty_environment(wheels, tmp_path):
    for number, (python, version) in enumerate(PYTHONS.items()):
        if any(fits(w, version) for w in wheels):
            works(python, tmp_path / str(number))
    assert any(fits(w, sys.version_info[:2]) for w in wheels)


def works(interpreter, folder):
    folder.mkdir()
    subprocess.run([interpreter, "-m", "venv", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CARBONTRACKER_HOME": str(folder / "store"), "CARBONTRACKER_SYNTHETIC": "package-0=const:100"}

    def run(*words):
        return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, env=env, cwd=folder).stdout
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", "--find-links", TREE / "dist", "carbontracker")
    code = ("import time, carbontracker as ct\nwith ct.track('installed') as run: time.sleep(0.2)\n"
            "t = run.report().to_dict(); print(round(t['energy']['total']['joules'] / t['run']['duration_s']), ct.__file__)")
    watts, where = run(python, "-c", code).split()
    assert int(watts) == pytest.approx(100, abs=3) and where.startswith(str(folder))
    assert run(python, "-c", "import carbontracker.tracker as t; k = t.CarbonTracker(epochs=1, verbose=0); k.epoch_start(); k.epoch_end(); print(k.actual['epochs'])") == "1\n"
    program = folder / "env" / "bin" / "carbontracker"
    assert program.read_bytes()[:4] == b"\x7fELF"
    assert "installed" in run(program, "report", "installed")


def test_the_wheel_brings_all_it_needs_and_its_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))).decode()
    assert {"carbontracker/py.typed", "carbontracker/_core.pyi", "carbontracker/__init__.pyi"} <= set(names)
    assert "manylinux" in wheel.name and "Requires-Dist" not in metadata and "Requires-Python: >=3.10" in metadata


def extensions(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        return [pathlib.Path(archive.extract(name, folder)) for name in archive.namelist() if re.fullmatch(r"carbontracker/_core\..*so", name)]


def test_a_wheel_for_many_pythons_uses_what_they_have_in_common(wheels, tmp_path):
    """Every name of Python that the binding asks the interpreter for is one that Python.h declares under the limited API of 3.12."""
    for wheel in wheels:
        [core] = extensions(wheel, tmp_path / wheel.stem)
        if "abi3" not in wheel.name:
            assert re.search(r"cpython-3\d+", core.name) and "abi3" not in core.name
            continue
        assert "-cp312-abi3-" in wheel.name and core.name == "_core.abi3.so"
        needed = subprocess.run(["nm", "-D", "--undefined-only", core], check=True, capture_output=True, text=True).stdout
        names = set(re.findall(r"\b_?Py\w+", needed))
        include = [subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], check=True, capture_output=True, text=True).stdout.strip()
                   for python, version in PYTHONS.items() if version >= (3, 12)]
        declared = subprocess.run(["cc", "-E", "-DPy_LIMITED_API=0x030C0000", "-I", include[0], "-x", "c", "-"], input="#include <Python.h>", check=True,
                                  capture_output=True, text=True).stdout
        assert len(names) > 50 and names <= set(re.findall(r"\b_?Py\w+", declared))


def test_import_brings_nothing_heavy(machine):
    code = "import sys\nbefore = set(sys.modules)\n{}\nprint(*sorted(set(sys.modules) - before))"

    def new(code_of_use):
        return set(subprocess.run([sys.executable, "-c", code.format(code_of_use)], check=True, capture_output=True, text=True).stdout.split())
    assert new("import carbontracker") == {"carbontracker"}  # what it costs: make bench
    used = new("import carbontracker\nwith carbontracker.track() as run:\n  for _ in run.epochs(range(2)): pass")
    assert not used & {"logging", "dataclasses", "typing", "threading", "json", "numpy", "asyncio", "subprocess", "socket", "inspect", "re"}


def test_every_public_name_is_there(ct):
    assert all(getattr(ct, name) is not None for name in ct.__all__) and ct.__version__
    with pytest.raises(AttributeError):
        ct.no_such_name
