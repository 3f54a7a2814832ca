"""The front end: what the ears hear while the coach speaks. Pure, given the canceller; on the microphone's clock.

A loudspeaker stands near the microphone. While it sounds, and for as long as the room rings, the ears hear what a canceller
leaves of the microphone; otherwise they hear the microphone itself, bit for bit. Two libraries share the work, because they fail
differently (docs/decisions/echo.md): the canceller keeps the person whole and leaks some echo, and the witness, which takes
nearly everything of the coach away and some of the person too, tells whether there was anybody but the coach: what the ears believe
to have heard is dropped where there was nobody. Where a line of the coach begins or ends they are
told, so that an answer is an utterance of its own even where nothing is cancelled. Without a canceller, or before it has
learned the room, nothing is lost: the ears hear all of it, and the guard knows which words are the coach's own
(`voicecoach.core.safety`).

Times for which it is asked are seconds of the sound that it has given, counted from its first sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.engines import EchoCanceller
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Hypothesis
from voicecoach.hearing.risk import RELEASE

AUDIBLE: Final = np.float32(1e-4)
"""Peak of a block of the far end, -80 dBFS, below which the coach is silent: the voice renders exact zeros between its lines."""
TAIL: Final = round(1.0 * RATE)
"""Samples after the coach's last sound in which his echo may still be judged: 0.4 s of buffers and air, the room, and the silence that
ends an utterance."""
PAUSE: Final = round(0.3 * RATE)
"""Samples of silence of the far end that end a line: between two words of one line there is less."""
FADE: Final = RATE // 100
"""Samples, 10 ms, over which the ears go from one signal to the other: a step would be a click."""
CELL: Final = RATE // 100
"""Samples, 10 ms: for each it is known whether there was anybody but the coach."""
SOMEBODY: Final = 10 ** (-55 / 20)
"""RMS of a cell of what the witness leaves, -55 dBFS, from which on somebody may be there. Echo alone is at -80 once it knows the room
(it needs half a second), people at -26."""
LEAK: Final = 10 ** (-20 / 20)
"""What the witness may leave of the echo: 20 dB less than the coach is loud at the microphone. In the worst room that was played (200 ms, RT60
0.5 s) the loudest moments of what it left were 23 dB below. Somebody is surely there above both this and `SOMEBODY`."""
CELLS: Final = 3
"""In so many cells somebody has to be surely there. 58 of 60 people's "stop" over the coach at equal level had them (FIT and TUNE)."""
LOOK_BACK: Final = 0.3
"""Seconds before the speech that an ear reports in which somebody counts as well: detectors of speech are late by so much."""
LONGEST: Final = 3.6
"""Seconds: no ear looks further back than that for what it reports, however long somebody has been speaking."""
KEPT: Final = 800
"""Cells that are kept, 8 s: an ear that is behind asks about what is long ago."""
ABSENT, PERHAPS, SURELY = 0, 1, 2
"""Whether anybody but the coach is in a cell."""
MEMORY: Final = 0.98
"""Weight of the past in the figures for `FrontEnd.attenuation`, for each 10 ms: half a second."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something for the ears."""

    samples: Samples
    edge: bool = False
    """A line of the coach begins or ends here, before these samples: see `voicecoach.engines.Recogniser.edge`."""


