"""What the coach knows of earlier sessions: for "how am I doing?" numbers and the lines that tell them, and for today's dose what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from voicecoach.core.dosing import Earlier


class Trend(Enum):
    """How the last weeks' holds compare with the weeks before; the value is the key of the line that says so."""

    UNKNOWN = ""
    LONGER = "progress.longer"
    SAME = "progress.same"
    SHORTER = "progress.shorter"


@dataclass(frozen=True, slots=True)
class Progress:
    """The client's last weeks; it is given to a session when that begins and never changes in it."""

    weeks: int = 4
    """How many weeks the numbers are about."""
    sessions: int = 0
    """Sessions in these weeks in which something was held, without the present one."""
    minutes: int = 0
    """Held in these sessions together."""
    eases: int = 0
    """How often somebody asked for less in them."""
    trend: Trend = Trend.UNKNOWN
    before: int = 0
    """Sessions before these weeks."""
    earlier: tuple[Earlier, ...] = ()
    """The last sessions in which something was stretched, the latest last: today's dose follows from them."""
    screened: bool = False
    """A full screening was passed lately with a plain "no" to every question; see docs/decisions/people.md."""

    def lines(self) -> Iterator[tuple[str, dict[str, str | float]]]:
        """The keys of the lines that answer "how am I doing?", in order, each with its values."""
        if not self.sessions:
            yield ("progress.long-ago" if self.before else "progress.first"), {}
            return
        if self.sessions == 1:
            yield "progress.one", {"weeks": self.weeks}
        else:
            yield "progress.sessions", {"weeks": self.weeks, "sessions": self.sessions}
            if self.minutes > 1:
                yield "progress.minutes", {"minutes": self.minutes}
        if self.trend is not Trend.UNKNOWN:
            yield self.trend.value, {}
        if self.eases:
            yield "progress.eases", {}


NOTHING_YET = Progress()
"""Of somebody with whom no session is remembered."""
