"""The package as it is installed: the wheel in an empty environment, its stubs, and what its import costs."""
import pathlib
import subprocess
import sys
import venv
import zipfile

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel():
    subprocess.run([TREE / "tools" / "make_wheel.sh"], check=True, cwd=TREE)
    [path] = (TREE / "dist").glob("carbontracker-*.whl")
    return path


def test_the_wheel_works_in_an_empty_environment(wheel, tmp_path):
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CARBONTRACKER_HOME": str(tmp_path / "store"), "CARBONTRACKER_SYNTHETIC": "package-0=const:100"}

    def run(*words):
        return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, env=env, cwd=tmp_path).stdout
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
    code = ("import time, carbontracker as ct\nwith ct.track('installed') as run: time.sleep(0.2)\n"
            "t = run.report().to_dict(); print(round(t['energy']['total']['joules'] / t['run']['duration_s']), ct.__file__)")
    watts, where = run(python, "-c", code).split()
    assert int(watts) == pytest.approx(100, abs=3) and where.startswith(str(tmp_path))
    program = tmp_path / "env" / "bin" / "carbontracker"
    assert program.read_bytes()[:4] == b"\x7fELF"
    assert "installed" in run(program, "report", "last")


def test_the_wheel_brings_all_it_needs_and_its_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))).decode()
    assert {"carbontracker/py.typed", "carbontracker/_core.pyi", "carbontracker/__init__.pyi"} <= set(names)
    assert "manylinux" in wheel.name and "Requires-Dist" not in metadata and "Requires-Python: >=3.10" in metadata


def test_the_stub_names_what_the_binding_has(ct):
    import ast
    from carbontracker import _core
    tree = ast.parse((TREE / "python" / "carbontracker" / "_core.pyi").read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    [session] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    members = {node.name for node in session.body if isinstance(node, ast.FunctionDef)} - {"__init__"}
    assert {n for n in dir(_core) if not n.startswith("_")} == functions | {"Session"}
    assert {n for n in dir(_core.Session) if not n.startswith("_")} == members


def test_import_brings_nothing_heavy_and_costs_little(machine):
    code = ("import sys, time\nbefore = set(sys.modules)\n"
            "def rss(): return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmRSS'))\n"
            "r = rss(); t = time.perf_counter()\nimport carbontracker\nt = time.perf_counter() - t\n"
            "print(t * 1e3, (rss() - r) / 1024, *sorted(set(sys.modules) - before))")
    best = min((subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split() for _ in range(5)),
               key=lambda words: float(words[0]))
    assert best[2:] == ["carbontracker"]
    assert float(best[0]) <= 15 and float(best[1]) <= 3


def test_every_public_name_is_there(ct):
    assert all(getattr(ct, name) is not None for name in ct.__all__) and ct.__version__
    with pytest.raises(AttributeError):
        ct.no_such_name
