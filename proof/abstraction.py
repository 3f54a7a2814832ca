"""From a real `Session` to a key that is equal for states which behave alike, and back to any state that was seen.

The walk begins at the session and takes in every object of the house that hangs on it. **Every field is in the key,
exactly as it is, unless `TIMES`, `UNREAD`, `VIEWS` or `LIVES` says otherwise.** So a new flag or counter is taken account
of by itself. A new clock, a new kind of object or a field that appears later cannot be, and stops the check with a sentence that
says where to declare it; so does a declaration whose field is gone.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from itertools import chain
from math import lcm
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from transitions import Machine

from voicecoach.core.choices import pages
from voicecoach.core.floor import Floor
from voicecoach.core.parts.check_in import OFTEN, Ask
from voicecoach.core.parts.screening import ASKED, At
from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.core.safety import HEARING_TIMEOUT
from voicecoach.core.session import Session
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.line_keys import relieves, urges
from voicecoach.language.script import Script
from voicecoach.vocabulary import Intent, Say, Source

Field = tuple[str, str]
"""The name of the class that declares it, and its own."""

ROOT = Path(__file__).parents[1]
OPEN = frozenset(Phase) - {Phase.DONE}

TIMES: Final[Mapping[Field, tuple[float, ...]]] = {
    ("Floor", "_silence_at"): (0.0,),
    ("Floor", "alarm"): (0.0,),
    ("Hold", "_began"): (-12.0,),
    ("WarmUp", "_ends"): (0.0, 30.0, 90.0),
}
"""Times on the session's clock, and how far from now the session begins to behave otherwise: before, at or after."""

FIRED: Final = (("Floor", "_silence_at"), ("Floor", "alarm"))
"""Clocks that the search lets run out in any order: each of them may be the next."""


class Unread(NamedTuple):
    """A field that is left out of the key, since nobody acts on it."""

    why: str
    readers: frozenset[str]
    """The modules of the core that may name it. Another one that does makes the check fail: then it matters."""
    when: Callable[[Session], bool] = lambda _: True
    """Where this is so: in other small worlds the field is in the key."""


def _no_rules(session: Session) -> bool:
    return session._course.rules is None


def _no_conditions(session: Session) -> bool:
    return not any(bout.needs for bout in session._plan.bouts)


def _no_second_turn(session: Session) -> bool:
    return not session._course.household.swaps


UNREAD: Final[Mapping[Field, Unread]] = {
    ("Floor", "now"): Unread("all times are told relative to it", frozenset({"core.floor", "core.session", "core.parts.hold", "core.parts.warm_up"})),
    ("Floor", "_awake_until"): Unread("only counts what was held", frozenset({"core.floor"})),
    ("Floor", "_commands"): Unread("the answer to the present event", frozenset({"core.floor"})),
    ("Floor", "_utterances"): Unread("a number for each line", frozenset({"core.floor"})),
    ("Floor", "_uses"): Unread("chooses among wordings of one line", frozenset({"core.floor"})),
    ("Floor", "_new_turn"): Unread("set anew for each event", frozenset({"core.floor"})),
    ("Floor", "speech"): Unread("how fast and how loud", frozenset({"core.floor", "core.session"})),
    ("Chimes", "_owed"): Unread("set anew for each event", frozenset({"core.chimes"})),
    ("Chimes", "_puzzled"): Unread("whether one short sound is left out", frozenset({"core.chimes"})),
    ("Floor", "_page"): Unread("chooses which of the choices are told", frozenset({"core.floor"}), lambda session: not session._floor.script.line("help.list").texts[0].count("{")),
    ("Floor", "names"): Unread("words in the lines", frozenset({"core.floor", "core.session", "language.intents", "language.loader"})),
    ("Session", "_turn"): Unread("a number for those who watch; what a second turn's session is, it is from its start", frozenset({"core.session", "core.floor"})),
    ("Session", "_turn_began"): Unread("the same", frozenset({"core.session"})),
    ("Plan", "unease"): Unread("only a proposal of another dose asks", frozenset({"core.plan", "core.parts.offer"}), _no_rules),
    ("Plan", "carefree"): Unread("the same", frozenset({"core.plan", "core.parts.offer"}), _no_rules),
    ("Conditions", "_answers"): Unread("the program asks nothing beside the screening", frozenset({"core.parts.conditions"}), _no_conditions),
    ("Plan", "warm"): Unread('whether the warm-up still counts for "how long?"', frozenset({"core.plan"})),
    ("Plan", "lighter"): Unread("whether the partner is reminded to push less, a remark", frozenset({"core.plan", "core.parts.approach", "core.parts.between"})),
    ("Plan", "tally"): Unread("told in the last words; where nobody changes places nothing else depends on it",
                             frozenset({"core.plan", "core.parts.force", "core.parts.hold", "core.parts.farewell", "core.session"}), _no_second_turn),
    ("Between", "_first"): Unread("chooses the wording of the announcement", frozenset({"core.parts.between"})),
}


