"""When a reading is good enough, by how much harm a mistake would do. Pure: a reading in, verdicts out.

Every threshold is a natural logarithm, tuned on recordings of real people: see docs/decisions/grammar-scoring.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import RELEASE, WEIGHED
from voicecoach.hearing.scorer import Reading
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

RELEASE_PRE: Final = {Kind.SLIDING: -4.0, Kind.RUNNING: -1.5, Kind.ENDPOINT: -6.4, Kind.LONG_ENDPOINT: -3.0}
"""A release phrase is heard when pre(w) is above this. Most generous for a whole utterance, least for a window that cuts
running speech at any place, where -3 and -5.5 for the last one gave 4 false stops in 23 minutes of sentences, these 1."""
OTHER_PRE: Final = RELEASE_PRE | {Kind.ENDPOINT: -4.0}
"""The same for every release phrase but "stop". A whole utterance may be less likely, above the value of `RELEASE_PRE`, when the phrase is
all of it, so that end(w) counts, and when it is not `SHORT`: a kitchen's clatter was otherwise "easier", "pain" or "no more" twice a
minute (docs/decisions/noise-is-no-phrase.md)."""
SHORT: Final = 0.6
"""Seconds from an utterance's onset to its endpoint, the usual pause of 0.26 s included, that no release phrase but "stop" takes. Of 546 rendered
ones in quiet and in kitchen noise one that was heard took less, and of 48 in the kitchen's noise alone 30."""
SURE_PAIN: Final = -2.5
"""A single word for pain that is not all that is written must have pre above this, or it is a "stop": the force is gone as soon, but a knock
that was "Tape", a "Bain" or "me, ouch, to" out of many voices ends no session. Such words had -2.7 at most in 43 minutes of noise and talk."""

STOP: Final = "stop"
"""The phrase that the release head listens for."""
HEAD_BAR: Final = {Kind.SLIDING: 0.25, Kind.RUNNING: 0.25, Kind.ENDPOINT: 0.75, Kind.LONG_ENDPOINT: 0.25}
"""Or the release head's log odds of "stop" are above this. Chosen on folds 0 and 1, each heard by the head that does not know it
(docs/models/release-head.md); the two below on folds 0 to 2, with the head before."""
HEAD_AGREES, HEAD_VETO, SURE_PRE = 0.25, -1.5, -1.0
"""From the first of these scores of the head down to the second, what pre must be above for "stop" rises from `RELEASE_PRE` to SURE_PRE,
as good as written. Where the head stays below the first in every window, the scored grammar found none of 618 real stops of those folds,
but 3 of the 8 other words in quiet and 6 of the 12 in kitchen noise at 5 dB that it took for one."""
SURE_HEAD: Final = 3.0
"""Above this score of the head, or with pre above SURE_PRE, a release word is beyond doubt: it is believed over the coach's voice even
where hardly anybody but he can be told (`FrontEnd.vouches`). His own leak got 2.3 at most in 458 lines, 52 of 60 people's "stop" over
him more (docs/decisions/echo.md)."""
HEAD_ALONE: Final = {Kind.SLIDING: SURE_HEAD, Kind.RUNNING: HEAD_BAR[Kind.RUNNING]}
"""Above this score of the head one window is enough while somebody speaks, whatever the grammar makes of it."""

FINAL_MARGIN, FINAL_END = -1.0, -3.0
"""margin(w) and end(w) above which an utterance is its best phrase."""
STRICT_MARGIN, STRICT_END = -0.5, -2.0
"""The same for words that may lead to force."""
STRICT_GAP: Final = 2.0
"""By how much end(w) must exceed that of every phrase of another intent before such a word is believed."""
STRICT_SECONDS: Final = 0.4
"""And so long must it be, from its onset to its endpoint: a knock of 0.3 s was "No, no, no, no" and a certain "no". Of 526 certain answers of
people (folds 0 to 2, in quiet and in kitchen noise at 10 dB) none was shorter."""

NEAR_END, NEAR_GAP, NEAR_MARGIN = -10.0, 3.0, -7.0
"""end of a person's phrases together, by how much it exceeds everybody else's, and how far it may fall short of the transcript, for
the person to be asked about: "Is it Anna?" A mistake costs one question (docs/decisions/names.md)."""

ROUTINE_END, ROUTINE_GAP, ROUTINE_MARGIN = -6.0, 2.5, -5.0
"""The same for a phrase that changes no force and lets nobody through (docs/decisions/routine-words.md)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reading amounts to."""

    phrase: Phrase | None
    """None: speech, but no phrase of the grammar."""
    score: float
    """margin of the phrase, or of the best one when there is none."""
    strict: bool = False
    """Good enough for a loading word; of a release word: beyond doubt."""
    alone: bool = True
    """False: it counts if the window before has it, too."""


