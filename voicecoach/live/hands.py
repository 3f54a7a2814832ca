"""Everything with which somebody says stop without a voice: many hands, one event.

A press means stop in every phase, and never anything else: no key goes on, so nobody can go on by leaning on one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from voicecoach.engines import Hand
from voicecoach.errors import EngineError
from voicecoach.vocabulary import Alive, Event, Evidence, Heard, Intent, Lost, Source

DEAD_TIME: Final = 2.0
"""Seconds after a press in which another one tells nothing new: the answer to it is being spoken."""
HELD: Final = 1.1
"""Seconds between two presses of a key that is held or hammered: keyboards repeat after 0.25 to 1 s, then faster."""
LONGEST_HELD: Final = 6.0
"""Seconds after which even a held key counts again; the longest line that takes force away is over by then."""
REOPEN: Final = 3.0
"""Seconds between two attempts to find a lost button again."""


def press(hand: str, key: str) -> Heard:
    """The event that any press of any key is."""
    return Heard(Intent.STOP, Evidence.STRONG, key, ear=hand)


class Presses:
    """Which presses count. Every "stop" begins the release line anew, so a held key must not keep it from being heard."""

    def __init__(self) -> None:
        self._counted = self._last = float("-inf")

    def accept(self, now: float) -> bool:
        """Whether a press `now`, in seconds, is a new one."""
        held = now - self._last < HELD and now - self._counted < LONGEST_HELD
        self._last = now
        if held or now - self._counted < DEAD_TIME:
            return False
        self._counted = now
        return True


class Hands:
    """Watches every hand, tells when one is lost, and looks for it again."""

    def __init__(self, hands: Sequence[Hand], post: Callable[[Event], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._hands, self._post, self._clock = tuple(hands), post, clock
        self._presses = Presses()
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def start(self) -> None:
        """Watch them all.

        Raises:
            EngineError: one of them is not there; it is better to know that before anybody relies on it.
        """
        for hand in self._hands:
            self._start(hand)

    def stop(self) -> None:
        """Let go of them all."""
        self._ending.set()
        for hand in self._hands:
            hand.stop()

    def _start(self, hand: Hand) -> None:
        hand.start(lambda key: self._pressed(hand, key), lambda reason: self._lost(hand, reason))

    def _pressed(self, hand: Hand, key: str) -> None:
        with self._lock:
            counts = self._presses.accept(self._clock())
        if counts:
            self._post(press(hand.name, key))

    def _lost(self, hand: Hand, reason: str) -> None:
        self._post(Lost(Source.BUTTON, reason))
        threading.Thread(target=self._look_for, args=(hand,), name=f"look-for-{hand.name}", daemon=True).start()

    def _look_for(self, hand: Hand) -> None:
        while not self._ending.wait(REOPEN):
            try:
                hand.stop()
                self._start(hand)
            except EngineError:
                continue
            if self._ending.is_set():
                hand.stop()
            else:
                self._post(Alive(Source.BUTTON))
            return
