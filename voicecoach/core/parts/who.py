"""Who is being stretched today, and who helps? Asked of a household whose names are known; nobody has to answer."""

from __future__ import annotations

from enum import Enum

from voicecoach.core.household import Person
from voicecoach.core.parts.base import DENIED, STAY, Course, Go, Move, Part
from voicecoach.core.parts.newcomer import NOBODY, Newcomer
from voicecoach.core.phases import Step
from voicecoach.hearing.naming import name_in
from voicecoach.language.intents import normal
from voicecoach.language.line_keys import GUEST, LARGEST
from voicecoach.vocabulary import Dictated, Heard, Intent

PROMPTS = 2
"""So often a question is asked again; then each person is offered for a "yes" or "no", which every ear hears best."""
PAIR = 2
"""In a household of two, whoever is not stretched helps."""


class Ask(Enum):
    """The question that is open; the value is the key of its line."""

    CLIENT = "who.ask"
    PARTNER = "who.helper"
    IS_IT = "who.is-it"
    IS_OTHER = "who.is-other"
    SURE = "who.sure"


CONFIRMED = frozenset({Ask.IS_IT, Ask.IS_OTHER, Ask.SURE})
"""Questions for a "yes" or "no"."""


class Who(Part):
    """Two questions and a confirmation: what was misheard here would put one person's history before another."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._people = list(course.household.people)
        """In the order of their numbers; those who are new today come last."""
        self._newcomer = Newcomer(course, self._people)
        self._asking = Ask.CLIENT
        self._prompts = 0
        self._client = self._partner = NOBODY
        self._wanted = Ask.CLIENT
        """The question that the offers are about."""
        self._offers: list[int] = []
        """Numbers of the people who are still to be offered; the first one is offered now."""
        self._guessed: list[int] = []
        """Numbers of the people of whom an ear's guess at this question was denied."""
        self._guessing = False
        """The one who is offered is an ear's guess."""

    def enter(self) -> Move:
        """Read out whom the coach knows, then ask."""
        self.floor.say("who.welcome")
        return self._from_the_first()

    def resume(self) -> Move:
        """After a break, from the first question."""
        return self._from_the_first()

    def _from_the_first(self) -> Move:
        self._client = self._partner = NOBODY
        self._newcomer.give_up()
        self._name(self._client, self._partner)
        self._read_out()
        return self._ask(Ask.CLIENT)

    def _read_out(self) -> None:
        for number, person in enumerate(self._people, start=1):
            if person.called:
                self.floor.say("who.choice", name=person.name, number=self._number(number))
            else:
                self.floor.say("who.choice-unnamed", number=self._number(number))

    def _number(self, number: int) -> str:
        """How the people say it."""
        phrases = self.course.script.grammars["who"].phrases
        return next(phrase.text for phrase in phrases if phrase.intent is Intent.PERSON and phrase.slot == str(number))

    def _ask(self, question: Ask, prompts: int = 0) -> Move:
        self._asking, self._prompts = question, prompts
        if question in CONFIRMED:
            # This "yes" says whose history is looked at before the screening.
            self.floor.listen("confirm", Intent.YES)
        else:
            self.floor.listen("who")
            if not prompts:
                self._guessed = []
            self._wanted, self._guessing = question, False
        (self.floor.say if prompts else self.floor.ask)(question.value, **self._values(question))
        self.floor.wait(self.patience)
        return STAY

    def _values(self, question: Ask) -> dict[str, str | float]:
        if question is Ask.SURE:
            return {"name": self._called(self._client)}
        return {"name": self._called(self._people[self._offers[0] - 1])} if question is Ask.IS_IT else {}

    def _called(self, person: Person) -> str:
        """The name, or the number of somebody whom the coach does not call by name; nothing for a guest."""
        return person.called or (self._number(self._people.index(person) + 1) if person in self._people else "")

    def heard(self, heard: Heard) -> Move | None:
        """A name or a number, or the answer to "is it Anna?" or "is that right?"."""
        answers = {Intent.YES} | DENIED if self._asking in CONFIRMED else {Intent.PERSON}
        if heard.intent not in (self._newcomer.answers if self._newcomer.asking else answers):
            return None
        if not self.counts(heard):
            return STAY
        if self._newcomer.asking:
            return self._introduced(self._newcomer.heard(heard.intent))
        if self._asking is Ask.SURE:
            return self._confirmed(heard.intent)
        return self._chosen(heard.slot) if heard.intent is Intent.PERSON else self._offered(heard.intent)

    def dictated(self, event: Dictated) -> bool:
        """The name of somebody new; or a guess at somebody known, who is asked about."""
        if self._newcomer.asking:
            return self._newcomer.dictated(event)
        if self._asking not in {Ask.CLIENT, Ask.PARTNER}:
            return False
        number = self._guess(event)
        person = self._people[number - 1] if 0 < number <= len(self._people) else None
        if number in self._guessed or (person is None if number else event.near != GUEST) or person is self._client is not NOBODY:
            return False
        self._offers, self._guessing = [number], True
        self._ask(Ask.IS_IT if number else Ask.IS_OTHER)
        return True

    def _guess(self, event: Dictated) -> int:
        """The number of the person whose name was written, or comes nearest; 0 for somebody else, or nobody."""
        words = normal(name_in(event.words, self.course.script.name_phrases))
        said = next((number for number, person in enumerate(self._people, start=1) if words and words == normal(person.called)), 0)
        return said or (int(event.near) if event.near.isdecimal() else 0)

    def _offer(self) -> Move:
        """Nobody was understood: name one after the other."""
        self._offers = [number for number, person in enumerate(self._people, start=1) if person is not self._client]
        return self._ask(Ask.IS_IT)

    def _offered(self, answer: Intent) -> Move:
        number = self._offers.pop(0)
        if answer is Intent.YES:
            self._asking = self._wanted
            return self._chosen(str(number) if number else GUEST)
        if self._offers:
            return self._ask(Ask.IS_IT)
        self._asking = self._wanted
        if self._guessing:
            self._guessed.append(number)
            self.floor.say("help.who")
            return self._ask(self._wanted, 1)
        return self._guest()

    def _guest(self) -> Move:
        """Somebody who is not in the list: asked for the name, where one more can be kept."""
        if not self.course.household.learns or len(self._people) >= LARGEST:
            return self._take(NOBODY)
        self._newcomer.begin(self._number(len(self._people) + 1))
        return STAY

    def _introduced(self, person: Person | None) -> Move:
        """It is known who the new one is, or None: still open."""
        if person is None:
            return STAY
        if person is not NOBODY:
            self._people.append(person)
        return self._take(person)

    def _chosen(self, slot: str) -> Move:
        person = self._person(slot)
        if person is None or person is self._client is not NOBODY:
            self.floor.say("who.not-that")
            return self._ask(self._asking, max(1, self._prompts))
        return self._guest() if slot == GUEST else self._take(person)

    def _take(self, person: Person) -> Move:
        """This one is stretched, or helps."""
        if self._asking is Ask.PARTNER:
            return self._with(person)
        self._client = person
        self._name(person, NOBODY)
        if self.course.program.alone:
            return self._with(NOBODY)
        others = [other for other in self._people if other is not person]
        if len(self._people) == PAIR and person is not NOBODY:
            return self._with(others[0])
        return self._ask(Ask.PARTNER) if others else self._with(NOBODY)

    def _person(self, slot: str) -> Person | None:
        """Whom `slot` means; None for a number that nobody has."""
        if slot == GUEST:
            return NOBODY
        return self._people[int(slot) - 1] if slot.isdecimal() and 0 < int(slot) <= len(self._people) else None

    def _with(self, partner: Person) -> Move:
        self._partner = partner
        self._name(self._client, partner)
        if self._client is self._partner is NOBODY:
            return self._nameless()
        return self._ask(Ask.SURE)

    def _confirmed(self, answer: Intent) -> Move:
        if answer is not Intent.YES:
            self.floor.say("who.again")
            return self._from_the_first()
        return self._named()

    def _nameless(self) -> Move:
        self._client = self._partner = NOBODY
        self._name(NOBODY, NOBODY)
        self.floor.say("who.unknown")
        return self._named()

    def _named(self) -> Move:
        self.course.cast.client, self.course.cast.partner = self._client, self._partner
        return Go(Step.NAMED)

    def _name(self, client: Person, partner: Person) -> None:
        self.floor.name(client, partner)

    @property
    def _help(self) -> str:
        """The line that tells the answers to the open question."""
        if self._newcomer.asking:
            return self._newcomer.help
        return "help.who" if self._asking in {Ask.CLIENT, Ask.PARTNER} else "help.confirm"

    def unclear(self) -> Move:
        """Say once what can be said."""
        if self.floor.quiet and self._prompts == 0:
            self._prompts = 1
            self.floor.remind(self._help)
        return STAY

    def silence(self) -> Move:
        """Ask again with help, then offer one after the other; who answers nothing to that either needs no name."""
        if self._newcomer.asking:
            return self._introduced(self._newcomer.silence())
        if self._prompts >= PROMPTS:
            return self._offer() if self._asking in {Ask.CLIENT, Ask.PARTNER} else self._nameless()
        self.floor.say(self._help)
        return self._ask(self._asking, self._prompts + 1)
