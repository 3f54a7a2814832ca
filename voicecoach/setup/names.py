"""Names for a household, learnt by voice while nobody is stretched: the part of the set-up talk that does it. Pure.

As in a session (`voicecoach.core.parts.newcomer`): the ear writes what it heard, the coach says it back, and only a "yes" keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final

from voicecoach.core.household import numbered
from voicecoach.core.parts.newcomer import TRIES
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.hearing.naming import acting, like, name_in
from voicecoach.language.intents import normal
from voicecoach.language.line_keys import LARGEST
from voicecoach.language.script import Script
from voicecoach.setup.vocabulary import Answer, NotKept, NotUnderstood, Order, Understood
from voicecoach.vocabulary import Intent, KeepPerson

SESSION_LINES: Final = ("name.ask", "name.again", "name.right", "name.taken", "name.known", "name.number", "name.kept", "name.kept-number", "help.name")
"""Lines of the sessions that are said here too."""

Ask = Callable[..., Generator[Order, Answer, Intent | None]]
Say = Callable[..., Generator[Order, Answer, None]]
Listen = Callable[..., Generator[Order, Answer, Answer]]


def session_lines(script: Script) -> Mapping[str, str]:
    """Those lines, in their first wording."""
    return {key: script.line(key).texts[0] for key in SESSION_LINES}


class Names:
    """Learns one name after the other.

    Args:
        script: with the names that are known already in its grammar ``who``.
        known: those names, in the order of their numbers.
    """

    def __init__(self, script: Script, known: Sequence[str]) -> None:
        self._ways = script.name_phrases
        self._tries = 0 if script.language.read_back else TRIES
        """None in a language whose recogniser makes a phrase of whatever is said."""
        # The numbers come first in that grammar, so the first phrase of a slot is one.
        self._numbers = {phrase.slot: phrase.text for phrase in reversed(script.grammars["who"].phrases) if phrase.intent is Intent.PERSON}
        self._phrases = acting(script.grammars)
        self.known = list(known)
        self._wrong: list[str] = []
        """Readings of the present name that were denied."""

    @property
    def full(self) -> bool:
        """Nobody more can be kept."""
        return len(self.known) >= LARGEST

    def learn(self, say: Say, ask: Ask, listen: Listen) -> Generator[Order, Answer, None]:
        """Learn names until that is all; each of the three carries out one turn of the talk."""
        while not self.full:
            yield from self._one(say, ask, listen)
            if self.full or (yield from ask("names.more", "confirm", "names.more")) is not Intent.YES:
                return

    def _one(self, say: Say, ask: Ask, listen: Listen) -> Generator[Order, Answer, None]:
        self._wrong = []
        for attempt in range(self._tries):
            yield from say("name.again" if attempt else "name.ask")
            answer = yield from listen("name")
            if isinstance(answer, Understood) and answer.intent is Intent.SKIP:
                return
            name = name_in(answer.words, self._ways) if isinstance(answer, NotUnderstood) else ""
            if not name:
                yield from say("help.name")
            elif taken := like(normal(name), self._phrases):
                yield from self._refuse(say, taken)
            elif (yield from ask("name.right", "confirm", "help.name", name=name)) is Intent.YES:
                ear = answer.ear if isinstance(answer, NotUnderstood) else ""
                yield from self._keep(say, KeepPerson(name, tuple(self._wrong), ear if self._wrong else ""))
                return
            else:
                self._wrong.append(normal(name))
        if (yield from ask("name.number", "confirm", "help.name", number=self._number)) is Intent.YES:
            yield from self._keep(say, KeepPerson(numbered(self.known), by_name=False))

    def _refuse(self, say: Say, taken: Phrase) -> Generator[Order, Answer, None]:
        number = int(taken.slot) if taken.intent is Intent.PERSON and taken.slot.isdecimal() else 0
        if 0 < number <= len(self.known):
            yield from say("name.known", name=self.known[number - 1])
        else:
            yield from say("name.taken")

    def _keep(self, say: Say, person: KeepPerson) -> Generator[Order, Answer, None]:
        if isinstance((yield person), NotKept):
            yield from say("names.not-kept")
            return
        number = self._number
        self.known.append(person.name)
        if person.by_name:
            self._phrases.append(Phrase(normal(person.name), Intent.PERSON, str(len(self.known)), person.written))
            yield from say("name.kept", name=person.name, number=number)
        else:
            yield from say("name.kept-number", number=number)

    @property
    def _number(self) -> str:
        """How people say the number that the next one will have."""
        return self._numbers[str(len(self.known) + 1)]
