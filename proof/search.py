"""The search: breadth first from the first moment of a session, so that the first counter-example is a shortest one."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, NamedTuple

from proof.abstraction import Unknown
from proof.history import History
from proof.properties import ABOUT_THE_SPACE, ONLY_STEPS, Moment, Property
from proof.small import FIRST, Small
from proof.world import ANY_TIME, Deed, Due, Fire, Jump, Mouth, Now, Place, Turn, World
from voicecoach.core.phases import FORCE, Phase
from voicecoach.vocabulary import Chime, Command, Finish, Heard, Listen, Say, Started

LIMIT: Final = 40_000
"""More states than this mean that some field grows without bound; the search says which one."""
STALE: Final = 3
"""So many other values are tried in each field that begins to matter when the phase changes."""


@dataclass(frozen=True)
class Finding:
    """A property that does not hold, and the shortest way to where it does not."""

    name: str
    says: str
    deeds: tuple[Deed, ...]


class _Node(NamedTuple):
    parent: int
    deed: Deed
    phase: Phase
    over: bool


@dataclass
class Space:
    """All that was found."""

    name: str = ""
    """Of the world."""
    begins: str = ""
    """The name of the lead."""
    kinds: int = 0
    """Of event."""
    nodes: list[_Node] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    """From state to state, each pair once."""
    idle: list[tuple[int, int, Deed]] = field(default_factory=list)
    """Those that need nobody but time, and what it was."""
    lead: tuple[Deed, ...] = ()
    """What was done before the search began."""
    steps: int = 0
    events: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    told: str = ""
    """The finding as a timeline."""
    finding: Finding | None = None
    keys: frozenset[Hashable] = frozenset()
    said: set[str] = field(default_factory=set)
    """The keys of all lines that were ordered."""
    borders: set[Hashable] = field(default_factory=set)
    """The keys of the states at the border."""
    border_loads: frozenset[Hashable] = frozenset()
    """What may be carried there."""
    loads: frozenset[Hashable] = frozenset()
    """What may be carried anywhere, with its phase."""

    @property
    def phases(self) -> Counter[str]:
        """How many states each phase has."""
        return Counter(node.phase.value for node in self.nodes)

    def way(self, number: int) -> tuple[Deed, ...]:
        """The deeds that lead to this state from the start."""
        deeds: list[Deed] = []
        while number:
            deeds.append(self.nodes[number].deed)
            number = self.nodes[number].parent
        return (*self.lead, *reversed(deeds))


class _Load(NamedTuple):
    """What a phase may carry for later ones: the session's fields, and the observer's facts."""

    fields: dict[str, Any]
    facts: dict[str, Any]
    key: Hashable


class _Exit(NamedTuple):
    """A step that leaves its phase, or changes what is carried, so that it depends on that."""

    number: int
    place: Place
    past: History
    deed: Deed


@dataclass(slots=True)
class _Kind:
    """Words that the session cannot tell from each other in one state, and what came of the first of them."""

    history: History
    turn: Turn | None = None


class _Alike(NamedTuple):
    kind: _Kind
    heard: Heard
    word: Heard | None
    """The same, if it can only be a person's."""


