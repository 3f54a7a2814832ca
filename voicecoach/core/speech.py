"""How the coach speaks: speed, loudness, and names as they sound. Pure; what a person may change by a word has rungs.

Rungs and not free values, so that the safety lines can exist at every speed before the session starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

RATES: Final = (0.65, 0.75, 0.87, 1.0, 1.15, 1.32)
"""Speeds relative to the configured words a minute; a rung is 15 %, three times what listeners just notice."""
VOLUMES: Final = (0.35, 0.5, 0.71, 1.0, 1.41, 2.0)
"""Linear gains; a rung is 3 dB. The highest leaves espeak's peaks whole (see `SPEECH_LEVEL`)."""
PAUSES: Final = (4.0, 6.0, 8.0, 12.0, 18.0, 27.0, 40.0, 60.0)
"""Seconds of silence before a question is asked again; a rung is half as long again. Never those under force: silence there is a danger."""
SAFETY_VOLUME: Final = 1.0
"""A safety line is never quieter than this, whatever was asked for: a coach who was told to whisper still has to be heard."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How a session begins to speak, and how it speaks now."""

    rate: float = 1.0
    """Relative to the voice's configured words a minute."""
    volume: float = 1.0
    """Linear gain, 0.35 to 2."""
    client: str = ""
    """How the client's name is pronounced, spelled as it sounds; empty: as it is written."""
    partner: str = ""
    """The same for the partner."""

    @property
    def respelled(self) -> Mapping[str, str]:
        """The names that are pronounced otherwise than they are written, by role."""
        return {role: said.lower() for role, said in (("client", self.client), ("partner", self.partner)) if said}


def rung(ladder: tuple[float, ...], value: float, *, up: bool) -> float | None:
    """The next value of `ladder` above or below `value`; None at its end."""
    if up:
        return min((step for step in ladder if step > value), default=None)
    return max((step for step in ladder if step < value), default=None)
