"""One recogniser on a thread of its own, and how it is noticed that it fails, hangs or falls behind.

Sound is handed over with its place on the session's clock of sound, so that an ear that was built anew in the middle
reports on the same clock as the others.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from voicecoach.audio import RATE, Samples
from voicecoach.engines import Recogniser
from voicecoach.errors import EngineError, VoiceCoachError
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.hearing.path import believed
from voicecoach.vocabulary import Lost, Source

REPORT = RATE // 10
"""Samples after which an ear says how far it has come, even if it has found nothing."""
BACKLOG = 1.2
"""Seconds of sound that may wait for an ear. More is dropped, and that is a loss of hearing: a person who says "stop" must
not wait longer, and the guard's own limit is 1.5 s (`voicecoach.core.safety`)."""
HANGS = 3.0
"""Seconds of sound in which an ear takes none, after which it is given up. Not sooner: a machine that is merely busy would be
kept busy with loading models (seen at nine times the load it could carry)."""
ITEMS = 1024
"""Bound of the queue in items, for a microphone that delivers tiny blocks."""


@dataclass(frozen=True, slots=True)
class Found:
    """An ear worked through sound up to `at` seconds of it and found these."""

    ear: str
    hypotheses: tuple[Hypothesis, ...]
    at: float


@dataclass(frozen=True, slots=True)
class EarReady:
    """This ear has loaded its model and listens."""

    ear: str
    release_only: bool
    """See `voicecoach.engines.Recogniser`."""


@dataclass(frozen=True, slots=True)
class EarFailed:
    """This ear hears nothing any more, and has to be built anew."""

    ear: str
    problem: VoiceCoachError


@dataclass(frozen=True, slots=True, eq=False)
class _Sound:
    samples: Samples
    until: float
    """Seconds of the session's sound at the end of it."""


class EarThread:
    """Builds one ear and feeds it through a bounded queue; what comes of it is posted.

    Args:
        name: the ear's name.
        make: builds it; called in its thread.
        post: takes `Found`, `EarReady`, `EarFailed`, and `Lost` when sound had to be dropped, from any thread.
        vouches: asked in the ear's thread of each hypothesis, on the session's clock of sound; False: only the coach spoke then.
    """

    def __init__(self, name: str, make: Callable[[], Recogniser], post: Callable[[Found | EarReady | EarFailed | Lost], None],
                 vouches: Callable[[Hypothesis], bool] = lambda _: True) -> None:
        self._name, self._make, self._post, self._vouches = name, make, post, vouches
        self._work: queue.Queue[_Sound | Callable[[Recogniser], None] | None] = queue.Queue(ITEMS)
        self._given = self._done = 0
        self.dropped = 0
        """Samples that this ear never got, since it was built."""
        self._behind = False
        self._progress = self._since = 0
        """How far the ear was when it was last seen to move, and how many samples have come since."""
        self._ready = self._failed = False
        self._thread = threading.Thread(target=self._run, name=f"ear-{name}", daemon=True)
        self._thread.start()

    def listen(self, grammar: Grammar) -> None:
        """Understand `grammar` from the next sample on; never waits."""
        self.call(lambda ear: ear.listen(grammar))

    def call(self, action: Callable[[Recogniser], None]) -> None:
        """Do this with the ear, in its thread, between the sound that came before and the sound that comes after; never waits."""
        self._put(action)

    def give(self, samples: Samples, until: float) -> None:
        """Hand over sound that ends at `until` seconds of the session's sound; never waits.

        What does not fit is dropped and counted. That is a loss, but for the time in which the model still loads: nobody was
        promised to be heard by this ear yet.
        """
        waiting = self._given - self._done
        self._since = self._since + len(samples) if self._done == self._progress and waiting else 0
        self._progress = self._done
        if waiting < BACKLOG / 2 * RATE:
            self._behind = False
        if waiting + len(samples) <= BACKLOG * RATE:
            self._given += len(samples)
            self._put(_Sound(samples, until))
            return
        self.dropped += len(samples)
        if self._ready and not self._failed:
            self._complain()

    def _complain(self) -> None:
        """The ear is too far behind: a loss at first, the end of it if it does not move at all."""
        if self._since > HANGS * RATE:
            self._fail(EngineError(self._name, f"it hangs: it has taken no sound for {HANGS:g} s", "close other programs"))
        elif not self._behind:
            self._behind = True
            self._post(Lost(Source.RECOGNISER, f"{self._name} hangs or cannot keep up: {BACKLOG:g} s of sound wait for it"))

    def stop(self) -> None:
        """Let the thread end; a thread that hangs in its model is left behind, for it is a daemon."""
        self._failed = True
        while self._thread.is_alive():
            try:
                self._work.put_nowait(None)
                break
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._work.get_nowait()
        self._thread.join(timeout=2.0)

    def _put(self, work: _Sound | Callable[[Recogniser], None]) -> None:
        if self._failed:
            return
        try:
            self._work.put_nowait(work)
        except queue.Full:
            self._fail(EngineError(self._name, "it cannot keep up with the sound", "close other programs"))

    def _fail(self, problem: VoiceCoachError) -> None:
        if not self._failed:
            self._failed = True
            self._post(EarFailed(self._name, problem))

    def _run(self) -> None:
        try:
            ear = self._make()
            ear.check()
            self._ready = True
            self._post(EarReady(self._name, ear.release_only))
            self._listen(ear)
        except VoiceCoachError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever an engine throws, the people must be told to let go
            self._fail(EngineError(self._name, f"it failed ({error})", "run `voicecoach doctor`"))

    def _listen(self, ear: Recogniser) -> None:
        reported = 0
        while (work := self._work.get()) is not None:
            if not isinstance(work, _Sound):
                work(ear)
                continue
            found = ear.accept(work.samples)
            self._done += len(work.samples)
            if self._failed:  # it hung, was given up, and came back: another one listens in its place
                return
            if found or self._done - reported >= REPORT:
                reported = self._done
                late = work.until - self._done / RATE
                # Asked here and not where the events are merged: the ear has to know before it hears the next window.
                people = believed(ear, [replace(h, start=h.start + late, at=h.at + late) for h in found], self._vouches)
                self._post(Found(self._name, tuple(people), work.until))
