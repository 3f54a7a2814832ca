"""How long a line lasts when the coach speaks it: an estimate for all languages, not measured voice by voice."""

from __future__ import annotations

import re
import unicodedata
from string import Formatter
from typing import Final

from voicecoach.language.intents import normal
from voicecoach.language.script import Script, names
from voicecoach.vocabulary import Intent

LONGEST: Final = 15.0
"""Seconds that a line may last: nobody listens longer to a voice, and nobody can lie in wait longer."""
SYLLABLE: Final = 0.19
"""Seconds of a syllable at 150 words a minute."""
LONGEST_NUMBER: Final = 27
"""A number that is long in most languages, for measuring lines."""


def spoken_seconds(script: Script, text: str) -> float:
    """How long the language's voice speaks `text`, about: counted in syllables, with a pause after each sentence."""
    used = {name for _, name, _, _ in Formatter().parse(text) if name}
    people = names(script) | {"name": "Alexandra", "number": max((p.text for p in script.grammars["who"].phrases if p.intent is Intent.PERSON), key=len)}
    values: dict[str, str | int] = {name: people.get(name) or LONGEST_NUMBER for name in used}
    values |= {name: max(script.language.sides.values(), key=len) for name in used & {"side"}}
    values |= {name: max((s.name for s in script.stretches.values()), key=len) for name in used & {"stretch", "program"}}
    spoken = script.speak(text, **values)
    return syllables(spoken) * SYLLABLE * 150 / script.language.words_per_minute + 0.3 * len(re.findall(r"[.?!]", spoken))


def syllables(text: str) -> int:
    """About as many as a voice speaks: Hangul blocks, and groups of vowels."""
    plain = normal(text)
    latin = "".join(c for c in unicodedata.normalize("NFD", plain) if c.isascii())
    return len(re.findall("[\uac00-\ud7a3]", plain)) + len(re.findall(r"[aeiouy]+", latin))
