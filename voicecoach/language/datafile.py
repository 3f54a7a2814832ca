"""Reading a YAML file into a checked, frozen value: every mistake with its file, line, key and fix, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from string import Formatter
from typing import Any, Generic, TypeVar
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicecoach.errors import Problem, ScriptError


class Record(BaseModel):
    """Base of everything read from a file: frozen, strict about types, and no key that nobody reads."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


BIGGEST = 500_000
"""Bytes that a file may have; the largest that ships has 20,000. More would keep a person waiting, and is none of ours."""
MOST = 100_000
"""Values that a file may unfold to when its aliases are followed: nine lines of them can stand for a billion."""
SHOWN = 80
"""Characters of a wrong value that are shown."""

R = TypeVar("R", bound=BaseModel)
Node = Any
"""What ruamel.yaml gives: CommentedMap, CommentedSeq or a scalar."""


class DataFile:
    """One YAML file, with the line of each key at hand.

    Raises:
        ScriptError: the file is missing, too large, not UTF-8, or not YAML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        text = self._text()
        try:
            # The round-trip loader makes text, numbers, lists and maps of everything; it knows no tag that makes anything else.
            self.root: Node = YAML(typ="rt").load(StringIO(text))
            self._data = _Plain().of(self.root)
        except YAMLError as error:
            raise ScriptError([self._syntax(error)]) from error
        except RecursionError as error:
            raise self._whole("the file is nested without end", "write it as the other files of this folder") from error
        except Exception as error:  # the parser trips over dates and numbers that are none, in many ways
            what = str(error) if isinstance(error, _OddError) else f"a value cannot be read ({_short(str(error)) or type(error).__name__})"
            raise self._whole(what, "write it as the other files of this folder, and text in quotes") from error

    def _text(self) -> str:
        try:
            if self.path.exists() and not self.path.is_file():
                raise self._whole("the file cannot be read (it is no file)", "restore it or correct its path")
            with self.path.open("rb") as file:
                data = file.read(BIGGEST + 1)
        except (OSError, ValueError) as error:
            reason = ((error.strerror if isinstance(error, OSError) else "") or "no such path").lower()
            raise self._whole(f"the file cannot be read ({reason})", "restore it or correct its path") from error
        if len(data) > BIGGEST:
            raise self._whole(f"the file has more than {BIGGEST:,} bytes", "give a file like the others of this folder")
        try:
            # One form of every letter: "ü" may be one character or two, and a recogniser's vocabulary knows it as one.
            return normalize("NFC", data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"))
        except UnicodeDecodeError as error:
            raise self._whole("the file is not UTF-8 text", "save it as UTF-8") from error

    def _whole(self, what: str, fix: str) -> ScriptError:
        """A mistake of the file as a whole."""
        return ScriptError([Problem(self.path, 0, "", what, fix)])

    def _syntax(self, error: YAMLError) -> Problem:
        if not isinstance(error, MarkedYAMLError):
            return Problem(self.path, 0, "", "the file is not YAML", "see the other files of this folder for the form")
        mark = error.problem_mark or error.context_mark
        what = (error.problem or error.context or "not YAML").strip().splitlines()[0].rstrip(".")
        fix = "remove one of the two" if "duplicate key" in what else "check the indentation, colons and quotes on this line and the one above"
        return Problem(self.path, mark.line + 1 if mark else 0, "", what, fix)

    def line(self, loc: Sequence[str | int]) -> int:
        """The 1-based line of the key or item at `loc`, or of the closest parent that is there."""
        node, line = self.root, 1
        for step in loc:
            if not isinstance(node, CommentedMap | CommentedSeq):
                break
            try:
                line = node.lc.data[step][0] + 1
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
        return int(line)

    def problem(self, loc: Sequence[str | int], what: str, fix: str) -> Problem:
        """A mistake at `loc` of this file."""
        return Problem(self.path, self.line(loc), ".".join(map(str, loc)), what, fix)

    def parse(self, model: type[R], problems: list[Problem]) -> R | None:
        """The file as a `model`; on mistakes None, and each is appended to `problems`."""
        try:
            return model.model_validate(self._data)
        except ValidationError as error:
            problems.extend(self._explain(detail, model) for detail in error.errors())
            return None

    def _place(self, loc: Sequence[str | int], *, missing: bool) -> list[str | int]:
        """`loc` without what pydantic puts among the keys of the file, such as the members of a union."""
        node, place = self._data, []
        for step in loc:
            if step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node)):
                node = node[step]
                place.append(step)
        return [*place, loc[-1]] if missing else place

    def _explain(self, detail: ErrorDetails, model: type[BaseModel]) -> Problem:
        kind, given = detail["type"], detail["input"]
        loc = self._place(detail["loc"], missing=kind == "missing")
        if kind == "missing":
            return self.problem(loc, "this key is missing", "add it")
        if kind == "extra_forbidden":
            allowed = _keys_at(model, loc[:-1])
            near = difflib.get_close_matches(str(loc[-1]), allowed, 1)
            fix = f"did you mean '{near[0]}'?" if near else f"the keys known here are {', '.join(allowed)}"
            return self.problem(loc, "no such key is known", fix.rstrip("."))
        if given is None:
            return self.problem(loc, "there is nothing here" if loc else "the file is empty", _WANTED.get(kind, "fill it in"))
        shown = "" if isinstance(given, dict | list) else f" (found {_shown(given)})"
        if kind in _WANTED:
            return self.problem(loc, f"this is the wrong kind of value{shown}", _WANTED[kind])
        message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
        return self.problem(loc, f"this {message[:1].lower()}{message[1:]}{shown}", "correct this value")


_WANTED = {
    "string_type": "write text here, in quotes if YAML takes it for something else",
    "int_type": "write a whole number here",
    "float_type": "write a number here",
    "bool_type": "write true or false here",
    "list_type": "write a list here, one '- item' a line",
    "dict_type": "write 'key: value' lines here",
    "model_type": "write 'key: value' lines here",
}
"""What belongs in the place of a value of the wrong kind, by pydantic's name of the mistake."""


