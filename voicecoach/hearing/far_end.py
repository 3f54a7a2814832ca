"""The far end: what the loudspeaker really plays, brought onto the clock of the microphone. Pure; times are passed in.

Two streams run side by side. Their callbacks come in bursts, so single times mean little, but no callback comes early: the
earliest of many tells when a stream's samples are due. A line is kept in one piece; only in the silence between lines the two
streams are brought into step again, so that 100 ppm between two devices' clocks (6 ms a minute) never add up.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import soxr

from voicecoach.audio import RATE, Pcm, Samples

WINDOW: Final = 10.0
"""Seconds in which one callback at least is on time. 100 ppm of drift are 1 ms in them."""
BREAK: Final = 0.25
"""A stream whose blocks are later than expected by so many seconds has paused: its clock begins anew."""
MARGIN: Final = round(0.05 * RATE)
"""Samples by which the far end is handed out later than it is known, so that a late callback of the speaker is not too late.
Less than what a speaker and a microphone buffer (0.1 s and more), so it never comes after its own echo."""
SLIP: Final = round(0.004 * RATE)
"""Samples, 4 ms, by which the streams may be out of step before they are brought together in the next silence. A canceller has
to learn again after each time; a smaller step would follow the jitter of the callbacks."""
JUMP: Final = round(0.1 * RATE)
"""Samples out of step that are too many to wait for silence."""
SPAN: Final = 4 * RATE
"""Samples that are kept."""


class Pace:
    """When the samples of one stream are due, from times that are never early."""

    def __init__(self) -> None:
        self._count = 0.0
        """Seconds of sound so far."""
        self._late: deque[tuple[float, float]] = deque()
        """Time, and how late the block was, of those blocks that no later one was more punctual than."""

    def place(self, seconds: float, at: float) -> float:
        """Take the next block, whose first sample was due at `at` or earlier; return when it was due."""
        late = at - self._count
        if self._late and late - self._late[0][1] > BREAK:
            self._late.clear()
        while self._late and self._late[-1][1] >= late:
            self._late.pop()
        self._late.append((at, late))
        while self._late[0][0] < at - WINDOW:
            self._late.popleft()
        due = self._late[0][1] + self._count
        self._count += seconds
        return due


class FarEnd:
    """Put in what is played, take out what belongs to each block of the microphone.

    `played` and `take` are called by one thread.
    """

    def __init__(self, margin: int = MARGIN) -> None:
        self._margin = margin
        self._speaker, self._microphone = Pace(), Pace()
        self._resampler: soxr.ResampleStream | None = None
        self._rate = 0
        self._kept = np.zeros(SPAN, np.float32)
        self._read = 0
        """The microphone's next sample, counted from its first."""
        self._first: int | None = None
        """Where the speaker's first sample went, on the same count; a step moves it."""
        self._given, self._written = 0.0, 0
        """How many samples at `RATE` the speaker has given, and how many of them the resampler has let go by now."""
        self._origin = 0.0
        """When the microphone's first sample would have been due."""

    def played(self, pcm: Pcm, at: float) -> None:
        """The speaker was given `pcm` at the time `at`, silence included: that is when its first sample may be heard at the earliest."""
        due = self._speaker.place(pcm.seconds, at)
        wanted = round((due - self._origin) * RATE - self._given) + self._margin
        if self._first is None:
            self._first = wanted
        off = wanted - self._first
        if abs(off) > JUMP or (abs(off) > SLIP and not pcm.samples.any()):
            self._first = wanted
        self._given += pcm.seconds * RATE
        self._put(self._converted(pcm), self._first)

    def take(self, count: int, at: float) -> Samples:
        """What the speaker played for the next `count` samples of the microphone, the first of which came in at `at` at the latest."""
        self._origin = self._microphone.place(count / RATE, at) - self._read / RATE
        places = np.arange(self._read, self._read + count) % SPAN
        out = self._kept[places]
        self._kept[places] = 0
        self._read += count
        return out

    def _put(self, samples: Samples, first: int) -> None:
        start = first + self._written
        self._written += len(samples)
        begin, end = max(start, self._read), min(start + len(samples), self._read + SPAN)
        if begin < end:
            self._kept[np.arange(begin, end) % SPAN] = samples[begin - start : end - start]

    def _converted(self, pcm: Pcm) -> Samples:
        if pcm.rate == RATE:
            return pcm.samples
        if self._resampler is None or self._rate != pcm.rate:
            self._rate = pcm.rate
            self._resampler = soxr.ResampleStream(pcm.rate, RATE, 1, "float32", quality="MQ")
        return np.asarray(self._resampler.resample_chunk(pcm.samples), np.float32)
