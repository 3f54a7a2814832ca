"""A sitting: one session after another, when the two change places. Pure, with the interface of a `Session`.

Every turn is a session of its own, made anew: nothing of the first person's screening, plan or answers can reach the
second one's, because none of it is there.
"""

from __future__ import annotations

from collections.abc import Callable

from voicecoach.core.dosing import Dosage
from voicecoach.core.household import Seats, Turn
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Bout
from voicecoach.core.session import Session
from voicecoach.core.speech import Speech
from voicecoach.vocabulary import Command, Event, Finish, NextTurn, Outcome, Say, Started


class Sitting:
    """Runs the turns one after the other; see `Session` for what each member means."""

    def __init__(self, make: Callable[[Seats | None], Session]) -> None:
        """Prepare the first turn.

        Args:
            make: a new session, not started: the first one for None.
        """
        self._make = make
        self._session = make(None)

    @property
    def phase(self) -> Phase:
        """The present phase of the present turn."""
        return self._session.phase

    @property
    def bout(self) -> Bout | None:
        """The repetition under way or coming next."""
        return self._session.bout

    @property
    def turn(self) -> Turn | None:
        """The present turn; None while nobody knows who is stretched."""
        return self._session.turn

    @property
    def ends(self) -> float | None:
        """When what is being counted down ends; None when nothing is."""
        return self._session.ends

    @property
    def dosage(self) -> Dosage | None:
        """The dose of `bout`."""
        return self._session.dosage

    @property
    def names(self) -> dict[str, str]:
        """What the coach calls the two now."""
        return self._session.names

    @property
    def fault_line(self) -> Say:
        """What is to be said when something around the session fails."""
        return self._session.fault_line

    @property
    def speech(self) -> Speech:
        """How the coach speaks now."""
        return self._session.speech

    @property
    def outcome(self) -> Outcome | None:
        """How the last turn ended, once it has."""
        return self._session.outcome

    @property
    def deadline(self) -> float | None:
        """When to call `handle` with `TimePassed` unless something happens before."""
        return self._session.deadline

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take one event and return what has to be done, in order; a `NextTurn` parts the turns."""
        commands = self._session.handle(event, now)
        finish = next((command for command in commands if isinstance(command, Finish)), None)
        if finish is None or not self._session.changes_places:
            return commands
        self._session = self._make(self._seats())
        over = [command for command in commands if command is not finish]
        return [*over, NextTurn(finish.outcome), *self._session.handle(Started(), now)]

    def _seats(self) -> Seats:
        before = self._session
        cast = before.cast.swapped()
        number = before.turn.number + 1 if before.turn else 1
        return Seats(cast, before.speech, before.spoken, number)
