"""The second thing the release head listens on: what a speech embedding network makes of the sound, 96 numbers every 80 ms.

Each embedding sees a field of 76 mel frames, 0.78 s, on a grid that begins with the stream. So it is worked out once, and every window
that holds it has it for nothing: running windows, which overlap by nine tenths, cost two new ones each.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from voicecoach.audio import Samples
from voicecoach.hearing.mel import BANDS, HOP, SIZE, Array, log_mel

FRAMES: Final = 76
"""Mel frames in a field."""
STRIDE: Final = 8 * HOP
"""Samples, 80 ms, from one field to the next."""
FIELD: Final = (FRAMES - 1) * HOP + SIZE
"""Samples that a field covers."""
LEAD: Final = 6_400
"""Samples, 0.4 s, by which a field may begin before its window: so the head was taught (`tools.train_head`)."""
WIDTH: Final = 96
RANGE: Final = 80.0
"""Decibels below a field's loudest band at which its quietest is cut off."""
KEPT: Final = 64
"""Embeddings that are kept, 5.1 s: more than the longest window has."""


class Embedder(Protocol):
    """Whatever turns fields of mel frames into embeddings."""

    def check(self) -> None:
        """Return when it is usable; raise `EngineError` when not."""

    def embed(self, fields: Array) -> Array:
        """Embeddings, shape (N, 96), of N scaled fields, shape (N, 76, 32)."""


def scaled(fields: Array) -> Array:
    """Fields of decibels, shape (N, 76, 32), as the network was taught to see them: bounded below, then 10 dB are 1 and 0 dB is 2."""
    loudest = fields.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.maximum(fields, loudest - RANGE) / 10 + 2, np.float32)


class Embeddings:
    """The embeddings of one stream, each worked out when a window first asks for it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[int, Array] = {}

    def within(self, start: int, stop: int, sound: Samples, first: int) -> Array:
        """The embeddings of a window, shape (N, 96), in order, at least one.

        Args:
            start: the window's first sample, counted from the beginning of the stream.
            stop: one past its last.
            sound: the stream's samples from `first` on; what is before them counts as silence.
            first: see there.
        """
        last = (stop - FIELD) // STRIDE
        numbers = range(min(-(-(start - LEAD) // STRIDE), last), last + 1)
        if missing := [number for number in numbers if number not in self._known]:
            self._known |= zip(missing, self._work_out(missing, sound, first), strict=True)
        for number in list(self._known)[: -KEPT]:
            del self._known[number]
        return np.stack([self._known[number] for number in numbers])

    def _work_out(self, numbers: list[int], sound: Samples, first: int) -> Array:
        """They follow each other: windows move forwards, and what they have in common is one stretch."""
        begin, end = numbers[0] * STRIDE - first, numbers[-1] * STRIDE - first + FIELD
        mel = log_mel(np.pad(sound[max(0, begin) : end], (max(0, -begin), 0)))
        fields = [mel[(number - numbers[0]) * 8 :][:FRAMES] for number in numbers]
        return self._embedder.embed(scaled(np.stack(fields).reshape(-1, FRAMES, BANDS)))
