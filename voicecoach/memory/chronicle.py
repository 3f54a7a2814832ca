"""The chronicle: what of a session is worth remembering, as facts. Pure: it only watches what the journal records.

It is told every event, the commands it led to, and where the session then stood; a replayed journal gives the same
facts as the live session did. Of the screening it keeps only whether it was passed: never an answer about health.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from voicecoach.core.dosing import Dosage
from voicecoach.core.floor import DOZE
from voicecoach.core.phases import FORCE, Phase
from voicecoach.core.plan import Bout
from voicecoach.language.line_keys import SINCE_LAST_TIME
from voicecoach.vocabulary import (
    Command,
    Event,
    Finish,
    Heard,
    Hush,
    Intent,
    Listen,
    NextTurn,
    Outcome,
    Say,
    TimePassed,
)


class Where(NamedTuple):
    """Which repetition of which stretch; empty for a fact that belongs to none."""

    stretch: str = ""
    side: str = ""
    """"left", "right", or "" for a stretch without sides."""
    repetition: int = 0
    """From 1; 0 for none."""


@dataclass(frozen=True, slots=True)
class Screened:
    """The screening let the two go on."""

    at: float
    """Seconds from the session's start, here and in every fact."""
    full: bool = False
    """Every question was asked for itself, and passed by a plain "no"; a "yes" that a doctor had allowed does not count."""


@dataclass(frozen=True, slots=True)
class HoldBegan:
    """The count of a hold began."""

    at: float
    where: Where
    goal: int
    """Seconds that it is meant to last."""


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The hold that began last is over."""

    at: float
    seconds: float
    """Held, without the time that the machine slept."""
    ending: str
    """"complete", "early", "eased", "break", or the cause of a `Released`."""


@dataclass(frozen=True, slots=True)
class Eased:
    """The partner was told to give way while pushing."""

    at: float
    where: Where
    phase: str
    by: str
    """"word" when somebody asked for it, "silence" when nobody answered."""


@dataclass(frozen=True, slots=True)
class Released:
    """The partner was told to let go."""

    at: float
    where: Where
    phase: str
    cause: str
    """"stop", "pain", "silence", "cannot-hear", or what else the safety line was about."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The client told how a repetition was."""

    at: float
    where: Where
    question: str
    """"comfort" in the hold; "feel", "where" and "too-much" after it."""
    answer: str
    """"yes", "no", "unsure", "good", or the part of the body."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """The coach changed what it asks for."""

    at: float
    where: Where
    what: str
    """A value of `ADAPTATIONS` or of `DOSES`."""
    because: str = ""
    """A value of `voicecoach.core.dosing.Reason`; empty where the answer before it is the reason."""
    answer: str = ""
    """"accepted", "refused" or "unanswered"; empty where nobody was asked. Unanswered means done for less, and not done for more."""


@dataclass(frozen=True, slots=True)
class Dosed:
    """A stretch is begun, with the dose that holds for it by now."""

    at: float
    where: Where
    hold_seconds: int
    repetitions: int
    deepenings: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over."""

    at: float
    outcome: str
    """A value of `Outcome`; the advice to call for help is told as "screened-out", since no health answer is kept."""


Fact = Screened | HoldBegan | HoldEnded | Eased | Released | Answered | Adapted | Dosed | Ended

ADAPTATIONS: Mapping[str, str] = {"force.deeper": "deeper", "approach.lighter": "lighter"}
"""Lines by which the coach tells of a change, and what it is called here."""
DOSES: Mapping[str, str] = {
    "dose.longer": "longer", "dose.again": "more-repetitions", "dose.further": "further",
    "dose.shorter": "shorter", "dose.fewer": "fewer-repetitions", "dose.nearer": "less-far"}
"""The same for changes that are proposed, and answered a moment later."""
MORE = frozenset({"longer", "more-repetitions", "further"})
"""Those of them that ask more of the body."""

