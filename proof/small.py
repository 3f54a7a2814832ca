"""The small worlds: sessions in which every counter of the real one is there, only its end comes sooner.

A feature has a world of its own, as small as still shows it; `WORLDS` names them all. The code is the real one everywhere. Lines have one
wording, and of their text only what somebody may act on: the side, and what can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from proof.abstraction import ROOT, Unknown
from voicecoach.core import floor, safety
from voicecoach.core import session as sessions
from voicecoach.core.dosing import Dosage, Earlier, EarlierStretch, Rules, load_rules
from voicecoach.core.household import Household, Person, Seats
from voicecoach.core.parts import approach, between, check_in, force, latched, screening, who
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.language.loader import load_script
from voicecoach.language.program import Program
from voicecoach.language.script import Line, Script
from voicecoach.vocabulary import Event, Heard, Intent

Bound = tuple[Any, str, Any]

BOUNDS: Final[tuple[Bound, ...]] = (
    (screening, "RE_ASKS", 1), (screening, "REMINDERS", 1), (approach, "RE_PROMPTS", ("position.ready",)), (between, "COOL_DOWN_LINES", 2),
    (check_in, "RE_PROMPTS", {ask: prompts[:1] for ask, prompts in check_in.RE_PROMPTS.items()}), (force, "EASES", 2),
    (latched.Released, "reminders", 1), (latched.Paused, "reminders", 1),
)
"""Counters that end sooner in every world. The code that counts is the real one."""
FEWEST: Final[tuple[Bound, ...]] = (
    (approach, "RE_PROMPTS", ()), (force, "EASES", 1), (between, "COOL_DOWN_LINES", 1), (who, "PROMPTS", 1),
    (check_in, "RE_PROMPTS", dict.fromkeys(check_in.RE_PROMPTS, ())), (latched.Released, "reminders", 0), (latched.Paused, "reminders", 0),
)
"""And where a feature is looked at that has nothing to do with them, they hardly count at all."""

PLACES: Final = ("lower-back", "neck", "nowhere", "radiating")
"""Slots of a place: right, wrong, none, and a warning."""
SLOTS: Final[Mapping[Intent, tuple[str, ...]]] = {Intent.PLACE: PLACES, Intent.PERSON: ("1",), Intent.SLOWER: ("",), Intent.FASTER: ("",)}
"""Of these words not every detail is told apart. Of all others it is every one that the phrases know."""


class Part(NamedTuple):
    """A stretch of a world's space that is searched in a process of its own."""

    lead: str
    """Where it begins, a name of `LEADS` in `proof.world`."""
    phases: frozenset[Phase]
    """All of them are reached."""
    border: Phase | None = None
    """States of this phase are not gone on from: whatever follows is searched in another part, or another world."""
    meets: bool = False
    """It is another part of this world, and that has to know each state at the border."""


class Small(NamedTuple):
    """One small world."""

    name: str
    shows: str
    """What is in it that is not in the others."""
    make: Callable[[], Session | Sitting]
    parts: tuple[Part, ...]
    bounds: tuple[Bound, ...] = ()
    """Beside `BOUNDS`."""
    slots: Mapping[Intent, tuple[str, ...]] = MappingProxyType({})
    """In place of those of `SLOTS`."""
    tells: frozenset[str] = frozenset()
    """Lines that are said somewhere in it: else it would not show what it is there for."""
    echoes: bool = False
    """Every word that a line holds is told apart, and not only whether it holds one that lets somebody through."""
    quick: bool = True
    """It is searched each time; else with `--all` only. How far each has been searched: docs/proof/README.md."""

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """The counters end sooner while this lasts; one that is gone is an error. And no part of the session is told how well a word was heard."""
        with ExitStack() as stack:
            for owner, name, value in (*BOUNDS, *self.bounds):
                stack.enter_context(patch.object(owner, name, value))
            stack.enter_context(patch.object(sessions, "judge", _judge))
            yield


