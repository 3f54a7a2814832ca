"""What an observer of the session writes down who sees only its events and commands, never its fields: the properties judge by that."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

from proof.world import Turn
from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.core.question import ANSWERS
from voicecoach.language.line_keys import urges
from voicecoach.language.script import Script
from voicecoach.vocabulary import Evidence, Hush, Intent, LineFinished, LineStarted, Listen, NextTurn, Say

ONE_SECOND: Final = 1.0
"""A question that has sounded for less cannot have been understood, let alone answered."""
PASSES: Final = {"ask": Intent.NO, "follow_up": Intent.YES}
"""The answer that passes a question of the screening, and its follow-up."""
CONFIRMS: Final = {"who.sure": Phase.WHO, "screen.read-back": Phase.SCREEN, "turn.ask": Phase.TURN, "dose.ask": Phase.NEXT, "dose.sure": Phase.NEXT}
"""Lines that ask for a clear answer, and the phase in which they do."""
TELLS_SIDE: Final = (".client_position", ".partner_position", ".position_again", "next.other-side", "correct.side")
"""Lines that say on which side the stretch is."""
OFFERS: Final = {**dict.fromkeys(("dose.longer", "dose.again", "dose.further"), "more"), **dict.fromkeys(("dose.shorter", "dose.fewer", "dose.nearer"), "less")}
_UNTIL_FORCE: Final = LATCHED | {Phase.WARM_UP, Phase.NEXT, Phase.HOLD, Phase.CHECK_IN}
CARRIED: Final = {"dose": LATCHED, "answers": _UNTIL_FORCE, "screened": _UNTIL_FORCE, "side": _UNTIL_FORCE,
                  "sides": LATCHED, "left_out": LATCHED, "question": LATCHED, "passed": LATCHED, "rule": LATCHED | {Phase.WARM_UP, Phase.HOLD, Phase.CHECK_IN, Phase.NEXT}}
"""Facts and the phases in which they are only kept for later: where a field that they belong to is (`CARRIED` of proof/abstraction.py), so that no past is put together of two."""
LASTING: Final = ("answers", "screened", "side", "sides", "left_out", "dose")


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
    screened: bool = False
    """In this turn the screening was left, with the answers that it needs."""

    ask: str = ""
    """The last line of those in `CONFIRMS`, or of a condition, that was asked in this phase."""
    ask_since: float | None = None
    ask_heard: bool = False
    answer: Intent | None = None
    """The clear answer that was given once that line could be known."""
    confirmed: bool = False
    """The answers of the screening were read back, and that was right."""
    swap: bool = False
    """Somebody said clearly that the two change places, and nothing has come between."""
    sure: bool = False
    """"Ready" was read back, to the end, since the question for it."""
    offer: str = ""
    """Whether "more" or "less" was proposed last."""
    dose: tuple[int, int, int] | None = None
    """The most that they have agreed to: seconds of a hold, repetitions, how often it may go further."""
    answers: frozenset[tuple[str, bool]] = frozenset()
    """The last clear answers to what the program asks beside the screening."""
    side: str = ""
    """The side that was told last."""
    sides: frozenset[str] = frozenset()
    """Those on which somebody was pushed."""
    left_out: bool = False
    """Something was left out, and the coach has said so."""

    def key(self, now: float, phase: Phase) -> Hashable:
        """Equal for pasts that no property tells apart in `phase`; without what is only carried there."""
        if phase is Phase.DONE:
            return (self.swap,)
        known = self.heard or (self.since is not None and now - self.since >= ONE_SECOND)
        screening = (self.question, self.since is not None, known, self.passed) if phase is Phase.SCREEN else ()
        here = self.carried(phase)
        rule = self.rule if "rule" not in here else None
        known = self.ask_heard or (self.ask_since is not None and now - self.ask_since >= ONE_SECOND)
        features = (self.ask, self.ask_since is not None, known, self.answer, self.confirmed, self.swap, self.sure, self.offer)
        lasting = tuple([getattr(self, name) for name in LASTING if name not in here])
        return screening, rule, self.continued, self.agreed, self.pushed, self.eased, self.warm, self.deaf, self.asked, self.grammar, features, lasting

    def carried(self, phase: Phase) -> dict[str, Hashable]:
        """The facts that no property asks for in `phase`, but one that comes after it."""
        return {name: getattr(self, name) for name, phases in CARRIED.items() if phase in phases}

    def after(self, turn: Turn) -> History:
        """The past once `turn` belongs to it."""
        if not (turn.commands or turn.line or turn.word):
            return self
        if any(isinstance(command, NextTurn) for command in turn.commands):
            return History()._ready(turn)._asked(turn)
        new = self._asked(turn)._latched(turn)._forced(turn)._confirmed(turn)._sided(turn)._dosed(turn)._ready(turn)
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
                new = replace(new, question=key, passed=new.passed & _before(turn.script, key.split(".")[1]), **fresh)  # type: ignore[arg-type]
        if any(key in {"screen.clear", "screen.read-back"} or key.startswith("condition.") or key.endswith(".advice") for key in turn.says):
            # The coach has told them what follows from their answers, and how to take one back, or asks something else; a word now answers none of them.
            new = replace(new, question="", since=None, heard=False)
        if new.question and turn.after in LATCHED:
            # Whatever was heard of the open question, it will be asked once more.
            new = replace(new, since=None, heard=False, passed=new.passed - {new.question.split(".")[1]})
        if new.question and turn.before not in LATCHED and Phase.SCREEN not in {turn.before, turn.after}:
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

    def _confirmed(self, turn: Turn) -> History:
        """Questions whose clear answer lets something happen that is no matter of the screening, of force or of a break."""
        new = self
        if new.ask and turn.before is not CONFIRMS.get(new.ask, Phase.SCREEN):
            new = replace(new, ask="", ask_since=None, ask_heard=False, answer=None)
        if new.ask:
            new = new._heard_of(turn)
        for key in turn.says:
            if key.startswith("question.") and turn.before is Phase.SCREEN and (new.ask or new.confirmed):
                new = replace(new, ask="", ask_since=None, ask_heard=False, answer=None, confirmed=False)
            if key != new.ask and (key in CONFIRMS or (key.startswith("condition.") and key.endswith(".ask"))):
                left = frozenset(one for one in new.answers if one[0] != key.split(".")[1])
                new = replace(new, ask=key, ask_since=None, ask_heard=False, answer=None, answers=left)
        if new.ask == "screen.read-back" and new.answer is Intent.YES:
            new = replace(new, confirmed=True)
        if turn.before is Phase.SCREEN and turn.after not in LATCHED | {Phase.SCREEN, Phase.DONE}:
            new = replace(new, screened=new.passes(turn.script))
        swap = (new.swap or (turn.before is Phase.TURN and new.answer in {Intent.YES, Intent.SWAP})) and not any(key.startswith("safety.") for key in turn.says)
        swap = swap and turn.after is Phase.DONE
        spoken = turn.line is not None and turn.line.key == "position.sure" and isinstance(turn.event, LineFinished)
        sure = turn.before is turn.after is Phase.STRETCH and not urging(turn) and "position.ready" not in turn.says and (new.sure or spoken)
        return new if (swap, sure) == (new.swap, new.sure) else replace(new, swap=swap, sure=sure)

    def _heard_of(self, turn: Turn) -> History:
        """What became of the open question, and what was said to it."""
        new = self
        if turn.line and turn.line.key == new.ask:
            new = replace(new, ask_since=new.ask_since or turn.now) if isinstance(turn.event, LineStarted) else replace(new, ask_heard=True)
        elif new.ask_since is not None and not new.ask_heard and any(isinstance(command, Hush) for command in turn.commands):
            new = replace(new, ask_since=None)
        known = self.ask_heard or (self.ask_since is not None and turn.now - self.ask_since >= ONE_SECOND)
        if not known or turn.word is None or turn.word.intent not in ANSWERS or turn.word.intent not in understood(turn.script, self.grammar):
            return new
        if new.ask.startswith("condition.") and turn.word.evidence is not Evidence.PARTIAL:
            name = new.ask.split(".")[1]
            given = {(name, turn.clear is Intent.YES)} if turn.clear in {Intent.YES, Intent.NO} else set()
            return replace(new, answers=frozenset(one for one in new.answers if one[0] != name) | given)
        return replace(new, answer=turn.clear) if turn.clear else new

    def passes(self, script: Script) -> bool:
        """Whether the screening's questions are all answered as it needs them."""
        ids = {question.id for question in script.questions}
        since = script.since_last_time
        if since and since.id in self.passed:
            ids -= {question.id for question in script.questions if question.steady}
        return self.passed >= ids

    def _sided(self, turn: Turn) -> History:
        new = self
        for command in turn.commands:
            if isinstance(command, Say) and command.key.endswith(TELLS_SIDE) and side_of(command) != new.side:
                new = replace(new, side=side_of(command))
            if isinstance(command, Say) and approaches(command.key) and side_of(command):
                new = replace(new, sides=new.sides | {side_of(command)})
        return replace(new, left_out=True) if "next.skipped" in turn.says and new.side else new

    def _dosed(self, turn: Turn) -> History:
        """What has been agreed to: more after a clear yes, and less from the moment when a proposal of less is settled."""
        if turn.dosage is None:
            return self
        new = self
        now = (turn.dosage.hold_seconds, turn.dosage.repetitions, turn.dosage.deepenings)
        if self.dose is None:
            return replace(new, dose=now)
        needed = "dose.sure" if turn.script.language.read_back else "dose.ask"
        if self.offer == "more" and new.ask == needed and new.answer is Intent.YES and one_step(self.dose, now):
            new = replace(new, dose=now)
        if self.offer == "less" and self.grammar == "dose" and any(command == Listen("rest") for command in turn.commands):
            new = replace(new, dose=now)
        for key in turn.says:
            if key in OFFERS:
                new = replace(new, offer=OFFERS[key])
        return new

    def _forced(self, turn: Turn) -> History:
        new = self
        for key in turn.says:
            if approaches(key):
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