def words(text: str) -> tuple[str, ...]:
    """The words of a transcript, lower case and without punctuation; an apostrophe stays."""
    return tuple(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("\u2019", "'")))


def contains(text: str, phrase: Phrase) -> bool:
    """Whether a transcript holds the words of `phrase` next to each other.

    Its spellings do not count here: "is here" may be "easier" as an utterance, and is something else inside a sentence.
    """
    return _spaced(phrase.text) in _spaced(text)


def _spaced(text: str) -> str:
    """The words of a text, a space around each."""
    return f" {' '.join(words(text))} "


def while_speaking(grammar: Grammar) -> Grammar:
    """The part of `grammar` that is scored before an utterance is over: release phrases, their beginnings, and what swallows them."""
    releases = [phrase for phrase in grammar.phrases if phrase.intent in RELEASE]
    kept = tuple(p for p in grammar.phrases if p.intent in RELEASE or any(_begins(p, w) or _swallows(p, w) for w in releases))
    return Grammar(grammar.name, kept)


def from_onset(speaking: Grammar) -> Grammar:
    """What of `while_speaking` is scored in a window that is all of an utterance so far: no spellings of release phrases.

    A sentence that begins with "these are" is no "easier". If it is all that is said, the endpoint knows a moment later.

    Args:
        speaking: what `while_speaking` has made of a grammar.
    """
    return Grammar(speaking.name, tuple(replace(p, spellings=()) if p.intent in RELEASE else p for p in speaking.phrases))


def _swallows(long: Phrase, short: Phrase) -> bool:
    """Whether a spelling of one holds the words of the other: "is this normal" is written "is this no more" when a window ends in it."""
    return long.intent not in RELEASE and any(_spaced(short.text) in _spaced(spelling) for spelling in long.spellings)


def _written(reading: Reading, phrase: Phrase) -> bool:
    """Whether the transcript holds the words of a release phrase, and not only as a part of another phrase's spelling."""
    if not contains(reading.text, phrase):
        return False
    swallowing = [spelling for other in reading.phrases if _swallows(other, phrase) for spelling in other.spellings]
    # Only in one breath: with a full stop between "is this" and "no more" somebody has said both.
    breaths = "|".join(r"\s+".join(map(re.escape, spelling.split())) for spelling in swallowing)
    rest = re.sub(rf"(?<![\w'])(?:{breaths})(?![\w'])", ".", reading.text.lower()) if breaths else reading.text
    return contains(rest, phrase)


def _begins(short: Phrase, long: Phrase) -> bool:
    return short.intent is not long.intent and long.text.startswith(short.text + " ")


def release(reading: Reading, kind: Kind, head: float | None = None, seconds: float = SHORT) -> list[Verdict]:
    """The release words in a reading, one for each intent: written out, or as likely as `surplus` asks.

    "Stop" is also heard when `head`, the release head's score of the same sound, is above `HEAD_BAR`, and less readily the
    farther it is below `HEAD_AGREES`. A doubtful word for pain is a "stop". It is so many `seconds` long
    (`Window.seconds`).
    """
    found: dict[Intent, tuple[int, bool]] = {}
    sure = head is not None and head > HEAD_BAR[kind]
    for index, phrase in enumerate(reading.phrases):
        if phrase.intent not in RELEASE:
            continue
        said = _said(reading, index, kind, head, seconds)
        if not said and not (sure and phrase.text == STOP):
            continue
        intent = _means(reading, index)
        rival = found.get(intent)
        if rival is None or reading.pre[index] > reading.pre[rival[0]]:
            found[intent] = index, said
    return [Verdict(replace(reading.phrases[i], intent=intent), float(reading.margin[i]), _beyond_doubt(reading, i, head),
                    head is None or STOP not in words(reading.phrases[i].text) or enough(kind, head, said=said)) for intent, (i, said) in found.items()]


def _means(reading: Reading, index: int) -> Intent:
    """What a release phrase that was found stands for."""
    phrase = reading.phrases[index]
    one_word = phrase.intent is Intent.PAIN and len(words(phrase.text)) == 1
    doubtful = one_word and words(reading.text) != words(phrase.text) and reading.pre[index] <= SURE_PAIN
    return Intent.STOP if doubtful else phrase.intent


def needed_pre(kind: Kind, head: float | None) -> float:
    """What pre("stop") must be above when the head's score is `head`."""
    bar = RELEASE_PRE[kind]
    if head is None:
        return bar
    doubt = min(1.0, max(0.0, (HEAD_AGREES - head) / (HEAD_AGREES - HEAD_VETO)))
    return bar + doubt * max(0.0, SURE_PRE - bar)


