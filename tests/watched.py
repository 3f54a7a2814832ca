"""A session with a chronicle beside it, and memories of imagined people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from timeline import SCRIPT, SHORT

from voicecoach.core.plan import Tally
from voicecoach.core.session import Session
from voicecoach.language.program import Program
from voicecoach.memory.chronicle import (
    Adapted,
    Answered,
    Chronicle,
    Dosed,
    Eased,
    Ended,
    Fact,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
    Where,
)
from voicecoach.memory.history import Head, Hold, Past
from voicecoach.vocabulary import Command, Event

FIRST_DAY = datetime(2026, 1, 5, 19, 30, tzinfo=timezone(timedelta(hours=1)))
"""A Monday."""


class Watched(Session):
    """Keeps the facts of everything that happens to it."""

    def __init__(self, program: Program = SHORT) -> None:
        super().__init__(SCRIPT, program)
        self.facts: list[Fact] = []
        self._chronicle = Chronicle()

    def handle(self, event: Event, now: float) -> list[Command]:
        commands = super().handle(event, now)
        self.facts += self._chronicle.take(now, event, commands, self.phase, self.bout, self.dosage)
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
        *(tuple(of(kind, facts)) for kind in (Eased, Released, Answered, Adapted, Dosed)))


def imagined(count: int, *, client: str = "Anna", partner: str = "Ben", every: int = 2, seconds: float = 25.0, first: datetime = FIRST_DAY) -> list[Past]:
    """`count` sessions, one in `every` so many days, of a stretch without and one with sides, each with an ease and now and then a stop."""
    past = []
    for index in range(count):
        facts: list[Fact] = [Screened(60.0)]
        for where in (Where("knees-to-chest", "", 1), Where("spinal-twist", "left", 1), Where("spinal-twist", "right", 1)):
            facts += [HoldBegan(700.0, where, 25), HoldEnded(725.0, seconds - 4 * (where.side == "left"), "complete"), Answered(740.0, where, "too-much", "no")]
        facts.append(Eased(710.0, Where("spinal-twist", "left", 1), "hold", "word"))
        if index % 5 == 4:  # now and then
            facts.append(Released(760.0, Where(), "check-in", "stop"))
        facts.append(Ended(1500.0, "completed" if index % 5 < 4 else "stopped"))
        past.append(past_of(index + 1, Head(first + timedelta(days=every * index), "en", "lower-back", client, partner), facts))
    return past
