"""The dose: how long, how often and how far, and how it follows what the client says. Pure; the rules are data.

Less is taken at once and in as many steps as the rules say. More is only ever proposed: one small step of one stretch in
a session, after sessions in which nobody asked for less, said stop or told of pain, and never beyond the program's
limits. What becomes of a proposal is up to `voicecoach.core.parts.offer`. Why it is so: docs/decisions/dose.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, model_validator

from voicecoach.language.datafile import Record, load
from voicecoach.language.program import Program

What = Literal["hold_seconds", "repetitions", "deepenings"]
"""What a dose is made of."""
KEPT: Final = 12
"""So many earlier sessions are looked at, and stand in a journal."""


class Dosage(Record):
    """How much of one stretch, on each side."""

    hold_seconds: int
    """Of the first repetition."""
    repetitions: int
    deepenings: int
    """How often "more" may deepen one repetition."""

    def moved(self, what: What, by: int) -> Dosage:
        """This dose with one thing changed."""
        return self.model_copy(update={what: getattr(self, what) + by})

    def differences(self, other: Dosage) -> Iterator[tuple[What, int]]:
        """What has to be added to this dose to get `other`; without what is the same."""
        for what in get_args(What):
            if by := getattr(other, what) - getattr(self, what):
                yield what, by


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a program says of one stretch."""

    own: Dosage
    """The dose that its file gives, where everybody begins."""
    least: Dosage
    most: Dosage

    def clamp(self, dosage: Dosage) -> Dosage:
        """The nearest dose within the bounds."""
        return Dosage(**{what: min(max(getattr(dosage, what), getattr(self.least, what)), getattr(self.most, what)) for what in get_args(What)})


def bounds_of(program: Program, least_repetitions: int) -> dict[str, Bounds]:
    """The bounds of each stretch, in the program's order; one that stands in it twice is left as it is written."""
    names = [dose.stretch for dose in program.stretches]
    shortest, longest = program.hold_limits
    return {
        dose.stretch: Bounds(
            Dosage(hold_seconds=dose.hold_seconds, repetitions=dose.repetitions, deepenings=program.deepen_limit),
            Dosage(hold_seconds=min(shortest, dose.hold_seconds), repetitions=min(least_repetitions, dose.repetitions), deepenings=0),
            Dosage(hold_seconds=max(longest, dose.hold_seconds), repetitions=max(program.repetition_limit, dose.repetitions), deepenings=program.deepen_limit))
        for dose in program.stretches if names.count(dose.stretch) == 1
    }


# --- what is remembered -----------------------------------------------------------------------------------------


class EarlierStretch(Record):
    """One stretch in one earlier session."""

    stretch: str
    dosage: Dosage | None = None
    """With which it was begun; None: by another program, whose dose says nothing about this one."""
    pain: int = 0
    stop: int = 0
    ease: int = 0
    """How often somebody asked for less while being stretched."""
    too_much: int = 0
    """How often the client said so afterwards, or was not sure."""
    silence: int = 0
    """How often nobody answered under force."""
    comfortable: bool = False
    """Every hold went to its end, and the client said that it was good."""
    declined: bool = False
    """More of it was proposed and not wanted, or not answered."""


class Earlier(Record):
    """One earlier session of the client."""

    days: Annotated[int, Field(ge=0)]
    """So many days ago."""
    pain: int = 0
    """Reports of pain, also those that belong to no stretch."""
    stop: int = 0
    turns: list[EarlierStretch] = Field(default_factory=list)
    """What was begun, in order; called so in journals and scenarios."""

    def turn(self, stretch: str) -> EarlierStretch | None:
        """What became of `stretch`, if it was begun."""
        return next((turn for turn in self.turns if turn.stretch == stretch), None)

    @property
    def at_ease(self) -> bool:
        """Nobody wanted less, from the first question to the goodbye."""
        return not (self.pain or self.stop or any(turn.pain or turn.stop or turn.ease or turn.too_much or turn.silence for turn in self.turns))


# --- the rules --------------------------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why the dose changes; ``dose.because-<value>`` is the line that says so."""

    COMFORTABLE = "comfortable"
    PAIN = "pain"
    STOP = "stop"
    EASE = "ease"
    TOO_MUCH = "too-much"
    SILENCE = "silence"
    AWAY = "away"
    TODAY = "today"
    """The client asked for less a moment ago, in this very session."""


Sign = Literal["pain", "stop", "ease", "too-much", "silence"]
Order = Annotated[list[What], Field(min_length=1)]
Steps = Annotated[int, Field(ge=1, le=20)]


class Step(Record):
    """How far one step leads."""

    hold_seconds: Annotated[int, Field(ge=1, le=5)]
    """At most 5 s: small beside the 20-30 s of the reference."""
    repetitions: Literal[1]
    deepenings: Literal[1]


class More(Record):
    """When a step up is proposed."""

    order: Order
    """What grows first, once the program's own dose has been reached again."""
    sessions: Annotated[int, Field(ge=1, le=10)]
    """So many comfortable ones in a row, with the dose as it is."""
    days: Annotated[int, Field(ge=1, le=60)]
    """The last session may be so long ago."""
    without_pain: Annotated[int, Field(ge=1, le=KEPT)]
    """So many sessions have to be free of pain."""


class LessRule(Record):
    """One reason for less; the first that fits counts."""

    sign: Sign
    times: Annotated[int, Field(ge=1)] = 1
    """In the last session with this stretch."""
    steps: Steps


