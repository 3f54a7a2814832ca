"""What the partner can read from two metres away while a session runs: a frame of text from a scene. Pure.

No colour, no blinking, and nothing that would have to be undone: a frame is lines of text. What does not fit gets smaller, then plain, and
what matters least goes first: the coach's own words, which are spoken anyway.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from voicecoach.core.phases import Phase
from voicecoach.errors import Problem, ScriptError
from voicecoach.language.datafile import DataFile, Record, load

MINUTE: Final = 60
CLOCK_FROM: Final = 100
"""Seconds from which minutes and seconds are shown; below it a number of seconds, which is what the coach says."""
LARGEST: Final = 6
"""Columns of a dot in the largest type."""
CAPTION_ROWS: Final = 3
HALF_BLOCKS: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
"""Two dots, one above the other, in one character: so a dot is about as wide as it is high."""

Text = Annotated[str, Field(min_length=1)]
Glyph = tuple[str, ...]
"""Rows of "#" and "."."""


class Words(Record):
    """``display.yaml`` of a language."""

    phases: dict[str, Text]
    """By the values of `Phase`; the one of a phase without a count is shown large."""
    seconds: Text
    minutes: Text
    heard: Text
    """Has the placeholder {words}."""
    nothing_heard: Annotated[str, Field(alias="nothing-heard", min_length=1)]
    stop: Text
    keys: Text


class _LettersFile(Record):
    """``letters.yaml``."""

    letters: dict[str, list[Text]]


def load_words(folder: Path) -> Words:
    """The words of the language in `folder`.

    Raises:
        ScriptError: with every mistake in the file.
    """
    source, problems = DataFile(folder / "display.yaml"), list[Problem]()
    words = source.parse(Words, problems)
    if words:
        known = {phase.value for phase in Phase}
        problems += [source.problem(["phases"], f"the phase '{name}' is missing", "add it") for name in sorted(known - words.phases.keys())]
        problems += [source.problem(["phases", name], "there is no such phase", f"choose from {', '.join(sorted(known))}")
                     for name in sorted(words.phases.keys() - known)]
        if words.heard.replace("{words}", "", 1).count("{") or "{words}" not in words.heard:
            problems.append(source.problem(["heard"], "it has to hold {words} and no other placeholder", "write {words} once"))
    if problems or words is None:
        raise ScriptError(problems)
    return words


def load_letters(dialogs: Path) -> Mapping[str, Glyph]:
    """The large letters.

    Raises:
        ScriptError: with every mistake in the file.
    """
    path = dialogs / "letters.yaml"
    letters = load(path, _LettersFile).letters
    source = DataFile(path)
    if problems := [source.problem(["letters", letter], "this is no letter of '#' and '.' in rows of one length", "draw each row with as many signs")
                    for letter, rows in letters.items() if len({len(row) for row in rows}) != 1 or set("".join(rows)) - set("#.")]:
        raise ScriptError(problems)
    return {letter: tuple(rows) for letter, rows in letters.items()}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown."""

    phase: Phase = Phase.SCREEN
    stretch: str = ""
    side: str = ""
    """The word for it, as the coach says it; empty where there is none."""
    seconds: int | None = None
    """Left of what is being counted; None when nothing is."""
    heard: str = ""
    """The last words that were understood."""
    caption: str = ""
    """What the coach says."""
    trouble: str = ""
    """What is broken; it takes the place of the caption."""
    keys: bool = False
    """Any key means stop."""


def wants_plain(*, asked: bool, terminal: bool, environment: Mapping[str, str], encoding: str | None, system: str) -> bool:
    """Whether there are plain lines instead of the display.

    Args:
        asked: somebody said so, in the settings or on the command line: for a screen reader, for example.
        terminal: the output is one.
        environment: the environment's variables: TERM, and NO_COLOR for people who want nothing but text.
        encoding: of the output; the blocks of the letters are not in all of them.
        system: `sys.platform`; nobody has tried the display on Windows yet.
    """
    return (asked or not terminal or system == "win32" or environment.get("TERM", "") in {"", "dumb", "unknown"}
            or bool(environment.get("NO_COLOR")) or "utf" not in (encoding or "").lower())


# --- widths -----------------------------------------------------------------------------------------------------


