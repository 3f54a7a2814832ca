"""Vosk with its small English model and the same phrases, where that model is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.engines.vosk import load_model
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.kit import vosk_models
from voicecoach.settings.config import folders


class VoskEnglish:
    """A `bench.peers.Peer` that answers with a phrase of the grammar, or with nothing."""

    name = "Vosk small, grammar"
    stop_only = False

    def __init__(self, folder: Path | None = None) -> None:
        place = folder or next(iter(vosk_models("en", folders())), None)
        if place is None:
            raise FileNotFoundError("its English model is not installed here")
        self._model = load_model(place)
        self._recognisers: dict[Grammar, Any] = {}

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:
        """The phrase."""
        from vosk import KaldiRecognizer  # noqa: PLC0415 - its library is needed only where the model is

        if grammar not in self._recognisers:
            phrases = [p.text for p in grammar.phrases]
            self._recognisers[grammar] = KaldiRecognizer(self._model, RATE, json.dumps([*phrases, "[unk]"]))
        recogniser = self._recognisers[grammar]
        recogniser.AcceptWaveform((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        text: str = json.loads(recogniser.FinalResult())["text"]
        recogniser.Reset()
        return text
