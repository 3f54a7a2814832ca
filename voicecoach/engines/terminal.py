r"""Any key of the keyboard, as long as the terminal of the session has it; lines of a pipe where there is no terminal.

While it listens the terminal passes on single keys. Ctrl-Z, Ctrl-S and Ctrl-\ are keys like all others then: each of
them would make the coach fall silent with the force still on. Ctrl-C stays what it is. The terminal is put back
in every case; a helper process sees to that even when this one is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from voicecoach.engines.presses import KEY, Keystrokes
from voicecoach.engines.watcher import CHUNK, SelfPipe, Watcher
from voicecoach.errors import EngineError

SETTLE: Final = 0.05
"""Seconds after which a sequence that has begun is over: a lone escape."""
LOOK: Final = 0.5
"""Seconds between two looks whether the terminal is still ours and as we need it."""
POLL: Final = 0.03
"""The same on Windows, for keys."""
GUARD: Final = 'read -r _ || stty "$1" <&1'
"""What the helper does: wait for a word; without one, put the terminal back."""


def standard_input() -> int:
    """The descriptor of the standard input; -1 where a program has none."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return -1


class Terminal:
    """A `Hand`: every key is a press, and a sequence of several bytes is one key.

    Args:
        descriptor: the terminal; left out: the standard input.
    """

    name = "keyboard"

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = standard_input() if descriptor is None else descriptor
        self._hand: _Keys | _Lines | _WindowsKeys | None = None
        self._was_terminal = False

    def check(self) -> None:
        """Return when keys can be read; raise `EngineError` when there is neither a terminal nor a pipe."""
        if not (self.is_terminal or self._is_pipe):
            raise EngineError(self.name, "the session has no terminal, so keys do nothing", "start it in a terminal window")

    @property
    def is_terminal(self) -> bool:
        """Somebody can press a key."""
        try:
            return self._descriptor >= 0 and os.isatty(self._descriptor)
        except OSError:
            return False

    @property
    def _is_pipe(self) -> bool:
        try:
            mode = os.fstat(self._descriptor).st_mode
        except OSError:
            return False
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)

    def start(self, press: Callable[[str], None], lost: Callable[[str], None]) -> None:
        """See `Hand.start`. With neither a terminal nor a pipe nothing is read, and the end of a pipe is no loss.

        Raises:
            EngineError: there was a terminal, and it has not come back.
        """
        if self._was_terminal:
            self.check()
        self._was_terminal = self.is_terminal
        if self.is_terminal and sys.platform == "win32":
            self._hand = _WindowsKeys(press)
        elif self.is_terminal:
            self._hand = _Keys(self._descriptor, press, lambda: lost("the terminal has gone"))
        elif self._is_pipe and sys.platform != "win32":
            self._hand = _Lines(self._descriptor, press)

    def stop(self) -> None:
        """See `Hand.stop`."""
        if self._hand:
            self._hand.stop()


class _Lines:
    """Each line of a pipe is a press, whatever stands in it."""

    def __init__(self, descriptor: int, press: Callable[[str], None]) -> None:
        def take(data: bytes) -> None:
            for _ in range(data.count(b"\n")):
                press("line")
        self._watcher = Watcher({os.dup(descriptor): take}, lambda: None)

    def stop(self) -> None:
        self._watcher.stop()


if sys.platform == "win32":
    import msvcrt

    class _WindowsKeys:
        """The keys of a Windows console; an extended key comes as two characters."""

        def __init__(self, press: Callable[[str], None]) -> None:
            self._press = press
            self._ending = threading.Event()
            threading.Thread(target=self._run, name="hand", daemon=True).start()

        def stop(self) -> None:
            self._ending.set()

        def _run(self) -> None:
            while not self._ending.wait(POLL):
                while msvcrt.kbhit():
                    if msvcrt.getwch() in ("\0", "\xe0"):
                        msvcrt.getwch()
                    self._press(KEY)

    class _Keys:
        """There are no such terminals here."""

        def __init__(self, descriptor: int, press: Callable[[str], None], lost: Callable[[], None]) -> None:
            raise NotImplementedError

        def stop(self) -> None:
            raise NotImplementedError