ANEW: Final[Mapping[str, Any]] = MappingProxyType({"_commands": [], "_new_turn": True})
"""Fields of the floor that `Floor.begin` sets for each event: they are remembered as it sets them."""


def _meaning(said: Say, floor: Floor) -> tuple[str, ...]:
    """What of a line that waits can matter; nothing, for most."""
    return tuple(name for name, applies in (
        ("asks", said.key == floor.question.key), ("rule", said.key.startswith("rule.")),
        ("urges", urges(said.key)), ("relieves", relieves(said.key)),
    ) if applies)


def _lines(said: Iterable[Say], floor: Floor) -> Hashable:
    """What these lines mean together, and whether there is any. Their order is left out, and so is their number."""
    meanings = [_meaning(line, floor) for line in said]
    return frozenset(chain.from_iterable(meanings)) if meanings else None


def _echoes(echoes: Mapping[Intent, float], floor: Floor) -> Hashable:
    """Whether the word that lets somebody through may be the coach's own; of the others that changes nothing that lasts."""
    return any([until > floor.now and intent in floor.loading for intent, until in echoes.items()])


def _sounds(said: Say | None, floor: Floor) -> Hashable:
    return said and (_meaning(said, floor), not floor.loading.isdisjoint(floor.script.line(said.key).mentions))


def _dead_ears(alive: Mapping[Source, float] | None, floor: Floor) -> Hashable:
    return alive and sum([floor.now - last > HEARING_TIMEOUT for last in alive.values()])


def _left(seconds: float, _: Floor) -> Hashable:
    return bisect_left((0.0, 30.0, 90.0), seconds - 1e-3)


def _agreed(agreed: set[int], floor: Floor) -> Hashable:
    """Of the questions before the open one; those that are still to be answered are answered anew."""
    ids = [question.id for question in floor.script.questions]
    name = floor.question.key.partition(".")[2].partition(".")[0]
    return frozenset([index for index in agreed if name not in ids or index < ids.index(name)])


