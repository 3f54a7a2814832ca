"""When a reading is good enough, by how much harm a mistake would do. Pure: a reading in, verdicts out.

Every threshold is a natural logarithm, tuned on recordings of real people: see docs/decisions/grammar-scoring.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.scorer import Reading
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

RELEASE_PRE: Final = {Kind.SLIDING: -4.0, Kind.RUNNING: -1.5, Kind.ENDPOINT: -6.4, Kind.LONG_ENDPOINT: -3.0}
"""A release phrase is heard when pre(w) is above this. Most generous for a whole utterance, least for a window that cuts
running speech at any place: -3 there meant 10 false stops an hour in other people's sentences, -1.5 none."""

FINAL_MARGIN, FINAL_END = -1.0, -3.0
"""margin(w) and end(w) above which an utterance is its best phrase."""
STRICT_MARGIN, STRICT_END = -0.5, -2.0
"""The same for words that may lead to force."""
STRICT_GAP: Final = 2.0
"""By how much end(w) must exceed that of every phrase of another intent before such a word is believed."""


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
    """Whether a transcript holds the words of `phrase` next to each other.

    Its spellings do not count here: "is here" may be "easier" as an utterance, and is something else inside a sentence.
    """
    heard, wanted = words(text), words(phrase.text)
    return any(heard[i : i + len(wanted)] == wanted for i in range(len(heard) - len(wanted) + 1))


def while_speaking(grammar: Grammar) -> Grammar:
    """The part of `grammar` that is scored before an utterance is over: release phrases and their `beginnings`."""
    kept = tuple(p for p in grammar.phrases
                 if p.intent in RELEASE or any(_begins(p, w) for w in grammar.phrases if w.intent in RELEASE))
    return Grammar(grammar.name, kept)


def _begins(short: Phrase, long: Phrase) -> bool:
    return short.intent is not long.intent and long.text.startswith(short.text + " ")


def release(reading: Reading, kind: Kind) -> list[Verdict]:
    """The release words in a reading, one for each intent: written out, or as likely as `RELEASE_PRE` asks."""
    found: dict[Intent, int] = {}
    for index, phrase in enumerate(reading.phrases):
        if phrase.intent not in RELEASE:
            continue
        if not contains(reading.text, phrase) and not _likely(reading, index, RELEASE_PRE[kind]):
            continue
        rival = found.get(phrase.intent)
        if rival is None or reading.pre[index] > reading.pre[rival]:
            found[phrase.intent] = index
    return [Verdict(reading.phrases[i], float(reading.margin[i])) for i in found.values()]


def _likely(reading: Reading, index: int, bar: float) -> bool:
    """Whether pre(w) is above `bar`, and above end of every other phrase that w begins with: "no" is not "no more"."""
    pre, phrase = reading.pre[index], reading.phrases[index]
    rivals = (end for p, end in zip(reading.phrases, reading.end, strict=True) if _begins(p, phrase))
    return bool(pre > bar) and all(pre > end for end in rivals)


def command(reading: Reading) -> Verdict | None:
    """What a whole short utterance says, None for one without words: breath, a knock, noise."""
    if not words(reading.text) or not reading.phrases:
        return None
    best = int(np.argmax(reading.end))
    phrase, end, margin = reading.phrases[best], float(reading.end[best]), float(reading.margin[best])
    if margin <= FINAL_MARGIN or end <= FINAL_END:
        return Verdict(None, margin)
    others = [e for p, e in zip(reading.phrases, reading.end, strict=True) if p.intent is not phrase.intent]
    clear = all(end - other > STRICT_GAP for other in others)
    return Verdict(phrase, margin, strict=clear and margin > STRICT_MARGIN and end > STRICT_END)