else:
    import termios

    class _WindowsKeys:
        """There is no such console here."""

        def __init__(self, press: Callable[[str], None]) -> None:
            raise NotImplementedError

        def stop(self) -> None:
            raise NotImplementedError

    class _Keys:
        """The keys of a POSIX terminal, on a thread."""

        def __init__(self, descriptor: int, press: Callable[[str], None], lost: Callable[[], None]) -> None:
            self._descriptor, self._press, self._lost = descriptor, press, lost
            self._keystrokes = Keystrokes()
            self._before: list[Any] | None = None
            self._guard: subprocess.Popen[bytes] | None = None
            self._pipe = SelfPipe()
            self._prepare()
            atexit.register(self.stop)
            self._thread = threading.Thread(target=self._run, name="hand", daemon=True)
            self._thread.start()

        def stop(self) -> None:
            """Put the terminal back."""
            atexit.unregister(self.stop)
            self._pipe.end(self._thread)

        # --- the terminal's mode ---

        def _ours(self) -> bool:
            """Whether this program is in the foreground; one in the background would be stopped by reading."""
            try:
                return os.tcgetpgrp(self._descriptor) == os.getpgrp()
            except OSError:
                return True  # not the terminal that controls this program: nobody stops it

        def _prepare(self) -> None:
            """Single keys, no echo, no key that stops the program or its output; nothing if that is so already."""
            if not self._ours():
                return
            try:
                mode = termios.tcgetattr(self._descriptor)
                if not mode[3] & termios.ICANON:
                    return
                if self._before is None:
                    self._before = [*mode[:6], list(mode[6])]
                    self._guard = _guard(self._descriptor)
                mode[0] &= ~(termios.IXON | termios.IXOFF)
                mode[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
                off = bytes([os.fpathconf(self._descriptor, "PC_VDISABLE") & 0xFF])
                for number in (termios.VSUSP, termios.VQUIT):
                    mode[6][number] = off
                mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
                termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, mode)
            except (termios.error, OSError):
                return  # reading will tell

        def _restore(self) -> None:
            if self._before is not None and self._ours():
                with contextlib.suppress(termios.error, OSError):
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
            if self._guard and self._guard.stdin:
                with contextlib.suppress(OSError):
                    self._guard.stdin.write(b"done\n")
                    self._guard.stdin.close()
                self._guard.wait()

        # --- the thread ---

        def _run(self) -> None:
            # A program in the background that reads or sets its terminal is stopped by these, unless they are blocked.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
            gone = False
            try:
                while not self._pipe.ending and not gone:
                    gone = not self._turn()
            finally:
                self._restore()
                self._pipe.close()
            if gone:
                self._lost()

        def _turn(self) -> bool:
            """Wait for a key, or for the next look at the terminal; False when it has gone."""
            pending = self._keystrokes.pending
            watched = [self._pipe.reader, self._descriptor] if self._ours() else [self._pipe.reader]
            ready, _, _ = select.select(watched, [], [], SETTLE if pending else LOOK)
            if self._pipe.ending:
                return True
            if self._descriptor in ready:
                return self._read()
            for key in self._keystrokes.flush():
                self._press(key)
            self._prepare()
            return True

        def _read(self) -> bool:
            try:
                data = os.read(self._descriptor, CHUNK)
            except OSError:
                return not self._ours()
            for key in self._keystrokes.feed(data):
                self._press(key)
            return bool(data)


def _guard(descriptor: int) -> subprocess.Popen[bytes] | None:
    """A helper that puts the terminal back once this process is gone without having done so; None if there can be none."""
    try:
        saved = subprocess.run(["stty", "-g"], stdin=descriptor, capture_output=True, check=True, timeout=2).stdout.decode().strip()  # noqa: S607
        # A session of its own: no Ctrl-C and no closing window reaches it.
        return subprocess.Popen(["sh", "-c", GUARD, "sh", saved], stdin=subprocess.PIPE, stdout=descriptor,  # noqa: S603, S607
                                stderr=subprocess.DEVNULL, start_new_session=True)
    except (OSError, subprocess.SubprocessError):
        return None
