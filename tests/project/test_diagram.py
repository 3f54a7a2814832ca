"""The picture of the phases is the table of ways, and the copy under docs is this picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from voicecoach.__main__ import main
from voicecoach.core.phases import TABLE, Phase
from voicecoach.view import diagram

DOCS = Path(__file__).parents[2] / "docs"
WAYS = {(source.value, target.value, step.value) for step, sources, target in TABLE for source in sources}
REMEDY = "the table has changed: `make diagram` draws it anew"


def test_mermaid_draws_every_way_of_the_table_and_no_other() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", diagram.mermaid(), re.MULTILINE)
    assert {(a.replace("_", "-"), b.replace("_", "-"), step) for a, b, steps in arrows for step in steps.split(", ")} == WAYS


def test_the_svg_names_every_phase_and_every_way() -> None:
    root = ET.fromstring(diagram.svg())  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    texts = {text.text for text in root.iter(f"{space}text")}
    assert {phase.value for phase in Phase} <= texts
    description = root.findtext(f"{space}desc") or ""
    for source, target, step in WAYS:
        assert re.search(rf"\b{source} to {target}: [^.]*\b{step}\b", description)
    drawn = " ".join(filter(None, texts))
    assert all(step in drawn for _, _, step in WAYS)


def test_no_two_boxes_overlap() -> None:
    places = list(diagram.PLACES.values())
    assert set(diagram.PLACES) == set(Phase)
    for index, (x, y) in enumerate(places):
        for other_x, other_y in places[:index]:
            assert abs(x - other_x) > diagram.BOX_WIDTH or abs(y - other_y) > diagram.BOX_HEIGHT


def test_the_copies_under_docs_are_not_stale() -> None:
    assert (DOCS / "pictures/phases.svg").read_text(encoding="utf-8") == diagram.svg(), REMEDY
    assert (DOCS / "pictures/phases.mmd").read_text(encoding="utf-8") == diagram.mermaid(), REMEDY
    assert f"```mermaid\n{diagram.mermaid()}```" in (DOCS / "phases.md").read_text(encoding="utf-8"), "copy docs/pictures/phases.mmd into docs/phases.md"


@pytest.mark.parametrize(("name", "expected"), [("phases.svg", diagram.svg()), ("phases.md", diagram.mermaid())])
def test_the_command_writes_what_the_name_says(name: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8") == expected
    capsys.readouterr()
    assert main(["diagram"]) == 0
    assert capsys.readouterr().out == diagram.mermaid()


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "--out", str(tmp_path / "none" / "phases.svg")]) == 2
    error = capsys.readouterr().err
    assert "cannot be written" in error
    assert error.count("\n") == 1