VIEWS: Final[Mapping[Field, Callable[[Any, Floor], Hashable]]] = {
    ("Floor", "_patience"): lambda seconds, _: seconds,
    ("Floor", "_pending"): lambda pending, floor: _lines(pending.values(), floor),
    ("Floor", "_turn"): _lines,
    ("Floor", "_sounding"): _sounds,
    ("Floor", "_due"): lambda due, floor: any([end <= floor.now for end in due.values()]),
    ("Floor", "_spoken"): lambda spoken, _: tuple(sorted(key for key in spoken if key.startswith("rule."))),
    ("Floor", "_echoes"): _echoes,
    ("Floor", "_offered"): lambda offered, _: frozenset().union(*offered.values()),
    ("Session", "_alive"): _dead_ears,
    ("CheckIn", "_wrong"): lambda wrong, _: frozenset([(stretch, min(times, OFTEN - 1)) for stretch, times in wrong.items()]),
    ("Plan", "bouts"): lambda bouts, _: tuple([(bout.stretch.id, bout.side, bout.repetition, bout.repetitions, bout.hold_seconds) for bout in bouts]),
    ("Floor", "_tail_until"): lambda until, floor: floor.quiet and until > floor.now + 1e-3,
    ("Question", "_began"): lambda began, floor: None if floor.question.heard else _region(began, floor.now, (-1.5,)),
    ("Screening", "_at"): lambda at, floor: at if at in ASKED or floor.grammar == "screening" else At.QUESTION,
    ("Screening", "_agreed"): _agreed,
    ("Screening", "_explained"): lambda explained, floor: explained and floor.question.key != "",
    ("Screening", "_prompts"): lambda prompts, floor: prompts if floor.question.key else 0,
    ("Approach", "_prompts"): lambda prompts, floor: prompts if floor.grammar == "position" else 0,
    ("CheckIn", "_felt"): lambda felt, floor: felt and floor.question.key == Ask.TOO_MUCH.value,
    ("Released", "_confirming"): lambda confirming, floor: confirming and floor.grammar == "confirm",
    ("Question", "_kept"): lambda heard, _: heard and (heard.intent, heard.slot),
    ("Plan", "warm_up_left"): _left,
    ("Floor", "patience"): lambda seconds, _: seconds,
    ("Screening", "_questions"): lambda questions, _: tuple([question.id for question in questions]),
    ("Screening", "_rest"): lambda questions, _: tuple([question.id for question in questions]),
    ("Conditions", "_answers"): lambda answers, _: frozenset(answers.items()),
    **{("Offer", name): lambda value, floor: value if floor.grammar == "dose" else None for name in ("_rest", "_prompts", "_sure")},
    ("Offer", "_bounds"): lambda bounds, _: len(bounds),
    ("Tally", "holds"): lambda holds, _: holds > 0,
    ("Tally", "held_seconds"): lambda *_: None,
    ("Tally", "eases"): lambda *_: None,
    ("Tally", "stretches"): lambda *_: None,
    ("Cast", "client"): lambda person, _: (person.progress.screened, len(person.progress.earlier)),
    ("Cast", "partner"): lambda person, _: (person.progress.screened, len(person.progress.earlier)),
}
"""Fields of which only a part can matter, told from the value and the session's floor."""


def _holds(said: Say, floor: Floor) -> frozenset[Intent]:
    """The words that people may hear in `said`."""
    return floor.script.line(said.key).mentions | floor._offered.get(said.text, frozenset())


@cache
def _turns_round(grammar: Grammar) -> int:
    """After so many portions every way to count them is where it was."""
    return lcm(*range(1, len(pages(grammar)) + 1))


def _lists(said: Iterable[Say], floor: Floor) -> Hashable:
    """As `_lines`, and what the lists among them hold."""
    lines = list(said)
    return _lines(lines, floor), frozenset([floor._offered[line.text] for line in lines if line.text in floor._offered])


EVERY_WORD: Final[Mapping[Field, Callable[[Any, Floor], Hashable]]] = {
    ("Floor", "_sounding"): lambda said, floor: said and (_meaning(said, floor), _holds(said, floor)),
    ("Floor", "_echoes"): lambda echoes, floor: frozenset([intent for intent, until in echoes.items() if until > floor.now]),
    # The words of a text are always the same.
    ("Floor", "_offered"): lambda *_: None,
    ("Floor", "_pending"): lambda pending, floor: _lists(pending.values(), floor),
    ("Floor", "_turn"): _lists,
    ("Floor", "_page"): lambda page, floor: page and 1 + page % _turns_round(floor.script.grammars[floor.grammar]),
}
"""In place of those above where every word that the coach says is told apart."""