class Search:
    """One run over the whole space."""

    merges = True
    """Words that agree in all that the session is told of them are done once in each state; every one of them is judged."""

    def __init__(self, world: World, lead: Iterable[Deed] = (), border: Phase | None = None,
                 properties: Iterable[Property] = ONLY_STEPS, *, idle: bool = False, depth: int | None = None) -> None:
        """Prepare a search.

        Args:
            world: a session that has not been started.
            lead: what is done before the search begins.
            border: states of this phase are reached, but not gone on from: another search begins there.
            properties: what has to hold in every step.
            idle: nobody says or does anything, only time passes.
            depth: so many deeds at most.
        """
        self.world, self._properties = world, tuple(properties)
        self.space = Space(lead=tuple(lead))
        self._numbers: dict[Hashable, int] = {}
        self._todo: deque[tuple[Place, History]] = deque()
        self._loads: dict[Phase, dict[Hashable, _Load]] = {phase: {} for phase in Phase}
        self._fresh: deque[tuple[Phase, _Load]] = deque()
        self._exits: dict[Phase, list[_Exit]] = {phase: [] for phase in Phase}
        self._flows: dict[Phase, dict[Hashable, tuple[Phase, _Load]]] = {phase: {} for phase in Phase}
        self._firsts: list[tuple[_Exit, Hashable]] = []
        self._seen: dict[tuple[str, str], list[object]] = {}
        self._border, self._idle, self._depth = border, idle, depth

    def run(self) -> Space:
        """Search until nothing is new or a property fails.

        Raises:
            Unknown: the abstraction does not fit the session any more.
        """
        began = time.perf_counter()
        history = History()
        for deed in (Now(Started()), *self.space.lead):
            for turn in self.world.do(deed):
                history = history.after(turn)
        self._arrive(0, Now(Started()), history)
        number = 0
        while (self._todo or self._fresh) and self.space.finding is None:
            while self._fresh and self.space.finding is None:
                self._spread(*self._fresh.popleft())
            if self._todo and self.space.finding is None:
                self._expand(number, *self._todo.popleft())
                number += 1
        if self.space.finding is None:
            self._check_carried()
        self.space.loads = frozenset((phase, key) for phase, loads in self._loads.items() for key in loads)
        self.space.border_loads = frozenset(one for one in self.space.loads if one[0] is self._border)  # type: ignore[index]
        self.space.keys, self.space.kinds = frozenset(self._numbers), len(self.world.words) + len(ANY_TIME)
        self.space.seconds = time.perf_counter() - began
        return self.space

    # --- states ---

    def _arrive(self, parent: int, deed: Deed, history: History) -> int:
        """The number of the state in which the world is now; a new one is to be expanded."""
        phase = self.world.session.phase
        key = self.world.key(), history.key(self.world.now, phase)
        self._take_up(phase, self._load(phase, history))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.space.nodes)
            self.space.nodes.append(_Node(parent, deed, self.world.session.phase, self.world.session.outcome is not None))
            self._todo.append((self.world.save(), history))
            if number > LIMIT:
                raise Unknown(f"There are more than {LIMIT} states: {self._growing()} takes ever new values. Declare it in proof/abstraction.py.")
        return number

    def _growing(self) -> str:
        return self.world.abstraction.widest([key[0][0] for key in self._numbers])  # type: ignore[index]

    def _expand(self, number: int, place: Place, past: History) -> None:
        """Every deed in this state."""
        world = self.world
        node = self.space.nodes[number]
        if node.phase is self._border:
            self.space.borders.add(next(islice(self._numbers, number, None)))
            return
        if self._depth is not None and len(self.space.way(number)) >= len(self.space.lead) + self._depth:
            return
        world.load(place)
        reached: set[int] = set()
        load, alike = self._load(node.phase, past), self._alike(past)
        at_rest = True
        for deed in [deed for deed in world.deeds() if not self._idle or not isinstance(deed, Now | Jump)]:
            same = alike.get(deed)
            if same and self._judged_like(same, number, deed, past):
                if self.space.finding:
                    return
                continue
            if not at_rest:
                world.load(place)
            history = self._do(number, deed, past)
            if self.space.finding:
                return
            turn = world.turns[0] if same else None
            at_rest = isinstance(deed, Now) and not world.turns[0].commands and history is past and world.abstraction.same(place.memory) and not self._asks(node.phase, deed)
            if not at_rest:
                target, leaves = self._follow(_Exit(number, place, past, deed), load, history)
                reached.add(target)
                turn = None if leaves else turn
            if same and not same.kind.turn:
                same.kind.turn, same.kind.history = turn, history
        self.space.edges += [(number, target) for target in reached]

    def _alike(self, past: History) -> dict[Deed, _Alike]:
        """The words that are one to the session in the present state, since they agree in all that `proof.small.Sealed` lets it see."""
        world = self.world
        if self._idle or not self.merges or world.session.outcome is not None or world.abstraction.floor.now != world.now:
            return {}
        kinds: dict[Hashable, _Kind] = {}
        found: dict[Deed, _Alike] = {}
        for deed, heard, word, verdict in world.judged():
            found[deed] = _Alike(kinds.setdefault((heard.intent, heard.slot, verdict), _Kind(past)), heard, word)
        return found

    def _judged_like(self, alike: _Alike, number: int, deed: Deed, past: History) -> bool:
        """Whether `deed` leads where a word of its kind has led. The properties are asked about it all the same."""
        kind = alike.kind
        if kind.turn is None:
            return False
        turn = kind.turn.by(alike.heard, alike.word)
        present = past.after(turn)
        if present is not kind.history and present != kind.history:
            return False
        self._judge(number, deed, Moment(turn, past, present, was_over=False))
        self.space.steps += 1
        return True

    def _do(self, number: int, deed: Deed, history: History) -> History:
        """Let it happen, and judge it."""
        over = self.space.nodes[number].over
        for turn in self.world.do(deed):
            history = self._judge(number, deed, Moment(turn, history, history.after(turn), over))
        self.space.steps += 1
        self.space.events += len(self.world.turns)
        return history

    def _follow(self, step: _Exit, load: _Load, history: History) -> tuple[int, bool]:
        """Where a step has led that changed something; with all other loads, too, if it depends on them."""
        world, before, after = self.world, self.space.nodes[step.number].phase, self.world.session.phase
        known, leaves = len(self.space.nodes), (bool(load.key) and self._asks(before, step.deed)) or self._leaves(before, after, load, history)
        target = self._went(step.number, step.deed, history)
        if target == known:
            if world.turns[0].before is not after and world.abstraction is step.place.abstraction:
                self._try_stale(step.place, step.deed, step.number)
            if load.key and not leaves and after is not Phase.DONE:
                self._firsts.append((step, (world.abstraction.key(), after)))
        if leaves:
            self._exits[before].append(step)
            for other in [other for other in self._loads[before].values() if other.key != load.key]:
                self._redo(step, other)
        return target, leaves

    def _judge(self, number: int, deed: Deed, moment: Moment) -> History:
        self.space.said.update(moment.turn.says)
        for rule in self._properties:
            if not rule.holds(moment) and self.space.finding is None:
                self.space.finding = Finding(rule.name, rule.says, (*self.space.way(number), deed))
        return moment.present

    def _went(self, number: int, deed: Deed, history: History) -> int:
        target = self._arrive(number, deed, history)
        if isinstance(deed, Due | Fire) or (isinstance(deed, Mouth) and target != number):
            self.space.idle.append((number, target, deed))
        return target

    # --- what is carried ---

    def _load(self, phase: Phase, history: History) -> _Load:
        """What the world carries now."""
        facts = history.carried(phase)
        told = self.world.abstraction.carried(phase)
        return _Load(self.world.abstraction.pack(phase), facts, (tuple(told.items()), tuple(facts.items())) if told or facts else ())

    def _take_up(self, phase: Phase, load: _Load) -> None:
        if load.key and load.key not in self._loads[phase]:
            self._loads[phase][load.key] = load
            self._fresh.append((phase, load))

    def _asks(self, phase: Phase, deed: Deed) -> bool:
        """Whether `deed` is a word that acts on what `phase` else only carries."""
        return isinstance(deed, Now) and isinstance(deed.event, Heard) and deed.event.intent in self.world.abstraction.words_for(phase)

    def _leaves(self, before: Phase, after: Phase, load: _Load, history: History) -> bool:
        """Whether the step that was just done has to be done again with all that `before` may carry; else all of that is carried on."""
        if not load.key or after is Phase.DONE:
            return False
        told, facts = self.world.abstraction.carried(before), {name: getattr(history, name) for name in load.facts}
        if (tuple(told.items()), tuple(facts.items())) != load.key:
            return True
        if after is before:
            return False
        here = self._load(after, history)
        if not (told.keys() - self.world.abstraction.lets_go(before, after) <= here.fields.keys() and facts.keys() <= here.facts.keys()):
            return True
        extra = tuple(item for part, own in zip(here.key, (told, facts), strict=True) for item in part if item[0] not in own)  # type: ignore[call-overload]
        if (after, extra) not in self._flows[before]:
            self._flows[before][after, extra] = after, here
            for other in list(self._loads[before].values()):
                self._flow(other, after, here)
        return False

    def _flow(self, load: _Load, after: Phase, here: _Load) -> None:
        """What was carried before is carried on in `after`, beside what is new there."""
        told, facts = (dict(part) | {name: value for name, value in own if name in dict(part)} for part, own in zip(here.key, load.key, strict=True))  # type: ignore[call-overload]
        fields = here.fields | {name: value for name, value in load.fields.items() if name in here.fields}
        self._take_up(after, _Load(fields, here.facts | load.facts, (tuple(told.items()), tuple(facts.items()))))

    def _spread(self, phase: Phase, load: _Load) -> None:
        """Something new is carried in `phase`: every way out of it again."""
        for after, here in list(self._flows[phase].values()):
            self._flow(load, after, here)
        for way_out in list(self._exits[phase]):
            self._redo(way_out, load)

    def _redo(self, way_out: _Exit, load: _Load) -> None:
        """The same step, with another load."""
        number, place, past, deed = way_out
        self.world.load(place)
        self.world.abstraction.unpack(self.space.nodes[number].phase, load.fields)
        history = self._do(number, deed, replace(past, **load.facts))
        if self.space.finding is None:
            self.space.edges.append((number, self._went(number, deed, history)))
        else:
            # The shortest way to the state brings another load, so the timeline has to say what differs.
            self.space.finding = replace(self.space.finding, says=f"{self.space.finding.says} (If what is carried is {load.key}, which this timeline need not bring.)")

    def _check_carried(self) -> None:
        """That what is carried changes nothing: the first way to each state, with another load."""
        for turn, ((number, place, _, deed), key) in enumerate(self._firsts):
            self.world.load(place)
            phase = self.world.session.phase
            loads = list(self._loads[phase].values())
            self.world.abstraction.unpack(phase, loads[turn % len(loads)].fields)
            self.world.do(deed)
            if (self.world.abstraction.key(), self.world.session.phase) != key:
                where = self.world.abstraction.describe(key[0], self.world.abstraction.key(), key[1]) if key[1] is self.world.session.phase else self.world.session.phase.value  # type: ignore[index]
                raise Unknown(f"In {phase.value} '{deed}' depends on what is only carried there ({where}): see CARRIED of proof/abstraction.py.\n"
                              f"{timeline(self.space.way(number), self.world.small)}")

    # --- the abstraction's own assumption ---

    def _try_stale(self, place: Place, deed: Deed, number: int) -> None:
        """Whatever a field holds before it begins to matter, the change of phase comes out the same."""
        world = self.world
        key, commands, phase = world.abstraction.key(), [turn.commands for turn in world.turns], world.session.phase
        waking = world.abstraction.waking(world.turns[0].before, phase)
        others = [[(thing, name, value) for value in self._values(thing, name)] for thing, name in waking]
        for choice in range(max(map(len, others), default=0)):
            world.load(place)
            stale = [values[choice % len(values)] for values in others if values]
            for thing, name, value in stale:
                setattr(thing, name, value)
            world.do(deed)
            if world.abstraction.key() != key or [turn.commands for turn in world.turns] != commands:
                names = ", ".join(f"{type(thing).__name__}.{name}" for thing, name, _ in stale)
                raise Unknown(f"{world.turns[0].before.value} to {phase.value} by '{deed}' depends on one of {names} "
                              f"({world.abstraction.describe(key, world.abstraction.key(), phase)}): "
                              f"declare in LIVES of proof/abstraction.py in which phases it matters.\n{timeline(self.space.way(number), self.world.small)}")

    def _values(self, thing: object, name: str) -> list[object]:
        """Some values that this field has had, kept as they come."""
        seen = self._seen.setdefault((type(thing).__name__, name), [])
        value = getattr(thing, name)
        if value not in seen and len(seen) < STALE and not isinstance(value, dict | list | set):
            seen.append(value)
        return seen


