"""One mistake or remark about a language's dialogs, and its place in their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicecoach.errors import Problem
from voicecoach.language.datafile import DataFile
from voicecoach.language.line_keys import LINES
from voicecoach.language.script import Script

REFERENCE: Final = "en"
"""The language that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    wrong: bool
    """A mistake; False: a remark."""
    problem: Problem

    def __str__(self) -> str:
        return f"{'mistake' if self.wrong else 'remark '} {self.problem}"


def mistake(script: Script, file: str, key: str, what: str, fix: str) -> Finding:
    """Something that a session could fail on or be unsafe with; the place as for `problem`."""
    return Finding(wrong=True, problem=problem(script, file, key, what, fix))


def remark(script: Script, file: str, key: str, what: str, fix: str) -> Finding:
    """Something for the translator to think about; the place as for `problem`."""
    return Finding(wrong=False, problem=problem(script, file, key, what, fix))


def problem(script: Script, file: str, key: str, what: str, fix: str) -> Problem:
    """What is wrong at `key` of `file` in the folder of `script`, with its line."""
    source = DataFile(script.folder / file)
    loc: list[str | int] = ["lines", key] if file in {"lines.yaml", "setup.yaml", "alone.yaml"} else [*key.split(".")] if file == "phrases.yaml" else [key]
    return Problem(script.folder / file, source.line(loc), key, what, fix)


def file_of(key: str) -> str:
    """The file in which the line called `key` stands."""
    group = key.partition(".")[0]
    files = {"question": "screening.yaml", "condition": "conditions.yaml"}
    return "lines.yaml" if key in LINES else files.get(group) or f"stretches/{group}.yaml"


def key_in_file(key: str) -> str:
    """What the line called `key` stands under in its file."""
    return key if file_of(key) == "lines.yaml" else "questions" if key.startswith(("question.", "condition.")) else key.partition(".")[2]
