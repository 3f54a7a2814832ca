"""What must hold: each property is one sentence, and one line of code that says the same about every single step.

A step is a `Moment`: one event in one state, what the session ordered, and what an observer knew before and knows after. What is
about the whole space and not about a step (the end is reachable, silence leads out of force) stands at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from proof.history import History, approaches, side_of, understood, urging
from proof.world import Turn
from voicecoach.core.dosing import Dosage
from voicecoach.core.parts.force import NOWHERE
from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.language.line_keys import RADIATING, relieves
from voicecoach.vocabulary import Evidence, Heard, Hush, Intent, Lost, NextTurn, Say, Source, TimePassed

OPEN: Final = frozenset(Phase) - {Phase.DONE}
WORKING: Final = OPEN - LATCHED


class Moment(NamedTuple):
    """One event, and all that a property may judge it by."""

    turn: Turn
    past: History
    present: History
    was_over: bool

    @property
    def before(self) -> Phase:  # noqa: D102 - as the turn's
        return self.turn.before

    @property
    def after(self) -> Phase:  # noqa: D102 - as the turn's
        return self.turn.after

    @property
    def intent(self) -> Intent | None:
        """What was heard on any evidence: of a person, or under force of anybody at all."""
        heard = self.turn.event if self.past.pushed else self.turn.word
        return None if self.was_over else getattr(heard, "intent", None)

    @property
    def clear(self) -> Intent | None:
        """What a person said beyond doubt."""
        return None if self.was_over else self.turn.clear

    @property
    def radiates(self) -> bool:
        """A place that is a warning was named, where places are listened for: by a person, or under force by anybody at all."""
        place = self.place
        return place is not None and place.slot == RADIATING

    @property
    def place(self) -> Heard | None:
        """The place that was named, not in passing, where places are listened for."""
        heard = self.turn.event if self.past.pushed else self.turn.word
        if self.was_over or not isinstance(heard, Heard) or heard.intent is not Intent.PLACE or heard.evidence is Evidence.PARTIAL:
            return None
        # The last words do not change what is listened for, and the state does not tell what that was: there it counts always.
        return heard if self.before is Phase.DONE or heard.intent in understood(self.turn.script, self.past.grammar) else None

    @property
    def wrong_place(self) -> bool:
        """Under force a person named a place where this stretch should not be felt, and which is no warning."""
        place = self.place if self.past.pushed and self.turn.word else None
        return place is not None and place.slot not in {RADIATING, NOWHERE, *(self.turn.bout.stretch.places if self.turn.bout else ())}

    @property
    def takes_back(self) -> bool:
        """Under force a person took the word or the side back."""
        return self.past.pushed and self.clear in {Intent.GO_BACK, Intent.MEANT_NO, Intent.OTHER_SIDE} and self.clear in understood(self.turn.script, self.past.grammar)

    def frees(self) -> bool:
        """Silence first, then a line that takes force away."""
        return self.turn.commands[:1] == (Hush(),) and any(relieves(key) for key in self.turn.says[:1])

    def begins(self, line: str) -> bool:
        """Silence first, then this safety line, and nothing before or between them."""
        first = self.turn.commands[:2]
        return len(first) == 2 and first[0] == Hush() and isinstance(first[1], Say) and first[1].safety and first[1].key.startswith(line)  # noqa: PLR2004

    @property
    def approaching(self) -> list[Say]:
        """The lines with which the force of a repetition begins."""
        return [command for command in self.turn.commands if isinstance(command, Say) and approaches(command.key)]

    def changes(self, sources: frozenset[Phase], targets: frozenset[Phase]) -> bool:
        """Whether this step led from one of `sources` to one of `targets`, another phase."""
        return self.before is not self.after and self.before in sources and self.after in targets


def more(dosage: Dosage, agreed: tuple[int, int, int]) -> bool:
    """Whether there is more of anything than was agreed."""
    return any(now > most for now, most in zip((dosage.hold_seconds, dosage.repetitions, dosage.deepenings), agreed, strict=True))


class Property(NamedTuple):
    """A rule about every step."""

    name: str
    says: str
    holds: Callable[[Moment], bool]


ONLY_STEPS: Final = (
    Property("stop-releases", "A stop, on any evidence and in every state, is answered in one step: silence, then the release line, and the session is released.",
             lambda m: m.intent is not Intent.STOP or (m.begins("safety.stop") and m.after is (Phase.DONE if m.before is Phase.DONE else Phase.RELEASED))),
    Property("pain-ends", "Pain, on any evidence and in every state, is answered by silence and the pain line, and ends the session.",
             lambda m: m.intent is not Intent.PAIN or (m.begins("safety.pain") and m.after is Phase.DONE)),
    Property("radiating-ends", "A place that is a warning counts as pain wherever places are listened for, unless it was heard only in passing.",
             lambda m: not m.radiates or (m.begins("safety.pain") and m.after is Phase.DONE)),
    Property("wrong-place-eases", "A wrong place, named while somebody is pushed, is answered at once by silence and a line that takes force away.",
             lambda m: not m.wrong_place or m.begins("safety.ease")),
    Property("taken-back-frees", "Go back, I meant no and the other side, while somebody is pushed, are answered at once by silence and a line that takes force away.",
             lambda m: not m.takes_back or m.frees()),
    Property("ease-eases", "Too much, while somebody is pushed, is answered at once by silence and a line that takes force away.",
             lambda m: m.intent is not Intent.EASE or not m.past.pushed or m.begins("safety.ease")),
    Property("continue-and-yes", "Released and paused are left only by a clear continue and then a clear yes, and never straight into force; "
             "a break may also be over, and lead to the question whether the two change places.",
             lambda m: not m.changes(LATCHED, WORKING) or (m.before is Phase.PAUSED and m.after is Phase.TURN) or (m.present.continued and m.present.agreed and m.after not in FORCE)),
    Property("time-never-loads", "Whatever is no word of a person (time, silence, failures, noise, lines that end) brings neither force nor a hold.",
             lambda m: isinstance(m.turn.event, Heard) or not (urging(m.turn) or m.changes(OPEN, frozenset({Phase.HOLD})))),
    Property("load-by-word", "The partner is told to push only in the very step in which a clear word asks for it: ready, or more.",
             lambda m: all(m.clear is (Intent.MORE if line == "force.deeper" else Intent.READY) for line in urging(m.turn))),
    Property("no-load-after-ease", "Once somebody wanted less or did not answer, there is no more force until the legs have been down.",
             lambda m: not (m.past.eased and urging(m.turn))),
    Property("rule-before-force", "The rule about stop has been spoken to its end before anybody pushes.",
             lambda m: m.past.rule or not urging(m.turn)),
    Property("asked-before-force", "After an ease, a release, a pause or a hold there is no force for at least as long as the position and the question for ready take: "
             "the question has been spoken to its end since.",
             lambda m: m.past.asked or all(line == "force.deeper" for line in urging(m.turn))),
    Property("hold-by-word", "A hold begins only when somebody who is being pushed says good or yes; a hold adds no force.",
             lambda m: not m.changes(OPEN, frozenset({Phase.HOLD})) or (m.intent in {Intent.GOOD, Intent.YES} and m.past.pushed)),
    Property("screening-answered", "The screening is passed only when the last answer to each question was a clear no, or a clear yes to its follow-up.",
             lambda m: not m.changes(frozenset({Phase.SCREEN}), WORKING) or m.present.passes(m.turn.script)),
    Property("own-screening", "Whoever is pushed has passed a screening of their own, in this very turn.",
             lambda m: m.past.screened or not urging(m.turn)),
    Property("read-back-confirmed", "Where answers are read back, the screening is passed only after a clear yes to what was read back.",
             lambda m: not m.turn.script.language.read_back or m.present.confirmed or not m.changes(frozenset({Phase.SCREEN}), WORKING)),
    Property("ready-twice", "Where answers are read back, there is force only after ready was read back to its end, and then said again.",
             lambda m: not m.turn.script.language.read_back or m.past.sure or not any(approaches(line) for line in urging(m.turn))),
    Property("condition-met", "A stretch is done only after the clear answers that the program wants for it.",
             lambda m: not urging(m.turn) or m.turn.bout is None or m.past.answers >= frozenset(m.turn.bout.needs)),
    Property("named-by-yes", "The names are believed only after a clear yes to them; else nobody is called by a name.",
             lambda m: not m.changes(frozenset({Phase.WHO}), frozenset({Phase.SCREEN})) or "who.unknown" in m.turn.says
             or (m.present.ask == "who.sure" and m.present.answer is Intent.YES)),
    Property("swap-by-word", "The two change places only after somebody has said so clearly, and nothing has been said since that takes force away.",
             lambda m: m.past.swap or not any(isinstance(command, NextTurn) for command in m.turn.commands)),
    Property("side-as-told", "The side on which somebody is pushed is the one that was told last, and the one whose turn it is.",
             lambda m: all(side_of(said) == m.past.side == (m.turn.bout.side if m.turn.bout else "") for said in m.approaching)),
    Property("no-side-lost", "Before the cool-down both sides have had their turn, or something was left out and said to be.",
             lambda m: "cool-down.1" not in m.turn.says or m.present.left_out or len(m.past.sides) != 1),
    Property("dose-agreed", "The dose is never more than what they have agreed to: what held before, and one step more only after a clear yes to it.",
             lambda m: m.turn.dosage is None or m.present.dose is None or not more(m.turn.dosage, m.present.dose)),
    Property("warm-confirmed", "A word ends the warm-up only when they said clearly that they are warm and then said yes.",
             lambda m: not m.changes(frozenset({Phase.WARM_UP}), frozenset({Phase.NEXT})) or isinstance(m.turn.event, TimePassed) or m.past.warm),
    Property("loss-releases", "When a microphone or recogniser is lost, the partner is told to let go, in one step.",
             lambda m: not isinstance(m.turn.event, Lost) or m.turn.event.source not in {Source.MICROPHONE, Source.RECOGNISER} or m.was_over or m.past.deaf or m.before is Phase.DONE
             or (m.begins("safety.cannot-hear") and m.after is Phase.RELEASED)),
    Property("never-stuck", "Every state has a deadline, or the session is over.",
             lambda m: m.turn.deadline is not None or m.turn.outcome is not None),
    Property("can-pause", "Every working phase can be paused by a clear word.",
             lambda m: m.clear is not Intent.PAUSE or m.before not in WORKING or m.after is Phase.PAUSED),
    Property("can-ask-for-help", "Everybody who asks for help is answered, in every phase but the last words.",
             lambda m: m.clear is not Intent.HELP or m.before is Phase.DONE or m.past.deaf or bool(m.turn.says)),
)

ABOUT_THE_SPACE: Final = {
    "all-phases": "Every phase is reached, but for the two of a household.",
    "can-finish": "From every state the session can come to its end.",
    "silence-ends": "If nobody says anything any more, every session ends; no clock asks for the same again for ever.",
    "silence-frees": "Under force, silence leads out of force whichever clock runs out first: no circle of time alone stays in it.",
}
"""Properties of the whole space, by name; `proof.search` decides them."""