_SCREENED = frozenset({Phase.SCREEN}) | LATCHED
_STRETCHED = OPEN - {Phase.SCREEN, Phase.WARM_UP}
_ASKED: Final[tuple[Field, ...]] = (
    *(("Screening", name) for name in ("_index", "_at", "_agreed", "_questions", "_rest")), ("Conditions", "_answers"), ("Conditions", "_asked"))

LIVES: Final[Mapping[Field, frozenset[Phase]]] = {
    **dict.fromkeys(_ASKED, _SCREENED),
    **dict.fromkeys((("Plan", "carefree"), ("Plan", "unease"), ("Plan", "_deepenings"), ("Offer", "_coming"), ("Offer", "_open")), OPEN),
    ("TurnOver", "outcome"): LATCHED | {Phase.TURN},
    ("TurnOver", "change"): frozenset(Phase),
    **{("Offer", name): frozenset({Phase.NEXT}) for name in ("_prompts", "_rest", "_sure")},
    ("CheckIn", "_wrong"): _STRETCHED,
    ("Released", "deaf"): OPEN,
    **{("Floor", name): OPEN for name in ("loading", "grammar", "_expected", "_patience", "_silence_at", "alarm", "_echoes", "_tail_until", "_turn", "_spoken", "_sounding")},
    **{("Question", name): OPEN for name in ("key", "heard", "_began", "_kept", "_muddled", "_unsure")},
    ("Session", "_alive"): OPEN,
    ("Session", "_back"): LATCHED,
    ("Plan", "warm_up_left"): _SCREENED | {Phase.NEXT, Phase.STRETCH},  # the warm-up counts by its own clock and writes this when it is left
    ("Plan", "way_back"): OPEN - LATCHED - {Phase.TURN},
    ("Plan", "_index"): _STRETCHED,
    ("Between", "_cooling"): OPEN - LATCHED - {Phase.TURN},
    ("Strain", "eases"): FORCE,
    ("Strain", "deepened"): FORCE,
}
"""In which phases a field matters. Not named here, a field of a part matters in that part's phases, any other in all.
`Search` plays every change of phase again with other values in the fields that begin to matter, so a wrong row is found out."""

_WAITING = LATCHED | {Phase.STRETCH, Phase.HOLD}

CARRIED: Final[Mapping[Field, frozenset[Phase]]] = {
    **dict.fromkeys(_ASKED, LATCHED),
    ("TurnOver", "outcome"): LATCHED,
    **{field: _WAITING | {Phase.CHECK_IN} for field in (("Plan", "carefree"), ("Plan", "unease"), ("Offer", "_coming"))},
    ("Session", "_back"): LATCHED,
    ("Plan", "_deepenings"): LATCHED,  # with what was agreed to: else the one would be searched with the other of another past
    ("Plan", "warm_up_left"): LATCHED | {Phase.NEXT, Phase.STRETCH},
    ("Plan", "way_back"): frozenset({Phase.WARM_UP}),
    ("Plan", "_index"): _WAITING,
    ("Plan", "bouts"): _WAITING,
    ("CheckIn", "_wrong"): _WAITING | {Phase.NEXT, Phase.CHECK_IN},
    ("Floor", "_spoken"): LATCHED | {Phase.WARM_UP, Phase.HOLD, Phase.CHECK_IN, Phase.NEXT},
}
"""Fields that a phase keeps for a later one without acting on them. A state of such a phase is searched once for all that
it may carry; `Search` does each step that leaves the phase, or changes what is carried, with everything that was ever carried there."""


class Only(NamedTuple):
    """A carried field that only some words, or a few ways out of a phase, act on."""

    words: frozenset[Intent]
    """They are done with everything that was ever carried, even if nothing comes of them."""
    phases: frozenset[Phase]
    """Where this is so."""
    ends: frozenset[Phase]
    """Any other step from there to one of these, in which the field does not matter, lets go of it, and is done once."""
    readers: frozenset[str]
    """The modules of the core that may name it. Another one makes the check fail."""


