#!/usr/bin/env python3
"""Builds, runs every test there is, and ends with one line: N passed, N failed.

The unit tests run from build/dev (sanitizers), the tests of the finished program from build/release: the installed tree
by ctest, and the suites in Python (tests/**/*_test.py), which are given the program by its path and the Python package of
build/python on PYTHONPATH. A build that breaks, a
runner that ends without results and a test that was skipped each count as one failure.

usage: run_tests.py [--jobs N]
"""
import argparse
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

TREE = pathlib.Path(__file__).resolve().parent.parent
RESULTS = TREE / "build" / "test-results"


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def fail(self, name):
        self.failures.append(name)

    def read(self, suite, path, status):
        """Counts a JUnit file. `status` is the runner's exit code: a failure that left no trace in the file counts once."""
        passed, failed = self.passed, len(self.failures)
        if path.exists():
            for case in xml.parse(path).getroot().iter("testcase"):
                self.count(suite, case)
        if status != 0 and len(self.failures) == failed:
            self.fail(f"{suite}: the runner ended with {status} after {self.passed - passed} passed tests")
        elif self.passed == passed and len(self.failures) == failed:
            self.fail(f"{suite}: no test ran")

    def count(self, suite, case):
        name = f"{suite}: {case.get('classname', '')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            self.fail(name)
        elif skipped is not None or case.get("status") in ("notrun", "disabled"):
            reason = skipped.get("message", "") if skipped is not None else ""
            self.fail(f"{name} (skipped: {reason})")
        elif case.get("status", "run") == "run":
            self.passed += 1
        else:
            self.fail(f"{name} ({case.get('status')})")

    def close(self):
        """Prints what failed, then the closing line; returns the exit code."""
        if not self.passed and not self.failures:
            self.fail("no test ran at all")
        for name in self.failures:
            print(f"FAILED {name}")
        print(f"{self.passed} passed, {len(self.failures)} failed", flush=True)
        return 1 if self.failures else 0


def run(*command, **environment):
    print("$", " ".join(map(str, command)), flush=True)
    return subprocess.run(command, cwd=TREE, env={**os.environ, **environment}, stdin=subprocess.DEVNULL).returncode


def build(preset, jobs):
    bench = ["-DCARBONTRACKER_BENCH=ON"] if preset == "release" else []
    return run("cmake", "--preset", preset, *bench) == 0 and run("cmake", "--build", "--preset", preset, "--parallel", jobs) == 0


def run_ctest(tally, preset, jobs):
    results = RESULTS / f"{preset}.xml"
    status = run("ctest", "--preset", preset, "-j", jobs, "--output-junit", results, CARBONTRACKER_HOME=private_home())
    tally.read(preset, results, status)


def run_pytest(tally, jobs):
    if not any((TREE / "tests").rglob("*_test.py")):
        return
    results = RESULTS / "python.xml"
    # Most of these tests wait for a child, so twice as many run at once as there are jobs; a file's tests stay together, for what they share.
    status = run(sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "tests", "--junitxml", results, "-n", str(2 * int(jobs)), "--dist", "loadfile",
                 CARBONTRACKER_HOME=private_home(), CARBONTRACKER_PROGRAM=str(TREE / "build" / "release" / "carbontracker"),
                 PYTHONPATH=os.pathsep.join(filter(None, [str(TREE / "build" / "python" / "site"), os.environ.get("PYTHONPATH")])))
    tally.read("python", results, status)


def private_home():
    """Tests that forget to name a store of their own write here, never to the user's."""
    return str(TREE / "build" / "test-home")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default=str(os.cpu_count() or 2))
    jobs = parser.parse_args().jobs
    RESULTS.mkdir(parents=True, exist_ok=True)
    for old in RESULTS.glob("*.xml"):
        old.unlink()
    tally = Tally()
    for preset in ("dev", "release"):
        if build(preset, jobs):
            run_ctest(tally, preset, jobs)
        else:
            tally.fail(f"{preset}: the build")
    if not build("python", jobs):
        tally.fail("python: the build")
    run_pytest(tally, jobs)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