class Less(Record):
    """When the dose shrinks."""

    order: Order
    """What shrinks first; the next thing follows when that is at its least."""
    rules: Annotated[list[LessRule], Field(min_length=1)]
    away_days: Annotated[int, Field(ge=1)]
    """After so many days without this stretch the dose shrinks as well ..."""
    away_steps: Steps
    """... by so many steps."""

    @model_validator(mode="after")
    def _every_sign(self) -> Less:
        if missing := [sign for sign in get_args(Sign) if not any(rule.sign == sign and rule.times == 1 for rule in self.rules)]:
            raise ValueError(f"no rule says what one '{missing[0]}' leads to")
        for before, rule in enumerate(self.rules):
            if any(other.sign == rule.sign and other.times <= rule.times for other in self.rules[:before]):
                raise ValueError(f"the rule for {rule.times} times '{rule.sign}' never counts, since an earlier one takes its cases")
        return self


class Today(Record):
    """What one ease, stop or "too much" leads to for the repetitions that are left of the same stretch."""

    order: Annotated[list[Literal["hold_seconds", "deepenings"]], Field(min_length=1)]
    steps: Annotated[int, Field(ge=0, le=5)]


class Rules(Record):
    """``dialogs/adaptation.yaml``."""

    step: Step
    least_repetitions: Annotated[int, Field(ge=1, le=2)]
    """Fewer are never done, unless the program itself has fewer."""
    more: More
    less: Less
    today: Today


def load_rules(path: Path) -> Rules:
    """Read and check the rules.

    Raises:
        ScriptError: with every mistake in the file.
    """
    return load(path, Rules)


# --- what they lead to ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another dose of one stretch."""

    stretch: str
    old: Dosage
    new: Dosage
    reason: Reason

    @property
    def up(self) -> bool:
        """It asks more of the body, so that only a clear "yes" lets it happen."""
        return self.reason is Reason.COMFORTABLE


def standing(bounds: Bounds, earlier: Sequence[Earlier], stretch: str) -> Dosage:
    """The dose that holds until somebody agrees to another: that of the last time, within the bounds of today.

    Args:
        bounds: of the stretch in the program.
        earlier: the client's sessions, the latest last.
        stretch: its id.
    """
    for session in reversed(earlier):
        if (turn := session.turn(stretch)) and turn.dosage:
            return bounds.clamp(turn.dosage)
    return bounds.own


def proposals(rules: Rules, program: Mapping[str, Bounds], earlier: Sequence[Earlier]) -> dict[str, Proposal]:
    """What today's doses should be, by stretch: less where there is a reason, and at most one step more in all.

    Args:
        rules: the data.
        program: the bounds of each stretch, in the program's order.
        earlier: the client's sessions, the latest last.
    """
    found, best, longest = {}, None, 0
    for stretch, bounds in program.items():
        old = standing(bounds, earlier, stretch)
        reason, steps = _less(rules, earlier, stretch)
        if reason:
            new = reduced(rules, bounds, old, steps)
            if new != old:
                found[stretch] = Proposal(stretch, old, new, reason)
        elif (new := _raised(rules, bounds, old)) != old and (streak := _streak(rules, earlier, stretch, old)) > longest:
            best, longest = Proposal(stretch, old, new, Reason.COMFORTABLE), streak
    if best:
        found[best.stretch] = best
    return found


def today(rules: Rules, bounds: Bounds, now: Dosage) -> Dosage:
    """The dose of what is left of a stretch today, after the client asked for less in it."""
    return _down(rules, bounds, now, rules.today.order, rules.today.steps)


def reduced(rules: Rules, bounds: Bounds, old: Dosage, steps: int) -> Dosage:
    """`old`, so many steps less."""
    return _down(rules, bounds, old, rules.less.order, steps)


def _down(rules: Rules, bounds: Bounds, old: Dosage, order: Sequence[What], steps: int) -> Dosage:
    for _ in range(steps):
        possible = [what for what in order if getattr(old, what) > getattr(bounds.least, what)]
        if not possible:
            break
        old = bounds.clamp(old.moved(possible[0], -getattr(rules.step, possible[0])))
    return old


def _raised(rules: Rules, bounds: Bounds, old: Dosage) -> Dosage:
    """`old` and one small step: first back to the program's own dose, then beyond it."""
    for goal in (bounds.own, bounds.most):
        for what in rules.more.order:
            if room := max(0, getattr(goal, what) - getattr(old, what)):
                return old.moved(what, min(room, getattr(rules.step, what)))
    return old


def _less(rules: Rules, earlier: Sequence[Earlier], stretch: str) -> tuple[Reason | None, int]:
    """Why there should be less of `stretch` today, and by how many steps."""
    last = next(((session, turn) for session in reversed(earlier) if (turn := session.turn(stretch))), None)
    if last is None:
        return None, 0
    session, turn = last
    for rule in rules.less.rules:
        if getattr(turn, rule.sign.replace("-", "_")) >= rule.times:
            return Reason(rule.sign), rule.steps
    return (Reason.AWAY, rules.less.away_steps) if session.days >= rules.less.away_days else (None, 0)


def _streak(rules: Rules, earlier: Sequence[Earlier], stretch: str, dosage: Dosage) -> int:
    """How many sessions in a row, up to the last, allow more of `stretch`; 0 when they are too few."""
    if not earlier or earlier[-1].days > rules.more.days or any(session.pain for session in earlier[-rules.more.without_pain:]):
        return 0
    count = 0
    for session in reversed(earlier):
        turn = session.turn(stretch)
        if not session.at_ease or (turn and (turn.declined or not turn.comfortable or (turn.dosage and turn.dosage != dosage))):
            break
        count += bool(turn and turn.dosage)
    return count if count >= rules.more.sessions else 0
