"""From what an ear wrote to a name, and what a name must not sound like. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from voicecoach.hearing.alike import sounds_alike
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.intents import normal, within

LONGEST: Final = 40
"""Characters of a name."""
WORDS: Final = 3
"""Words of a name that is learnt by voice: more of them are a sentence."""
BESIDE: Final = ("who", "name", "confirm")
"""The grammars that are open where a name is said, or right after it."""


def name_in(words: str, ways: Sequence[str]) -> str:
    """The name in what an ear wrote, without the carrier words of one of `ways` ("it's {name}"); empty where there is none."""
    text = _bare(normal(words), ways)
    if not re.fullmatch(r"[^\W\d_][^\d_]*", text) or len(text) > LONGEST or len(text.split()) > WORDS:
        return ""
    return " ".join(word.title() for word in text.split())


def _bare(text: str, ways: Sequence[str]) -> str:
    for way in sorted(ways, key=len, reverse=True):
        before, after = (normal(part) for part in way.split("{name}"))
        if text.startswith(f"{before} " * bool(before)) and text.endswith(f" {after}" * bool(after)):
            inside = text.removeprefix(before).removesuffix(after).strip()
            if inside and inside != text:
                return _bare(inside, ways)
    return text


def acting(grammars: Mapping[str, Grammar]) -> list[Phrase]:
    """The phrases that a name must not be taken for: those that are open beside it, and every one that releases or loads."""
    near = (phrase for name in BESIDE for phrase in grammars[name].phrases)
    strong = (phrase for grammar in grammars.values() for phrase in grammar.phrases if phrase.intent in RELEASE | LOADING)
    return list(dict.fromkeys((*near, *strong)))


def like(words: str, phrases: Iterable[Phrase]) -> Phrase | None:
    """The one of `phrases` that `words` are, or the first that they may be taken for; a phrase that releases or loads must not even stand in them."""
    known = list(phrases)
    said = next((phrase for phrase in known if words in {phrase.text, *phrase.spellings}), None)
    return said or next((phrase for phrase in known if any(
        sounds_alike(words, text) or (phrase.intent in RELEASE | LOADING and within(text, words))
        for text in (phrase.text, *phrase.spellings))), None)
