"""The journal: every event with its time and the commands it led to, as JSON Lines, and the replay of one.

The first line says what the session was made of. A line is handed to the system as soon as it is written, so a killed
process loses none; a line that was cut off in the middle is ignored when reading. Nothing in it is sound.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from voicecoach import __version__
from voicecoach.core.chimes import CHOICES
from voicecoach.core.dosing import Rules
from voicecoach.core.household import NOBODY_ELSE, Household
from voicecoach.core.progress import NOTHING_YET, Progress
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.core.speech import Speech
from voicecoach.errors import Problem, ScriptError
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import Command, Event

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (*get_args(Event), *get_args(Command))}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a session is made of besides its script: enough to make the same one again."""

    language: str
    program: Program
    client: str = ""
    partner: str = ""
    patience: float = 8.0
    speech: Speech = field(default_factory=Speech)
    earcons: str = "few"
    progress: Progress = NOTHING_YET
    """What the coach knew of earlier sessions."""
    rules: Rules | None = None
    """How the dose followed from that."""
    household: Household = NOBODY_ELSE
    """Who else there was, each with what the coach knew of them."""

    def session(self, script: Script) -> Sitting:
        """A new sitting by this recipe: one session, or several when the two change places."""
        return Sitting(lambda seats: Session(
            script, self.program, client=self.client, partner=self.partner, patience=self.patience, speech=self.speech,
            earcons=self.earcons, progress=self.progress, rules=self.rules, household=self.household, seats=seats))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an event, when it happened, and what the session ordered."""

    now: float
    event: Event
    commands: tuple[Command, ...]


class Journal:
    """Writes one session's journal. A full or vanished disk never stops a session: `trouble` then says what is lost."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        """Create `path`, readable by its owner only, and write the first line."""
        self.path = path
        self.trouble = ""
        """One sentence when writing has failed; empty while all is well."""
        self._file: FileIO | None = None
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Unbuffered, so that a line is with the system as soon as it is written.
            self._file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")
        except OSError as error:
            self._fail(error)
        self._write({"voicecoach": __version__, "language": recipe.language, "client": recipe.client, "partner": recipe.partner,
                     "patience": recipe.patience, "speech": asdict(recipe.speech), "earcons": recipe.earcons,
                     "progress": _known(recipe.progress), "rules": recipe.rules and recipe.rules.model_dump(),
                     "household": _of_household(recipe.household), "program": recipe.program.model_dump()})

    def add(self, now: float, event: Event, commands: Iterable[Command]) -> None:
        """Write down one call of `Session.handle`."""
        self._write({"now": now, "event": _plain(event), "commands": [_plain(command) for command in commands]})

    def note(self, text: str, **figures: float) -> None:
        """Write down something that is no event, such as a fault of the program itself; a replay passes over it."""
        self._write({"note": text, **figures})

    def close(self) -> None:
        """No more lines."""
        if self._file:
            self._file.close()
            self._file = None

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"
            while data:
                data = data[self._file.write(data) or 0:]
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.close()
        self.trouble = f"{self.path}: the journal cannot be written ({error.strerror}), so this session can't be replayed; free some space or allow writing there."


def read_journal(path: Path) -> tuple[Recipe, Iterator[Entry]]:
    """What the session was made of, and its entries as they are read.

    Raises:
        ScriptError: there is no such file, or it is no journal.
    """
    try:
        # By bytes: a process that was killed may have left half a letter at the end.
        lines = path.read_bytes().removesuffix(b"\n").split(b"\n") if path.is_file() else None
    except (OSError, ValueError):
        lines = None
    if lines is None:
        raise ScriptError([Problem(path, 0, "", "the journal cannot be read", "give the path of a journal.jsonl")])
    try:
        recipe = _recipe(json.loads(lines[0]))
    except _DAMAGE as error:
        raise ScriptError([Problem(path, 1, "", "the first line is not that of a journal", "give a file that voicecoach has written")]) from error
    return recipe, _entries(path, lines)


