"""Runs the search and tells what came of it."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Final

from proof.abstraction import Unknown
from proof.properties import ABOUT_THE_SPACE, ONLY_STEPS
from proof.search import Search, Space, of_the_space, timeline
from proof.world import ANY_TIME, LEADS, World, bounded
from voicecoach.phases import Phase

if TYPE_CHECKING:
    from proof.faults import Fault


GATE: Final = Phase.WARM_UP
"""Every session passes here, in one and the same state: the space is searched on both sides of it at once."""
BEFORE: Final = frozenset({Phase.SCREEN, Phase.WARM_UP, Phase.RELEASED, Phase.PAUSED, Phase.DONE})
HOUSEHOLD: Final = frozenset({Phase.WHO, Phase.TURN})
"""Reached only where a household's names are known, and the small world has none."""
AFTER: Final = frozenset(Phase) - {Phase.SCREEN} - HOUSEHOLD


def prove(fault: Fault | None = None) -> int:
    """Search the whole space; or, with a fault in the code, from its lead on until it is found."""
    if fault:
        spaces = [_search(fault.lead, fault=fault)]
    else:
        with ProcessPoolExecutor(2) as both:
            spaces = list(both.map(_search, ("the start", "the warm-up"), (GATE, None)))
        before, after = (space for space in spaces if isinstance(space, Space)) if all(isinstance(space, Space) for space in spaces) else (None, None)
        if before and after and not before.finding and not before.borders <= after.keys:
            spaces = ["The two halves of the space do not meet: the warm-up begins in more than one state. Search from each, in proof/report.py."]
    return max(_tell(space) for space in spaces)


def _search(lead: str, border: Phase | None = None, fault: Fault | None = None) -> Space | str:
    """One half of the space, or why it cannot be searched."""
    began = time.process_time()
    try:
        with bounded():
            space = Search(World(), LEADS[lead], border, idle=fault is not None and fault.idle, depth=fault.depth if fault else None).run()
            phases = (frozenset({Phase.HOLD}) if fault.depth else frozenset()) if fault else BEFORE if border else AFTER
            space.finding = space.finding or of_the_space(space, phases, border)
            if space.finding:
                space.told = timeline(space.finding.deeds)
    except Unknown as error:
        return f"The model check does not fit the session any more. {error}"
    space.processor = time.process_time() - began
    return space


def _tell(space: Space | str) -> int:
    """What came of one search; the exit code."""
    if isinstance(space, str):
        sys.stdout.write(space + "\n")
        return 2
    phases = ", ".join(f"{phase} {count}" for phase, count in sorted(space.phases.items()))
    if space.finding:
        sys.stdout.write(f"COUNTER-EXAMPLE to {space.finding.name}: {space.finding.says}\n{space.told}\n")
    sys.stdout.write(f"{len(space.nodes)} states ({phases}); {space.steps} steps, {len(ANY_TIME)} kinds of event and the ways of time in each state; "
                     f"{space.seconds:.1f} s, of which {space.processor:.1f} s of the processor.\n")
    if space.finding:
        return 1
    sys.stdout.write(f"All {len(ONLY_STEPS) + len(ABOUT_THE_SPACE)} properties hold there.\n")
    return 0


def list_properties() -> int:
    """Each property in a sentence."""
    for name, says in [*((rule.name, rule.says) for rule in ONLY_STEPS), *ABOUT_THE_SPACE.items()]:
        sys.stdout.write(f"{name}: {says}\n")
    return 0
