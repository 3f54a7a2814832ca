"""The front end: what the ears hear while the coach speaks. Pure, given the canceller; on the microphone's clock.

A loudspeaker stands near the microphone. While it sounds, and for as long as the room rings, the ears hear what a canceller
leaves of the microphone; otherwise they hear the microphone itself, bit for bit. Where a line of the coach begins or ends they are
told, so that an answer is an utterance of its own even where nothing is cancelled. Without a canceller, or before it has
learned the room, nothing is lost: the ears hear all of it, and the guard knows which words are the coach's own
(`voicecoach.safety`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.engines import EchoCanceller
from voicecoach.errors import EngineError

AUDIBLE: Final = np.float32(1e-4)
"""Peak of a block of the far end, -80 dBFS, below which the coach is silent: the voice renders exact zeros between its lines."""
TAIL: Final = round(0.6 * RATE)
"""Samples after the coach's last sound in which his echo may still come: 0.4 s of buffers and air, and the room."""
PAUSE: Final = round(0.3 * RATE)
"""Samples of silence of the far end that end a line: between two words of one line there is less."""
FADE: Final = RATE // 100
"""Samples, 10 ms, over which the ears go from one signal to the other: a step would be a click."""
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
        failed: is told once if the canceller fails; the ears then hear the microphone.
    """

    def __init__(self, canceller: EchoCanceller | None = None, failed: Callable[[EngineError], None] = lambda _: None) -> None:
        self._canceller, self._failed = canceller, failed
        self._rest = self._rest_far = np.zeros(0, np.float32)
        self._quiet = TAIL
        """Samples since the far end was last heard."""
        self._line = False
        self._cancelled = False
        """The last samples for the ears went through the canceller."""
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

    def accept(self, microphone: Samples, far: Samples) -> list[Piece]:
        """Take the next samples of both, any number, as many of one as of the other.

        What comes out is as long as what went in, but for less than one frame of the canceller that waits for its other part.
        """
        edge = self._follow(far)
        sound, reference = np.concatenate((self._rest, microphone)), np.concatenate((self._rest_far, far))
        pieces = []
        if self._canceller is None or not self.sounding:
            whole = len(sound)
            if whole:
                pieces = [Piece(self._untouched(sound, reference), edge)]
        else:
            whole = len(sound) // self._canceller.frame * self._canceller.frame
            if whole or edge:
                pieces = [Piece(self._clean(self._canceller, sound[:whole], reference[:whole]), edge)]
        self._rest, self._rest_far = sound[whole:], reference[whole:]
        return pieces

    def _follow(self, far: Samples) -> bool:
        """Keep in mind whether the coach speaks; True where a line of his begins or ends."""
        was = self._line
        if len(far) and np.abs(far).max() > AUDIBLE:
            self._quiet, self._line = 0, True
        else:
            self._quiet = min(self._quiet + len(far), TAIL)
            self._line = was and self._quiet < PAUSE
        return self._line is not was

    def _untouched(self, sound: Samples, far: Samples) -> Samples:
        canceller = self._canceller
        if not self._cancelled or canceller is None or len(sound) < canceller.frame:
            return sound
        self._cancelled = False
        head = slice(canceller.frame)
        return np.concatenate((_fade(self._through(canceller, sound[head], far[head]), sound[head]), sound[canceller.frame :]))

    def _clean(self, canceller: EchoCanceller, sound: Samples, far: Samples) -> Samples:
        cleaned = self._through(canceller, sound, far)
        if not self._cancelled and len(sound):
            self._cancelled = True
            return _fade(sound, cleaned)
        return cleaned

    def _through(self, canceller: EchoCanceller, sound: Samples, far: Samples) -> Samples:
        """`sound`, whole frames, without the echo; a canceller that fails is never asked again."""
        out = sound.copy()
        try:
            for at in range(0, len(sound), canceller.frame):
                part = slice(at, at + canceller.frame)
                out[part] = canceller.cancel(sound[part], far[part])
                self._measure(sound[part], out[part], far[part])
        except EngineError as error:
            self._canceller = None
            self._failed(error)
        return out

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