class FrontEnd:
    """Takes the microphone and the far end in step and gives the ears what they should hear.

    Args:
        canceller: what takes the echo away; None: nothing does.
        witness: what tells whether anybody but the coach can be heard; None: somebody always may be. Its frame is the canceller's.
        failed: is told once if the canceller fails; the ears then hear the microphone.
    """

    def __init__(self, canceller: EchoCanceller | None = None, witness: EchoCanceller | None = None,
                 failed: Callable[[EngineError], None] = lambda _: None) -> None:
        self._canceller, self._witness, self._failed = canceller, witness, failed
        self._frame = next((one.frame for one in (canceller, witness) if one), 1)
        self._rest = self._rest_far = np.zeros(0, np.float32)
        self._quiet = TAIL
        """Samples since the far end was last heard."""
        self._line = False
        self._at_work = False
        """The last samples for the ears are not the microphone's own."""
        self._given = 0
        """Samples that the ears have got."""
        self._worked_from, self._worked_to = 0, 0
        """The last stretch of them in which the coach, or what the room keeps of him, may be."""
        self._presence = np.zeros(KEPT, np.int8)
        """Of each of the last cells: `ABSENT`, `PERHAPS` or `SURELY`; cell n stands in place n % KEPT."""
        self._before = self._after = 0.0

    @property
    def sounding(self) -> bool:
        """The coach's voice, or what the room keeps of it, may be in the microphone."""
        return self._quiet < TAIL

    @property
    def attenuation(self) -> float:
        """Decibels by which the canceller has lately made the microphone quieter while the coach spoke; 0 without one.

        With nobody else speaking this is the echo return loss enhancement. It rises from 0 as the canceller learns the room.
        """
        if not self._after or not self._before:
            return 0.0
        return float(10 * np.log10(self._before / self._after))

    @property
    def now(self) -> float:
        """Seconds of sound that the ears have got."""
        return self._given / RATE

    def vouches(self, hypothesis: Hypothesis) -> bool:
        """Whether anybody but the coach may have said this. Called from any thread, at the time of `hypothesis.at` or later.

        Where he did not sound, everybody is believed. Where he did, somebody has to be surely there; for a release word that is beyond
        doubt it is enough that somebody may be, if the ears do not hear the coach whole.
        """
        begin, end = round(hypothesis.start * RATE), round(hypothesis.at * RATE)
        if self._witness is None or not self._worked_from <= begin < self._worked_to:
            return True
        first = max(begin, end - round(LONGEST * RATE)) - round(LOOK_BACK * RATE)
        seen = self._presence[np.arange(max(0, first) // CELL, -(-end // CELL)) % KEPT]
        release = hypothesis.phrase is not None and hypothesis.phrase.intent in RELEASE
        sure = release and hypothesis.strict and self._canceller is not None
        return bool(np.count_nonzero(seen == SURELY) >= CELLS or (sure and seen.any()))

    def accept(self, microphone: Samples, far: Samples) -> list[Piece]:
        """Take the next samples of both, any number, as many of one as of the other.

        What comes out is as long as what went in, but for less than one frame that waits for its other part.
        """
        edge = self._follow(far)
        sound, reference = np.concatenate((self._rest, microphone)), np.concatenate((self._rest_far, far))
        work = self.sounding and (self._canceller or self._witness) is not None
        whole = len(sound) // self._frame * self._frame if work else len(sound)
        out = self._work(sound[:whole], reference[:whole]) if work else self._rest_from_work(sound, reference)
        self._rest, self._rest_far = sound[whole:], reference[whole:]
        return [Piece(out, edge)] if len(out) or edge else []

    def _follow(self, far: Samples) -> bool:
        """Keep in mind whether the coach speaks; True where a line of his begins or ends."""
        was = self._line
        if len(far) and np.abs(far).max() > AUDIBLE:
            self._quiet, self._line = 0, True
        else:
            self._quiet = min(self._quiet + len(far), TAIL)
            self._line = was and self._quiet < PAUSE
        return self._line is not was

    def _work(self, sound: Samples, far: Samples) -> Samples:
        """Whole frames without the coach."""
        if not self._at_work and len(sound):
            self._worked_from = self._given
        out = self._through(sound, far)
        if not self._at_work and len(sound):
            self._at_work = True
            return _fade(sound, out)
        return out

    def _rest_from_work(self, sound: Samples, far: Samples) -> Samples:
        """The microphone as it is, after a frame in which it takes over."""
        if not self._at_work or len(sound) < self._frame:
            self._mark(sound)
            return sound
        self._at_work = False
        head = slice(self._frame)
        faded = _fade(self._through(sound[head], far[head]), sound[head])
        self._mark(sound[self._frame :])
        return np.concatenate((faded, sound[self._frame :]))

    def _through(self, sound: Samples, far: Samples) -> Samples:
        out = sound.copy()
        for at in range(0, len(sound), self._frame):
            part = slice(at, at + self._frame)
            out[part] = self._one_frame(sound[part], far[part])
        return out

    def _one_frame(self, sound: Samples, far: Samples) -> Samples:
        left = self._cancel(sound, far)
        self._measure(sound, left, far)
        self._mark(self._without_coach(sound, far))
        self._worked_to = self._given
        return left

    def _mark(self, people: Samples) -> None:
        """Remember whether somebody is in the next samples, from which the witness has taken the coach if he sounds."""
        first, self._given = self._given, self._given + len(people)
        if self._witness is None or not len(people):
            return
        energy = float(np.mean(np.square(people)))
        echo = self._before * (1 - MEMORY)
        grade = ABSENT if energy < SOMEBODY**2 else PERHAPS if energy < echo * LEAK**2 else SURELY
        self._presence[np.arange(first // CELL, -(-self._given // CELL)) % KEPT] = grade

    def _cancel(self, sound: Samples, far: Samples) -> Samples:
        """`sound` without the echo. A canceller that fails is never asked again."""
        if self._canceller is not None:
            try:
                return self._canceller.cancel(sound, far)
            except EngineError as error:
                self._canceller = None
                self._failed(error)
        return sound

    def _without_coach(self, sound: Samples, far: Samples) -> Samples:
        """What the witness leaves of `sound`; all of it without one. A witness that fails is never asked again."""
        if self._witness is not None:
            try:
                return self._witness.cancel(sound, far)
            except EngineError as error:
                self._witness = None
                self._failed(error)
        return sound

    def _measure(self, before: Samples, after: Samples, far: Samples) -> None:
        if np.abs(far).max() > AUDIBLE:
            self._before = MEMORY * self._before + float(np.mean(np.square(before)))
            self._after = MEMORY * self._after + float(np.mean(np.square(after)))


def _fade(old: Samples, new: Samples) -> Samples:
    """`new`, which begins as `old`."""
    count = min(FADE, len(new))
    out = new.copy()
    share = np.linspace(0, 1, count, dtype=np.float32)
    out[:count] = old[:count] + (new[:count] - old[:count]) * share
    return out
