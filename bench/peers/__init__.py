"""Other recognisers, for comparison only: each hears one word that was cut out for it, and says what it was.

None of them is a part of the product. `bench/requirements.txt` lists what they need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bench.peers.moonshine_plain import PlainMoonshine
from bench.peers.sphinx import Keyphrase, Sphinx
from bench.peers.vosk_english import VoskEnglish
from bench.peers.whisper import Whisper
from voicecoach.audio import Samples
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.rules import contains
from voicecoach.vocabulary import Intent


class Peer(Protocol):
    """A recogniser of single utterances."""

    name: str
    stop_only: bool
    """It knows no other word."""

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:
        """What it hears in `sound`; one that takes a grammar answers with a phrase of it, or nothing."""


def peers(model: Moonshine) -> tuple[list[Peer], dict[str, str]]:
    """Every peer that can run here, and for each of the others why it cannot."""
    makers: dict[str, Callable[[], Peer]] = {
        "Moonshine tiny, plain": lambda: PlainMoonshine(model),
        "pocketsphinx, JSGF": Sphinx,
        "pocketsphinx, keyphrase 1e-10": lambda: Keyphrase(1e-10),
        "pocketsphinx, keyphrase 1e-20": lambda: Keyphrase(1e-20),
        "whisper tiny.en": Whisper,
        "Vosk small, grammar": VoskEnglish,
    }
    found: list[Peer] = []
    absent: dict[str, str] = {}
    for name, make in makers.items():
        try:
            found.append(make())
        except (ImportError, OSError) as error:
            absent[name] = str(error)
    return found, absent


def takes_for(text: str, grammar: Grammar, *intents: Intent) -> bool:
    """Whether a transcript holds a phrase of `intents`."""
    return any(contains(text, phrase) for phrase in grammar.of(*intents).phrases)