def columns_of(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cc", "Cf", "Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clipped(text: str, columns: int) -> str:
    """`text` without control characters, cut to `columns` columns."""
    out, used = [], 0
    for character in text:
        if not character.isprintable():
            continue  # a name in the settings must not steer the terminal
        width = _columns(character)
        if used + width > columns:
            break
        out.append(character)
        used += width
    return "".join(out)


def wrapped(text: str, columns: int, rows: int) -> list[str]:
    """`text` in at most `rows` lines, broken at spaces; the end of what does not fit is left out."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and columns_of(longer) > columns:
            lines.append(line)
            line = word
        else:
            line = longer
    return [clipped(line, columns) for line in [*lines, line] if line][:rows]


# --- large type -------------------------------------------------------------------------------------------------


def large(text: str, letters: Mapping[str, Glyph], dot: int) -> list[str] | None:
    """`text` in large type with dots of `dot` columns; None if a letter is missing."""
    glyphs = [_glyph(character, letters) for character in text.upper()]
    if not glyphs or any(glyph is None for glyph in glyphs):
        return None
    drawn = [_square(glyph, max(len(other) for other in glyphs if other)) for glyph in glyphs if glyph]
    dots = [".".join(rows) for rows in zip(*drawn, strict=True)]
    fine = [[sign == "#" for sign in row for _ in range(dot)] for row in dots for _ in range(dot)]
    if len(fine) % 2:
        fine.append([False] * len(fine[0]))
    return ["".join(HALF_BLOCKS[pair] for pair in zip(above, below, strict=True)).rstrip() for above, below in zip(fine[::2], fine[1::2], strict=True)]


def _glyph(character: str, letters: Mapping[str, Glyph]) -> Glyph | None:
    if character in letters:
        return letters[character]
    return letters.get(unicodedata.normalize("NFD", character)[0])


def _square(glyph: Glyph, height: int) -> list[str]:
    """`glyph` standing on the same line as a taller one."""
    return ["." * len(glyph[0])] * (height - len(glyph)) + list(glyph)


def _fits(rows: Sequence[str], columns: int) -> bool:
    return max(map(columns_of, rows)) <= columns


# --- the frame --------------------------------------------------------------------------------------------------


def count(seconds: int) -> str:
    """Time as it is shown: seconds, or minutes and seconds where that is more than a person counts."""
    return str(seconds) if seconds < CLOCK_FROM else f"{seconds // MINUTE}:{seconds % MINUTE:02}"


class Painter:
    """Draws scenes in one language."""

    def __init__(self, words: Words, letters: Mapping[str, Glyph]) -> None:
        self._words, self._letters = words, letters

    def frame(self, scene: Scene, columns: int, rows: int) -> tuple[str, ...]:
        """Exactly `rows` lines of at most `columns` columns: as large as fits, and nothing left out that people need.

        From the fewest rows on stand: what is being done and how long, what was heard, what ends it.
        """
        below = [self._heard(scene), self._stop(scene)]
        for large_side, dot in product((True, False), range(LARGEST, 0, -1)):
            middle = self._middle(scene, columns, dot, scene.side if large_side else "")
            above = [self._title(scene, "" if large_side else scene.side), "", *middle, ""]
            if middle and len(above) + len(below) <= rows:
                spare = rows - len(above) - len(below) - 1
                caption = wrapped(scene.trouble or scene.caption, columns, min(CAPTION_ROWS, spare))
                return _set(above, [*caption, *([""] if caption else []), *below], columns, rows)
        return _set([line for line in (self._plain(scene), scene.trouble) if line], below, columns, rows)

    def _title(self, scene: Scene, side: str) -> str:
        return " · ".join(word for word in (side, self._words.phases[scene.phase.value], scene.stretch) if word)

    def _plain(self, scene: Scene) -> str:
        """Everything in one line, the count first."""
        left = "" if scene.seconds is None else f"{count(scene.seconds)} {self._unit(scene.seconds)}"
        return " · ".join(word for word in (left, self._title(scene, scene.side)) if word)

    def _heard(self, scene: Scene) -> str:
        return self._words.heard.replace("{words}", scene.heard) if scene.heard else self._words.nothing_heard

    def _stop(self, scene: Scene) -> str:
        return f"{self._words.stop} {self._words.keys}" if scene.keys else self._words.stop

    def _unit(self, seconds: int) -> str:
        return self._words.seconds if seconds < CLOCK_FROM else self._words.minutes

    def _middle(self, scene: Scene, columns: int, dot: int, side: str) -> list[str]:
        """Side and count, or the word of the phase where nothing is counted; nothing if it does not fit in width."""
        above = [*self._widest(side, columns, max(1, dot - 1)), ""] if side else []
        if scene.seconds is None:
            return [*above, *self._widest(self._words.phases[scene.phase.value], columns, dot)]
        number = large(count(scene.seconds), self._letters, dot)
        return [*above, *number, self._unit(scene.seconds)] if number and _fits(number, columns) else []

    def _widest(self, word: str, columns: int, dot: int) -> list[str]:
        """`word` in the largest type up to `dot` that is not too wide; in plain type where letters are missing."""
        for size in range(dot, 0, -1):
            rows = large(word, self._letters, size)
            if rows is None:
                break
            if _fits(rows, columns):
                return rows
        return [clipped(" ".join(word.upper()) if word.isascii() else word, columns)]


def _set(above: Sequence[str], below: Sequence[str], columns: int, rows: int) -> tuple[str, ...]:
    """`above` at the top, `below` at the foot; if there is no room for all of it, the foot goes first but for its first line."""
    kept = [line for line in above if line] if len(above) + len(below) > rows else list(above)
    foot = list(below[: max(0, rows - len(kept))])
    gap = [""] * (rows - len(kept) - len(foot))
    return tuple(clipped(line, columns).rstrip() for line in [*kept, *gap, *foot][:rows])


# --- from frame to terminal -------------------------------------------------------------------------------------


def painted(before: Sequence[str] | None, frame: Sequence[str]) -> str:
    """What a terminal has to be sent so that `frame` is on it in place of `before`; only lines that differ are written.

    The cursor ends on the line below the frame. No mode of the terminal is changed, so nothing has to be put back: whatever ends the
    coach, the next line of a shell, of a warning or of the alarm stands below. Without `before` the screen's old lines scroll up first.
    """
    lines = list(_lines(before, frame))
    if before is not None and not lines:
        return ""
    room = "" if before is not None else "\r\n" * (len(frame) + 1)
    return f"{room}{''.join(lines)}\x1b[{len(frame) + 1};1H\x1b[K"


def _lines(before: Sequence[str] | None, frame: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(frame):
        if before is None or index >= len(before) or before[index] != line:
            yield f"\x1b[{index + 1};1H{line}\x1b[K"


def seconds_until(end: float | None, now: float) -> int | None:
    """Whole seconds that are left, as a person counts them: 1 until it is over."""
    return None if end is None else max(0, math.ceil(end - now - 0.001))