_TAKES_BACK: Final = frozenset({Intent.GO_BACK, Intent.MEANT_NO})
ONLY_WORDS: Final[Mapping[Field, Only]] = {
    ("Plan", "way_back"): Only(_TAKES_BACK, frozenset({Phase.WARM_UP}), LATCHED, frozenset({"core.session", "core.talk", "core.parts.base", "core.parts.between"})),
    ("Plan", "warm_up_left"): Only(frozenset(), frozenset({Phase.NEXT, Phase.STRETCH}), frozenset({Phase.HOLD, Phase.CHECK_IN}), frozenset({"core.plan", "core.parts.warm_up"})),
}


def _nothing_to_take_back(session: Session) -> bool:
    """There and while somebody is pushed, `Plan.way_back` has to be None: so nothing of it is told."""
    return session.phase in {Phase.HOLD, Phase.CHECK_IN} or (session.phase is Phase.STRETCH and session._part.pushed)


class Unknown(Exception):  # noqa: N818 - it says what the abstraction does not know
    """The session holds something that this file has no rule for, or no longer holds what it has one for."""


Memory = tuple[dict[str, Any], ...]
"""All that can change in a session, as it was at one moment: a dictionary of fields for each object."""

_EXACT = (type(None), bool, int, str, Enum)
_PLAIN: Final = frozenset({type(None), bool, int, str})
_NEVER_CHANGES: Final[tuple[Any, ...]] = (Script, BaseModel, Machine, MappingProxyType, Callable)
_HOLDS = (list, dict, set, Counter)


class _Slot(NamedTuple):
    """One field of one object, and how it is told in a key."""

    thing: object
    name: str
    told: Callable[[Any, Floor], Hashable]
    phases: frozenset[Phase]
    """In which it matters, at once or later."""
    carried: frozenset[Phase]
    """In which it matters only later."""


