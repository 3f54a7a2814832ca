"""When a reading is good enough, by how much harm a mistake would do. Pure: a reading in, verdicts out.

Every threshold is a natural logarithm and was measured on recordings of real people, see
docs/decisions/grammar-scoring.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.hearing.hypothesis import Phrase
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.scorer import Reading, spellings
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

SLIDING_PRE: Final = {Intent.STOP: -3.0, Intent.EASE: -1.0, Intent.PAIN: -1.0}
"""While somebody speaks: pre(w) above this is a release word."""
ENDPOINT_PRE: Final = {Intent.STOP: -5.5, Intent.EASE: -3.0, Intent.PAIN: -3.0}
"""When they have stopped: the same, more generous, as the whole word has been heard."""

FINAL_MARGIN: Final = -1.0
"""margin(w) of the best phrase above which an utterance is that phrase."""
FINAL_END: Final = -3.0
"""end(w) of the best phrase above which an utterance is that phrase."""
STRICT_MARGIN: Final = -1.0
STRICT_END: Final = -2.0
STRICT_GAP: Final = 1.5
"""How far end(w) must lie above that of the best phrase of any other intent before a loading word is believed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reading amounts to."""

    phrase: Phrase | None
    """None: speech, but no phrase of the grammar."""
    score: float
    """margin of the phrase, or of the best one when there is none."""
    strict: bool = False
    """Good enough for a loading word."""


def words(text: str) -> tuple[str, ...]:
    """The words of a transcript, lower case and without punctuation; an apostrophe stays."""
    return tuple(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("\u2019", "'")))


def contains(text: str, phrase: Phrase) -> bool:
    """Whether a transcript holds all words of a spelling of `phrase`, next to each other."""
    heard = words(text)
    return any(_within(heard, words(spelling)) for spelling in spellings(phrase))


def _within(heard: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(heard[i : i + len(wanted)] == wanted for i in range(len(heard) - len(wanted) + 1))


def release(reading: Reading, kind: Kind) -> list[Verdict]:
    """The release words in a reading, one for each intent: said outright, or as likely as the rules ask."""
    bars = SLIDING_PRE if kind is Kind.SLIDING else ENDPOINT_PRE
    found: dict[Intent, int] = {}
    for index, phrase in enumerate(reading.phrases):
        if phrase.intent not in RELEASE:
            continue
        if reading.pre[index] <= bars[phrase.intent] and not contains(reading.text, phrase):
            continue
        rival = found.get(phrase.intent)
        if rival is None or reading.pre[index] > reading.pre[rival]:
            found[phrase.intent] = index
    return [Verdict(reading.phrases[i], float(reading.margin[i])) for i in found.values()]


def command(reading: Reading) -> Verdict | None:
    """What a whole short utterance says, None for one without words: breath, a knock, noise."""
    if not words(reading.text):
        return None
    best = int(np.argmax(reading.end))
    phrase, end, margin = reading.phrases[best], float(reading.end[best]), float(reading.margin[best])
    if margin <= FINAL_MARGIN or end <= FINAL_END:
        return Verdict(None, margin)
    others = [e for p, e in zip(reading.phrases, reading.end, strict=True) if p.intent is not phrase.intent]
    clear = not others or end - max(others) > STRICT_GAP
    return Verdict(phrase, margin, strict=clear and margin > STRICT_MARGIN and end > STRICT_END)
