"""Everything that is spoken and understood in one language, as one frozen value that the session uses without a further check.

`voicecoach.language.loader` makes it from ``dialogs/<language>/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.intents import normal, within
from voicecoach.language.numbers import Numbers
from voicecoach.language.schema import Language, Question
from voicecoach.vocabulary import Intent, Party


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the coach can say, in one or several wordings that are used in turn."""

    key: str
    texts: tuple[str, ...]
    to: Party = Party.BOTH
    safety: bool = False
    mentions: frozenset[Intent] = frozenset()
    """Intents whose phrases stand in the text. While the line sounds, hearing one of them proves nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the session must know of a stretch beside its lines, whose keys begin with `id`."""

    id: str
    name: str
    sides: bool
    places: frozenset[str]
    alone: bool = False
    """Nobody helps with it."""


@dataclass(frozen=True)
class Script:
    """Everything that is spoken and understood in one language."""

    language: Language
    lines: Mapping[str, Line]
    grammars: Mapping[str, Grammar]
    questions: tuple[Question, ...]
    stretches: Mapping[str, Stretch]
    folder: Path = field(compare=False)
    conditions: tuple[str, ...] = ()
    """What any program can ask: ``condition.<id>.*`` are the lines."""
    alone: Mapping[str, Line] = field(default_factory=dict)
    """Lines that are said otherwise when nobody helps."""
    name_phrases: tuple[str, ...] = ("{name}",)
    """Ways to answer with a name, each with {name}."""
    since_last_time: Question | None = None
    """Stands for the steady questions where their answers are known from lately."""

    def speak(self, text: str, **values: str | float) -> str:
        """`text` with its placeholders filled in, numbers in words, and each sentence beginning with a capital."""
        return _SENTENCE_START.sub(lambda match: match[0].upper(), self.fill(text, **values))

    def fill(self, text: str, **values: str | float) -> str:
        """`text` with its placeholders filled in, and numbers in words."""
        words = {name: value if isinstance(value, str) else self._numbers.amount(value, name) for name, value in values.items()}
        return self._numbers.in_words(text).format(**words)

    def mentions(self, text: str) -> frozenset[Intent]:
        """The intents of which a phrase stands in `text`, for a line whose words are not known before."""
        spoken = normal(text)
        return frozenset(intent for words, intent in self._phrases if within(words, spoken))

    def places(self, text: str) -> frozenset[str]:
        """The slots of the places that `text` names."""
        spoken = normal(text)
        return frozenset(slot for words, slot in self._places if within(words, spoken))

    @cached_property
    def _places(self) -> frozenset[tuple[str, str]]:
        return frozenset((phrase.text, phrase.slot) for grammar in self.grammars.values() for phrase in grammar.phrases if phrase.intent is Intent.PLACE)

    @cached_property
    def _phrases(self) -> frozenset[tuple[str, Intent]]:
        return frozenset((phrase.text, phrase.intent) for grammar in self.grammars.values() for phrase in grammar.phrases)

    @cached_property
    def _numbers(self) -> Numbers:
        return Numbers(self.language.language, self.language.numbers, self.language.amounts)

    def line(self, key: str) -> Line:
        """The line called `key`."""
        return self.lines[key]

    def safety_texts(self, names: Mapping[str, str]) -> Iterator[str]:
        """Every wording of every safety line, for rendering before the session starts."""
        for line in self.lines.values():
            if line.safety:
                yield from (self.speak(text, **names) for text in line.texts)


_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?:] ))[a-zà-öø-ÿа-я]")


def names(script: Script, client: str = "", partner: str = "") -> dict[str, str]:
    """What {client} and {partner} stand for: the given names, or the language's words for the roles."""
    return {"client": client or script.language.roles["client"], "partner": partner or script.language.roles["partner"]}
