"""A session with a chronicle beside it, and memories of imagined people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from timeline import SCRIPT, SHORT

from voicecoach.memory.chronicle import (
    Adapted,
    Answered,
    Chronicle,
    Eased,
    Ended,
    Fact,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
)
from voicecoach.memory.history import Head, Hold, Past
from voicecoach.plan import Tally
from voicecoach.script import Program
from voicecoach.session import Session
from voicecoach.vocabulary import Command, Event


class Watched(Session):
    """Keeps the facts of everything that happens to it."""

    def __init__(self, program: Program = SHORT) -> None:
        super().__init__(SCRIPT, program)
        self.facts: list[Fact] = []
        self._chronicle = Chronicle()

    def handle(self, event: Event, now: float) -> list[Command]:
        commands = super().handle(event, now)
        self.facts += self._chronicle.take(now, event, commands, self.phase, self.bout)
        return commands

    @property
    def tally(self) -> Tally:
        """What the session itself has counted."""
        return self._plan.tally


def of(kind: type[Fact], facts: Sequence[Fact]) -> list[Fact]:
    """The facts of one kind."""
    return [fact for fact in facts if isinstance(fact, kind)]


def past_of(number: int, head: Head, facts: Sequence[Fact]) -> Past:
    """The session that `facts` tell of, made without any database."""
    holds: list[Hold] = []
    for fact in facts:
        if isinstance(fact, HoldBegan):
            holds.append(Hold(fact.at, fact.where, fact.goal))
        elif isinstance(fact, HoldEnded) and holds:
            holds[-1] = replace(holds[-1], seconds=fact.seconds, ending=fact.ending)
    ended = of(Ended, facts)
    return Past(
        number, head, bool(of(Screened, facts)), ended[-1].outcome if ended else None, ended[-1].at if ended else None, tuple(holds),
        *(tuple(of(kind, facts)) for kind in (Eased, Released, Answered, Adapted)))
