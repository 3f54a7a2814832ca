"""Line charts as plain SVG: one file, no library, readable on light and dark pages, and by a screen reader.

A chart is a row of panels with a common vertical axis and one legend below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c6d31")
"""Okabe and Ito's, which colour-blind people can tell apart, and two more."""
INK: Final = "#808080"
"""Grey enough for a white and a black page."""
WIDTH, HEIGHT = 300, 250
"""Of one panel's plot."""
LEFT, TOP, GAP, BELOW = 64, 64, 56, 52
LINE_HEIGHT: Final = 20
COLUMN: Final = 235
"""Width of a legend entry."""


@dataclass(frozen=True)
class Series:
    """One line, or one point."""

    name: str
    points: Sequence[tuple[float, float]]
    emphasis: bool = False
    """Drawn thicker."""


@dataclass(frozen=True)
class Axis:
    """What is shown along one side."""

    label: str
    """With its unit."""
    ticks: Sequence[tuple[float, str]]
    """Places and names, ascending; the axis spans from the first to the last."""


@dataclass(frozen=True)
class Panel:
    """One plot."""

    title: str
    x: Axis
    series: Sequence[Series]


def chart(title: str, caption: str, y: Axis, panels: Sequence[Panel]) -> str:
    """The SVG document; `caption` says what was measured and on how many."""
    names = list(dict.fromkeys(s.name for panel in panels for s in panel.series))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    width = LEFT + len(panels) * (WIDTH + GAP)
    columns = max(1, (width - 20) // COLUMN)
    legend_top = TOP + HEIGHT + BELOW + 8
    lines = _wrap(caption, width // 7)
    caption_top = legend_top + -(-len(names) // columns) * LINE_HEIGHT + 14
    height = caption_top + len(lines) * 17 + 4
    body = [_text(12, 22, title, size=16, weight="bold")]
    for index, panel in enumerate(panels):
        body += _panel(panel, y, colours, LEFT + index * (WIDTH + GAP), first=index == 0)
    for index, name in enumerate(names):
        x, at = 14 + index % columns * COLUMN, legend_top + index // columns * LINE_HEIGHT
        body.append(f'<path d="M{x} {at}h22" stroke="{colours[name]}" stroke-width="3"/><circle cx="{x + 11}" cy="{at}" r="4" fill="{colours[name]}"/>')
        body.append(_text(x + 29, at + 4, name))
    body += [_text(12, caption_top + 17 * i, line) for i, line in enumerate(lines)]
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12" fill="none">')
    words = [f'<title id="t">{escape(title)}</title>', f'<desc id="d">{escape(caption)} {escape(_spoken(panels))}</desc>']
    return "\n".join([head, *words, *body, "</svg>"]) + "\n"


def _panel(panel: Panel, y: Axis, colours: dict[str, str], left: float, *, first: bool) -> list[str]:
    """Frame, ticks and lines."""
    bottom = TOP + HEIGHT
    out = [_text(left + WIDTH / 2, TOP - 12, panel.title, anchor="middle", weight="bold"),
           _text(left + WIDTH / 2, bottom + 40, panel.x.label, anchor="middle")]
    for value, name in y.ticks:
        at = bottom - _place(value, y) * HEIGHT
        out.append(f'<path d="M{left} {at:.1f}h{WIDTH}" stroke="{INK}" stroke-width="1" opacity="0.35"/>')
        if first:
            out.append(_text(left - 8, at + 4, name, anchor="end"))
    if first:
        middle = TOP + HEIGHT / 2
        out.append(f'<text x="16" y="{middle}" fill="{INK}" text-anchor="middle" transform="rotate(-90 16 {middle})">{escape(y.label)}</text>')
    for value, name in panel.x.ticks:
        at = left + _place(value, panel.x) * WIDTH
        out.append(f'<path d="M{at:.1f} {bottom}v5" stroke="{INK}"/>')
        out.append(_text(at, bottom + 20, name, anchor="middle"))
    out.append(f'<path d="M{left} {TOP}v{HEIGHT}h{WIDTH}" stroke="{INK}" stroke-width="1.5"/>')
    for series in sorted(panel.series, key=lambda s: s.emphasis):
        out += _series(series, panel.x, y, colours[series.name], left)
    return out


def _series(series: Series, x: Axis, y: Axis, colour: str, left: float) -> list[str]:
    """A line with its points; what lies outside stands on the edge."""
    spots = [(left + _place(a, x) * WIDTH, TOP + HEIGHT - _place(b, y) * HEIGHT) for a, b in series.points]
    out = []
    if len(spots) > 1:
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in spots)
        out.append(f'<polyline points="{path}" stroke="{colour}" stroke-width="{3 if series.emphasis else 1.8}" stroke-linejoin="round"/>')
    return out + [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{4.5 if series.emphasis else 3.5}" fill="{colour}"/>' for a, b in spots]


def _place(value: float, axis: Axis) -> float:
    """Where on the axis, 0 to 1."""
    low, high = axis.ticks[0][0], axis.ticks[-1][0]
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'


def _wrap(words: str, most: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _spoken(panels: Sequence[Panel]) -> str:
    """The figures, for somebody who does not see them."""
    return " ".join(f"{panel.title}: {s.name}: {', '.join(f'{a:g}: {b:.3g}' for a, b in s.points)}." for panel in panels for s in panel.series)
