"""Where speech begins and ends, and which stretches of sound are worth scoring. Pure, given the probabilities of speech.

Times are samples since the first one. Numbers without another source were measured on the recordings of 230 real
"stop"s with and without kitchen noise, see docs/decisions/grammar-scoring.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from voicecoach.audio import RATE, Samples

CHUNK: Final = 512
"""Samples, 32 ms: what the voice activity detector takes at a time."""

ONSET_PROBABILITY: Final = 0.3
"""Speech begins with a chunk that is at least this probable. One is enough: an onset in vain costs a few windows, and a missed one a
word. Of 151 stops in kitchen noise at 5 dB, 150 have an onset so, 148 with Silero's 0.5: docs/decisions/onsets.md."""
CLEAR_PROBABILITY: Final = 0.5
"""What never gets here (Silero's default for an onset) may hold a word that takes force away, but nothing else: a kitchen's
clatter that wakes the detector at the lower bar was once a certain "no"."""
RELEASE_PROBABILITY: Final = 0.35
"""A chunk below this counts towards the end of speech (Silero's own value)."""
HANG_CHUNKS: Final = 8
"""So many of them in a row, 0.26 s, are an endpoint: shorter than that falls into the pauses of "a bit more"."""
EDGE_HANG_CHUNKS: Final = 3
"""So few, 0.1 s, just after a line of the coach has begun or ended: what comes next is somebody else's."""
EDGE_CHUNKS: Final = 22
"""For so many chunks, 0.7 s: the echo of an edge comes 0.4 s late at most, and the room rings."""
PRE_ROLL: Final = RATE * 3 // 10
"""A segment starts 0.3 s before its onset: the detector is late by 0.23 s at the 90th percentile."""
SLIDE: Final = 5 * CHUNK
"""In speech, a window is scored every 0.16 s."""
WINDOW: Final = RATE * 3 // 2
"""A sliding window is 1.5 s long: more than any release word lasts."""
LONGEST: Final = RATE * 3
"""An utterance of more than 3 s is no command; only release words are looked for in it."""
STALE_PROBABILITY: Final = 0.3
STALE_CHUNKS: Final = 16
"""After 16 chunks in a row below 0.3 outside speech the detector is to be reset: in steady noise it goes deaf
otherwise (15 of 60 words heard at 10 dB; with the reset 60 of 60)."""
WARM: Final = 8 * CHUNK
"""Samples, 0.26 s: what it hears once more after a reset. A reset falls anywhere, also into the quiet beginning of a word, and a
detector without a past took some words for nothing then: 6 of 1,208 stops in quiet rooms, none since."""


class Vad(Protocol):
    """A voice activity detector with a memory."""

    def probability(self, chunk: Samples) -> float:
        """How probable speech is in `chunk`, shape (512,), which follows the one before it."""

    def reset(self) -> None:
        """Forget the past: the next chunk begins a stream."""


class Kind(Enum):
    """Why a window is scored."""

    SLIDING = "sliding"
    """Somebody has begun to speak, and this is all of it so far: release words only."""
    RUNNING = "running"
    """Somebody has been speaking for longer than a window, and this is its last part: release words only."""
    ENDPOINT = "endpoint"
    """A short utterance is over, and this is all of it: the whole grammar."""
    LONG_ENDPOINT = "long-endpoint"
    """A long utterance is over, and this is its last part: release words only."""

    @property
    def over(self) -> bool:
        """Whether the utterance has ended."""
        return self in (Kind.ENDPOINT, Kind.LONG_ENDPOINT)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound to be scored now."""

    kind: Kind
    start: int
    """First sample, the pre-roll included; never negative."""
    stop: int
    """One past the last sample."""
    onset: int
    """Where the speech began that this is a part of."""
    clear: bool = True
    """The detector was at least once as sure of speech as `CLEAR_PROBABILITY`."""
    pause: int = 0
    """Samples without speech at its end; near an edge an endpoint has fewer."""

    @property
    def seconds(self) -> float:
        """From the onset to the end of the speech in it and the usual pause: how long an endpoint waits tells nothing of a word."""
        return (self.stop - self.pause - self.onset + HANG_CHUNKS * CHUNK) / RATE


class Segmenter:
    """Turns the probability of speech in each chunk into windows."""

    def __init__(self) -> None:
        self._now = 0
        self._quiet = 0
        self._onset: int | None = None
        self._voiced = 0
        self._peak = 0.0
        self._slid = 0
        self._edge = -EDGE_CHUNKS * CHUNK

    @property
    def speaking(self) -> bool:
        """True between an onset and its endpoint."""
        return self._onset is not None

    def accept(self, probability: float) -> Window | None:
        """Take the next chunk's probability of speech; return the window to score now, if there is one."""
        self._now += CHUNK
        if self._onset is None:
            self._wait(probability)
            return None
        return self._follow(probability, self._onset)

    def edge(self) -> None:
        """A line of the coach begins or ends about here: a short pause parts what is before from what comes after."""
        self._edge = self._now

    def stale(self) -> bool:
        """Whether the detector is to be reset now; asked once after each chunk."""
        if self.speaking or self._quiet < STALE_CHUNKS:
            return False
        self._quiet = 0
        return True

    def _wait(self, probability: float) -> None:
        self._quiet = self._quiet + 1 if probability < STALE_PROBABILITY else 0
        if probability >= ONSET_PROBABILITY:
            self._onset = self._now - CHUNK
            self._voiced = self._slid = self._now
            self._quiet = 0
            self._peak = probability

    def _follow(self, probability: float, onset: int) -> Window | None:
        self._peak = max(self._peak, probability)
        if probability >= RELEASE_PROBABILITY:
            self._quiet, self._voiced = 0, self._now
        else:
            self._quiet += 1
        near_edge = self._now - self._edge <= EDGE_CHUNKS * CHUNK
        if self._quiet >= (EDGE_HANG_CHUNKS if near_edge else HANG_CHUNKS):
            self._onset, self._quiet = None, 0
            if self._voiced - onset <= LONGEST:
                return Window(Kind.ENDPOINT, max(0, onset - PRE_ROLL), self._now, onset, self._peak >= CLEAR_PROBABILITY, self._now - self._voiced)
            return Window(Kind.LONG_ENDPOINT, self._now - WINDOW, self._now, onset)
        if self._now - self._slid >= SLIDE:
            self._slid = self._now
            first, start = max(0, onset - PRE_ROLL), self._now - WINDOW
            if start <= first:
                return Window(Kind.SLIDING, first, self._now, onset)
            return Window(Kind.RUNNING, start, self._now, onset)
        return None
