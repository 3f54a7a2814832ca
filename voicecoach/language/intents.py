"""``phrases.yaml``: which words mean which intent, and which of them make sense when.

The recognisers' grammars and the reading of typed words come from the same data, so that neither can know a phrase
that the other does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.language.datafile import DataFile, Record
from voicecoach.language.line_keys import DICTATED, GRAMMARS, GUEST, LARGEST, RADIATING
from voicecoach.vocabulary import Intent

Words = Annotated[str, Field(min_length=1)]


class PhraseData(Record):
    """A phrase that needs more than its words."""

    say: Words
    slot: str = ""
    spellings: list[Words] = Field(default_factory=list)
    told: str = ""
    """How the coach writes it when he tells people what they can say; by default he takes the first phrase of each meaning."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        """Most phrases are their words alone."""
        return {"say": data} if isinstance(data, str) else data


class PhrasesFile(Record):
    """``phrases.yaml``."""

    intents: dict[str, Annotated[list[PhraseData], Field(min_length=1)]]
    grammars: dict[str, Annotated[list[str], Field(min_length=1)]]
    names: list[Annotated[str, Field(pattern=r"^[^{}]*\{name\}[^{}]*$")]] = Field(default_factory=lambda: ["{name}"])
    """Ways to answer with a name: "it's {name}"."""
    decoys: list[Words] = Field(default_factory=list)
    """For a model that has no word for "any other word": syllables and words that catch other speech."""


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """All phrases by intent, and all grammars by name."""

    intents: Mapping[Intent, tuple[Phrase, ...]]
    grammars: Mapping[str, Grammar]
    names: tuple[str, ...] = ("{name}",)
    """Ways to answer with a name."""

    def phrases(self, intent: Intent) -> tuple[Phrase, ...]:
        """Every way to say `intent`."""
        return self.intents.get(intent, ())


def read_phrases(path: Path, problems: list[Problem]) -> PhraseBook | None:
    """Read and check ``phrases.yaml``; on mistakes None, and each is appended to `problems`."""
    found: list[Problem] = []
    try:
        source = DataFile(path)
        data = source.parse(PhrasesFile, found)
    except ScriptError as error:
        problems.extend(error.problems)
        return None
    book = _book(source, data, found) if data is not None else None
    problems.extend(found)
    return None if found else book


def understand(words: str, grammar: Grammar) -> Phrase | None:
    """The phrase of `grammar` that a person typed or wrote, in any case and with any punctuation; None for none."""
    wanted = normal(words)
    return next((phrase for phrase in grammar.phrases if wanted in {phrase.text, *phrase.spellings}), None)


def mentions(book: PhraseBook, text: str) -> frozenset[Intent]:
    """The intents of which a phrase stands in `text`, as whole words. Placeholders count as nothing."""
    spoken = normal(re.sub(r"{[^}]*}", " ", text))
    return frozenset(intent for intent, phrases in book.intents.items() if any(within(phrase.text, spoken) for phrase in phrases))


def normal(words: str) -> str:
    """Lower case, apostrophes kept, all other punctuation and doubled spaces gone."""
    return " ".join(re.sub(r"[^\w\s']", " ", words.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).split())


def within(words: str, text: str) -> bool:
    """Whether `words` stand in `text` next to each other, as whole words; both are written as `normal` writes them."""
    return f" {words} " in f" {text} "


def _book(source: DataFile, data: PhrasesFile, problems: list[Problem]) -> PhraseBook:
    """Turn the file's names into intents and its lists into grammars, noting every contradiction."""
    known = {intent.value: intent for intent in Intent}
    intents: dict[Intent, tuple[Phrase, ...]] = {}
    for name, entries in data.intents.items():
        if name not in known:
            problems.append(source.problem(["intents", name], "no such intent is known", f"choose from {', '.join(known)}"))
            continue
        problems.extend(
            source.problem(["intents", name, index], f"'{words}' is not written plainly", f"write '{normal(words)}'")
            for index, entry in enumerate(entries) for words in (entry.say, *entry.spellings) if normal(words) != words)
        problems.extend(
            source.problem(["intents", name, index], f"'told: {entry.told}' is not what is said", f"write '{entry.say}', with capitals if you like")
            for index, entry in enumerate(entries) if entry.told and normal(entry.told) != entry.say)
        intents[known[name]] = tuple(Phrase(e.say, known[name], e.slot, tuple(e.spellings), e.told) for e in entries)
    problems.extend([*_places(source, data), *_persons(source, data)])
    problems.extend(source.problem(["intents"], f"there is no phrase for '{intent.value}'", "add at least one") for intent in Intent if intent.value not in data.intents)
    grammars: dict[str, Grammar] = {}
    for name, wanted in data.grammars.items():
        if name not in GRAMMARS:
            problems.append(source.problem(["grammars", name], "the session never listens for this grammar", f"the grammars are {', '.join(sorted(GRAMMARS))}"))
        grammar = _with_decoys(_grammar(source, name, wanted, intents, problems), intents, data.decoys)
        grammars[name] = replace(grammar, dictation=name in DICTATED)
    problems.extend(source.problem(["grammars"], f"the grammar '{name}' is missing", "add it") for name in sorted(GRAMMARS) if name not in data.grammars)
    return PhraseBook(intents, grammars, tuple(data.names))