# --- the seal ---------------------------------------------------------------------------------------------------


class Sealed:
    """Stands in a word where the evidence and the ear stand. The guard gets the word as it was; whoever else looks stops the check.

    So what a session makes of a word can depend on nothing but its intent, its slot and the guard's verdict, and words that agree in
    these need to be done once in each state.
    """

    def __init__(self, word: Heard) -> None:
        self.word = word

    def _looked_at(self, *_: object) -> Any:
        raise Unknown("The session asks how well a word was heard, or by which ear, outside of the guard: then words that the guard treats alike can't be done together. See `Sealed` in proof/small.py.")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = __str__ = __format__ = __getattr__ = _looked_at

    def __copy__(self) -> Sealed:
        return self


def sealed(event: Event) -> Event:
    """`event` as the session gets it."""
    if not isinstance(event, Heard):
        return event
    seal: Any = Sealed(event)
    return Heard(event.intent, seal, event.words, event.slot, event.score, seal)


def _judge(event: Event, situation: safety.Situation) -> safety.Verdict:
    seal: object = getattr(event, "evidence", None)
    return safety.judge(seal.word if type(seal) is Sealed else event, situation)


# --- what they are made of --------------------------------------------------------------------------------------


@cache
def _english() -> Script:
    return load_script(ROOT / "dialogs" / "en")


@cache
def _rules() -> Rules:
    return load_rules(ROOT / "dialogs" / "adaptation.yaml")


RED_FLAG: Final = next(question for question in _english().questions if question.emergency)
WITH_FOLLOW_UP: Final = next(question for question in _english().questions if question.follow_up)


@cache
def _script(questions: tuple[str, ...] = (RED_FLAG.id, WITH_FOLLOW_UP.id), *, read_back: bool = False, since: bool = False, choices: bool = False) -> Script:
    """The English script with these questions, and one short wording for each line."""
    english = _english()
    asked = tuple(question for question in english.questions if question.id in questions)
    kept = ("side", "choices") if choices else ("side",)
    lines = {key: _short(line, kept) for key, line in english.lines.items()}
    alone = {key: _short(line, kept) for key, line in english.alone.items()}
    language = english.language.model_copy(update={"read_back": read_back})
    return replace(english, language=language, questions=asked, lines=MappingProxyType(lines), alone=MappingProxyType(alone),
                   since_last_time=english.since_last_time if since else None)


def _short(line: Line, kept: tuple[str, ...]) -> Line:
    words = [f"{{{name}}}" for name in kept if any(f"{{{name}}}" in text for text in line.texts)]
    return replace(line, texts=(" ".join(["Line", *words]) + ".",))


def _program(script: Script, *stretches: dict[str, object], **more: object) -> Program:
    program = Program.model_validate({
        "title": {script.language.language: "small"}, "warm_up_minutes": 5, "rest_seconds": 5, "cool_down_seconds": 20, "deepen_limit": 1,
        "stretches": list(stretches), **more,
    })
    # Two minutes, which no program may have: a minute that is over leaves less of them, and the key must be able to tell.
    return program.model_copy(update={"warm_up_minutes": 2})


ONE: Final = (RED_FLAG.id,)
STRETCH: Final = "knees-to-chest"
TWICE: Final[dict[str, object]] = {"stretch": STRETCH, "repetitions": 2, "hold_seconds": 20}
ONCE: Final[dict[str, object]] = {"stretch": STRETCH, "repetitions": 1, "hold_seconds": 20}


def _base() -> Session:
    return Session(_script(), _program(_script(), TWICE), earcons="all")


def _sides() -> Session:
    return Session(_script(ONE), _program(_script(ONE), {"stretch": "figure-four", "repetitions": 1, "hold_seconds": 20}, deepen_limit=0), earcons="all")


