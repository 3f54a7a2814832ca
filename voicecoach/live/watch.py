"""Whether the microphone still hears the room. Pure: time and sound are passed in.

A dead microphone has many faces: nothing comes, exact zeros come, or, after it was pulled out, the sound system quietly
gives the speaker's own sound instead, and the coach hears nobody but himself. So after a loss only sound that is there while
the coach is silent proves that somebody could be heard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from voicecoach.audio import RATE, Samples

SILENCE: Final = 1.2
"""Seconds without living sound after which the microphone counts as lost; the guard's own limit is 1.5 s."""
HEARTBEAT: Final = RATE // 2
"""Samples between two signs of life."""
PROOF: Final = RATE // 2
"""Samples of living sound in the coach's silence that end the suspicion after a loss."""
TAIL: Final = 0.7
"""Seconds after a line in which the microphone may still bring the coach's own voice: buffers of both devices and the room."""

EVERY: Final = 60.0
"""Seconds between two lines in the journal about how much sound came in."""
GAPS: Final = 5
"""So many gaps in the sound within `GAPS_IN` seconds, and half a "stop" may be missing: that is no hearing any more."""
GAPS_IN: Final = 5.0


class MicrophoneWatch:
    """Watches one microphone. `block` may be called from the audio thread, all else from one other thread."""

    def __init__(self, now: float) -> None:
        """Begin with a microphone that has just been opened, at `now` on the caller's clock."""
        self._last = now
        self._samples = 0
        self._expected = True
        self._proof = PROOF  # the first one is believed: the user chose it, and `voicecoach run` has just checked it
        self._speaking, self._quiet_from = False, now

    def block(self, now: float, block: Samples) -> bool:
        """Take one block; True when it is time for a sign of life."""
        if not block.any():  # a muted or dead device is no sign of life
            self._proof = 0 if self._proof < PROOF else self._proof
            return False
        self._last = now
        if self._proof < PROOF:
            if not self._speaking and now - self._quiet_from >= TAIL:
                self._proof += len(block)
            return False
        before, self._samples = self._samples, self._samples + len(block)
        return before // HEARTBEAT != self._samples // HEARTBEAT

    def coach(self, now: float, *, speaking: bool) -> None:
        """A line of the coach sounds or waits, or none does any more."""
        if self._speaking and not speaking:
            self._quiet_from = now
        self._speaking = speaking

    def lost(self) -> None:
        """The microphone is gone: wait for `opened`, and believe nothing at first."""
        self._expected, self._proof = False, 0

    def opened(self, now: float) -> None:
        """The microphone has been opened again."""
        self._last, self._expected = now, True

    @property
    def deadline(self) -> float | None:
        """When `silent` becomes true unless sound comes; None while no microphone is open."""
        return self._last + SILENCE if self._expected else None

    def silent(self, now: float) -> bool:
        """The microphone is open and has brought no living sound for too long."""
        return self._expected and now >= self._last + SILENCE


class Gaps(NamedTuple):
    """Counts of lost sound. They begin at nothing again when a device is opened or an ear is built anew."""

    overflows: int = 0
    """How often the microphone's sound was not fetched in time."""
    underflows: int = 0
    """How often the speaker ran dry."""
    dropped: int = 0
    """Samples for which an ear had no time."""


class Account:
    """Keeps the books about lost sound: every gap that the devices count, and how much sound came in how much time."""

    def __init__(self) -> None:
        self._before = Gaps()
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._next = 0.0

    def keep(self, now: float, heard: float, gaps: Gaps, note: Callable[..., None]) -> str:
        """Write down what is new.

        Args:
            now: seconds of the session.
            heard: seconds of sound that the microphone has brought since then.
            gaps: all that is counted.
            note: writes into the journal.

        Returns:
            Why the sound has too many gaps to hear by; empty if it has not.
        """
        new = Gaps(*(max(0, count - before) for count, before in zip(gaps, self._before, strict=True)))
        self._before = gaps
        if any(new) or now >= self._next:
            note("sound", now=round(now, 3), heard=round(heard, 3), **new._asdict())
            self._next = now + EVERY if now >= self._next else self._next
        self._gaps.extend([now] * new.overflows)
        if len(self._gaps) == GAPS and now - self._gaps[0] <= GAPS_IN:
            self._gaps.clear()
            return f"its sound had {GAPS} gaps in {GAPS_IN:g} s"
        return ""
