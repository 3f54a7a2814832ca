"""Programs as files: where they are, a commented one to begin with, and what there is to say about one that loads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.language.datafile import DataFile
from voicecoach.language.duration import LONGEST, spoken_seconds
from voicecoach.language.fitting import fit
from voicecoach.language.loader import load_program, named_file
from voicecoach.language.program import Program
from voicecoach.language.script import Script

USUAL_REPETITIONS: Final = 2
"""The reference wants 2-3 of each side; fewer are less than a full dose."""


def programs(shipped: Path, own: Path) -> dict[str, Path]:
    """Every program that can be called by its name; a file of the user's goes before a shipped one of the same name."""
    return {path.stem: path for folder in (shipped, own) for path in sorted(folder.glob("*.yaml"))}


def program_file(name: str, shipped: Path, own: Path) -> Path:
    """The file of a program, by its name or its path.

    Raises:
        ConfigError: there is none; the message lists the names that there are.
    """
    return named_file(shipped, name, "program", own)


def first_draft(template: Path, title: str, script: Script, *, alone: bool) -> str:
    """The text of a program to begin with: commented, and without a mistake."""
    fitting = sorted(name for name, stretch in script.stretches.items() if stretch.alone is alone)
    doses = "".join(f"  - {{stretch: {name}, repetitions: 2, hold_seconds: 20}}\n" for name in fitting)
    values = {
        "title": json.dumps(title, ensure_ascii=False) + ("\nalone: true              # nobody helps: the coach speaks to one person" if alone else ""),
        "stretches": ", ".join(fitting), "doses": doses, "sided": next(name for name in fitting if script.stretches[name].sides),
        "conditions": ", ".join((*script.conditions, *(question.id for question in script.questions if question.follow_up))),
        "address": "" if alone else ' "{client}" stands for the name.', "call": "" if alone else "{client}, ",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template.read_text(encoding="utf-8"))


def new_program(folder: Path, name: str, text: str) -> Path:
    """Write `text` as the program `name` of the user's.

    Raises:
        ConfigError: the name is no name, the program exists, or the file cannot be written.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ConfigError(f"'{name}' cannot be the name of a program; use letters, digits and hyphens.")
    path = folder / f"{name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already; give the new program another name, or delete that file.") from error
    except OSError as error:
        raise ConfigError(f"{path}: this file cannot be written ({(error.strerror or str(error)).lower()}); make its folder writable.") from error
    return path


def languages_of(path: Path, known: Iterable[str], default: str) -> list[str]:
    """The languages in which this program can be spoken, by its title; `default` when the title is the same in all or cannot be read."""
    try:
        root = DataFile(path).root
    except ScriptError:
        return [default]
    title = root.get("title") if isinstance(root, dict) else None
    named = [language for language in known if isinstance(title, dict) and language in title]
    return sorted(named, key=lambda language: language != default) or [default]


def check_program(path: Path, script: Script) -> tuple[list[Problem], list[Problem]]:
    """Mistakes, and remarks for its author to think about.

    Raises:
        ScriptError: it does not load; the error lists every mistake.
    """
    program = load_program(path, script)
    source = DataFile(path)
    return list(_too_long(source, program, script)), list(_remarks(source, program))


def _too_long(source: DataFile, program: Program, script: Script) -> Iterable[Problem]:
    """The program's own texts can be listened to."""
    fitted = fit(script, program)
    own: list[tuple[list[str | int], str]] = [(["questions", index, name], f"condition.{question.id}.{name}") for index, question in enumerate(program.questions) for name in ("ask", "help", "because")]
    own += [(["stretches", index, "cues", who], f"{dose.stretch}.hold_{who}") for index, dose in enumerate(program.stretches)
            for who in ("client", "partner") if dose.cues and getattr(dose.cues, who)]
    for loc, key in own:
        seconds = max(spoken_seconds(script, text) for text in fitted.lines[key].texts)
        if seconds > LONGEST:
            yield source.problem(loc, f"this lasts about {seconds:.0f} seconds", f"say it in {LONGEST:g}")


def _remarks(source: DataFile, program: Program) -> Iterable[Problem]:
    for index, dose in enumerate(program.stretches):
        if dose.repetitions < USUAL_REPETITIONS:
            yield source.problem(["stretches", index, "repetitions"], "one repetition is less than the usual two or three", "keep it if the session has to be short")
        if dose.sides and len(dose.sides) == 1:
            yield source.problem(["stretches", index, "sides"], "only one side is stretched", "keep it if that is what you want")
    always = [set(dose.needs()) for dose in program.stretches]
    for condition, wanted in sorted(set.intersection(*always)):
        yield source.problem(["stretches"], f"nothing is left for whoever does not answer '{'yes' if wanted else 'no'}' to '{condition}'",
                             "keep it, or add a stretch without this condition")
