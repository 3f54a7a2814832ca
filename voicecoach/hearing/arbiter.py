"""Several ears, one opinion: hypotheses in, `Heard`, `Unclear` and `Dictated` events out, weighed by how much harm a mistake does.

- A release word passes at once, from any ear, on any evidence, and silences what the other ears made of the utterance.
- A weighed word (loading, yes, no) and speech that is no phrase wait for the other ears, `PATIENCE` seconds of audio at
  most. A word is strong when an ear's strict rule holds and no other ear read the same time otherwise.
- Any other word passes as soon as it is final.
- One utterance is one event, whatever a second ear makes of it later; only a release word may still follow.

Pure: time is the audio's, and is passed in. With a single ear nothing waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from voicecoach.engines import Recogniser
from voicecoach.hearing.hypothesis import Hypothesis
from voicecoach.hearing.risk import RELEASE, WEIGHED
from voicecoach.vocabulary import Dictated, Event, Evidence, Heard, Intent, Unclear

PATIENCE: Final = 0.4
"""Seconds of audio for which a weighed word waits for the other ears."""
SAME_UTTERANCE: Final = 1.5
"""Two ears that report one intent within so many seconds mean one utterance: they differ in where it begins, and a
final result may come a second after the word."""
MEMORY: Final = 6.0
"""Seconds for which a hypothesis can contradict, confirm or repeat another."""


class Arbiter:
    """Merges the hypotheses of ears whose clocks started together.

    Args:
        ears: how many of them can contradict a weighed word; one that reports release words alone does not count.
    """

    def __init__(self, ears: int = 1) -> None:
        self._patience = PATIENCE if ears > 1 else 0.0
        self._readings: list[Hypothesis] = []
        self._waiting: list[Hypothesis] = []
        self._reported: list[Hypothesis] = []

    @classmethod
    def between(cls, ears: Iterable[Recogniser]) -> Arbiter:
        """One for these ears; nobody waits for those that report release words alone."""
        return cls(sum(not ear.release_only for ear in ears))

    @property
    def deadline(self) -> float | None:
        """When `due` will have something to decide, on the audio's clock; None while nothing waits."""
        return min((h.at + self._patience for h in self._waiting), default=None)

    def merge(self, hypotheses: Iterable[Hypothesis], now: float) -> list[Event]:
        """Take what the ears found since the last call; return what is certain `now`, which never falls back."""
        events: list[Event] = []
        for hypothesis in sorted(hypotheses, key=lambda h: h.at):
            self._readings.append(hypothesis)
            intent = _intent(hypothesis)
            if intent in RELEASE:
                events += self._release(hypothesis)
            elif not hypothesis.final:
                continue
            elif intent is None or intent in WEIGHED:
                self._waiting.append(hypothesis)
            else:
                events += self._decide(hypothesis)
        return events + self.due(now)

    def due(self, now: float) -> list[Event]:
        """What has waited long enough `now`."""
        ripe = [h for h in self._waiting if h.at + self._patience <= now]
        self._waiting = [h for h in self._waiting if h not in ripe]
        events = [event for h in ripe for event in self._decide(h)]
        self._readings = [h for h in self._readings if h.at > now - MEMORY]
        self._reported = [h for h in self._reported if h.at > now - MEMORY]
        return events

    def _release(self, hypothesis: Hypothesis) -> list[Event]:
        if self._repeats(hypothesis):
            return []
        self._reported.append(hypothesis)
        return _heard(hypothesis, Evidence.FINAL if hypothesis.final else Evidence.PARTIAL)

    def _decide(self, hypothesis: Hypothesis) -> list[Event]:
        """Report a final hypothesis that is no release word, unless its utterance is another ear's event already."""
        others = [h for h in self._reported if h.ear != hypothesis.ear]
        if self._repeats(hypothesis) or any(_overlap(h, hypothesis) for h in others):
            return []
        if hypothesis.phrase is None:
            return self._unclear(hypothesis)
        self._reported.append(hypothesis)
        return _heard(hypothesis, Evidence.STRONG if self._certain(hypothesis) else Evidence.FINAL)

    def _unclear(self, hypothesis: Hypothesis) -> list[Event]:
        if any(h.phrase is not None for h in self._second_readings(hypothesis)):
            return []
        self._reported.append(hypothesis)
        if hypothesis.dictation:
            return [Dictated(hypothesis.text, hypothesis.near.slot if hypothesis.near else "", hypothesis.ear)]
        return [Unclear(hypothesis.text, hypothesis.ear)]

    def _certain(self, hypothesis: Hypothesis) -> bool:
        second = self._second_readings(hypothesis)
        agreed = all(_intent(h) is _intent(hypothesis) for h in second)
        return agreed and any(h.strict for h in (hypothesis, *second))

    def _second_readings(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        """What each other ear thinks of the same time by now: its latest reading, partial ones included."""
        latest = {h.ear: h for h in self._readings if h.ear != hypothesis.ear and _overlap(h, hypothesis)}
        return list(latest.values())

    def _repeats(self, hypothesis: Hypothesis) -> bool:
        """Whether another ear has reported the same intent of the same utterance."""
        return any(h.ear != hypothesis.ear and _intent(h) is _intent(hypothesis)
                   and (_overlap(h, hypothesis) or abs(h.at - hypothesis.at) <= SAME_UTTERANCE)
                   for h in self._reported)


def _intent(hypothesis: Hypothesis) -> Intent | None:
    return hypothesis.phrase.intent if hypothesis.phrase else None


def _overlap(a: Hypothesis, b: Hypothesis) -> bool:
    return a.start < b.at and b.start < a.at


def _heard(hypothesis: Hypothesis, evidence: Evidence) -> list[Event]:
    phrase = hypothesis.phrase
    if phrase is None:
        return []
    return [Heard(phrase.intent, evidence, phrase.text, phrase.slot, hypothesis.score, hypothesis.ear)]
