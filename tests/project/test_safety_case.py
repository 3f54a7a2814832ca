"""docs/safety.md is true as far as a test can tell: each hazard names tests, and each of them exists and runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
CASE = ROOT / "docs/safety.md"
SEVERITIES = {"high", "medium", "low"}
COLLECT = """
import ast, inspect, sys, textwrap
import pytest

def skips_first(function):
    body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body
    return bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Call) and ast.unparse(body[0].value.func) == "pytest.skip"

class Told:
    def pytest_collection_finish(self, session):
        for item in session.items:
            if not item.get_closest_marker("skip") and not item.get_closest_marker("xfail") and not skips_first(item.function):
                print("RUNS", item.nodeid.partition("[")[0])

sys.exit(pytest.main(["--collect-only", "-q", "-n0", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Told()]))
"""


class Hazard(NamedTuple):
    id: str
    name: str
    severity: str
    prevented: str
    noticed: str
    remains: str
    tests: tuple[str, ...]


def hazards(text):
    """The rows of the table."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if re.match(r"\|\s*H\d", line)]
    wrong = [row[0] for row in rows if len(row) != 7]
    assert not wrong, f"these rows have not seven cells: {wrong}"
    return [Hazard(*row[:6], tuple(re.findall(r"`([^`]+)`", row[6]))) for row in rows]


def that_run(tests, folder):
    """Those of `tests` (node ids without the folder) that pytest finds and that nobody has switched off."""
    files = sorted({str(file) for test in tests for file in folder.rglob(test.partition("::")[0])})
    done = subprocess.run([sys.executable, "-c", COLLECT, *files], cwd=folder, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    return {line.removeprefix("RUNS ").rpartition("/")[2] for line in done.stdout.splitlines() if line.startswith("RUNS ")}


@pytest.fixture(scope="module")
def case():
    return hazards(CASE.read_text(encoding="utf-8"))


def test_each_hazard_is_told_whole(case):
    assert len(case) > 30
    assert len({hazard.id for hazard in case}) == len(case)
    for hazard in case:
        assert hazard.severity in SEVERITIES, hazard.id
        assert all(hazard[:6]), f"{hazard.id}: an empty cell"
        assert hazard.tests, f"{hazard.id}: no test"


def test_every_test_that_is_named_exists_and_runs(case):
    named = {test for hazard in case for test in hazard.tests}
    assert sorted(named - that_run(named, ROOT / "tests")) == []


def test_a_test_that_is_gone_or_switched_off_is_found_out(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_x.py").write_text("""
import pytest
def test_runs(): assert True
@pytest.mark.skip
def test_marked(): pass
def test_skips(): pytest.skip("never")
@pytest.mark.parametrize("n", [1, 2])
def test_many(n): assert n
""")
    named = {f"test_x.py::test_{name}" for name in ("runs", "marked", "skips", "many", "gone")}
    assert that_run(named, tmp_path) == {"test_x.py::test_runs", "test_x.py::test_many"}


def test_a_row_with_a_cell_too_few_is_found_out():
    with pytest.raises(AssertionError, match="H1"):
        hazards("| H1 | a | high | b | c | `t` |")


def test_what_the_program_is_not_stands_in_plain_words():
    text = CASE.read_text(encoding="utf-8")
    assert "It cannot see" in text
    assert "no medical device" in text
