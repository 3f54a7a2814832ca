"""The thread between the microphone and the ears of a live session: it runs the front end, which is pure.

The audio threads only put their blocks into a queue, with the time; the far end is lined up with the microphone here.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecoach.audio import RATE, Pcm, Samples
from voicecoach.hearing.far_end import FarEnd
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.hypothesis import Hypothesis

BACKLOG: Final = 500
"""Blocks of 20 ms of both sides that may wait, 5 s; if so many do, this thread stands still, and the ears' silence tells."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of the coach begins or ends here: `voicecoach.engines.Recogniser.edge`."""


class Listening:
    """Hands the microphone's sound to the ears, without the coach's voice where that is possible.

    Args:
        front: what takes his voice out.
        give: gets every piece of sound, and an `Edge` before a piece where a line begins or ends.
        note: is told in a sentence if the front end fails; the ears then get the microphone as it is.
        clock: the one that speaker and microphone share.
    """

    def __init__(self, front: FrontEnd, give: Callable[[Samples | Edge], None], note: Callable[[str], None],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._give, self._note, self._clock = give, note, clock
        self._front = front
        self._far = FarEnd()
        self._work: queue.Queue[tuple[Samples | Pcm, float] | None] = queue.Queue(BACKLOG)
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Samples of the microphone that found the queue full."""

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what waits is not heard any more."""
        if self._thread:
            self._put(None)
            self._thread.join(timeout=2.0)

    def heard(self, block: Samples) -> None:
        """The microphone brought this, just now; never waits."""
        self._put((block, self._clock() - len(block) / RATE))

    def played(self, pcm: Pcm, at: float) -> None:
        """The speaker was given this at `at`; never waits."""
        self._put((pcm, at))

    def vouches(self, hypothesis: Hypothesis) -> bool:
        """Whether it may be a person's, its times on the clock of the sound that was given: `FrontEnd.vouches`."""
        return self._front.vouches(hypothesis)

    def _put(self, work: tuple[Samples | Pcm, float] | None) -> None:
        try:
            self._work.put_nowait(work)
        except queue.Full:
            if work and not isinstance(work[0], Pcm):
                self.dropped += len(work[0])

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            sound, at = work
            try:
                self._take(sound, at)
            except Exception as error:  # noqa: BLE001 - whatever happens here, the people must be heard
                self._note(f"fault: the front end failed ({type(error).__name__}: {error})")
                self._front = FrontEnd()
                if not isinstance(sound, Pcm):
                    self._give(sound)

    def _take(self, sound: Samples | Pcm, at: float) -> None:
        if isinstance(sound, Pcm):
            self._far.played(sound, at)
            return
        for piece in self._front.accept(sound, self._far.take(len(sound), at)):
            if piece.edge:
                self._give(Edge())
            if len(piece.samples):
                self._give(piece.samples)