# --- properties of the whole space --------------------------------------------------------------------------------


def of_the_space(space: Space, phases: frozenset[Phase], border: Phase | None = None) -> Finding | None:
    """What does not hold of the whole space, if anything; from the `border` the session is known to reach its end."""
    if missing := phases - {node.phase for node in space.nodes}:
        return _found(space, "all-phases", 0, f" Not {', '.join(sorted(phase.value for phase in missing))}.")
    sources: dict[int, list[int]] = {}
    for source, target in space.edges:
        sources.setdefault(target, []).append(source)
    todo = [number for number, node in enumerate(space.nodes) if node.over or node.phase is border]
    ending = set(todo)
    while todo:
        fresh = set(sources.get(todo.pop(), ())) - ending
        ending |= fresh
        todo += fresh
    if locked := next((number for number in range(len(space.nodes)) if number not in ending), None):
        return _found(space, "can-finish", locked)
    circle = _circle([edge for edge in space.idle if space.nodes[edge[0]].phase in FORCE and space.nodes[edge[1]].phase in FORCE])
    if circle is not None:
        return _found(space, "silence-frees", circle)
    circle = _circle([edge for edge in space.idle if not isinstance(edge[2], Fire)])
    return None if circle is None else _found(space, "silence-ends", circle)


def _found(space: Space, name: str, number: int, more: str = "") -> Finding:
    return Finding(name, ABOUT_THE_SPACE[name] + more, space.way(number))


