"""Bar charts as SVG that stands inside an HTML page: told apart by pattern and label, never by colour alone.

A picture takes its colours from the page's style sheet, so that it follows a light or dark screen and the printer; its
title and description are what a screen reader reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 220
"""Of the plot alone."""
LEFT, RIGHT, TOP = 46, 14, 26
LINE: Final = 24
"""Height of a line of the legend."""
LABEL_ROOM: Final = 58
"""Width that a label below the plot needs."""
VALUE_ROOM: Final = 22
"""Width of a bar from which on its value stands above it."""
STYLES: Final = 4
"""So many series can be told apart: plain, stripes, dots, lines; the style sheet colours them ``.s0`` to ``.s3``."""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bar."""

    name: str
    values: Sequence[float | None]
    """One for each label; None where there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and what is said of it."""

    id: str
    """Unique in the page; letters and hyphens."""
    title: str
    description: str
    """What it shows, in one or two sentences."""
    labels: Sequence[str]
    """Of the groups along the bottom."""
    series: Sequence[Series]
    unit: str
    """Of the values, as it stands at the axis."""
    stacked: bool = False
    """One bar for each group, made of all series; otherwise the series stand side by side."""
    decimals: int = 0


def draw(chart: Chart) -> str:
    """The ``<svg>`` element of `chart`."""
    top = _nice_top(_highest(chart))
    height = TOP + HEIGHT + 34 + LINE
    body = [*_patterns(chart), *_axis(top), *_bars(chart, top), *_labels(chart), *_legend(chart)]
    name, about = f"{chart.id}-title", f"{chart.id}-about"
    return "\n".join([
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name} {about}">',
        f'<title id="{name}">{escape(chart.title)}</title>', f'<desc id="{about}">{escape(chart.description)}</desc>',
        *body, _text(LEFT, 14, chart.unit), "</svg>"])


def _highest(chart: Chart) -> float:
    if chart.stacked:
        return max((sum(series.values[index] or 0 for series in chart.series) for index in range(len(chart.labels))), default=0)
    return max((value for series in chart.series for value in series.values if value is not None), default=0)


def _nice_top(highest: float) -> float:
    """The end of the axis: 1, 2, 4, 5 or 10 times a power of ten, so that a quarter of it is a plain number."""
    if highest <= 4:  # noqa: PLR2004 - small counts have an axis of four whole steps
        return 4
    power: float = 10 ** math.floor(math.log10(highest))
    return next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= highest)


def _axis(top: float) -> Iterator[str]:
    for step in range(5):
        at = TOP + HEIGHT * (1 - step / 4)
        yield f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 6, at + 4, f"{top * step / 4:g}", anchor="end")


def _bars(chart: Chart, top: float) -> Iterator[str]:
    room = (WIDTH - LEFT - RIGHT) / max(1, len(chart.labels))
    beside = 1 if chart.stacked else len(chart.series)
    width = min(46.0, room * 0.8 / beside)
    for index in range(len(chart.labels)):
        left, floor = LEFT + room * (index + 0.5) - width * beside / 2, float(TOP + HEIGHT)
        for number, series in enumerate(chart.series):
            value = series.values[index]
            if not value:
                continue
            tall = HEIGHT * value / top
            bottom = floor if chart.stacked else TOP + HEIGHT
            x = left if chart.stacked else left + number * width
            yield _bar(chart, number, x, bottom - tall, width, tall)
            if width >= VALUE_ROOM and (not chart.stacked or tall > 14):  # noqa: PLR2004 - the height of a figure
                yield _value(x + width / 2, bottom - tall, f"{value:.{chart.decimals}f}", inside=chart.stacked)
            floor -= tall


def _bar(chart: Chart, number: int, x: float, y: float, width: float, height: float) -> str:
    """The coloured bar, and its pattern on top of it."""
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    pattern = f'<rect {shape} fill="url(#{chart.id}-p{number})"/>' if number else ""
    return f'<rect class="bar s{number}" {shape}/>{pattern}'


def _value(x: float, y: float, words: str, *, inside: bool) -> str:
    """The figure above a bar, or on a plate inside it, where a pattern would make it hard to read."""
    if not inside:
        return _text(x, y - 4, words, anchor="middle")
    wide = 7 * len(words) + 6
    return f'<rect class="plate" x="{x - wide / 2:.1f}" y="{y + 1:.1f}" width="{wide}" height="13" rx="3"/>' + _text(x, y + 12, words, anchor="middle")


def _labels(chart: Chart) -> Iterator[str]:
    """As many as fit, the last one always."""
    room = (WIDTH - LEFT - RIGHT) / max(1, len(chart.labels))
    every = max(1, math.ceil(LABEL_ROOM / room))
    last = len(chart.labels) - 1
    for index, label in enumerate(chart.labels):
        if (last - index) % every == 0:
            yield _text(LEFT + room * (index + 0.5), TOP + HEIGHT + 18, label, anchor="middle")


def _legend(chart: Chart) -> Iterator[str]:
    room = (WIDTH - LEFT) / max(STYLES, len(chart.series))
    y = TOP + HEIGHT + 34
    for number, series in enumerate(chart.series):
        x = LEFT + number * room
        yield _bar(chart, number, x, y, 16, 14)
        yield _text(x + 22, y + 12, series.name)


def _patterns(chart: Chart) -> Iterator[str]:
    """Stripes, dots and lines, over the colours of the second to the fourth series."""
    drawn = ('<path class="ink" d="M0 6L6 0M-1 1L1 -1M5 7L7 5"/>', '<circle class="dot" cx="3" cy="3" r="1.4"/>', '<path class="ink" d="M0 3H6"/>')
    yield "<defs>"
    for number, shape in enumerate(drawn[:len(chart.series) - 1], start=1):
        yield f'<pattern id="{chart.id}-p{number}" width="6" height="6" patternUnits="userSpaceOnUse">{shape}</pattern>'
    yield "</defs>"


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