def load(path: Path, model: type[R]) -> R:
    """`path` as a `model`.

    Raises:
        ScriptError: with every mistake in the file.
    """
    problems: list[Problem] = []
    value = DataFile(path).parse(model, problems)
    if value is None:
        raise ScriptError(problems)
    return value


@dataclass(frozen=True)
class Part(Generic[R]):
    """One file of several that belong together: as it was read, and what it holds."""

    source: DataFile
    data: R


def read_part(path: Path, model: type[R], problems: list[Problem]) -> Part[R] | None:
    """`path` as a `model`, with its lines at hand for further checks; on mistakes None, and each is appended to `problems`."""
    try:
        source = DataFile(path)
    except ScriptError as error:
        problems.extend(error.problems)
        return None
    data = source.parse(model, problems)
    return None if data is None else Part(source, data)


def placeholders(text: str) -> set[str]:
    """The names in braces in a line that is to be filled in; a format beside a name could blow a line up to any length.

    Raises:
        ValueError: a brace is out of place, or a name comes with a format; the message says which.
    """
    found = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    if odd := next((name for name, spec, conversion in found if spec or conversion), None):
        raise ValueError(f"'{odd}' is written with a format")
    return {name for name, _, _ in found}


class _OddError(Exception):
    """Something that YAML allows and no file of ours needs; the message says what."""


class _Plain:
    """Makes plain dicts and lists of a file, so that pydantic's strict mode accepts them, and not without end."""

    def __init__(self) -> None:
        self._count = 0

    def of(self, node: Node) -> Node:
        """`node` without what ruamel.yaml keeps beside it."""
        self._count += 1
        if self._count > MOST:
            raise _OddError(f"its aliases stand for more than {MOST:,} values")
        if isinstance(node, CommentedMap):
            return {_text(str(key)): self.of(value) for key, value in node.items()}
        if isinstance(node, CommentedSeq):
            return [self.of(value) for value in node]
        if isinstance(node, str):
            return _text(str(node))
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        return float(node) if isinstance(node, float) else node


def _text(text: str) -> str:
    """`text`, if it can be shown and spoken."""
    if any((c < " " and c not in "\n\t") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text):
        raise _OddError(f"the text {_shown(text)} holds a control character")
    return text


def _shown(value: object) -> str:
    """A wrong value as a message shows it; a number of thousands of digits has no text at all."""
    try:
        return _short(ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value))
    except ValueError:
        return "an endless number"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def _keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The field names that `model` knows at `loc`, as far as the annotations tell."""
    current: Any = model
    for step in loc:
        if isinstance(step, str) and isinstance(current, type) and issubclass(current, BaseModel) and step in current.model_fields:
            current = current.model_fields[step].annotation
        current = next((part for part in _parts(current) if isinstance(part, type) and issubclass(part, BaseModel)), current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _parts(annotation: object) -> list[object]:
    """An annotation and everything inside its brackets."""
    found = [annotation]
    for inner in getattr(annotation, "__args__", ()):
        found.extend(_parts(inner))
    return found
