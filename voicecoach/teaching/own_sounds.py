"""Learning a person's own sound for an intent, and keeping it: features only, readable by their owner alone.

The bar of a sample is its distance to the nearest window of other people's speech and of noise that ships with
voicecoach, times `SAFETY`: so a sound that is near to everyday ones gets a strict bar, and is refused when its own
samples do not pass it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.errors import ConfigError
from voicecoach.hearing.onsets import Sound, find
from voicecoach.hearing.path import add_noise
from voicecoach.hearing.personal import (
    MARGIN,
    Background,
    Encoder,
    OwnSound,
    Template,
    distance,
    load_background,
    surroundings,
)
from voicecoach.hearing.risk import RELEASE
from voicecoach.vocabulary import Intent

SAMPLES: Final = 5
"""How many samples are asked for."""
FEWEST: Final = 3
"""With fewer nobody knows how much the sound varies."""
SAFETY: Final = 0.61
"""The share of the nearest background window's distance that is the bar: see docs/decisions/personal-words.md."""
IN_NOISE: Final = (20.0, 10.0)
"""Decibels over noise: each sample is learned so too, with a bar of its own, for the encoder's frames change in noise."""
SHORTEST: Final = RATE // 50
"""Samples: shorter than one click is a fault of the line."""

def teachable(name: str) -> Intent:
    """The intent called `name`, if a sound may stand for it: release intents only, since a false one costs seconds.

    Raises:
        ConfigError: it is none, or not one of those.
    """
    known = {intent.value: intent for intent in Intent if intent in RELEASE}
    if name not in known:
        raise ConfigError(f"'{name}' cannot be taught; choose from {', '.join(known)}: a sound of one's own may only take force away.")
    return known[name]


def longest_sound(recording: Samples) -> Sound | None:
    """The longest sound that stands out in a recording; None if there is none, or only a crack."""
    sounds = [sound for sound in find(recording) if sound.stop - sound.start >= SHORTEST]
    return max(sounds, key=lambda sound: sound.stop - sound.start, default=None)


def learn(intent: Intent, recordings: Sequence[Samples], model: Encoder, background: Background | None = None) -> OwnSound:
    """Learn one sound from recordings of it, each with it once and some quiet before.

    Raises:
        ConfigError: too few recordings hold a sound, or the sound is too near to everyday ones or too different each time.
    """
    background = background or load_background()
    found = [(recording, sound) for recording in recordings if (sound := longest_sound(recording))]
    if len(found) < FEWEST:
        raise ConfigError(f"A sound was found in {len(found)} of {len(recordings)} samples, and {FEWEST} are needed; "
                          "make it louder, once in each sample, with a moment of quiet before and after.")
    clean = [_template(recording, sound, model, background) for recording, sound in found]
    if _unlike(clean) > len(clean) // 3:
        raise ConfigError("This sound is too near to everyday sounds, or different each time; choose a longer or more special one, such as a word or two hums.")
    noisy = [_template(add_noise(recording, _pink(), snr), sound, model, background) for recording, sound in found for snr in IN_NOISE]
    return OwnSound(intent, (*clean, *noisy))


@cache
def _pink() -> Samples:
    """Eight seconds of noise that falls by 3 dB an octave, as rooms do."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(8 * RATE))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    return np.asarray(np.fft.irfft(spectrum), np.float32)


def _template(recording: Samples, sound: Sound, model: Encoder, background: Background) -> Template:
    padded = np.pad(recording, (0, RATE // 2))  # as long a quiet as the ear waits for
    part, start = surroundings(padded, sound)
    frames = background.comparable(model.encode(part))
    scale = len(frames) / len(part)
    length = sound.stop - sound.start
    first, last = max(0, round((start - MARGIN) * scale)), round((start + length + MARGIN) * scale)
    cut = frames[first:last]
    return Template(cut, length, SAFETY * min(distance(cut, window) for window in background.windows))


def _unlike(templates: Sequence[Template]) -> int:
    """How many of the samples the others would not pass."""
    return sum(OwnSound(Intent.STOP, tuple(t for t in templates if t is not one)).ratio(one.frames, one.samples) >= 1 for one in templates)


# --- keeping ----------------------------------------------------------------------------------------------------


class Shelf:
    """The folder of what was taught, one file for each intent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, own: OwnSound) -> Path:
        """Write a taught sound, whole or not at all, readable by its owner only.

        Raises:
            ConfigError: the folder cannot be written.
        """
        arrays: dict[str, Any] = {f"frames_{number}": t.frames for number, t in enumerate(own.templates)}
        arrays |= {"bars": [t.bar for t in own.templates], "samples": [t.samples for t in own.templates]}
        path = self._path(own.intent)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".tmp")  # mode 600
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, **arrays)
                Path(name).replace(path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    Path(name).unlink()
        except OSError as error:
            raise ConfigError(f"{self._folder}: what was taught cannot be kept here ({error.strerror}); give yourself write permission.") from error
        return path

    def taught(self) -> list[OwnSound]:
        """Everything that was taught, in the order of the intents.

        Raises:
            ConfigError: a file is damaged.
        """
        return [self._read(intent) for intent in Intent if intent in RELEASE and self._path(intent).is_file()]

    def forget(self, intent: Intent) -> bool:
        """Delete what was taught for `intent`; False if there was nothing."""
        there = self._path(intent).is_file()
        self._path(intent).unlink(missing_ok=True)
        return there

    def _path(self, intent: Intent) -> Path:
        return self._folder / f"{intent.value}.npz"

    def _read(self, intent: Intent) -> OwnSound:
        path = self._path(intent)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                known = zip(data["samples"], data["bars"], strict=True)
                return OwnSound(intent, tuple(Template(np.asarray(data[f"frames_{k}"], np.float32), int(n), float(bar)) for k, (n, bar) in enumerate(known)))
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ConfigError(f"{path}: what was taught for '{intent.value}' cannot be read; run `voicecoach teach --forget {intent.value}` and teach it again.") from error
