"""What an observer of the session writes down who sees only its events and commands, never its fields: the properties judge by that."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

from proof.world import Turn
from voicecoach.line_keys import urges
from voicecoach.phases import FORCE, LATCHED, Phase
from voicecoach.vocabulary import Evidence, Hush, Intent, LineFinished, LineStarted, Listen

ONE_SECOND: Final = 1.0
"""A question that has sounded for less cannot have been understood, let alone answered."""
PASSES: Final = {"ask": Intent.NO, "follow_up": Intent.YES}
"""The answer that passes a question of the screening, and its follow-up."""
CARRIED: Final = {"question": LATCHED, "passed": LATCHED, "rule": LATCHED | {Phase.HOLD, Phase.CHECK_IN, Phase.NEXT}}
"""Facts and the phases in which they are only kept for later."""


@dataclass(frozen=True, slots=True)
class History:
    """The facts of the past that a property needs."""

    question: str = ""
    """The line of the screening that was asked last."""
    since: float | None = None
    """When it began to sound."""
    heard: bool = False
    """It was spoken to its end."""
    passed: frozenset[str] = frozenset()
    """Questions whose last answer lets these two stretch: clear, and given once the question could be known."""
    continued: bool = False
    """A clear "continue" was said since the coach asked for it."""
    agreed: bool = False
    """And after it a clear "yes"."""
    pushed: bool = False
    """The partner was told to push, and not yet to let go."""
    eased: bool = False
    """And since then somebody wanted less, or nobody answered."""
    rule: bool = False
    """The rule about "stop" was spoken to its end."""
    warm: bool = False
    """Somebody said clearly that they are warm, or want to skip the warm-up."""

    deaf: bool = False
    """The coach has said that nobody can be heard, and has not taken it back."""
    asked: bool = False
    """The question for "ready" was spoken to its end since anybody was pushed last, and since this position was begun."""
    grammar: str = ""
    """What the coach listens for."""

    def key(self, now: float, phase: Phase) -> Hashable:
        """Equal for pasts that no property tells apart in `phase`; without what is only carried there."""
        if phase is Phase.DONE:
            return ()
        known = self.heard or (self.since is not None and now - self.since >= ONE_SECOND)
        screening = (self.question, self.since is not None, known, self.passed) if phase is Phase.SCREEN else ()
        rule = self.rule if phase not in CARRIED["rule"] else None
        return (screening, rule, self.continued, self.agreed, self.pushed, self.eased, self.warm, self.deaf, self.asked, self.grammar)

    def carried(self, phase: Phase) -> dict[str, Hashable]:
        """The facts that no property asks for in `phase`, but one that comes after it."""
        return {name: getattr(self, name) for name, phases in CARRIED.items() if phase in phases}

    def after(self, turn: Turn) -> History:
        """The past once `turn` belongs to it."""
        if not (turn.commands or turn.line or turn.word):
            return self
        new = self._asked(turn)._latched(turn)._forced(turn)._ready(turn)
        return self if new == self else new

    def _asked(self, turn: Turn) -> History:
        """The screening."""
        new = self
        if turn.before is Phase.SCREEN and self.question:
            new = new._answered(turn)
        if turn.line and turn.line.key == self.question:
            new = replace(new, since=new.since or turn.now) if isinstance(turn.event, LineStarted) else replace(new, heard=True)
        if new.since is not None and not new.heard and any(isinstance(command, Hush) for command in turn.commands):
            new = replace(new, since=None)
        for key in turn.says:
            if key.startswith("question.") and key.rpartition(".")[2] in PASSES:
                fresh = {} if key == new.question else {"since": None, "heard": False}
                new = replace(new, question=key, passed=new.passed - {key.split(".")[1]}, **fresh)  # type: ignore[arg-type]
        if any(key == "screen.clear" or key.endswith(".advice") for key in turn.says):
            # The coach has told them what follows from their answers, and how to take one back; a word now answers none of them.
            new = replace(new, question="", since=None, heard=False)
        if new.question and turn.after in LATCHED:
            # Whatever was heard of the open question, it will be asked once more.
            new = replace(new, since=None, heard=False, passed=new.passed - {new.question.split(".")[1]})
        if new.question and turn.before not in LATCHED and turn.before is not Phase.SCREEN:
            new = replace(new, question="", since=None, heard=False, passed=frozenset())
        return new

    def _answered(self, turn: Turn) -> History:
        _, name, kind = self.question.split(".")
        if turn.word is None or turn.word.intent not in {Intent.YES, Intent.NO, Intent.UNSURE} or turn.word.evidence is Evidence.PARTIAL:
            return self
        known = self.heard or (self.since is not None and turn.now - self.since >= ONE_SECOND)
        if turn.word.intent is not PASSES[kind]:
            return replace(self, passed=self.passed - {name})
        return replace(self, passed=self.passed | {name}) if known and turn.clear else self

    def _latched(self, turn: Turn) -> History:
        """A release or a pause, and the way out of it; the confirmed end of the warm-up."""
        new = self
        if turn.before not in LATCHED or any(key.startswith("safety.") or key in {"released.ask", "paused.ask"} for key in turn.says):
            if new.continued:
                new = replace(new, continued=False, agreed=False)
        elif turn.clear is Intent.CONTINUE:
            new = replace(new, continued=True)
        elif turn.clear is Intent.YES and self.continued:
            new = replace(new, agreed=True)
        warm = turn.before is turn.after is Phase.WARM_UP and "warm-up.keep-on" not in turn.says and (self.warm or turn.clear in {Intent.WARM, Intent.SKIP})
        return new if warm == new.warm else replace(new, warm=warm)

    def _forced(self, turn: Turn) -> History:
        new = self
        for key in turn.says:
            if key.endswith(".approach_partner"):
                new = replace(new, pushed=True, eased=False)
            elif key.startswith("safety.ease") and key != "safety.ease-early":
                new = replace(new, eased=True)
            elif key.endswith(".let_down"):
                new = replace(new, pushed=False, eased=False)
        if turn.line and turn.line.key == "rule.stop" and isinstance(turn.event, LineFinished):
            new = replace(new, rule=True)
        if "safety.cannot-hear" in turn.says or "released.hears-again" in turn.says:
            new = replace(new, deaf="released.hears-again" not in turn.says)
        return replace(new, pushed=False, eased=False) if turn.after not in FORCE and (new.pushed or new.eased) else new

    def _ready(self, turn: Turn) -> History:
        new = self
        for command in turn.commands:
            if isinstance(command, Listen):
                new = replace(new, grammar=command.grammar)
        spoken = turn.line is not None and turn.line.key == "position.ready" and isinstance(turn.event, LineFinished)
        asked = turn.before is turn.after is Phase.STRETCH and not urging(turn) and (self.asked or spoken)
        return new if asked == new.asked else replace(new, asked=asked)


def urging(turn: Turn) -> list[str]:
    """The lines of `turn` that make the partner push."""
    return [key for key in turn.says if urges(key)]
