"""tools/check_layers.py on small trees, most of them deliberately bad."""
import subprocess
import sys

import pytest


@pytest.fixture
def check(load_tool, tmp_path):
    """Writes {path: text} as a tree and returns the faults found in it."""
    def run(files):
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return load_tool("check_layers").check(tmp_path)[0]
    return run


def test_own_folder_lower_ranks_public_and_system_headers_are_fine(check):
    assert check({
        "src/report/text.cpp": '#include "report/text.h"\n#include <vector>\n#include <sys/stat.h>\n#include <unistd.h>\n'
                               '#include "base/text.h"\n#include "carbontracker/units.h"\n#include <fmt/format.h>\n',
        "src/report/text.h": "#include <string>\n",
        "include/carbontracker/energy.h": '#include <optional>\n#include "carbontracker/units.h"\n',
    }) == []


@pytest.mark.parametrize("folder, header, ranks", [
    ("base", "data/tables.h", "base (rank 0) may not see data (rank 1)"),
    ("storage", "report/report.h", "storage (rank 4) may not see report (rank 6)"),
    ("storage", "carbon/place.h", "storage (rank 4) may not see carbon (rank 4)"),
    ("web", "cli/options.h", "web (rank 8) may not see cli (rank 8)"),
])
def test_upwards_and_sideways_is_a_fault_that_names_line_header_and_ranks(check, folder, header, ranks):
    faults = check({f"src/{folder}/a.cpp": f'#include <string>\n\n#include "{header}"\n'})
    assert faults == [f"src/{folder}/a.cpp:3: {header}: {ranks}"]


def test_angle_brackets_do_not_hide_a_header_of_ours(check):
    faults = check({"src/base/a.cpp": "#include <cli/options.h>\n", "src/cli/options.h": ""})
    assert faults == ["src/base/a.cpp:1: cli/options.h: base (rank 0) may not see cli (rank 8)"]


def test_spaces_do_not_hide_an_include(check):
    assert len(check({"src/base/a.cpp": '  #  include  "cli/options.h"\n'})) == 1


def test_what_is_commented_out_is_not_included(check):
    assert check({"src/base/a.cpp": '// #include "cli/a.h"\n/*\n#include "cli/b.h"\n*/\n'}) == []


def test_lines_are_counted_through_comments(check):
    faults = check({"src/base/a.cpp": '/*\n\n*/\n#include "cli/a.h"\n'})
    assert [fault.split(":")[1] for fault in faults] == ["4"]


@pytest.mark.parametrize("header, folder", [("sqlite3.h", "tracker"), ("CLI/CLI.hpp", "report"), ("curl/curl.h", "web")])
def test_a_third_party_belongs_to_one_folder(check, header, folder):
    faults = check({f"src/{folder}/a.cpp": f"#include <{header}>\n"})
    assert len(faults) == 1 and "may include it" in faults[0]


def test_quotes_do_not_hide_a_third_party(check):
    assert "only storage" in check({"src/cli/a.cpp": '#include "sqlite3.h"\n'})[0]


@pytest.mark.parametrize("path", ["src/storage/a.h", "include/carbontracker/a.h"])
@pytest.mark.parametrize("header", ["sqlite3.h", "fmt/format.h", "nlohmann/json.hpp"])
def test_no_header_of_ours_shows_a_third_party(check, path, header):
    assert "in a header of ours" in check({path: f"#include <{header}>\n"})[0]


def test_a_third_party_that_nobody_declared_is_a_fault(check):
    assert "does not know" in check({"src/cli/a.cpp": "#include <boost/asio.hpp>\n"})[0]


def test_a_public_header_includes_public_headers_alone(check):
    assert "public headers alone" in check({"include/carbontracker/a.h": '#include "base/text.h"\n'})[0]


def test_a_folder_without_a_rank_is_a_fault(check):
    assert "has no rank" in check({"src/extras/a.cpp": ""})[0]
    assert "has a rank" in check({"src/cli/a.cpp": '#include "extras/a.h"\n'})[0]


def test_the_exit_code_says_it(tree, tmp_path):
    def status():
        return subprocess.run([sys.executable, tree / "tools/check_layers.py", tmp_path], capture_output=True).returncode
    assert status() == 1  # no sources at all: the wrong folder
    (tmp_path / "src/base").mkdir(parents=True)
    (tmp_path / "src/base/a.cpp").write_text('#include "base/a.h"\n')
    assert status() == 0
    (tmp_path / "src/base/a.cpp").write_text('#include "cli/a.h"\n')
    assert status() == 1