def _with_doses(read_back: bool) -> Session:  # noqa: FBT001 - made into two worlds below
    script = _script(ONE, read_back=read_back)
    program = _program(script, ONCE if read_back else TWICE, repetition_limit=2)
    dosage = Dosage(hold_seconds=20, repetitions=1 if read_back else 2, deepenings=1)
    comfortable = EarlierStretch(stretch=STRETCH, dosage=dosage, comfortable=True)
    earlier = tuple(Earlier(days=days, turns=[comfortable]) for days in (9, 6, 3))
    return Session(script, program, earcons="all", rules=_rules(), progress=Progress(earlier=earlier))


def _less() -> Session:
    script = _script(ONE)
    program = _program(script, {**ONCE, "hold_seconds": 30}, deepen_limit=0)
    eased = EarlierStretch(stretch=STRETCH, dosage=Dosage(hold_seconds=30, repetitions=1, deepenings=0), ease=1)
    return Session(script, program, earcons="all", rules=_rules(), progress=Progress(earlier=(Earlier(days=3, turns=[eased]),)))


PEOPLE: Final = (Person("Anna"), Person("Bert"), Person("Cleo"))


def _household() -> Sitting:
    script = _script(ONE)
    program = _program(script, ONCE, deepen_limit=0)

    def make(seats: Seats | None) -> Session:
        return Session(script, program, earcons="all", household=Household(PEOPLE[:2], asks=True, swaps=True), seats=seats)

    return Sitting(make)


def _three() -> Session:
    return Session(_script(ONE), _program(_script(ONE), ONCE), earcons="all", household=Household(PEOPLE, asks=True))


def _alone() -> Session:
    script = _script(ONE)
    program = _program(script, {"stretch": "self-knees-to-chest", "repetitions": 1, "hold_seconds": 20, "only_if": "floor", "skip_if": "knees"},
                       {"stretch": "self-knees-to-chest", "repetitions": 1, "hold_seconds": 20, "only_if": "chair"}, alone=True, deepen_limit=0)
    return Session(script, program, earcons="all")


def _read_back() -> Session:
    script = _script(ONE, read_back=True)
    return Session(script, _program(script, ONCE, deepen_limit=0), earcons="all")


def _since() -> Session:
    steady = tuple(question.id for question in _english().questions if question.steady)[:1]
    script = _script((*ONE, *steady), since=True)
    return Session(script, _program(script, ONCE), earcons="all", progress=Progress(screened=True))


def _pauses() -> Session:
    script = _script(ONE)
    return Session(script, _program(script, ONCE, deepen_limit=0), earcons="all")


def _choices() -> Session:
    script = _script(ONE, choices=True)
    return Session(script, _program(script, ONCE, deepen_limit=0), earcons="all")


BROKEN: Final = frozenset({Phase.RELEASED, Phase.PAUSED, Phase.DONE})
BEFORE: Final = frozenset({Phase.SCREEN, Phase.WARM_UP}) | BROKEN
AFTER: Final = frozenset({Phase.WARM_UP, Phase.NEXT, Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN}) | BROKEN
TO_THE_WARM_UP: Final = Part("the start", BEFORE, Phase.WARM_UP, meets=True)
FROM_THE_WARM_UP: Final = Part("the warm-up", AFTER)
WARM: Final = AFTER - {Phase.WARM_UP}
PROPOSED: Final = BROKEN | {Phase.NEXT, Phase.STRETCH}
AFTER_ONE: Final = Part("the first stretch after one question", WARM)
TO_THE_HOLD: Final = Part("the first stretch after one question", WARM - {Phase.CHECK_IN}, Phase.HOLD)
AFTER_READ_BACK: Final = Part("the first stretch after a question read back", WARM - {Phase.CHECK_IN}, Phase.HOLD)
_ALL_SLOWER: Final = MappingProxyType({Intent.SLOWER: ("", "pauses"), Intent.FASTER: ("", "pauses")})