def surplus(reading: Reading, index: int, kind: Kind, head: float | None, seconds: float) -> float:
    """By how much a release phrase is likelier than is asked of it; written ones may be unlikely. See `release`."""
    pre, end = float(reading.pre[index]), float(reading.end[index])
    if reading.phrases[index].text == STOP:
        return pre - needed_pre(kind, head)
    found = pre - OTHER_PRE[kind]
    return max(found, end - RELEASE_PRE[kind]) if kind is Kind.ENDPOINT and seconds >= SHORT else found


def _said(reading: Reading, index: int, kind: Kind, head: float | None, seconds: float) -> bool:
    """Whether the scored grammar finds a release phrase."""
    if _written(reading, reading.phrases[index]):
        return True
    return surplus(reading, index, kind, head, seconds) > 0 and no_rival(reading, index, over=kind.over)


def enough(kind: Kind, head: float, *, said: bool) -> bool:
    """Whether one window is enough for a "stop" that was found in it; `said`: the scored grammar finds it as well.

    While somebody speaks a window may end inside a word: "str..." is written as "stop", and "so" sounds like it to the head. The next
    window, 0.16 s later, has more of the word. What the head and the grammar both find does not wait, nor what the head is sure of,
    nor, in running speech, what it finds: there most words are masked, and one window is often all that is to be had.
    """
    return kind.over or head > HEAD_ALONE[kind] or (said and head > HEAD_AGREES)


def _beyond_doubt(reading: Reading, index: int, head: float | None) -> bool:
    by_head = reading.phrases[index].text == STOP and head is not None and head > SURE_HEAD
    return by_head or bool(reading.pre[index] > SURE_PRE)


def no_rival(reading: Reading, index: int, *, over: bool = False) -> bool:
    """Whether pre(w) is above end of every other phrase that w begins with: "no" is not "no more".

    When the utterance is `over`, such a phrase is no rival where the transcript goes on after it: "No, Mar." is no "no". Of 213 real
    "no"s of folds 0 to 2, in quiet and in noise, none became a stop by that.
    """
    pre, phrase = reading.pre[index], reading.phrases[index]
    rivals = (end for p, end in zip(reading.phrases, reading.end, strict=True)
              if _begins(p, phrase) and not (over and words(reading.text) != words(p.text)))
    return all(pre > end for end in rivals)


def nearest(reading: Reading) -> Phrase | None:
    """The person whose phrases fit tolerably and clearly better than anybody else's; None where nobody's do."""
    best = _likeliest(reading)
    return best.phrase if best and best.fit > NEAR_END and best.gap > NEAR_GAP and best.fit - reading.free > NEAR_MARGIN else None


def routine(reading: Reading) -> Verdict | None:
    """A phrase that neither releases nor weighs anything, in an utterance that `command` finds no phrase in: tolerable, and clearly better than any other.

    Args:
        reading: of the whole grammar with a wide beam, so that what can hardly be meant was compared, too.
    """
    best = _likeliest(reading)
    if best is None or best.phrase.intent in RELEASE | WEIGHED:
        return None
    margin = best.fit - reading.free
    return Verdict(best.phrase, margin) if best.fit > ROUTINE_END and best.gap > ROUTINE_GAP and margin > ROUTINE_MARGIN else None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The best of what can be meant."""

    phrase: Phrase
    fit: float
    gap: float
    """By how much `fit` exceeds that of everything else that can be meant."""


def _likeliest(reading: Reading) -> _Meaning | None:
    """What is meant most likely; None in an utterance without words. The phrases that mean one thing are ways to say it, so their probabilities add up."""
    fit: dict[tuple[Intent, str], float] = {}
    best: dict[tuple[Intent, str], int] = {}
    for index, phrase in enumerate(reading.phrases):
        meaning = phrase.intent, phrase.slot
        fit[meaning] = float(np.logaddexp(fit.get(meaning, -np.inf), reading.end[index]))
        if reading.end[index] >= reading.end[best.setdefault(meaning, index)]:
            best[meaning] = index
    order = sorted(fit, key=lambda meaning: -fit[meaning])
    if not order or not words(reading.text):
        return None
    first = fit[order[0]]
    return _Meaning(reading.phrases[best[order[0]]], first, first - fit[order[1]] if len(order) > 1 else np.inf)


def command(reading: Reading, seconds: float = SHORT) -> Verdict | None:
    """What a whole utterance of so many `seconds` says, None for one without words: breath, a knock, noise."""
    if not words(reading.text) or not reading.phrases:
        return None
    best = int(np.argmax(reading.end))
    phrase, end, margin = reading.phrases[best], float(reading.end[best]), float(reading.margin[best])
    if margin <= FINAL_MARGIN or end <= FINAL_END:
        return Verdict(None, margin)
    others = [e for p, e in zip(reading.phrases, reading.end, strict=True) if p.intent is not phrase.intent]
    clear = seconds >= STRICT_SECONDS and all(end - other > STRICT_GAP for other in others)
    return Verdict(phrase, margin, strict=clear and margin > STRICT_MARGIN and end > STRICT_END)
