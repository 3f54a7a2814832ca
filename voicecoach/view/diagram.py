"""Pictures of the phases, drawn from the one table of ways between them: Mermaid and SVG. Pure.

The picture cannot lie about the code, since it is the code's own table. The copy under ``docs/`` is compared with it in the tests.
"""

from __future__ import annotations

from html import escape
from typing import Final

from voicecoach.core.phases import FORCE, LATCHED, TABLE, Phase, Step

Edge = tuple[Phase, Phase, str]
"""From, to, and why: the steps' names, joined when several lead the same way."""


def edges(left_out: tuple[Step, ...] = ()) -> list[Edge]:
    """Every way of the table but those of the steps `left_out`, those between the same two phases as one."""
    ways: dict[tuple[Phase, Phase], list[str]] = {}
    for step, sources, target in TABLE:
        for source in sources if step not in left_out else ():
            ways.setdefault((source, target), []).append(step.value)
    return [(source, target, ", ".join(steps)) for (source, target), steps in ways.items()]


# --- Mermaid ------------------------------------------------------------------------------------------------------


def mermaid() -> str:
    """The phases as a Mermaid state diagram, every way of the table drawn."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{phase.value}" as {_id(phase)}' for phase in Phase]
    lines.append(f"    [*] --> {_id(Phase.SCREEN)}")
    lines += [f"    {_id(source)} --> {_id(target)}: {label}" for source, target, label in edges()]
    lines.append(f"    {_id(Phase.DONE)} --> [*]")
    lines += ["    classDef force stroke-width:3px", "    classDef latched stroke-dasharray:5 3"]
    lines += [f"    class {_id(phase)} {kind}" for kind, phases in (("force", FORCE), ("latched", LATCHED)) for phase in Phase if phase in phases]
    return "\n".join(lines) + "\n"


def _id(phase: Phase) -> str:
    return phase.value.replace("-", "_")


# --- SVG ----------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 1180, 640
BOX_WIDTH, BOX_HEIGHT = 118, 48
PLACES: Final = {
    Phase.WHO: (90, 280), Phase.TURN: (1060, 280),
    Phase.SCREEN: (90, 130), Phase.WARM_UP: (290, 130), Phase.NEXT: (490, 130), Phase.STRETCH: (690, 130), Phase.HOLD: (890, 130),
    Phase.CHECK_IN: (790, 280), Phase.RELEASED: (350, 430), Phase.PAUSED: (570, 430), Phase.DONE: (1060, 430),
}
"""The middle of each phase's box, in pixels. A phase without a place is a mistake that the tests find."""

_SUMMARIES: Final = (Step.TURN_OVER, Step.RELEASED, Step.ENDED, Step.PAUSED)
"""Ways that lead from many phases: they are told in a sentence below the picture, not drawn as a tangle of arrows."""
_STYLE: Final = (
    "text{font:14px sans-serif;fill:#1b1b1b}.why{font-size:12px;fill:#444}.box{fill:#fff;stroke:#1b1b1b;stroke-width:1.5}"
    ".force{fill:#fde7d9;stroke-width:3}.latched{stroke-dasharray:6 4}.way{fill:none;stroke:#555;stroke-width:1.4;marker-end:url(#head)}"
    ".back{stroke-dasharray:3 4}"
)


def svg() -> str:
    """The phases as an SVG picture that needs no script and no font of its own, with a title and a description for screen readers."""
    told = [f"{escape(source.value)} to {escape(target.value)}: {escape(label)}." for source, target, label in edges()]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title description">',
        '<title id="title">The phases of a session</title>',
        f'<desc id="description">{" ".join(told)}</desc>',
        f"<style>{_STYLE}</style>",
        ('<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse">'
        '<path d="M0 0L10 5L0 10z" fill="#555"/></marker></defs>'),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(part for edge in edges(_SUMMARIES) for part in _way(*edge)),
        *(part for phase in Phase for part in _box(phase)),
        *(f'<text x="40" y="{530 + 24 * index}">{escape(text)}</text>' for index, text in enumerate(_legend())),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(phase: Phase) -> list[str]:
    x, y = PLACES[phase]
    kind = "box force" if phase in FORCE else "box latched" if phase in LATCHED else "box"
    return [
        f'<rect class="{kind}" x="{x - BOX_WIDTH // 2}" y="{y - BOX_HEIGHT // 2}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>',
        f'<text x="{x}" y="{y + 5}" text-anchor="middle">{escape(phase.value)}</text>',
    ]


def _way(source: Phase, target: Phase, why: str) -> list[str]:
    """An arrow from edge to edge, with its reason in the middle; a loop above the box when it leads back to it."""
    (x, y), (to_x, to_y) = PLACES[source], PLACES[target]
    if source is target:
        top = y - BOX_HEIGHT // 2
        return [f'<path class="way" d="M{x - 25} {top}C{x - 45} {top - 50} {x + 45} {top - 50} {x + 25} {top}"/>',
                f'<text class="why" x="{x}" y="{top - 42}" text-anchor="middle">{escape(why)}</text>']
    from_x, from_y = _edge(x, y, to_x, to_y)
    end_x, end_y = _edge(to_x, to_y, x, y)
    # Bent to the left of its direction, so that a way there and the way back are two lines.
    bend_x, bend_y = (from_x + end_x) / 2 + (to_y - y) * _BEND, (from_y + end_y) / 2 - (to_x - x) * _BEND
    label_x, label_y = (from_x + end_x) / 4 + bend_x / 2, (from_y + end_y) / 4 + bend_y / 2
    back = " back" if source in LATCHED else ""
    return [f'<path class="way{back}" d="M{from_x:.0f} {from_y:.0f}Q{bend_x:.0f} {bend_y:.0f} {end_x:.0f} {end_y:.0f}"/>',
            f'<text class="why" x="{label_x:.0f}" y="{label_y - 4:.0f}" text-anchor="middle">{escape(why)}</text>']


_BEND = 0.16


def _edge(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """Where the line from one middle to another leaves the box."""
    across, down = to_x - x, to_y - y
    share = min(BOX_WIDTH / 2 / abs(across) if across else 1e9, BOX_HEIGHT / 2 / abs(down) if down else 1e9)
    return x + across * share, y + down * share


def _legend() -> list[str]:
    """What is not drawn as arrows, told from the table as well."""
    told = []
    for step in _SUMMARIES:
        sources, target = next((sources, target) for row, sources, target in TABLE if row is step)
        left_out = [phase.value for phase in Phase if phase not in sources]
        few = len(sources) <= len(Phase) // 2
        where = f"From {', '.join(phase.value for phase in sources)}" if few else "From every phase" + (f" but {', '.join(left_out)}" if left_out else "")
        told.append(f"{where}: {step.value} leads to {target.value}.")
    told.append("Thick: somebody may be pushed. Dashed: left only by a clear continue and then a clear yes.")
    return told
