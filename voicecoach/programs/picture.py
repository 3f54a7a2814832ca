"""The course of a program as a picture: text for a terminal, SVG for a screen, a printer and a screen reader.

Both are told apart by signs or patterns and by words, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from voicecoach.core.phases import Phase
from voicecoach.language.schema import Language
from voicecoach.programs.outline import Outline, Stage

SIGNS: Final = {Phase.STRETCH: "-", Phase.HOLD: "#", Phase.CHECK_IN: "?", Phase.NEXT: "."}
LEGEND: Final = {Phase.NEXT: "rest, and what comes next", Phase.STRETCH: "getting into place, and the slow way in", Phase.HOLD: "hold", Phase.CHECK_IN: "questions"}
SECONDS_A_SIGN: Final = 4
WIDTH, LEFT, ROW, TOP, BOTTOM = 960, 250, 30, 64, 74
"""Of the SVG: its width, the room for names, a row's height, the head and the foot."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One repetition, or something around them."""

    name: str
    detail: str
    stages: tuple[Stage, ...]


def as_text(title: str, people: str, course: Outline, language: Language, conditions: Sequence[str]) -> str:
    """The course, a line for each repetition, each with its time.

    Args:
        title: what the program is called.
        people: for whom it is, such as "for two".
        course: the course.
        language: the language, which has names for the sides.
        conditions: a sentence for each of the conditions.
    """
    lines = [f"{title}, {people}: {summary(course)}.", ""]
    for row in _rows(course, language):
        drawn = "".join(sign * max(1, round(stage.seconds / SECONDS_A_SIGN)) for stage in row.stages if (sign := SIGNS.get(stage.phase)) and stage.bout)
        lines.append(f"{_clock(row.stages[0].begins):>6}  {row.name:<30} {row.detail:<18} {drawn}".rstrip())
    lines += [f"{_clock(course.seconds):>6}  end", "", *(f"{SIGNS[phase]}  {meaning}" for phase, meaning in LEGEND.items()), f"One sign is {SECONDS_A_SIGN} seconds. All times are estimates: you set the pace."]
    lines += ["", *conditions] if conditions else []
    return "\n".join([*lines, *(f"Left out by these answers: {name}." for name in course.left_out)])


def summary(course: Outline) -> str:
    """Minutes, holds and seconds held, in words."""
    held = sum(stage.bout.hold_seconds for stage in course.holds if stage.bout)
    return f"about {course.seconds / 60:.0f} minutes, {len(course.holds)} {'hold' if len(course.holds) == 1 else 'holds'}, {held} seconds held"


def as_svg(title: str, people: str, course: Outline, language: Language, conditions: Sequence[str]) -> str:
    """The same as one SVG document; a row for each stretch and side, time from left to right."""
    rows = [_joined(list(group)) for _, group in groupby(_rows(course, language), key=lambda row: row.name)]
    height = TOP + ROW * len(rows) + BOTTOM + 18 * len(conditions)
    told = "; ".join(f"{_clock(row.stages[0].begins)} {row.name}{f', {row.detail}' if row.detail else ''}" for row in rows)
    head = f"{title}, {people}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(head)}</title>', f'<desc id="about">{escape(f"{summary(course)}. {told}.".capitalize())}</desc>', _STYLE, _PATTERNS,
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text class="head" x="16" y="26">{escape(head)}</text>', f'<text x="16" y="46">{escape(summary(course))}</text>',
        *_grid(course, len(rows)), *(part for number, row in enumerate(rows) for part in _drawn(row, number, course.seconds)),
        *_foot(TOP + ROW * len(rows) + 44, conditions), "</svg>", ""])


def _joined(rows: Sequence[_Row]) -> _Row:
    return _Row(rows[0].name, ", ".join(dict.fromkeys(row.detail for row in rows if row.detail)), tuple(stage for row in rows for stage in row.stages))


def _rows(course: Outline, language: Language) -> Iterator[_Row]:
    for bout, group in groupby(course.stages, key=lambda stage: (stage.bout, None if stage.bout else stage.phase)):
        stages = tuple(group)
        if bout[0] is None:
            yield _Row(_AROUND[stages[0].phase], "", stages)
        else:
            one = bout[0]
            of = f"{one.repetition} of {one.repetitions}: " if one.repetitions > 1 else ""
            side = f", {language.side(one.side)}" if one.side else ""
            yield _Row(f"{one.stretch.name}{side}", f"{of}{one.hold_seconds} s", stages)


_AROUND: Final = {Phase.SCREEN: "questions before anything", Phase.WARM_UP: "warm-up", Phase.NEXT: "cool-down", Phase.DONE: "goodbye"}


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _x(seconds: float, whole: float) -> float:
    return LEFT + (WIDTH - LEFT - 16) * seconds / whole


def _grid(course: Outline, rows: int) -> Iterator[str]:
    minutes = int(course.seconds // 60)
    step = 5 if minutes > 12 else 2  # noqa: PLR2004 - a short session has room for every second minute
    for minute in range(0, minutes + 1, step):
        x = _x(60 * minute, course.seconds)
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{TOP + ROW * rows}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{TOP + ROW * rows + 16}" text-anchor="middle">{minute} min</text>'


def _drawn(row: _Row, number: int, whole: float) -> Iterator[str]:
    y = TOP + ROW * number
    yield f'<text x="16" y="{y + 13}">{escape(row.name)}</text>'
    yield f'<text class="small" x="16" y="{y + 25}">{escape(f"{_clock(row.stages[0].begins)}  {row.detail}".strip())}</text>'
    for stage in row.stages:
        x = _x(stage.begins, whole)
        kind = stage.phase.name.lower() if stage.bout else "around"
        yield f'<rect class="{kind}" x="{x:.1f}" y="{y + 5}" width="{max(1.0, _x(stage.ends, whole) - x):.1f}" height="{ROW - 12}"/>'


def _foot(y: float, conditions: Sequence[str]) -> Iterator[str]:
    x = 16
    for phase, meaning in LEGEND.items():
        yield f'<rect class="{phase.name.lower()}" x="{x}" y="{y - 11}" width="22" height="14"/><text class="small" x="{x + 28}" y="{y}">{meaning}</text>'
        x += 60 + 7 * len(meaning)
    yield f'<text class="small" x="16" y="{y + 20}">All times are estimates: you set the pace.</text>'
    for number, condition in enumerate(conditions, 1):
        yield f'<text class="small" x="16" y="{y + 20 + 18 * number}">{escape(condition)}</text>'


_STYLE: Final = """<style>
text { font: 14px system-ui, sans-serif; fill: #1a1a1a } .head { font-size: 20px; font-weight: 600 } .small { font-size: 12px }
.paper { fill: #fff } .grid { stroke: #bbb } rect { stroke: #1a1a1a }
.next { fill: #fff } .stretch { fill: url(#dots) } .hold { fill: #1a5fa8 } .check_in { fill: url(#stripes) } .around { fill: #e4e4e4 } .paper { stroke: none }
</style>"""
_PATTERNS: Final = """<defs>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" style="fill:#fff;stroke:none"/><circle cx="3" cy="3" r="1.2" fill="#1a1a1a"/></pattern>
<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" style="fill:#fff;stroke:none"/><path d="M0 0V6" stroke="#1a1a1a" stroke-width="3"/></pattern>
</defs>"""
