"""The people of one household, as the session knows them: who they are, who lies down and who helps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from voicecoach.core.progress import NOTHING_YET, Progress
from voicecoach.core.speech import Speech


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be stretched or may help."""

    name: str = ""
    """As it is written, and as the memory knows it; empty for somebody whose name nobody has told."""
    say: str = ""
    """How the name is pronounced, spelled as it sounds; empty: as it is written."""
    by_name: bool = True
    """The coach says the name; else he says the word for the role."""
    progress: Progress = NOTHING_YET
    """What is known of this person's earlier sessions, when this person is stretched."""

    @property
    def called(self) -> str:
        """What the coach calls this person; empty: the word for the role."""
        return self.name if self.by_name else ""

    @property
    def sounds(self) -> str:
        """How what the coach calls this person is pronounced; empty: as it is written."""
        return self.say if self.by_name else ""


@dataclass(frozen=True, slots=True)
class Household:
    """What a session is told about the people beside the two who begin it."""

    people: tuple[Person, ...] = ()
    """In the order in which they are numbered aloud, from one."""
    asks: bool = False
    """The coach asks who is stretched and who helps."""
    swaps: bool = False
    """After a person's turn the coach asks whether the two change places."""
    learns: bool = False
    """Somebody new is asked for the name, and kept in the household's file."""

    def person(self, name: str, say: str = "") -> Person:
        """The one who is called `name`; somebody new, pronounced as `say`, if nobody is."""
        return next((person for person in self.people if person.name == name), Person(name, say))


def numbered(taken: Sequence[str]) -> str:
    """What somebody whom the coach calls by no name is written down as, beside the names that are `taken`."""
    return next(name for at in count(len(taken) + 1) if (name := f"Person {at}") not in taken)


NOBODY_ELSE = Household()
"""Nothing is known of others, and nothing is asked."""


@dataclass(slots=True)
class Cast:
    """Who plays which part in the present session; chosen at its start, and the same until its end."""

    client: Person
    partner: Person

    def swapped(self) -> Cast:
        """The other way round. Whoever lies down next is asked every question: nothing of earlier screenings is taken along."""
        lies_down = replace(self.partner, progress=replace(self.partner.progress, screened=False))
        return Cast(lies_down, self.client)


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's turn in a sitting, for those who watch it."""

    number: int
    """From 1."""
    began: float
    """On the session's clock."""
    client: str
    """The name for the memory; empty when nobody has told it."""
    partner: str


@dataclass(frozen=True, slots=True)
class Seats:
    """What a further turn of a sitting begins with."""

    cast: Cast
    speech: Speech
    """As the first person has left it."""
    spoken: int
    """Utterances that have been numbered already."""
    turn: int
    """From 2."""
