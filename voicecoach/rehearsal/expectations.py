"""What has to come of a rehearsal: consequences of single steps within a time, and the session as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from voicecoach.audio import RATE
from voicecoach.core.phases import Phase
from voicecoach.rehearsal.cast import Taken
from voicecoach.rehearsal.scenario import Consequence, Scenario, Step
from voicecoach.vocabulary import Intent, Outcome


@dataclass
class _Watch:
    """What still has to come of one step."""

    number: int
    until: float
    wanted: Consequence
    heard: bool = False
    said: bool = False

    def missing(self, phase: Phase) -> list[str]:
        """What has not come yet."""
        wanted, missing = self.wanted, []
        if wanted.hears and not self.heard:
            missing.append(f"'{wanted.hears}' was not heard")
        if wanted.says and not self.said:
            missing.append(f"the line '{wanted.says}' was not begun")
        if wanted.phase and phase.value != wanted.phase:
            missing.append(f"the phase was '{phase.value}' and not '{wanted.phase}'")
        return missing


class Expectations:
    """Watches a rehearsal and collects what went otherwise, a sentence each."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._watches: list[_Watch] = []
        self._said: list[str] = []
        self._failures: list[str] = []

    def step(self, taken: Taken) -> None:
        """A step was taken; what it expects has to come from its end on."""
        if wanted := taken.step.expect:
            self._watches.append(_Watch(taken.number, taken.at / RATE + wanted.within, wanted))

    def heard(self, intent: Intent) -> None:
        """An intent was understood."""
        for watch in self._watches:
            watch.heard |= intent.value == watch.wanted.hears

    def said(self, key: str) -> None:
        """The coach began a line."""
        self._said.append(key)
        for watch in self._watches:
            watch.said |= watch.wanted.says is not None and fnmatchcase(key, watch.wanted.says)

    def time(self, now: float, phase: Phase) -> None:
        """It is `now`: whose time is up, and has everything come?"""
        for watch in list(self._watches):
            missing = watch.missing(phase)
            if missing and now > watch.until:
                self._failures.append(f"Step {watch.number}: {' and '.join(missing)} within {watch.wanted.within:g} s.")
            if not missing or now > watch.until:
                self._watches.remove(watch)

    def judge(self, outcome: Outcome | None, waiting: tuple[int, Step] | None) -> list[str]:
        """Everything that went otherwise, now that the session is over."""
        wanted, said = self._scenario.expect, iter(self._said)
        failures = list(self._failures)
        if outcome is None:
            failures.append(f"The session had not ended after {self._scenario.longest} minutes.")
        elif outcome.value != wanted.ends:
            failures.append(f"The session ended as '{outcome.value}' and not as '{wanted.ends}'.")
        # One pass over the same iterator: each pattern has to come after the one before it.
        failures += [f"The line '{pattern}' was not said, or not in this order." for pattern in wanted.says
                     if not any(fnmatchcase(key, pattern) for key in said)]
        failures += [f"The line '{key}' was said, which must never happen here." for key in dict.fromkeys(self._said)
                     if any(fnmatchcase(key, pattern) for pattern in wanted.never)]
        if waiting:
            failures.append(f"Step {waiting[0]} never came: the coach did not say '{waiting[1].after or waiting[1].during}'.")
        return failures