class Abstraction:
    """One session: its present key, and the way back to what it was."""

    def __init__(self, session: Session, *, echoes: bool = False) -> None:
        """Take up a session as it is before its start.

        Args:
            session: it.
            echoes: tell every word of the line that sounds, and what comes with it.
        """
        self.session = session
        self._views = {**VIEWS, **EVERY_WORD} if echoes else VIEWS
        # What can be taken back is one of the words that are told there.
        self._views_differ = frozenset({"way_back"}) if echoes else frozenset[str]()
        self._objects = _walk(session)
        self._fields = [frozenset(_state(thing)) for thing in self._objects]
        holding = frozenset(name for thing in self._objects for name, value in _state(thing).items() if type(value) in _HOLDS) | {"_alive"}
        self._holding = [tuple([name for name in _state(thing) if name in holding]) for thing in self._objects]
        self.floor = next(thing for thing in self._objects if isinstance(thing, Floor))
        _check_declarations(self._objects)
        self._slots = [slot for thing in self._objects for slot in self._slots_of(thing)]
        self._live = {phase: [slot for slot in self._slots if phase in slot.phases - slot.carried] for phase in Phase}
        self._carried = {phase: [slot for slot in self._slots if phase in slot.phases & slot.carried] for phase in Phase}

    # --- there and back ---

    def save(self) -> Memory:
        """Everything that can change, copied."""
        memory = tuple([_copied(_state(thing), holding) for thing, holding in zip(self._objects, self._holding, strict=True)])
        memory[self._objects.index(self.floor)].update(ANEW)
        return memory

    def load(self, memory: Memory) -> None:
        """Make the session what it was when `memory` was saved."""
        for thing, state, holding in zip(self._objects, memory, self._holding, strict=True):
            new = _copied(state, holding)
            if isinstance(getattr(thing, "__dict__", None), dict):
                thing.__dict__ = new
            else:
                for name, value in new.items():
                    setattr(thing, name, value)

    def same(self, memory: Memory) -> bool:
        """Whether nothing has changed since `memory` was saved."""
        return all([_state(thing) == state for thing, state in zip(self._objects, memory, strict=True)])

    # --- the key ---

    def key(self) -> Hashable:
        """Equal for states that behave alike.

        Raises:
            Unknown: the session has a field that it had not at its start, or one that no rule can tell.
        """
        for thing, names in zip(self._objects, self._fields, strict=True):
            if len(_state(thing)) != len(names):
                new = ", ".join(sorted(_state(thing).keys() ^ names))
                raise Unknown(f"{type(thing).__name__} came to have or lost '{new}' on the way; set every field in __init__.")
        if self.session._plan.way_back is not None and _nothing_to_take_back(self.session):
            raise Unknown("A word can be taken back after somebody was pushed: see `_nothing_to_take_back` in proof/abstraction.py.")
        floor = self.floor
        return tuple([slot.told(getattr(slot.thing, slot.name), floor) for slot in self._live[self.session.phase]])

    def describe(self, one: Hashable, other: Hashable, phase: Phase) -> str:
        """Where two keys of one phase differ."""
        pairs = zip(self._live[phase], one, other, strict=True)  # type: ignore[call-overload]
        return ", ".join(f"{type(slot.thing).__name__}.{slot.name}: {a} or {b}" for slot, a, b in pairs if a != b)

    def widest(self, keys: list[Hashable]) -> str:
        """The field that has the most values among these keys."""
        values: dict[str, set[Hashable]] = {}
        for key in keys:
            for slots in self._live.values():
                if len(slots) == len(key):  # type: ignore[arg-type]
                    for slot, value in zip(slots, key, strict=True):  # type: ignore[call-overload]
                        values.setdefault(f"{type(slot.thing).__name__}.{slot.name}", set()).add(value)
                    break
        return max(values, key=lambda name: len(values[name]))

    def means(self, line: Say) -> bool:
        """Whether `line` is more than a remark."""
        return bool(_meaning(line, self.floor))

    # --- what is carried ---

    def carried(self, phase: Phase) -> dict[str, Hashable]:
        """What `phase` only keeps for later, as it is told in a key."""
        return {f"{type(slot.thing).__name__}.{slot.name}": slot.told(getattr(slot.thing, slot.name), self.floor) for slot in self._carried[phase]}

    def pack(self, phase: Phase) -> dict[str, Any]:
        """The same, as it is."""
        return {f"{type(slot.thing).__name__}.{slot.name}": copy(getattr(slot.thing, slot.name)) for slot in self._carried[phase]}

    def unpack(self, phase: Phase, values: Mapping[str, Any]) -> None:
        """Let the session carry these values."""
        for slot in self._carried[phase]:
            setattr(slot.thing, slot.name, copy(values[f"{type(slot.thing).__name__}.{slot.name}"]))

    def words_for(self, phase: Phase) -> frozenset[Intent]:
        """The words that act on something which `phase` else only carries."""
        return frozenset().union(*[only.words for slot in self._carried[phase] if (only := _declared(ONLY_WORDS, slot.thing, slot.name)) and phase in only.phases])

    def lets_go(self, before: Phase, after: Phase) -> frozenset[str]:
        """What is carried in `before`, no step to `after` acts on, and does not matter there."""
        return frozenset([f"{type(slot.thing).__name__}.{slot.name}" for slot in self._carried[before]
                          if after not in slot.phases and (only := _declared(ONLY_WORDS, slot.thing, slot.name)) and before in only.phases and after in only.ends])

    # --- fields that wait ---

    def waking(self, before: Phase, after: Phase) -> list[tuple[object, str]]:
        """The fields that do not matter in `before` but do in `after`, as objects and names."""
        return [(slot.thing, slot.name) for slot in self._live[after] if before not in slot.phases]

    # --- rules ---

    def _slots_of(self, thing: object) -> Iterator[_Slot]:
        if any(self._unread(owner, name) and value is thing for owner in self._objects for name, value in _state(owner).items()):
            return
        # There the side is told, and the dose is acted on.
        acts = any(bout.side for bout in self.session._plan.bouts) or not _no_rules(self.session)
        own = frozenset(phase for phase, part in self.session._parts.items() if part is thing) or frozenset(Phase)
        for name, value in _state(thing).items():
            if self._unread(thing, name) or any(value is other for other in self._objects) or isinstance(value, _NEVER_CHANGES):
                continue
            if is_dataclass(value) and any(getattr(value, field.name) is other for field in fields(value) for other in self._objects):
                continue  # a frozen bundle of objects that are walked themselves
            if isinstance(value, dict) and any(item is other for item in value.values() for other in self._objects):
                continue
            yield _Slot(thing, name, self._rule(thing, name, value), _declared(LIVES, thing, name) or own,
                        frozenset() if name in self._views_differ else (_declared(CARRIED, thing, name) or frozenset()) - (FORCE if acts else frozenset()))

    def _unread(self, thing: object, name: str) -> bool:
        unread: Unread | None = _declared(UNREAD, thing, name)
        return unread is not None and unread.when(self.session)

    def _rule(self, thing: object, name: str, value: object) -> Callable[[Any, Floor], Hashable]:
        view: Callable[[Any, Floor], Hashable] | None = _declared(self._views, thing, name)
        if view:
            return view
        if edges := _declared(TIMES, thing, name):
            return lambda time, floor: _region(time, floor.now, edges)
        where = f"{type(thing).__name__}.{name}"
        if isinstance(value, float):
            return lambda number, _: _unchanged(number, value, where)
        if isinstance(value, tuple) or _is_frozen(value):
            return lambda present, _: "as at first" if present is value else _exact(present, where)
        return lambda present, _: _exact(present, where)


