"""The earcons as sound: made when they are needed, never shipped as files. docs/earcons.md shows them to people.

Each lasts 75 to 150 ms, has fundamentals between 750 and 1,250 Hz, where ears and small loudspeakers are good, and some
harmonics, by which it can be located in the room. What is good rises, what is not falls, and no two differ by pitch
alone: the number of notes and their rhythm differ as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from voicecoach.audio import Samples
from voicecoach.vocabulary import Chime, Earcon

EARCON_RATE: Final = 24_000
"""Samples a second at which the live session makes them: twice what their highest partial needs."""
PEAK: Final = 0.5
"""Full scale is 1: -6 dB."""
LOUDEST: Final = 1.4
"""The most that a volume may raise the peak: to -3 dB."""
FADE: Final = 0.006
"""Seconds in which a note comes and goes, so that it does not click."""
PARTIALS: Final = (1.0, 0.45, 0.25, 0.12)
"""Amplitudes of the fundamental and its harmonics."""

LOW, MIDDLE, HIGH = 784.0, 988.0, 1175.0
"""Hertz: G5, B5 and D6, a triad that no voice of the coach speaks on."""


@dataclass(frozen=True, slots=True)
class Note:
    """One tone of a figure, and the pause after it."""

    pitch: float
    """Hertz."""
    milliseconds: int
    pause: int = 0
    """Milliseconds of silence after it."""


FIGURES: Final[Mapping[Earcon, tuple[Note, ...]]] = {
    Earcon.LISTENING: (Note(MIDDLE, 90),),
    Earcon.HEARD: (Note(LOW, 40, 5), Note(HIGH, 65)),
    Earcon.NOT_UNDERSTOOD: (Note(MIDDLE, 80, 25), Note(LOW, 40)),
    Earcon.RELEASE: (Note(HIGH, 40, 12), Note(MIDDLE, 40, 12), Note(LOW, 40)),
    Earcon.HALF: (Note(HIGH, 25, 50), Note(HIGH, 25)),
    Earcon.END: (Note(LOW, 25, 8), Note(MIDDLE, 25, 8), Note(HIGH, 80)),
}
"""What each is made of."""


def sound_of(chime: Chime, rate: int) -> Samples:
    """The sound that `chime` orders, at `rate` samples a second."""
    return np.asarray(sound(chime.earcon, rate) * np.float32(min(chime.volume, LOUDEST)), np.float32)


@lru_cache(maxsize=32)
def sound(earcon: Earcon, rate: int = EARCON_RATE) -> Samples:
    """`earcon` with its peak at `PEAK`; the same array for every caller, so it cannot be written to."""
    pieces = [piece for note in FIGURES[earcon] for piece in (_tone(note, rate), np.zeros(rate * note.pause // 1000, np.float32))]
    whole: Samples = np.concatenate(pieces)
    whole *= np.float32(PEAK / np.max(np.abs(whole)))
    whole.flags.writeable = False
    return whole


def _tone(note: Note, rate: int) -> Samples:
    """A note of full scale with a soft beginning and end."""
    times = np.arange(rate * note.milliseconds // 1000) / rate
    wave = np.sum([share * np.sin(2 * np.pi * note.pitch * number * times) for number, share in enumerate(PARTIALS, start=1)], axis=0)
    edge = np.minimum(1.0, np.minimum(times, times[::-1]) / FADE)
    shaped: Samples = (wave / np.max(np.abs(wave)) * np.sin(edge * np.pi / 2) ** 2).astype(np.float32)
    return shaped
