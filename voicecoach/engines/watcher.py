"""One thread that reads file descriptors until it is told to stop: for everything that a hand can press on POSIX."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Mapping

CHUNK = 4096
"""Bytes read at a time."""


class SelfPipe:
    """Ends a thread that waits in `select`: the thread watches this beside its descriptors, and whoever wants it to end writes to it."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        """`reader` is the descriptor for `select`."""
        self.ending = False
        """The thread has to end, or has ended by itself."""

    def end(self, thread: threading.Thread) -> None:
        """Let `thread` end and wait for it, unless it is the one that asks; may be called again."""
        if not self.ending:
            self.ending = True
            with contextlib.suppress(OSError):  # it may just have ended by itself
                os.write(self._writer, b".")
        if threading.current_thread() is not thread:
            thread.join(timeout=2.0)

    def close(self) -> None:
        """The last thing that the thread does with it."""
        self.ending = True
        os.close(self.reader)
        os.close(self._writer)


class Watcher:
    """Calls back with what each descriptor brings, and owns the descriptors: they are closed at the end.

    Args:
        descriptors: what to read, and who is told of the bytes.
        lost: called once with the descriptor that has ended or failed; nothing is read after that.
    """

    def __init__(self, descriptors: Mapping[int, Callable[[bytes], None]], lost: Callable[[], None]) -> None:
        self._descriptors, self._lost = dict(descriptors), lost
        self._pipe = SelfPipe()
        self._thread = threading.Thread(target=self._run, name="hand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more and close everything; may be called again."""
        self._pipe.end(self._thread)

    def _run(self) -> None:
        try:
            while not self._pipe.ending:
                ready, _, _ = select.select([*self._descriptors, self._pipe.reader], [], [])
                if not all(self._read(descriptor) for descriptor in ready if descriptor != self._pipe.reader):
                    break
        finally:
            gone = not self._pipe.ending
            self._pipe.close()
            for descriptor in self._descriptors:
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
        if data and not self._pipe.ending:
            self._descriptors[descriptor](data)
        return bool(data)
