"""Keeping the sound of a session, for those who ask for it with ``--keep-audio``: a FLAC file beside the journal, for its owner alone.

It is fed on the thread of the front end, which must never wait for a disk: so the file is written on a thread of its own,
and a disk that cannot follow loses sound of the recording, never of the session.
"""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from voicecoach.audio import RATE, Samples
from voicecoach.hearing.front import FrontEnd, Piece
from voicecoach.hearing.hypothesis import Hypothesis

BACKLOG: Final = 1500
"""Blocks of 20 ms that may wait for the disk, 30 s."""
LAST_WORDS: Final = 5.0
"""Seconds that the end of a session may wait for the disk."""


class AudioKeeper:
    """Writes two channels: the coach as his loudspeaker plays him left, the microphone right.

    What goes wrong is told by `trouble`, never by an exception.
    """

    def __init__(self, path: Path) -> None:
        """Make the file, readable by its owner only."""
        self.path = path
        self.trouble = ""
        """One sentence when sound was lost; empty while all is well."""
        self._blocks: queue.Queue[Samples | None] = queue.Queue(BACKLOG)
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, microphone: Samples, coach: Samples) -> None:
        """Take the next samples of both; never waits."""
        try:
            self._blocks.put_nowait(np.stack([coach, microphone], axis=1).astype(np.float32))
        except queue.Full:
            self._fail("the disk is too slow")

    def close(self) -> None:
        """Write what is left."""
        try:
            self._blocks.put(None, timeout=LAST_WORDS)
            self._thread.join(LAST_WORDS)
        except queue.Full:
            self._fail("the disk is too slow")

    def _run(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w+b") as data, soundfile.SoundFile(data, "w", RATE, 2, "PCM_16", format="FLAC") as file:
                while (block := self._blocks.get()) is not None:
                    file.write(np.clip(np.nan_to_num(block), -1.0, 1.0))
        except (OSError, soundfile.SoundFileError) as error:
            self._fail(str(getattr(error, "strerror", None) or error))
            while self._blocks.get() is not None:  # so that nothing piles up
                pass

    def _fail(self, why: str) -> None:
        self.trouble = f"{self.path}: the sound of this session could not be kept whole ({why.lower()}); free some space or allow writing there."


class KeptFront(FrontEnd):
    """A front end that hands everything to a keeper on the way."""

    def __init__(self, front: FrontEnd, keeper: AudioKeeper) -> None:
        """Stand before `front`, which does the work."""
        super().__init__()
        self._inner, self._keeper = front, keeper

    @property
    def sounding(self) -> bool:
        """See `FrontEnd.sounding`."""
        return self._inner.sounding

    @property
    def attenuation(self) -> float:
        """See `FrontEnd.attenuation`."""
        return self._inner.attenuation

    @property
    def now(self) -> float:
        """See `FrontEnd.now`."""
        return self._inner.now

    def vouches(self, hypothesis: Hypothesis) -> bool:
        """See `FrontEnd.vouches`."""
        return self._inner.vouches(hypothesis)

    def accept(self, microphone: Samples, far: Samples) -> list[Piece]:
        """See `FrontEnd.accept`."""
        self._keeper.keep(microphone, far)
        return self._inner.accept(microphone, far)
