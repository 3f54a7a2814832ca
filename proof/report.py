"""Runs the searches and tells what came of them."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from proof.abstraction import Unknown
from proof.properties import ABOUT_THE_SPACE, ONLY_STEPS
from proof.search import Search, Space, of_the_space, timeline
from proof.small import WORLDS, Part, Small
from proof.world import LEADS, World
from voicecoach.core.phases import Phase

if TYPE_CHECKING:
    from proof.faults import Fault


def prove(fault: Fault | None = None, only: str = "", *, every: bool = False) -> int:
    """Search the small worlds that are quick, or `every` one, or `only` one; or, with a fault in the code, from its lead on until it is found."""
    if fault:
        phases = frozenset({Phase.HOLD}) if fault.depth else frozenset[Phase]()
        return _tell(_search(fault.world, Part(fault.lead, phases), fault))
    began, cores = time.perf_counter(), min(2, os.cpu_count() or 1)
    worlds = [WORLDS[only]] if only else [small for small in WORLDS.values() if small.quick or every]
    with ProcessPoolExecutor(cores) as pool:
        found = {(small.name, part): pool.submit(_search, small.name, part) for small in worlds for part in small.parts}
        spaces = {place: future.result() for place, future in found.items()}
    worst = max(_tell(space) for space in spaces.values())
    for small in worlds:
        worst = max(worst, _shows(small, spaces))
    if worst:
        return worst
    good = [space for space in spaces.values() if isinstance(space, Space)]
    sys.stdout.write(f"All {len(ONLY_STEPS) + len(ABOUT_THE_SPACE)} properties hold in {len(worlds)} worlds: {sum(len(space.nodes) for space in good)} states, "
                     f"{sum(space.steps for space in good)} steps; {time.perf_counter() - began:.0f} s, of which {sum(space.processor for space in good):.0f} s of the processor in {cores} processes.\n")
    return 0


def _shows(small: Small, spaces: dict[tuple[str, Part], Space | str]) -> int:
    """The exit code: the world shows what it is there for, and where a part ends at a border, another one knows each of these states."""
    halves = [space for (name, _), space in spaces.items() if name == small.name and isinstance(space, Space)]
    said = {line for space in halves for line in space.said}
    if silent := small.tells - said:
        sys.stdout.write(f"In the world '{small.name}' nobody says {', '.join(sorted(silent))}: it does not show what it is there for.\n")
        return 2
    for border in (space for space, part in zip(halves, small.parts, strict=False) if part.meets):
        other = [space.loads for space in halves if space is not border]
        if not border.borders <= frozenset().union(*(space.keys for space in halves if space is not border)):
            sys.stdout.write(f"The parts of the world '{small.name}' do not meet: the border is reached in more than one state. Search from each, in proof/small.py.\n")
            return 2
        if not border.border_loads <= frozenset().union(*other):
            sys.stdout.write(f"The parts of the world '{small.name}' do not meet: at the border something is carried that the other part never carries there. See CARRIED of proof/abstraction.py.\n")
            return 2
    return 0


def _search(name: str, part: Part, fault: Fault | None = None) -> Space | str:
    """One part of a world's space, or why it cannot be searched."""
    began, small = time.process_time(), WORLDS[name]
    try:
        with small.bounded():
            space = Search(World(small), LEADS[part.lead], part.border, idle=fault is not None and fault.idle, depth=fault.depth if fault else None).run()
            space.finding = space.finding or of_the_space(space, part.phases, part.border)
            if space.finding:
                space.told = timeline(space.finding.deeds, small)
    except Unknown as error:
        return f"The model check does not fit the session any more (world '{name}'). {error}"
    space.edges, space.idle = [], []  # decided, and too much to send
    if not any(one.meets for one in small.parts):
        space.keys = frozenset()
    space.name, space.begins, space.processor = name, part.lead, time.process_time() - began
    return space


def _tell(space: Space | str) -> int:
    """What came of one search; the exit code."""
    if isinstance(space, str):
        sys.stdout.write(space + "\n")
        return 2
    phases = ", ".join(f"{phase} {count}" for phase, count in sorted(space.phases.items()))
    if space.finding:
        sys.stdout.write(f"COUNTER-EXAMPLE to {space.finding.name}: {space.finding.says}\n{space.told}\n")
    sys.stdout.write(f"{space.name}, from {space.begins}: {len(space.nodes)} states ({phases}); {space.steps} steps, {space.kinds} kinds of event and the ways of time "
                     f"in each state; {space.seconds:.1f} s, of which {space.processor:.1f} s of the processor.\n")
    return 1 if space.finding else 0


def list_properties() -> int:
    """Each property in a sentence, and each world."""
    for name, says in [*((rule.name, rule.says) for rule in ONLY_STEPS), *ABOUT_THE_SPACE.items()]:
        sys.stdout.write(f"{name}: {says}\n")
    for small in WORLDS.values():
        sys.stdout.write(f"world {small.name}: {small.shows}{'' if small.quick else ' (only with --all)'}\n")
    return 0
