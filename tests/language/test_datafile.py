"""Reading YAML: every mistake as a sentence with file, line, key and fix, and never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from voicecoach.errors import Problem, ScriptError
from voicecoach.language.datafile import DataFile, Record, load


class Inner(Record):
    name: str
    count: Annotated[int, Field(ge=2, le=3)] = 2


class Sample(Record):
    title: str
    flag: bool = False
    items: list[Inner] = Field(default_factory=list)
    table: dict[str, Inner] = Field(default_factory=dict)


def problems(path: Path, text: str | bytes) -> list[Problem]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ScriptError) as caught:
        load(path, Sample)
    for problem in caught.value.problems:
        assert problem.file == path
        assert str(problem).startswith(str(path))
        assert str(problem).endswith(".")
        assert not str(problem).endswith("..")
        assert "\n" not in str(problem)
        assert problem.what
        assert problem.fix
    return list(caught.value.problems)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sample.yaml"


def test_a_good_file_is_a_frozen_value(path: Path) -> None:
    path.write_text("title: yes\nitems:\n  - {name: on, count: 3}\n", encoding="utf-8")
    value = load(path, Sample)
    assert value == Sample(title="yes", items=[Inner(name="on", count=3)]), "YAML 1.2: yes and on are text"
    with pytest.raises(Exception, match="frozen"):
        value.title = "no"


@pytest.mark.parametrize(("text", "line", "key", "what", "fix"), [
    ("flag: true\n", 1, "title", "missing", "add it"),
    ("title: a\ntitel: b\n", 2, "titel", "no such key", "did you mean 'title'?"),
    ("title: a\nzzz: b\n", 2, "zzz", "no such key", "the keys known here are title, flag, items, table"),
    ("title: 5\n", 1, "title", "(found 5)", "text"),
    ("title: a\nflag: 1\n", 2, "flag", "(found 1)", "true or false"),
    ("title: a\nitems: b\n", 2, "items", "(found 'b')", "list"),
    ("title: a\nitems:\n  - {name: b}\n  - {name: c, count: '3'}\n", 4, "items.1.count", "(found '3')", "whole number"),
    ("title: a\nitems:\n  - {name: b}\n  - {name: c, count: 4}\n", 4, "items.1.count", "(found 4)", "correct"),
    ("title: a\nitems:\n  - 7\n", 3, "items.0", "(found 7)", "'key: value'"),
    ("title: a\nitems:\n  - {name: b, cuont: 2}\n", 3, "items.0.cuont", "no such key", "did you mean 'count'?"),
    ("title: a\ntable:\n  x: {nmae: b}\n", 3, "table.x.nmae", "no such key", "did you mean 'name'?"),
    ("title:\n", 1, "title", "nothing here", "text"),
    ("title: a\nitems:\n", 2, "items", "nothing here", "list"),
    ("- a\n", 1, "", "wrong kind", "'key: value'"),
    ("just words\n", 1, "", "wrong kind", "'key: value'"),
    ("", 1, "", "empty", "'key: value'"),
])
def test_a_mistake_is_told_with_its_place_and_its_remedy(path: Path, text: str, line: int, key: str, what: str, fix: str) -> None:
    problem = next(problem for problem in problems(path, text) if problem.key == key)
    assert problem.line == line
    assert what in problem.what
    assert fix in problem.fix


@pytest.mark.parametrize(("text", "line", "what", "fix"), [
    ("title: a\ntitle: b\n", 2, "duplicate", "remove one"),
    ("title: 'a\n", 2, "", "quotes"),
    ("title: a\n  b: c\n", 2, "", "indentation"),
    ("title: [a\n", 2, "", "indentation"),
    ("title: a\n\tb: c\n", 2, "", "indentation"),
    ("title: *nowhere\n", 1, "", ""),
    ("title: a\n---\ntitle: b\n", 2, "", ""),
    (b"title: \xff\xfe\n", 0, "UTF-8", "save it as UTF-8"),
    (b"title: a\x00b\n", 0, "", ""),
    ("title: " + "[" * 1000, 0, "without end", "other files"),
])
def test_what_is_no_yaml_is_told_in_one_sentence(path: Path, text: str | bytes, line: int, what: str, fix: str) -> None:
    (problem,) = problems(path, text)
    assert problem.line == line
    assert what in problem.what
    assert fix in problem.fix


def test_strange_but_legal_yaml_is_a_mistake_too(path: Path) -> None:
    for text in ("title: 2024-01-01\n", "title: !secret a\nflag: !!binary aGk=\n", "? [a, b]\n: c\n", "title: 1_000\n", "title: .nan\n", "title: !!set {a}\n", "title: a\nitems: &loop [*loop]\n",
                 "title: a\ntable: &loop {x: *loop}\n"):
        problems(path, text)


def test_all_mistakes_of_a_file_come_at_once(path: Path) -> None:
    found = problems(path, "titel: a\nflag: maybe\nitems:\n  - {count: 9}\n")
    assert {problem.key for problem in found} == {"title", "titel", "flag", "items.0.name", "items.0.count"}


def test_a_file_that_is_not_there_and_a_folder_in_its_place(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(ScriptError, match="cannot be read"):
            DataFile(path)


def test_the_line_of_what_is_not_there_is_that_of_its_closest_parent(path: Path) -> None:
    path.write_text("title: a\nitems:\n  - {name: b}\n", encoding="utf-8")
    source = DataFile(path)
    assert source.line(["items", 0, "count"]) == 3
    assert source.line(["items", 7]) == 2
    assert source.line(["nothing"]) == 1