def _copied(state: dict[str, Any], holding: tuple[str, ...]) -> dict[str, Any]:
    new = dict(state)
    for name in holding:
        if type(new[name]) in _HOLDS:
            new[name] = new[name].copy()
    return new


def _region(time: object, now: float, edges: tuple[float, ...]) -> Hashable:
    if time is None:
        return None
    if isinstance(time, dict):
        return frozenset([(key if isinstance(key, Enum) else None, _region(value, now, edges)) for key, value in time.items()])
    # A thousandth of tolerance: sums of times are not exact.
    return bisect_left(edges, float(time) - now - 1e-3)  # type: ignore[arg-type]


def _unchanged(number: object, first: float, where: str) -> Hashable:
    if number != first:
        raise Unknown(f"{where} is a number that changes: if it is a time, give its edges in TIMES of proof/abstraction.py; else a view in VIEWS.")
    return None


def _exact(value: object, where: str) -> Hashable:
    """`value` as a part of a key."""
    kind = type(value)
    if kind in _PLAIN or (kind is frozenset and all([type(item) is Intent for item in value])):  # type: ignore[attr-defined]
        return value
    if isinstance(value, Enum):
        return value.name  # its hash is kept, that of an enum is computed anew each time
    if isinstance(value, tuple | list):
        return tuple([_exact(item, where) for item in value])
    if isinstance(value, set | frozenset):
        return frozenset([_exact(item, where) for item in value])
    if isinstance(value, dict):
        return tuple([(_exact(key, where), _exact(item, where)) for key, item in value.items()])
    if isinstance(value, BaseModel) or _is_frozen(value):
        return kind.__name__, tuple([_exact(item, where) for item in _members(value)])
    raise Unknown(f"{where} holds a {kind.__name__}, for which proof/abstraction.py has no rule: declare the field in TIMES, UNREAD or VIEWS.")


def _members(value: object) -> list[object]:
    """The fields of a frozen record."""
    return [item for _, item in value] if isinstance(value, BaseModel) else [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]


