"""Somebody new: the name is asked for, read back, and kept; or a number, or neither. A collaborator of `Who`, and no part.

A name of the world is no phrase of a grammar. So the ear writes what it heard, the coach says that back, and only a clear
"yes" keeps it. How it is spelled does not matter, as long as the voice says it right and the ear finds it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from voicecoach.core.household import Person, numbered
from voicecoach.core.parts.base import DENIED, Course
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.hearing.naming import acting, like, name_in
from voicecoach.language.intents import normal
from voicecoach.vocabulary import Dictated, Intent

TRIES = 2
"""So often a name is asked for; then a number is offered instead."""
PROMPTS = 1
"""So often a question is asked again where nobody answers."""
NOBODY = Person()
"""Whoever tells no name."""


class At(Enum):
    """The question that is open; the value is the key of its line."""

    NAME = "name.ask"
    RIGHT = "name.right"
    NUMBER = "name.number"


class Newcomer:
    """Those who are not in the household yet, one after the other. Who it is, is told once it is known; None: still open."""

    def __init__(self, course: Course, people: Sequence[Person]) -> None:
        """Nothing is asked before `begin`; `people` are those who are known, and those who become known."""
        self._floor, self._script, self._people = course.floor, course.script, people
        self.asking = False
        """Somebody is being asked for the name."""
        self._at = At.NAME
        self._number = ""
        """How people say the number that this one will have."""
        self._tries = self._prompts = 0
        self._name = self._ear = ""
        self._read: list[str] = []
        """Every reading of the name so far; those that were denied find the person again as well."""
        self._new: list[Phrase] = []
        """The names that were kept in this sitting, which no grammar knows yet."""

    def begin(self, number: str) -> None:
        """Ask somebody for the name, who will be chosen by `number` as well."""
        self.asking, self._number = True, number
        self._tries, self._read = 0, []
        # A recogniser that makes a phrase of whatever is said would make "stop" of most names (docs/decisions/names.md).
        self._ask(At.NUMBER if self._script.language.read_back else At.NAME)

    def give_up(self) -> None:
        """Something else comes first."""
        self.asking = False

    def _ask(self, at: At, prompts: int = 0) -> None:
        self._at, self._prompts = at, prompts
        if at is At.NAME:
            self._floor.listen("name")
        else:
            self._floor.listen("confirm", Intent.YES)
        key = "name.again" if at is At.NAME and self._tries else at.value
        values = {At.RIGHT: {"name": self._name}, At.NUMBER: {"number": self._number}}.get(at, {})
        (self._floor.say if prompts else self._floor.ask)(key, **values)
        self._floor.wait(self._floor.patience)

    @property
    def answers(self) -> frozenset[Intent]:
        """The words that answer the open question; a name is none of them."""
        return frozenset({Intent.SKIP}) if self._at is At.NAME else DENIED | {Intent.YES}

    @property
    def help(self) -> str:
        """The line that tells the answers to the open question."""
        return "help.name" if self._at is At.NAME else "help.confirm"

    def dictated(self, event: Dictated) -> bool:
        """Whether what an ear wrote is taken for a name; if so, the coach says it back or why he cannot take it."""
        name = name_in(event.words, self._script.name_phrases) if self._at is At.NAME else ""
        if not name:
            return False
        words = normal(name)
        taken = like(words, [*acting(self._script.grammars), *self._new])
        known = next((person for person in self._people if normal(person.name) == words), None) or self._whose(taken)
        if known or taken:
            self._refuse(known)
        elif words in self._read:
            self._denied()
        else:
            self._name, self._ear = name, event.ear
            self._read.append(words)
            self._ask(At.RIGHT)
        return True

    def _whose(self, taken: Phrase | None) -> Person | None:
        """Whose name or number that is; a word that acts is nobody's."""
        number = int(taken.slot) if taken and taken.slot.isdecimal() else 0
        return self._people[number - 1] if 0 < number <= len(self._people) else None

    def _refuse(self, known: Person | None) -> None:
        # A word that the coach acts on is not said back: a loudspeaker stands near the microphone.
        if known and known.called:
            self._floor.say("name.known", name=known.called)
        else:
            self._floor.say("name.taken")
        self._denied()

    def _denied(self) -> None:
        self._tries += 1
        self._ask(At.NAME if self._tries < TRIES else At.NUMBER)

    def heard(self, intent: Intent) -> Person | None:
        """One of `answers`."""
        if intent is Intent.YES:
            return self._keep()
        if self._at is At.RIGHT:
            self._denied()
            return None
        return self._is(NOBODY)

    def _is(self, person: Person) -> Person:
        self.asking = False
        return person

    def _keep(self) -> Person:
        if self._at is At.RIGHT:
            others = tuple(words for words in self._read if words != normal(self._name))
            self._floor.keep_person(self._name, others, self._ear)
            self._new.append(Phrase(normal(self._name), Intent.PERSON, str(len(self._people) + 1), others))
            self._floor.say("name.kept", name=self._name, number=self._number)
            return self._is(Person(self._name))
        name = numbered([person.name for person in self._people])
        self._floor.keep_person(name, by_name=False)
        self._floor.say("name.kept-number", number=self._number)
        return self._is(Person(name, by_name=False))

    def silence(self) -> Person | None:
        """Ask again with help; whoever says nothing needs no name."""
        if self._prompts >= PROMPTS:
            return self._is(NOBODY)
        self._floor.say(self.help)
        self._ask(self._at, self._prompts + 1)
        return None
