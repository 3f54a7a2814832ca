"""One session at a time, and what became of the last one: a file that is locked while a session runs and says which.

The lock belongs to the system and goes with the process, however that ends. What is written in the file goes only with
a goodbye: so whoever finds something there knows that a session broke off.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from voicecoach.errors import EngineError

_MOST = 4096
"""Bytes of the file that are read."""
_FAR = 1 << 20
"""Where the lock lies in the file on Windows, which would keep others from reading what they may lock."""


class Sole:
    """The only session that runs; a context.

    Args:
        path: the file; made when it is not there, for its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """One sentence when other sessions cannot be kept out."""
        self.broke_off = False
        """The last session has ended without a goodbye."""
        self.last_journal: Path | None = None
        """The journal of a session that broke off; None when that is not known."""
        self._file = -1
        self._written = False

    def __enter__(self) -> Self:
        """Lock it.

        Raises:
            EngineError: another session runs.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = _opened(self.path)
        except OSError as error:
            self.trouble = (f"{self.path}: it cannot be kept out that a second session begins beside this one "
                            f"({(error.strerror or str(error)).lower()}); start only one, or allow writing there.")
            return self
        note = self._read()
        if not _locked(self._file):
            os.close(self._file)
            since = f" since {note['began']} (process {note['process']})" if {"began", "process"} <= note.keys() else ""
            raise EngineError("session", f"another one is running on this machine{since}", "end that one first, for the two would talk into each other")
        self.broke_off = bool(note)
        self.last_journal = Path(str(note["journal"])) if note.get("journal") else None
        return self

    def begin(self, journal: Path, now: datetime) -> None:
        """Write down that a session runs whose journal this is; what the last one has left is forgotten. Never fails."""
        with contextlib.suppress(OSError):
            os.lseek(self._file, 0, os.SEEK_SET)
            os.ftruncate(self._file, 0)
            os.write(self._file, json.dumps({"process": os.getpid(), "began": f"{now:%H:%M}", "journal": str(journal.absolute())}).encode())
            self._written = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                if self._written:  # needs no space, so a full disk does not make a goodbye look like a crash
                    os.ftruncate(self._file, 0)
            with contextlib.suppress(OSError):
                os.close(self._file)

    def _read(self) -> dict[str, object]:
        """What stands in the file; something that is no note of ours is a session that broke off while it wrote."""
        data = os.read(self._file, _MOST)
        try:
            note = json.loads(data)
        except ValueError:
            note = None
        if isinstance(note, dict):
            return note
        return {"journal": ""} if data else {}


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return os.open(path, os.O_RDONLY)  # in a folder that may only be read a lock is possible all the same


def _locked(file: int) -> bool:
    """Take the lock, if nobody has it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
