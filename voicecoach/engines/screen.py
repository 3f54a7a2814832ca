"""Puts frames on a terminal, on a thread of its own: a terminal that is slow, or that somebody has halted, must not hold up a session.

It changes no mode of the terminal (see `voicecoach.view.display.painted`), so there is nothing to put back after a crash, a kill or a Ctrl-Z.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from voicecoach.view.display import painted

TURN: Final = 1.0
"""Seconds between two looks whether the terminal has changed its size or its owner."""
AFRESH: Final = 5.0
"""Seconds after which a new picture is written whole, over whatever a library has written into the last one.

Only a new one: when the coach hangs, no picture comes, and the alarm's words (`voicecoach.engines.guardian`) stay on the screen."""
STOPPED: Final = 3.0
"""Seconds between two turns after which the program had been stopped: somebody else has written on the screen since."""

UNKNOWN: Final = os.terminal_size((80, 24))
"""The size of a terminal that does not tell its own."""

Draw = Callable[[int, int], Sequence[str]]
"""A frame of so many columns and rows."""


class Screen:
    """Draws what it is shown last, and again when the terminal has changed.

    Args:
        descriptor: the terminal; nothing else may be written to it while this is at work.
        clock: monotonic seconds.
    """

    def __init__(self, descriptor: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._descriptor, self._clock = descriptor, clock
        self._draw: Draw | None = None
        self._drawn: Draw | None = None
        self._before: Sequence[str] | None = None
        self._size = os.terminal_size((0, 0))
        self._looked = self._whole_at = clock()
        self._wake, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self._thread.start()

    def show(self, draw: Draw) -> None:
        """Draw this from now on. Never waits: what was shown before and not drawn yet is left out."""
        self._draw = draw
        self._wake.set()

    def stop(self) -> None:
        """Draw what was shown last, and no more; what is printed next stands below. A terminal that takes nothing is left alone."""
        self._ending = True
        self._wake.set()
        self._thread.join(timeout=TURN)

    def _run(self) -> None:
        if sys.platform != "win32":  # a program in the background that writes is stopped by this, unless it is blocked
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        ending = False
        while not ending:
            self._wake.wait(TURN)
            self._wake.clear()
            ending = self._ending
            with contextlib.suppress(OSError):  # the window was closed: the people are told by voice
                self._turn()

    def _turn(self) -> None:
        now = self._clock()
        if now - self._looked > STOPPED or not self._ours():
            self._before = None
        self._looked = now
        if self._draw is None or not self._ours():
            return
        size = os.get_terminal_size(self._descriptor)
        if not (size.columns and size.lines):
            size = UNKNOWN
        if size != self._size:
            self._size, self._before = size, None
        frame = self._draw(size.columns, max(1, size.lines - 1))
        before = self._before
        if before is not None and self._draw is not self._drawn and now - self._whole_at > AFRESH:
            before = ()
        if not before:
            self._whole_at = now
        if text := painted(before, frame):
            _write(self._descriptor, text.encode("utf-8", "replace"))
        self._before, self._drawn = frame, self._draw

    def _ours(self) -> bool:
        """Whether this program is in the foreground of the terminal; in the background it leaves the screen to others."""
        if sys.platform == "win32":
            return True
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True  # not the terminal that controls this program


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data):]