def _circle(edges: list[tuple[int, int, Deed]]) -> int | None:
    """A state in which a clock runs out that will run out there again; None when there is none.

    A circle of lines alone is none: how many wait is not in the key, but each is spoken only once.
    """
    targets: dict[int, set[int]] = {}
    for source, target, _ in edges:
        targets.setdefault(source, set()).add(target)
    shrinking = True
    while shrinking:
        ended = {source for source, ahead in targets.items() if not any(target in targets for target in ahead)}
        shrinking = bool(ended)
        for source in ended:
            del targets[source]
    clocks = [(source, target) for source, target, deed in edges if not isinstance(deed, Mouth) and source in targets and target in targets]
    return min((source for source, target in clocks if source in _ahead(targets, target)), default=None)


def _ahead(targets: dict[int, set[int]], start: int) -> set[int]:
    """Where one can come from `start`, and that itself."""
    found, todo = {start}, [start]
    while todo:
        fresh = targets.get(todo.pop(), set()) - found
        found |= fresh
        todo += fresh
    return found


# --- the timeline -----------------------------------------------------------------------------------------------


def timeline(deeds: Iterable[Deed], small: Small = FIRST) -> str:
    """What happens when these deeds are done one after the other, as text: a line for each event that was answered."""
    world = World(small)
    told = []
    for deed in (Now(Started()), *deeds):
        turns = world.do(deed)
        told.append(f"{turns[0].now if turns else world.now:9.1f} s  {turns[0].before.value if turns else '':9}  {deed}")
        for turn in turns:
            told += [f"{'':23}  -> {_told(command)}" for command in turn.commands if not isinstance(command, Chime)]
        if turns and turns[-1].after is not turns[0].before:
            told.append(f"{'':23}  => {turns[-1].after.value}")
    return "\n".join(told)


def _told(command: Command) -> str:
    match command:
        case Say(key=key):
            return f"say {key}"
        case Listen(grammar):
            return f"listen for '{grammar}'"
        case Finish(outcome):
            return f"finish: {outcome.value}"
        case _:
            return type(command).__name__.lower()

