"""How tools/run_tests.py counts, on JUnit files as ctest and pytest write them."""
import pytest

CTEST = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="{tests}" failures="0" disabled="0" skipped="0">
{cases}
</testsuite>
"""


@pytest.fixture
def tally(load_tool):
    return load_tool("run_tests").Tally()


def ctest_file(tmp_path, *cases):
    path = tmp_path / "dev.xml"
    path.write_text(CTEST.format(tests=len(cases), cases="\n".join(cases)))
    return path


PASSED = '<testcase name="A.b" classname="A.b" time="0.1" status="run"><system-out>fine</system-out></testcase>'
FAILED = '<testcase name="A.c" classname="A.c" time="0.1" status="fail"><failure message="no"/></testcase>'
SKIPPED = '<testcase name="A.d" classname="A.d" time="0" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>'
DISABLED = '<testcase name="A.e" classname="A.e" time="0" status="disabled"/>'


def closing_line(tally, capsys):
    status = tally.close()
    return status, capsys.readouterr().out.splitlines()[-1]


def test_all_passed(tally, tmp_path, capsys):
    tally.read("dev", ctest_file(tmp_path, PASSED, PASSED), 0)
    assert closing_line(tally, capsys) == (0, "2 passed, 0 failed")


def test_failures_skips_and_disabled_tests_are_failures(tally, tmp_path, capsys):
    tally.read("dev", ctest_file(tmp_path, PASSED, FAILED, SKIPPED, DISABLED), 8)
    assert closing_line(tally, capsys) == (1, "1 passed, 3 failed")


def test_suites_are_summed_and_pytest_is_read_too(tally, tmp_path, capsys):
    path = tmp_path / "python.xml"
    path.write_text('<testsuites><testsuite name="pytest"><testcase classname="a" name="one" time="0.1"/>'
                    '<testcase classname="a" name="two"><error message="in set-up"/></testcase>'
                    '<testcase classname="a" name="three"><skipped type="pytest.skip" message="why"/></testcase></testsuite></testsuites>')
    tally.read("dev", ctest_file(tmp_path, PASSED), 0)
    tally.read("python", path, 1)
    status = tally.close()
    lines = capsys.readouterr().out.splitlines()
    assert (status, lines[-1]) == (1, "2 passed, 2 failed")
    assert "FAILED python: a.three (skipped: why)" in lines


def test_a_runner_that_dies_without_results_is_one_failure(tally, tmp_path, capsys):
    tally.read("dev", ctest_file(tmp_path, PASSED), 0)
    tally.read("python", tmp_path / "never-written.xml", 139)
    assert closing_line(tally, capsys) == (1, "1 passed, 1 failed")


def test_a_runner_that_fails_after_passing_tests_is_one_failure(tally, tmp_path, capsys):
    tally.read("dev", ctest_file(tmp_path, PASSED), 1)
    assert closing_line(tally, capsys) == (1, "1 passed, 1 failed")


def test_a_suite_without_tests_is_a_failure(tally, tmp_path, capsys):
    tally.read("dev", ctest_file(tmp_path), 0)
    assert closing_line(tally, capsys) == (1, "0 passed, 1 failed")


def test_no_suite_at_all_is_a_failure(tally, capsys):
    assert closing_line(tally, capsys) == (1, "0 passed, 1 failed")