WORLDS: Final[Mapping[str, Small]] = {small.name: small for small in (
    Small("base", "one stretch twice, two questions, one more, two eases", _base, (FROM_THE_WARM_UP, TO_THE_WARM_UP)),
    Small("sides", "a stretch with two sides", _sides, (AFTER_ONE,), FEWEST,
          tells=frozenset({"next.other-side", "correct.side"}), quick=False),
    Small("doses", "more is proposed, and the answers to that", partial(_with_doses, read_back=False), (Part("the first stretch after one question", PROPOSED, Phase.STRETCH),), FEWEST,
          tells=frozenset({"dose.longer", "dose.agreed", "dose.kept"})),
    Small("today", "less is proposed after an ease", partial(_with_doses, read_back=False), (Part("the first proposal after too much", PROPOSED, Phase.STRETCH),), FEWEST,
          tells=frozenset({"dose.because-today", "dose.agreed", "dose.kept"}), quick=False),
    Small("less", "less is proposed, for what was said last time", _less, (Part("the first stretch after one question", PROPOSED, Phase.STRETCH),), FEWEST,
          tells=frozenset({"dose.shorter", "dose.agreed", "dose.kept"}), quick=False),
    Small("read-back", "a language that reads answers back", _read_back, (TO_THE_WARM_UP._replace(meets=False), AFTER_READ_BACK), FEWEST,
          tells=frozenset({"screen.read-back", "position.sure"}), quick=False),
    Small("doses-read-back", "more is proposed in a language that asks twice", partial(_with_doses, read_back=True), (Part("the first stretch after a question read back", PROPOSED, Phase.STRETCH),), FEWEST,
          tells=frozenset({"dose.longer", "dose.sure", "dose.agreed"}), quick=False),
    Small("who", "three people: who is stretched, and who helps", _three, (Part("the start", BROKEN | {Phase.WHO, Phase.SCREEN}, Phase.SCREEN),), FEWEST,
          MappingProxyType({Intent.PERSON: ("1", "2", "4", "other")}), tells=frozenset({"who.helper", "who.is-it", "who.sure", "who.not-that", "who.unknown"}), quick=False),
    Small("turn", "the question whether two people change places, and the first question of the second turn", _household,
          (Part("the end of a turn", frozenset({Phase.TURN, Phase.DONE, Phase.RELEASED, Phase.SCREEN}), Phase.SCREEN),), FEWEST, tells=frozenset({"turn.ask", "turn.change"})),
    Small("household", "two people who change places, from the first question on", _household, (Part("the first question of a turn", AFTER | {Phase.SCREEN, Phase.TURN}),), FEWEST,
          MappingProxyType({Intent.PERSON: ("1", "2", "3", "other")}), tells=frozenset({"turn.ask", "turn.change"}), quick=False),
    Small("alone", "one person alone, and what a program asks beside the screening", _alone, (Part("the start", AFTER - {Phase.CHECK_IN} | {Phase.SCREEN}, Phase.HOLD),), FEWEST,
          tells=frozenset({"condition.floor.ask", "condition.chair.ask", "condition.knees.ask", "screen.nothing-left", "self-knees-to-chest.approach_self"}), quick=False),
    Small("pauses", "the pauses are changed by voice", _pauses, (Part("the start", AFTER),), (*FEWEST, (floor, "PAUSES", (8.0, 8.0, 12.0))), _ALL_SLOWER, tells=frozenset({"talk.pauses", "talk.at-limit"}), quick=False),
    Small("choices", "the words of what can be said", _choices, (Part("the start", AFTER),), FEWEST, echoes=True, tells=frozenset({"help.list", "help.more"}), quick=False),
    Small("since", "one question for those that hardly change", _since, (TO_THE_WARM_UP._replace(meets=False),), FEWEST,
          tells=frozenset({"question.since-last-time.ask", "screen.one-by-one"}), quick=False),
)}
"""By name; the first is the largest, and the one in which most of the rules are at home."""
FIRST: Final = next(iter(WORLDS.values()))