_EASES = frozenset({"safety.ease", "safety.ease-silent", "safety.ease-down"})
_NO_RELEASE = _EASES | {"safety.ease-early", "safety.pause"}
"""Safety lines after which the session simply goes on."""
_SPEAKS_AGAIN = frozenset({Intent.REPEAT, Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER})
"""Words after which the coach may say his last turn once more: nothing new is in it."""
_FEEL = {Intent.YES: "yes", Intent.GOOD: "yes", Intent.NO: "no", Intent.UNSURE: "unsure"}
_TOO_MUCH = {Intent.YES: "yes", Intent.UNSURE: "unsure", Intent.NO: "no", Intent.GOOD: "no"}
_COMPLETE = 0.5
"""Seconds by which a hold may miss its goal and still be complete: the clocks' grain."""


class Chronicle:
    """Watches one session."""

    def __init__(self) -> None:
        self._now = 0.0
        self._phase = Phase.SCREEN
        self._where = Where()
        self._goal = 0
        self._held_since: float | None = None
        self._question = ""
        self._last_safety = ""
        self._proposed: list[Adapted] = []
        self._dosed: set[str] = set()
        self._shortened = self._conditional = False
        """One question stood for several; a question had to be followed up."""

    def take(self, now: float, event: Event, commands: Sequence[Command], phase: Phase, bout: Bout | None,
             dosage: Dosage | None = None) -> list[Fact]:
        """The facts in one call of `Session.handle`.

        Args:
            now: as given to `handle`.
            event: the same.
            commands: what it returned.
            phase: the session's phase after the call.
            bout: the session's bout after the call.
            dosage: the dose of that bout.
        """
        awake_until = min(max(now, self._now), self._now + DOZE)
        self._now, before, self._phase = max(now, self._now), self._phase, phase
        if phase in FORCE and bout:
            self._where, self._goal = Where(bout.stretch.id, bout.side, bout.repetition), bout.hold_seconds
        said = [command.key for command in commands if isinstance(command, Say)]
        # An order is hush, then a safety line; the same line without the hush is a reminder.
        safety = said[0] if said and isinstance(commands[0], Hush) and said[0].startswith("safety.") else ""
        if isinstance(event, Heard) and event.intent in _SPEAKS_AGAIN and phase is before and safety in {"", self._last_safety}:
            return []
        self._last_safety = safety or self._last_safety
        self._watch_screening(said)
        facts = [*self._hold(before, said), *self._orders(event, before, safety), *self._answers(event, before, said, safety)]
        facts += [Adapted(self._now, self._where, ADAPTATIONS[key]) for key in said if key in ADAPTATIONS]
        if self._held_since is not None and phase is not Phase.HOLD:
            facts.append(self._hold_ended(self._held_since, awake_until, safety))
        facts += self._doses(event, commands, said, bout, dosage)
        facts += self._milestones(before, commands)
        return facts

    def _doses(self, event: Event, commands: Sequence[Command], said: Sequence[str], bout: Bout | None, dosage: Dosage | None) -> list[Fact]:
        """The dose with which a stretch begins, and what was proposed once it is known what became of it."""
        facts: list[Fact] = []
        over = self._phase is not Phase.NEXT or any(isinstance(command, Listen) and command.grammar != "dose" for command in commands)
        if self._proposed and over:
            by_word = isinstance(event, Heard) and self._phase is Phase.NEXT
            answer = "unanswered" if not by_word else "refused" if "dose.kept" in said else "accepted"
            facts += [replace(proposed, answer=answer) for proposed in self._proposed]
            self._proposed = []
        because = next((key.removeprefix("dose.because-") for key in said if key.startswith("dose.because-")), "")
        if bout and because and (changes := [DOSES[key] for key in said if key in DOSES]):
            self._proposed = [Adapted(self._now, Where(bout.stretch.id, bout.side, bout.repetition), what, because) for what in changes]
        if self._phase is Phase.STRETCH and bout and dosage and bout.stretch.id not in self._dosed:
            self._dosed.add(bout.stretch.id)
            facts.append(Dosed(self._now, self._where, dosage.hold_seconds, dosage.repetitions, dosage.deepenings))
        return facts

    def _watch_screening(self, said: Sequence[str]) -> None:
        """Which way the questions went, by the lines alone; no answer is kept."""
        for key in said:
            self._shortened = (self._shortened or key == f"question.{SINCE_LAST_TIME}.ask") and key != "screen.one-by-one"
            self._conditional |= key.startswith("question.") and key.endswith(".follow_up")

    def _hold(self, before: Phase, said: Sequence[str]) -> list[Fact]:
        """The count begins with the first cue after its opening line, or with the first order before that."""
        begins = any(key.endswith(".hold_client") or key in _EASES or key.startswith("force.") for key in said)
        if before is not Phase.HOLD or self._held_since is not None or not begins:
            return []
        self._held_since = self._now
        return [HoldBegan(self._now, self._where, self._goal)]

    def _hold_ended(self, began: float, awake_until: float, safety: str) -> Fact:
        seconds = min(awake_until, began + self._goal) - began
        self._held_since = None
        if safety == "safety.pause":
            ending = "break"
        elif safety in _EASES:
            ending = "eased"
        elif safety:
            ending = safety.removeprefix("safety.")
        else:
            ending = "complete" if seconds >= self._goal - _COMPLETE else "early"
        return HoldEnded(self._now, seconds, ending)

    def _orders(self, event: Event, before: Phase, safety: str) -> list[Fact]:
        """What the partner was told for somebody's safety."""
        where = self._where if before in FORCE or before is Phase.CHECK_IN else Where()
        if safety in _EASES:
            return [Eased(self._now, where, before.value, "silence" if isinstance(event, TimePassed) else "word")]
        if safety and safety not in _NO_RELEASE:
            return [Released(self._now, where, before.value, safety.removeprefix("safety."))]
        return []

    def _answers(self, event: Event, before: Phase, said: Sequence[str], safety: str) -> list[Fact]:
        """What the client told of the repetition, once the coach has taken it as an answer."""
        question, self._question = self._question, next((key for key in reversed(said) if key in _QUESTIONS), self._question)
        taken = isinstance(event, Heard) and not safety and any(key != "talk.pardon" and not key.startswith("help.") for key in said)
        if not isinstance(event, Heard) or not taken:
            return []
        if before is Phase.HOLD and "hold.good" in said:
            return [Answered(self._now, self._where, "comfort", "good")]
        if "check-in.lighter" in said and self._where.stretch:
            # Also told late, in the rest after the check-in, or instead of the answer to another question.
            return [Answered(self._now, self._where, "too-much", _TOO_MUCH.get(event.intent, "yes"))]
        if before is not Phase.CHECK_IN or question not in _QUESTIONS:
            return []
        answer = event.slot if event.intent is Intent.PLACE else _QUESTIONS[question].get(event.intent)
        return [Answered(self._now, self._where, question.removeprefix("check-in."), answer)] if answer else []

    def _milestones(self, before: Phase, commands: Sequence[Command]) -> list[Fact]:
        facts: list[Fact] = []
        if before is Phase.SCREEN and self._phase is Phase.WARM_UP:
            facts.append(Screened(self._now, full=not self._shortened and not self._conditional))
        for command in commands:
            if isinstance(command, Finish | NextTurn):
                outcome = Outcome.SCREENED_OUT if command.outcome is Outcome.EMERGENCY else command.outcome
                facts.append(Ended(self._now, outcome.value))
        return facts


_QUESTIONS: Mapping[str, Mapping[Intent, str]] = {
    "check-in.feel": _FEEL, "check-in.where": {Intent.UNSURE: "unsure"}, "check-in.too-much": _TOO_MUCH}
"""The questions after a repetition, and what the answers to each are called here."""
