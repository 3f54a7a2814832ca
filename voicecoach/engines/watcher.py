"""One thread that reads file descriptors until it is told to stop: for everything that a hand can press on POSIX."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Mapping

CHUNK = 4096
"""Bytes read at a time."""


class Watcher:
    """Calls back with what each descriptor brings, and owns the descriptors: they are closed at the end.

    Args:
        descriptors: what to read, and who is told of the bytes.
        lost: called once with the descriptor that has ended or failed; nothing is read after that.
    """

    def __init__(self, descriptors: Mapping[int, Callable[[bytes], None]], lost: Callable[[], None]) -> None:
        self._descriptors, self._lost = dict(descriptors), lost
        self._asleep, self._wake = os.pipe()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="hand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more and close everything; may be called again."""
        if not self._ending:
            self._ending = True
            with contextlib.suppress(OSError):  # it may just have ended by itself
                os.write(self._wake, b".")
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            while not self._ending:
                ready, _, _ = select.select([*self._descriptors, self._asleep], [], [])
                if not all(self._read(descriptor) for descriptor in ready if descriptor != self._asleep):
                    break
        finally:
            gone = not self._ending
            self._ending = True
            for descriptor in (*self._descriptors, self._asleep, self._wake):
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            if gone:
                self._lost()

    def _read(self, descriptor: int) -> bool:
        """Pass on what has come; False when nothing will come any more."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if data and not self._ending:
            self._descriptors[descriptor](data)
        return bool(data)