def _known(progress: Progress) -> dict[str, Any]:
    """What the first line says of earlier sessions."""
    return asdict(progress) | {"trend": progress.trend.value, "earlier": [session.model_dump() for session in progress.earlier]}


_DAMAGE = (KeyError, TypeError, ValueError, OverflowError, RecursionError)
"""What a line that is none leads to; a `ValidationError` is a ValueError."""


@cache
def _checked_recipe() -> TypeAdapter[Recipe]:
    return TypeAdapter(Recipe)


def _recipe(head: dict[str, Any]) -> Recipe:
    """The recipe in a first line; journals of older versions lack some of it."""
    known = {entry.name: head[entry.name] for entry in fields(Recipe) if entry.name in head}
    recipe = _checked_recipe().validate_python({"earcons": "none"} | known | {name: head[name] for name in ("client", "partner", "patience")})
    if not math.isfinite(recipe.patience) or recipe.earcons not in CHOICES:
        raise ValueError("no session was ever made like this")
    return recipe


def _of_household(household: Household) -> dict[str, Any]:
    known = [_known(person.progress) for person in household.people]
    data = asdict(replace(household, people=tuple(replace(person, progress=NOTHING_YET) for person in household.people)))
    data["people"] = [person | {"progress": progress} for person, progress in zip(data["people"], known, strict=True)]
    return data


def _entries(path: Path, lines: list[bytes]) -> Iterator[Entry]:
    for number, line in enumerate(lines[1:], start=2):
        try:
            data = json.loads(line)
            if "note" not in data:
                yield _entry(data)
        except _DAMAGE as error:
            if number == len(lines):  # the process was killed while it wrote this line
                return
            raise ScriptError([Problem(path, number, "", "this line is no entry of a journal", "restore the file, or cut it off before this line")]) from error


def _entry(data: dict[str, Any]) -> Entry:
    now, event = float(data["now"]), _value(data["event"])
    if not math.isfinite(now) or not isinstance(event, Event):
        raise ValueError("nothing happens like this")
    return Entry(now, event, tuple(_value(command) for command in data["commands"]))


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry whose commands came out otherwise."""

    number: int
    """Which entry, from 1."""
    entry: Entry
    got: tuple[Command, ...]


def replay(path: Path, script: Script) -> tuple[int, list[Difference]]:
    """Feed a journal's events to a new session; how many entries there were, and those that came out otherwise.

    Raises:
        ScriptError: the file is no journal, or needs other dialogs.
    """
    recipe, entries = read_journal(path)
    unknown = sorted({dose.stretch for dose in recipe.program.stretches} - script.stretches.keys())
    if unknown or recipe.language not in recipe.program.title:
        what = f"there is no stretch '{unknown[0]}' any more" if unknown else f"its program has no title in '{recipe.language}'"
        raise ScriptError([Problem(path, 1, "program", what, "replay it with the dialogs of its time")])
    session = recipe.session(script)
    count, differences = 0, []
    for count, entry in enumerate(entries, start=1):
        got = tuple(session.handle(entry.event, entry.now))
        if got != entry.commands:
            differences.append(Difference(count, entry, got))
    return count, differences


def _plain(value: object) -> dict[str, Any]:
    """An event or command as JSON, led by its name; fields that are as by default are left out."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{value!r} is neither event nor command")
    data: dict[str, Any] = {"is": type(value).__name__}
    for entry in fields(value):
        item = getattr(value, entry.name)
        if item != entry.default:
            data[entry.name] = item.value if isinstance(item, Enum) else item
    return data


def _value(data: dict[str, Any]) -> Any:  # noqa: ANN401 - the type is what the data says
    """The event or command that `_plain` made `data` of."""
    kind = _KINDS[data["is"]]
    types = get_type_hints(kind)
    return kind(**{name: types[name](item) for name, item in data.items() if name != "is"})
