"""The phases of a session and the one table of ways between them. The only importer of `transitions`.

Whatever a session does, its phase changes by a row of `TABLE` or not at all; `docs/phases.md` is drawn from here.
"""

from __future__ import annotations

import logging
from enum import Enum

from transitions import Machine

# It warns of every generated method that `model_override` keeps away from the model, which is what that is for.
logging.getLogger("transitions").setLevel(logging.ERROR)


class Phase(Enum):
    """Where a session stands."""

    WHO = "who"
    """Who is stretched, and who helps? Only where a household's names are known."""
    SCREEN = "screen"
    """Questions that decide whether to stretch at all today."""
    WARM_UP = "warm-up"
    """Light activity until both are warm."""
    NEXT = "next"
    """Nobody is being stretched: rest, what comes next, and at the end the cool-down."""
    STRETCH = "stretch"
    """Getting into position, and after "ready" the slow approach to a gentle stretch."""
    HOLD = "hold"
    """The stretch is held and counted."""
    CHECK_IN = "check-in"
    """The legs are down; how was it?"""
    RELEASED = "released"
    """Somebody said stop, or the coach could not hear. Latched until a confirmed "continue"."""
    PAUSED = "paused"
    """A break that somebody asked for, or that silence asked for."""
    TURN = "turn"
    """One person's turn is over: do the two change places?"""
    DONE = "done"
    """The last words; nothing leads out."""

    __hash__ = object.__hash__  # see `Intent`


FORCE = frozenset({Phase.STRETCH, Phase.HOLD})
"""Phases in which somebody may be pushing: a danger here is answered by letting go."""


LATCHED = frozenset({Phase.RELEASED, Phase.PAUSED})
"""Phases that only a confirmed "continue" leads out of."""


class Step(Enum):
    """Why a phase ends."""

    ASK_WHO = "ask-who"
    NAMED = "named"
    SCREENED = "screened"
    WARMED = "warmed"
    SET_UP = "set-up"
    HELD_STILL = "held-still"
    LET_DOWN = "let-down"
    ANEW = "anew"
    """Out of a hold that had hardly begun: the legs are down, and the position is set up once more."""
    CHECKED = "checked"
    SKIPPED = "skipped"
    RELEASED = "released"
    PAUSED = "paused"
    TURN_OVER = "turn-over"
    BACK_TO_WHO = "back-to-who"
    BACK_TO_TURN = "back-to-turn"
    BACK_TO_SCREEN = "back-to-screen"
    BACK_TO_WARM_UP = "back-to-warm-up"
    BACK_TO_NEXT = "back-to-next"
    NOT_WARM = "not-warm"
    """"We are warm" was taken back."""
    ENDED = "ended"


_OPEN = tuple(phase for phase in Phase if phase is not Phase.DONE)
_WORKING = tuple(phase for phase in _OPEN if phase not in LATCHED)
_LATCHED = tuple(phase for phase in _OPEN if phase in LATCHED)

TABLE: tuple[tuple[Step, tuple[Phase, ...], Phase], ...] = (
    (Step.ASK_WHO, (Phase.SCREEN,), Phase.WHO),
    (Step.NAMED, (Phase.WHO,), Phase.SCREEN),
    (Step.SCREENED, (Phase.SCREEN,), Phase.WARM_UP),
    (Step.WARMED, (Phase.WARM_UP,), Phase.NEXT),
    (Step.NOT_WARM, (Phase.NEXT, Phase.STRETCH), Phase.WARM_UP),
    (Step.SET_UP, (Phase.NEXT,), Phase.STRETCH),
    (Step.HELD_STILL, (Phase.STRETCH,), Phase.HOLD),
    (Step.LET_DOWN, (Phase.STRETCH, Phase.HOLD), Phase.CHECK_IN),
    (Step.ANEW, (Phase.HOLD,), Phase.STRETCH),
    (Step.CHECKED, (Phase.CHECK_IN,), Phase.NEXT),
    (Step.SKIPPED, (Phase.STRETCH, Phase.CHECK_IN, Phase.NEXT), Phase.NEXT),
    (Step.TURN_OVER, (Phase.NEXT, Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN, Phase.PAUSED), Phase.TURN),
    (Step.RELEASED, _OPEN, Phase.RELEASED),
    (Step.PAUSED, _WORKING, Phase.PAUSED),
    # Out of a latched phase a session never goes straight to force: it goes back to a place that asks "ready" first.
    (Step.BACK_TO_WHO, _LATCHED, Phase.WHO),
    (Step.BACK_TO_TURN, _LATCHED, Phase.TURN),
    (Step.BACK_TO_SCREEN, _LATCHED, Phase.SCREEN),
    (Step.BACK_TO_WARM_UP, _LATCHED, Phase.WARM_UP),
    (Step.BACK_TO_NEXT, _LATCHED, Phase.NEXT),
    (Step.ENDED, _OPEN, Phase.DONE),
)
"""(why, from which phases, to which phase)."""


class Phases:
    """The current phase, and `take` to leave it by a row of the table."""

    phase: Phase

    def __init__(self) -> None:
        # No auto transitions and no generated methods: `take` is the only way in, so a typing error cannot hide.
        self._machine = Machine(
            model=self, states=Phase, initial=Phase.SCREEN, model_attribute="phase",
            auto_transitions=False, model_override=True,
            transitions=[{"trigger": step.value, "source": list(sources), "dest": dest} for step, sources, dest in TABLE],
        )

    def take(self, step: Step) -> None:
        """Leave the current phase by `step`.

        Raises:
            transitions.MachineError: the table has no such row; a mistake in the session's code, never in its input.
        """
        self._machine.events[step.value].trigger(self)
