"""`voicecoach voices`: which voices there are, and how they sound. Also what a voice remembers from session to session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voicecoach.core.speech import RATES, VOLUMES, Speech
from voicecoach.engines.natural import NATURAL
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.errors import EngineError
from voicecoach.language.script import Script, names

SAMPLE: Final = ("safety.stop", "hold.begin", "approach.ask")
"""The lines of a sample: an order, a number, a question."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One voice that can be chosen."""

    name: str
    """What `--voice` and the key `voice` take."""
    language: str
    about: str


def offers(language: str) -> Iterator[Offer]:
    """The voices that can speak `language`; empty for all. The natural ones first, those that are not installed included.

    Raises:
        EngineError: the system's voices cannot be listed.
    """
    if language in {"", "en"}:
        for kind in NATURAL.values():
            state = "natural" if kind.installed() else f"natural, not installed; docs/voices.md tells how (extra '{kind.extra}')"
            yield Offer(kind.name, "en-us", state)
    with Pyttsx3Voice() as system:
        for voice in system.voices():
            if voice.language.partition("-")[0] == language or not language:
                yield Offer(voice.id.rpartition("/")[2], voice.language, voice.name)


def sample(script: Script, client: str = "", partner: str = "") -> str:
    """What a voice says to be judged."""
    known = names(script, client, partner)
    return " ".join(script.speak(script.line(key).texts[0], **known, seconds=25) for key in SAMPLE)


class SpeechMemory:
    """The speed and loudness that were asked for last, in one small file. What cannot be kept is forgotten."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, speech: Speech) -> Speech:
        """`speech` with what is remembered on top."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            rate, volume = float(kept["rate"]), float(kept["volume"])
        except (OSError, ValueError, KeyError, TypeError):
            return speech
        return replace(speech, rate=_within(RATES, rate), volume=_within(VOLUMES, volume))

    def keep(self, speech: Speech) -> None:
        """Remember how somebody wanted the coach to speak.

        Raises:
            EngineError: it cannot be written.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.write_text(json.dumps({"rate": speech.rate, "volume": speech.volume}), encoding="utf-8")
        except OSError as error:
            raise EngineError("voice", f"{self._path} cannot be written ({error.strerror})", "allow writing there, or set `remember_speech: false`") from error


def _within(ladder: tuple[float, ...], value: float) -> float:
    return min(ladder, key=lambda step: abs(step - value))
