"""Seeded faults: for each property a small change of the real code that breaks it, and that the search must find.

A change is text, so that it is read like one: a file, what stands there, what shall stand there instead. If the code has moved on
and the text is not there any more, that is an error. `python -m proof --faults` runs each in a process of its own.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]


class Fault(NamedTuple):
    """One mistake that somebody might make."""

    breaks: tuple[str, ...]
    """The properties of which one has to fail."""
    module: str
    was: str
    becomes: str
    lead: str = "the start"
    """Where the search begins, a name of `LEADS`, so that it need not go through the whole screening first."""
    idle: bool = False
    """Only time passes: enough for a fault of the clocks."""
    depth: int | None = None
    """So many deeds are enough."""
    world: str = "base"
    """The name of the small world."""


FAULTS: Final[tuple[Fault, ...]] = (
    Fault(("stop-releases",), "voicecoach.core.safety", "        case Intent.STOP:\n", "        case Intent.STOP if heard.evidence > Evidence.PARTIAL:\n"),
    Fault(("stop-releases",), "voicecoach.core.session",
          "        self._floor.hush()\n        self._floor.say(cause.value)\n", "        self._floor.say(cause.value)\n        self._floor.hush()\n"),
    Fault(("pain-ends",), "voicecoach.core.session", 'self._end(Outcome.PAIN, "safety.pain")', "self._end(Outcome.PAIN)"),
    Fault(("radiating-ends",), "voicecoach.core.safety", "heard.slot == RADIATING and heard.evidence >= Evidence.FINAL", "heard.slot == RADIATING and heard.evidence > Evidence.FINAL",
          "the place"),
    Fault(("asked-before-force",), "voicecoach.core.parts.approach",
          "        if not self.asked:\n            return STAY\n        if not (self.course", '        if not self.asked and not self.floor.spoken("rule.words"):\n            return STAY\n        if not (self.course',
          "the position"),
    Fault(("loss-releases",), "voicecoach.core.safety", "if not situation.deaf and (source or situation.silent_for", "if not situation.deaf and (situation.silent_for"),
    Fault(("screening-answered",), "voicecoach.core.parts.screening",
          "return self._pass() if self.counts(heard) else STAY", "return self._pass()"),
    Fault(("screening-answered",), "voicecoach.core.parts.screening",
          "        if self._prompts <= RE_ASKS:\n", "        if self._prompts > RE_ASKS:\n            return self._pass()\n        if self._prompts <= RE_ASKS:\n", "the last question"),
    Fault(("continue-and-yes",), "voicecoach.core.parts.latched",
          '        """An unanswered confirmation is a "no"; enough unanswered reminders are a goodbye."""\n',
          "        if self._confirming:\n            return Resume()\n", "the pause"),
    Fault(("continue-and-yes",), "voicecoach.core.parts.latched",
          "            self._confirming = True\n", "            return Resume()\n", "the pause"),
    Fault(("warm-confirmed",), "voicecoach.core.parts.warm_up",
          '            self._confirming = True\n            self.floor.listen("confirm", Intent.YES)\n', "            return self._warm(Phase.WARM_UP)\n", "the warm-up"),
    Fault(("load-by-word",), "voicecoach.core.safety",
          "        return Evidence.STRONG\n    return Evidence.FINAL\n", "        return Evidence.FINAL\n    return Evidence.FINAL\n", "the question for ready"),
    Fault(("rule-before-force",), "voicecoach.core.parts.approach",
          "        if not self.asked:\n            return STAY\n        if not (self.course", "        if not (self.course", "the position"),
    Fault(("time-never-loads",), "voicecoach.core.parts.approach",
          "        if not self._sure:\n            return self._ask_ready()\n", "        if self._prompts == 1:\n            return self._approach()\n", "the question for ready"),
    Fault(("hold-by-word",), "voicecoach.core.parts.approach", "        if heard.intent in {Intent.GOOD, Intent.YES}:\n",
          "        if heard.intent in {Intent.GOOD, Intent.YES, Intent.NO}:\n", "the approach"),
    Fault(("ease-eases",), "voicecoach.core.parts.force",
          "        self.floor.hush()\n        self.strain.eases += 1\n", "        self.strain.eases += 1\n", "the approach"),
    Fault(("wrong-place-eases",), "voicecoach.core.parts.force", "        if slot in self.bout.stretch.places:\n", "        if slot:\n", "the approach", depth=1),
    Fault(("wrong-place-eases",), "voicecoach.core.safety", "    if intent in MILDER and situation.phase in FORCE:\n",
          "    if intent in MILDER - {Intent.PLACE} and situation.phase in FORCE:\n", "the approach", depth=1),
    Fault(("taken-back-frees",), "voicecoach.core.parts.hold", "        counts = self._counts\n        self.legs_down()\n", "        counts = self._counts\n", "the hold", depth=1),
    Fault(("taken-back-frees",), "voicecoach.core.parts.approach", "        self.legs_down()\n        return self._set_up()\n", "        return self._set_up()\n", "the approach", depth=1),
    Fault(("no-load-after-ease",), "voicecoach.core.parts.force", "        if self.strain.eases:\n", "        if self.strain.eases > 1:\n", "the approach"),
    Fault(("silence-frees", "silence-ends"), "voicecoach.core.parts.force", "        if self.worry is Worry.ASKED:\n",
          "        if self.worry is Worry.ASKED and self.ask() is None:\n            return STAY\n        if self.worry is Worry.ASKED:\n", "the approach", idle=True),
    Fault(("can-pause",), "voicecoach.core.session", "        if self.phase in LATCHED:\n            return STAY\n", "        if self.phase is not Phase.HOLD:\n            return STAY\n", "the approach"),
    Fault(("can-ask-for-help",), "voicecoach.core.talk", "        case Intent.HELP:\n", "        case Intent.HELP if part.floor.asking is None:\n"),
    Fault(("never-stuck", "can-finish"), "voicecoach.core.floor", "        clocks = [self._silence_at, self.alarm, ", "        clocks = [self.alarm, ", "the deafness", idle=True),
    Fault(("silence-ends",), "voicecoach.core.parts.latched", "            self._reminded += 1\n        if self._reminded > self.reminders:\n            return End(self.ending)",
          "            self._reminded = 1\n        if self._reminded > self.reminders:\n            return End(self.ending)", "the pause", idle=True),
    Fault(("can-finish", "never-stuck"), "voicecoach.core.session", "        if self.phase is Phase.DONE and (self._floor.quiet or self._floor.overdue):\n",
          "        if self.phase is Phase.DONE and self._floor.overdue and False:\n", "the pause", idle=True),
    Fault(("all-phases",), "voicecoach.core.parts.approach", "            return Go(Step.HELD_STILL)\n        if heard.intent is Intent.NO",
          "            return Go(Step.LET_DOWN)\n        if heard.intent is Intent.NO", "the approach", depth=1),
    Fault(("own-screening",), "voicecoach.core.session", "self._course.household.asks else self._part.enter())", "self._course.household.asks else Go(Step.SCREENED) if self._turn > 1 else self._part.enter())",
          "a second turn without questions", world="household"),
    Fault(("swap-by-word",), "voicecoach.core.parts.turn", "        if self._prompts:\n            return End(self.outcome)\n",
          "        if self._prompts:\n            self.change = True\n            return End(self.outcome)\n", "the end of a turn", idle=True, world="household"),
    Fault(("swap-by-word",), "voicecoach.core.session", "            self._farewell.change = self._turn_over.change = False\n", "", "the end of a turn", world="household"),
    Fault(("named-by-yes",), "voicecoach.core.parts.who", "        if answer is not Intent.YES:\n", "        if answer is Intent.NO:\n", "the names", world="household"),
    Fault(("side-as-told",), "voicecoach.core.parts.force", "language.side(self.bout.side)", 'language.side("left")', "the hold after one question", world="sides"),
    Fault(("no-side-lost",), "voicecoach.core.parts.check_in", "        if not self._counted:\n            self.plan.advance()\n", "        if not self._counted:\n            self.plan.skip()\n",
          "the hold after one question", world="sides"),
    Fault(("dose-agreed",), "voicecoach.core.parts.offer", "        if agreed and proposal.up:\n", "        if proposal.up:\n", "the first stretch after one question", world="doses"),
    Fault(("dose-agreed",), "voicecoach.core.parts.offer", "            self._settle(agreed=not self._open.up, told=self._open.up)\n        return True\n",
          "            self._settle(agreed=True, told=self._open.up)\n        return True\n", "the first stretch after one question", idle=True, world="doses"),
    Fault(("dose-agreed",), "voicecoach.core.parts.offer", "self._rest, self._prompts, self._sure = rest, 0, not self._reads_back", "self._rest, self._prompts, self._sure = rest, 0, True",
          "the first stretch after a question read back", world="doses-read-back"),
    Fault(("read-back-confirmed",), "voicecoach.core.parts.screening", "if self.course.script.language.read_back and not read_back:", "if self.course.script.language.read_back and not read_back and self._prompts:",
          world="read-back"),
    Fault(("ready-twice",), "voicecoach.core.parts.approach", "self.course.script.language.read_back and self._sure)", "self.course.script.language.read_back and self._sure and self._prompts)",
          "the position after a question read back", world="read-back"),
    Fault(("condition-met",), "voicecoach.core.plan", "all(answers.get(condition) is wanted for", "all(answers.get(condition) is not (not wanted) for", "the position after conditions that nobody knows", world="alone"),
    Fault(("screening-answered",), "voicecoach.core.parts.screening", "        if self._bundled:\n            return self._one_by_one()\n        if self._at is At.READ_BACK", "        if self._bundled:\n            return self._pass()\n        if self._at is At.READ_BACK",
          world="since"),
    Fault(("continue-and-yes",), "voicecoach.core.floor", " | self._offered.get(self._sounding.text, frozenset())", "", "the break", world="choices"),
)
"""For each property at least one."""


class _Loader(importlib.abc.SourceLoader):
    """Loads one module from its file, with the fault in it."""

    def __init__(self, fault: Fault, path: str) -> None:
        self._fault, self._path = fault, path

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002 - the protocol's
        return self._path

    def get_data(self, path: str) -> bytes:
        text = Path(path).read_text(encoding="utf-8")
        return seeded(self._fault, text).encode()

    def path_stats(self, path: str) -> dict[str, int]:  # no compiled copy may be read or written
        raise OSError(path)


class Seeder(importlib.abc.MetaPathFinder):
    """Put before all other finders: the module of the fault comes with the fault."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002 - the protocol's
        """The spec of the module of the fault; None for all others."""
        if fullname != self._fault.module:
            return None
        file = str(ROOT.joinpath(*fullname.split(".")).with_suffix(".py"))
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(self._fault, file))


def seeded(fault: Fault, text: str) -> str:
    """`text` with the fault in it.

    Raises:
        ValueError: the place is not there, or not only once.
    """
    if text.count(fault.was) != 1:
        raise ValueError(f"The seeded fault of '{fault.breaks[0]}' does not fit {fault.module} any more: adapt FAULTS in proof/faults.py.")
    return text.replace(fault.was, fault.becomes)


def seed(fault: Fault) -> None:
    """From now on the module of `fault` is imported with the fault; it must not have been imported yet."""
    if fault.module in sys.modules:
        raise RuntimeError(f"{fault.module} is imported already")
    sys.meta_path.insert(0, Seeder(fault))