def _places(source: DataFile, data: PhrasesFile) -> Iterator[Problem]:
    """Every place needs its slot, and one of them is the warning that ends a session."""
    places = data.intents.get(Intent.PLACE.value, [])
    for index, entry in enumerate(places):
        if not entry.slot:
            yield source.problem(["intents", Intent.PLACE.value, index], f"'{entry.say}' has no slot", "add the part of the body it means")
    if places and RADIATING not in {entry.slot for entry in places}:
        yield source.problem(["intents", Intent.PLACE.value], f"no place has the slot '{RADIATING}'", "add at least one, such as 'down my leg'")


def _persons(source: DataFile, data: PhrasesFile) -> Iterator[Problem]:
    """Everybody in a household needs a number that can be said, and there is always somebody else."""
    wanted = {*(str(number) for number in range(1, LARGEST + 1)), GUEST}
    persons = data.intents.get(Intent.PERSON.value, [])
    for index, entry in enumerate(persons):
        if entry.slot not in wanted:
            yield source.problem(["intents", Intent.PERSON.value, index], f"'{entry.say}' has no slot of a person", f"choose from {', '.join(sorted(wanted))}")
    if persons and (missing := sorted(wanted - {entry.slot for entry in persons})):
        yield source.problem(["intents", Intent.PERSON.value], f"no phrase has the slot '{missing[0]}'", "add one, such as 'number one'")


def _grammar(source: DataFile, name: str, wanted: list[str], intents: Mapping[Intent, tuple[Phrase, ...]], problems: list[Problem]) -> Grammar:
    """One grammar; every one must hold what the session needs at that moment, and no words may mean two things."""
    phrases: list[Phrase] = []
    owner: dict[str, Phrase] = {}
    for index, entry in enumerate(wanted):
        loc: list[str | int] = ["grammars", name, index]
        if entry not in {intent.value for intent in Intent}:
            problems.append(source.problem(loc, f"there is no intent '{entry}'", "see the intents above in this file"))
            continue
        own = intents.get(Intent(entry), ())
        phrases += own
        problems.extend(
            source.problem(loc, f"'{words}' would mean both '{_meaning(other)}' and '{_meaning(phrase)}'", "keep it under one of them")
            for phrase in own for words in (phrase.text, *phrase.spellings)
            if _meaning(other := owner.setdefault(words, phrase)) != _meaning(phrase))
    problems.extend(
        source.problem(["grammars", name], f"'{intent.value}' is missing, and the session needs it here", "add it")
        for intent in sorted(GRAMMARS.get(name, frozenset()), key=lambda intent: intent.value) if intent.value not in wanted)
    return Grammar(name, tuple(phrases))


def _with_decoys(grammar: Grammar, intents: Mapping[Intent, tuple[Phrase, ...]], decoys: list[str]) -> Grammar:
    """What else may be said: the listed decoys, and every phrase of the language that this grammar lacks."""
    if not decoys:
        return grammar
    own = {words for phrase in grammar.phrases for words in (phrase.text, *phrase.spellings)}
    others = [words for phrases in intents.values() for phrase in phrases for words in (phrase.text, *phrase.spellings)]
    return Grammar(grammar.name, grammar.phrases, tuple(dict.fromkeys(words for words in (*decoys, *others) if words not in own)))


def _meaning(phrase: Phrase) -> str:
    return f"{phrase.intent.value} ({phrase.slot})" if phrase.slot else phrase.intent.value