# --- objects ----------------------------------------------------------------------------------------------------


def _is_frozen(thing: object) -> bool:
    parameters = getattr(type(thing), "__dataclass_params__", None)
    return bool(parameters and parameters.frozen)


def _state(thing: object) -> dict[str, Any]:
    if hasattr(thing, "__dict__"):
        return vars(thing)
    return {name: getattr(thing, name) for name in type(thing).__slots__}  # type: ignore[attr-defined]


def _walk(root: object) -> list[object]:
    """Every object of the house that hangs on `root` and can change, without the script and the other constants."""
    found: list[object] = []
    passed: set[int] = set()
    todo = [root]
    while todo:
        thing = todo.pop()
        if id(thing) in passed or isinstance(thing, (*_EXACT, float, *_NEVER_CHANGES)):
            continue
        passed.add(id(thing))
        if isinstance(thing, dict):
            todo += thing.values()
        elif isinstance(thing, list | tuple | set | frozenset):
            todo += thing
        elif type(thing).__module__.startswith("voicecoach."):
            if not _is_frozen(thing):
                found.append(thing)
            todo += [getattr(thing, field.name) for field in fields(thing)] if is_dataclass(thing) else _state(thing).values()
        else:
            raise Unknown(f"The session holds a {type(thing).__module__}.{type(thing).__name__}, of which proof/abstraction.py does not know how it changes.")
    return found


def _names(thing: object) -> Iterator[str]:
    return (kind.__name__ for kind in type(thing).__mro__)


def _declared(table: Mapping[Field, Any], thing: object, name: str) -> Any:
    return next((table[kind, name] for kind in _names(thing) if (kind, name) in table), None)


# --- the declarations themselves ----------------------------------------------------------------------------------


def _check_declarations(objects: list[object]) -> None:
    """Each declaration is about a field that exists, and what is left out is read nowhere else."""
    known = {(kind, name) for thing in objects for name in _state(thing) for kind in _names(thing)}
    for table in (TIMES, UNREAD, VIEWS, LIVES, CARRIED, ONLY_WORDS):
        for field in table:
            if field not in known:
                raise Unknown(f"proof/abstraction.py has a rule for {'.'.join(field)}, which no session has any more: remove the rule.")
    readers = _readers(frozenset(name for _, name in UNREAD))
    for (kind, name), unread in UNREAD.items():
        if more := sorted(readers.get(name, frozenset()) - unread.readers):
            raise Unknown(f"{more[0]} reads '{name}', which UNREAD of proof/abstraction.py leaves out of {kind} because it is '{unread.why}': "
                          "add the module to its readers if that is still true, else remove the row.")
    readers = _readers(frozenset(name for _, name in ONLY_WORDS))
    for (_, name), only in ONLY_WORDS.items():
        if more := sorted(readers.get(name, frozenset()) - only.readers):
            raise Unknown(f"{more[0]} reads '{name}', on which by ONLY_WORDS of proof/abstraction.py nothing acts but some words: add the module to its readers if that is still true, else remove the row.")


@cache
def _readers(names: frozenset[str]) -> dict[str, frozenset[str]]:
    """The modules of the core in which an attribute of one of these names is read."""
    found: dict[str, set[str]] = {}
    for file in core():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in names and isinstance(node.ctx, ast.Load):
                found.setdefault(node.attr, set()).add(".".join(file.relative_to(ROOT / "voicecoach").with_suffix("").parts))
    return {name: frozenset(modules) for name, modules in found.items()}


def core() -> list[Path]:
    """The files of the session core: whatever `voicecoach.core.session` imports of the house, directly or not."""
    package = ROOT / "voicecoach"
    passed: set[Path] = set()
    todo = [package / "core/session.py"]
    while todo:
        file = todo.pop()
        if file in passed or not file.is_file():
            continue
        passed.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "voicecoach":
                named = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                todo += [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in named]
    return sorted(passed)
