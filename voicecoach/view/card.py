"""The page of what can be said, from ``card.yaml``: HTML for screen readers and printers, SVG for those who like a picture. Pure.

Every phrase on it is checked against ``phrases.yaml``, so nobody is told to say what is not understood. It needs no colour, no script and no
network, and it fits on one page of A4 and of Letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Annotated, Final

from pydantic import Field

from voicecoach.errors import Problem, ScriptError
from voicecoach.language.datafile import DataFile, Record
from voicecoach.language.intents import normal
from voicecoach.language.script import Script

Text = Annotated[str, Field(min_length=1)]
Phrases = Annotated[list[Text], Field(min_length=1)]


class Row(Record):
    """What somebody wants, and what to say for it."""

    want: Text
    intent: Text
    say: Phrases
    also: dict[str, Phrases] = Field(default_factory=dict)
    """Further intents that belong into the same row, with their phrases."""

    @property
    def told(self) -> Iterator[tuple[str, str]]:
        """Each phrase, with its intent."""
        for intent, phrases in ((self.intent, self.say), *self.also.items()):
            for phrase in phrases:
                yield intent, phrase


class Section(Record):
    """Rows that belong together."""

    title: Text
    rows: Annotated[list[Row], Field(min_length=1)]


class Card(Record):
    """``card.yaml``."""

    title: Text
    rule: Text
    want: Text
    say: Text
    between: Annotated[str, Field(alias="or", min_length=1)]
    """The word between two phrases, for who hears the page read out."""
    parts: Annotated[list[Section], Field(min_length=1)]


def load_card(script: Script) -> Card:
    """The card of the script's language.

    Raises:
        ScriptError: with every mistake in the file; a phrase that is not understood is one.
    """
    source, problems = DataFile(script.folder / "card.yaml"), list[Problem]()
    card = source.parse(Card, problems)
    known: dict[str, set[str]] = {}
    for grammar in script.grammars.values():
        for phrase in grammar.phrases:
            known.setdefault(phrase.intent.value, set()).add(normal(phrase.text))
    for at, part in enumerate(card.parts if card else ()):
        for line, row in enumerate(part.rows):
            problems += [source.problem(["parts", at, "rows", line], f"'{phrase}' is no phrase of '{intent}'",
                                        f"choose from {', '.join(sorted(known.get(intent, known.keys())))}")
                         for intent, phrase in row.told if normal(phrase) not in known.get(intent, set())]
    if problems or card is None:
        raise ScriptError(problems)
    return card


# --- HTML -------------------------------------------------------------------------------------------------------

STYLE: Final = """
@page { size: auto; margin: 10mm; }
* { box-sizing: border-box; }
body { font: 19pt/1.15 sans-serif; color: #000; background: #fff; margin: 0 auto; max-width: 190mm; }
h1 { font-size: 29pt; margin: 0 0 1mm; }
p { font-weight: bold; margin: 0 0 1mm; padding: 1.5mm 3mm; border: 1mm solid #000; }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 0; }
caption { text-align: left; font-weight: bold; padding: .5mm 0; }
th, td { text-align: left; vertical-align: baseline; padding: 1.1mm 2mm 1.1mm 0; border-top: .3mm solid #000; }
thead th { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
tbody th { width: 40%; font-weight: normal; font-size: 17pt; }
td b { white-space: nowrap; }
td span { font-size: 15pt; }
"""


def html(card: Card, language: str) -> str:
    """One page that a screen reader reads row by row, and that prints on one sheet."""
    tables = "".join(
        f'<table><caption>{escape(part.title)}</caption><thead><tr><th scope="col">{escape(card.want)}</th><th scope="col">{escape(card.say)}</th></tr></thead>'
        f"<tbody>{''.join(_html_row(row, card.between) for row in part.rows)}</tbody></table>\n" for part in card.parts)
    return (f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(card.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(card.title)}</h1>\n"
            f"<p>{escape(card.rule)}</p>\n{tables}</main>\n</body>\n</html>\n")


def _html_row(row: Row, between: str) -> str:
    phrases = f" <span>{escape(between)}</span> ".join(f"<b>{escape(phrase)}</b>" for _, phrase in row.told)
    return f'<tr><th scope="row">{escape(row.want)}</th><td>{phrases}</td></tr>\n'


# --- SVG --------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 210, 279
"""Millimetres: what A4 and Letter have in common."""
MARGIN: Final = 12.0
SPLIT: Final = 84.0
"""Where the phrases begin."""
TITLE, BOLD, PLAIN = 10.0, 6.0, 5.2
"""Type sizes in millimetres; 6 mm are 17 points."""
WIDE, BROAD = 1.02, 0.62
"""Width of a character in sizes, on the safe side: of East Asian scripts, of all others."""
LEADING: Final = 1.18


def svg(card: Card, language: str) -> str:
    """The same as a picture of one page, with its text as text.

    Raises:
        ValueError: the card does not fit on the page.
    """
    ink, down = list[str](), MARGIN + TITLE * 0.8
    ink.append(_text(MARGIN, down, TITLE, card.title, bold=True))
    down += TITLE * 0.35
    top = down
    for line in _lines(card.rule, BOLD, WIDTH - 2 * MARGIN - 6):
        down += BOLD * LEADING
        ink.append(_text(MARGIN + 3, down, BOLD, line, bold=True))
    ink.append(f'<rect x="{MARGIN}" y="{top:.1f}" width="{WIDTH - 2 * MARGIN}" height="{down - top + 3:.1f}" fill="none" stroke="#000"/>')
    down += 4.5
    for part in card.parts:
        down += BOLD * LEADING + 2
        ink.append(_text(MARGIN, down, BOLD, part.title, bold=True))
        for row in part.rows:
            down = _svg_row(row, ink, down + 1.6)
    if down > HEIGHT - MARGIN * 0.7:
        raise ValueError(f"the card is {down - HEIGHT + MARGIN:.0f} mm longer than a page: shorten it")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{escape(language)}" lang="{escape(language)}" width="{WIDTH}mm" height="{HEIGHT}mm" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">\n<title>{escape(card.title)}</title>\n<desc>{escape(card.rule)}</desc>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(ink) + "\n</svg>\n")


def _svg_row(row: Row, ink: list[str], top: float) -> float:
    """A line above, what is wanted on the left, the phrases on the right; where it ends."""
    ink.append(f'<path d="M{MARGIN} {top:.1f}H{WIDTH - MARGIN}" stroke="#000" stroke-width="0.3"/>')
    left = _lines(row.want, PLAIN, SPLIT - MARGIN - 3)
    right = _gathered([phrase for _, phrase in row.told], BOLD, WIDTH - MARGIN - SPLIT)
    base = top + BOLD * LEADING * 0.92
    ink += [_text(MARGIN, base + BOLD * LEADING * at, PLAIN, line) for at, line in enumerate(left)]
    ink += [_text(SPLIT, base + BOLD * LEADING * at, BOLD, line, bold=True) for at, line in enumerate(right)]
    return base + BOLD * LEADING * (max(len(left), len(right)) - 1)


def _text(x: float, y: float, size: float, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:.1f}" font-size="{size:g}"{weight}>{escape(text)}</text>'


def _gathered(phrases: Sequence[str], size: float, width: float) -> list[str]:
    """The phrases side by side; none is broken in two."""
    lines = [""]
    for phrase in phrases:
        longer = f"{lines[-1]} · {phrase}" if lines[-1] else phrase
        if lines[-1] and _width(longer, size) > width:
            lines.append(phrase)
        else:
            lines[-1] = longer
    return lines


def _lines(text: str, size: float, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _width(text: str, size: float) -> float:
    return size * sum(WIDE if unicodedata.east_asian_width(character) in "WF" else BROAD for character in text)