def _before(script: Script, question: str) -> frozenset[str]:
    """The questions that come before this one; whoever is back at it has to answer it and those behind it anew."""
    if script.since_last_time and question == script.since_last_time.id:
        return frozenset(one.id for one in script.questions if not one.steady)
    ids = [one.id for one in script.questions]
    return frozenset(ids[: ids.index(question)])


def understood(script: Script, grammar: str) -> frozenset[Intent]:
    """What can be said there."""
    return frozenset(phrase.intent for phrase in script.grammars[grammar].phrases) if grammar else frozenset()


def approaches(key: str) -> bool:
    """Whether this line begins the force of a repetition."""
    return urges(key) and key != "force.deeper"


def side_of(said: Say) -> str:
    """The side that the line names."""
    return next((side for side in ("left", "right") if side in said.text), "")


def one_step(old: tuple[int, int, int], new: tuple[int, int, int]) -> bool:
    """Whether at most one thing grows, and by no more than a step."""
    grown = [(least, after - before) for least, before, after in zip((5, 1, 1), old, new, strict=True) if after > before]
    return len(grown) <= 1 and all(by <= step for step, by in grown)


def urging(turn: Turn) -> list[str]:
    """The lines of `turn` that make the partner push."""
    return [key for key in turn.says if urges(key)]
