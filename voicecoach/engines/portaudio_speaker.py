"""The speaker of this machine, through PortAudio.

Measured on a virtual device: a speaker that is aborted falls silent after 0-6 ms and starts again 5 ms later on the same stream,
while zeros written into the callback are heard 129-157 ms later, behind what the device has buffered; so hushing aborts.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from voicecoach.audio import Pcm
from voicecoach.engines.portaudio import (
    PATIENCE,
    accepted_format,
    bounded,
    choose_device,
    close_stream,
    library,
    open_speakers,
    open_stream,
    reason_of,
)
from voicecoach.engines.pulse import Route
from voicecoach.errors import EngineError

RESTART: Final = 1.0
"""Seconds that a stream may take to stop or to start at a hush (5 ms were measured) before the speaker counts as lost."""
GRACE: Final = 0.02
"""Seconds after a hush in which the next line is waited for, so that it is in the buffer with which the device starts; started
before it, the line waited behind 0.1 s of silence in some runs."""


@dataclass(slots=True, eq=False)
class _Line:
    """A line on its way to the device."""

    data: bytes
    """Frames as the device takes them."""
    started: Callable[[], None]
    finished: Callable[[], None]
    position: int = 0
    """How much of `data` the device has."""
    begun: bool = False


class PortAudioSpeaker:
    """A `Speaker` with one stream that is always open; lines follow each other without a gap.

    `started` and `finished` are called from a thread of their own when the sound is heard: what the device has
    buffered is waited for.

    Args:
        device: a part of the device's name; empty for the system's default.
        rate: samples a second to ask for; the voice's own saves a conversion. The device's rate where it insists.
    """

    name = "portaudio"

    def __init__(self, device: str = "", rate: int = 22_050) -> None:
        self._wanted, self._rate_wanted = device, rate
        self._stream: Any = None
        self._one_call = threading.Lock()
        """Two calls into one stream at once crash PortAudio (seen)."""
        self._outflow: _Outflow | None = None
        self._route: Route | None = None
        self._played: Callable[[Pcm, float], None] | None = None

    @property
    def underflows(self) -> int:
        """How often the device ran dry because nothing came in time, since `start`."""
        return self._outflow.underflows if self._outflow else 0

    def check(self) -> None:
        """Find the device and a format that it accepts; raise `EngineError` when there is none."""
        accepted_format("speaker", choose_device("speaker", self._wanted), self._rate_wanted)

    def tap(self, played: Callable[[Pcm, float], None]) -> None:
        """See `Speaker.tap`."""
        self._played = played

    def start(self, lost: Callable[[str], None]) -> None:
        """See `Speaker.start`."""
        device = choose_device("speaker", self._wanted)
        rate, channels = accepted_format("speaker", device, self._rate_wanted)
        self._outflow = outflow = _Outflow(lost, rate, channels, self._played)
        try:
            self._stream = open_stream("speaker", device, rate, channels, outflow.callback, outflow.ended)
        except EngineError:
            outflow.close()
            raise
        self._route = Route("speaker", outflow.lose)
        open_speakers.add(self)

    def play(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        """See `Speaker.play`. On a speaker that is lost or stopped a line is over at once."""
        if self._outflow is None:
            started()
            finished()
            return
        self._outflow.add(pcm, started, finished)

    def hush(self) -> None:
        """See `Speaker.hush`. Takes a few milliseconds; the next line starts the stream again, or a moment without one does."""
        outflow = self._outflow
        if outflow is None or not outflow.interrupt():
            return
        if self._bounded_call(outflow, "abort"):
            threading.Thread(target=self._come_back, args=(outflow,), name="speaker-after-hush", daemon=True).start()

    def _come_back(self, outflow: _Outflow) -> None:
        """Start the stream after a hush. A device fills its buffer when it starts: what is in the queue by then is heard at once."""
        outflow.resume(GRACE)
        self._bounded_call(outflow, "start")

    def _bounded_call(self, outflow: _Outflow, method: Literal["abort", "start"]) -> bool:
        """Do this with the stream if there still is one; a device that fails or never answers is lost."""
        with self._one_call:
            if self._stream is None:
                return False
            try:
                if method == "abort" or self._stream.stopped:
                    bounded(getattr(self._stream, method), RESTART)
            except library().PortAudioError as error:
                outflow.lose(reason_of(error))
            except TimeoutError:
                self._stream = None  # the call hangs in it still, so it is left alone for good
                outflow.lose(f"it has not come back in {RESTART:g} s after a hush")
            else:
                return True
            return False

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Close the device for the length of the block, once what is played has been heard, and open it again afterwards.

        Lines that come meanwhile wait. If it cannot be opened again it is lost.
        """
        with self._one_call:
            outflow, stream = self._outflow, self._stream
            if outflow is None or stream is None or not outflow.pause(PATIENCE * 2):
                yield
                return
            if self._route:
                self._route.close()
                self._route = None
            close_stream(stream)
            self._stream = None
            try:
                yield
            finally:
                try:
                    device = choose_device("speaker", self._wanted)
                    self._stream = open_stream("speaker", device, *outflow.format, outflow.callback, outflow.ended)
                    outflow.resume()
                    self._route = Route("speaker", outflow.lose)
                except EngineError as error:
                    outflow.lose(str(error))

    def stop(self) -> None:
        """See `Speaker.stop`."""
        if self._route:
            self._route.close()
            self._route = None
        if self._outflow:
            self._outflow.close()
        with self._one_call:
            close_stream(self._stream)
            self._stream = self._outflow = None


class _Outflow:
    """The queue of lines, the callback that empties it, and the thread that tells what was heard."""

    def __init__(self, lost: Callable[[str], None], rate: int, channels: int, played: Callable[[Pcm, float], None] | None = None) -> None:
        self._lost, self._rate, self._channels, self._played = lost, rate, channels, played
        self._lock = threading.Lock()
        self._lines: deque[_Line] = deque()
        self._notices: deque[tuple[float, Callable[[], None]]] = deque()
        self._changed = threading.Condition(self._lock)
        self._open, self._ending, self._interrupted = True, False, False
        self._end_expected = 0.0
        self._asked = time.monotonic()
        self.underflows = 0
        self._thread = threading.Thread(target=self._notify, name="speaker", daemon=True)
        self._thread.start()

    def add(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        """Queue a line, or finish it at once if nothing is played any more."""
        frames = (np.clip(pcm.at(self._rate).samples, -1.0, 1.0) * 32767).astype(np.int16)
        line = _Line(np.repeat(frames, self._channels).tobytes(), started, finished)
        with self._lock:
            if not self._lines:
                self._asked = time.monotonic()
            self._lines.append(line)
            self._changed.notify_all()
            if not self._open:
                self._drop()

    def callback(self, out: Any, frames: int, when: Any, status: Any) -> None:  # noqa: ANN401 - PortAudio's
        """Fill one block from the queue, the rest with silence; runs in PortAudio's thread."""
        width = 2 * self._channels
        at, need = 0, frames * width
        now = time.monotonic()
        heard = now + min(1.0, max(0.0, when.outputBufferDacTime - when.currentTime))
        with self._lock:
            self._asked = now
            self.underflows += bool(status.output_underflow)
            while self._lines and at < need and not self._interrupted:
                line = self._lines[0]
                if not line.begun:
                    line.begun = True
                    self._tell(heard + at / width / self._rate, line.started)
                piece = line.data[line.position: line.position + need - at]
                out[at: at + len(piece)] = piece
                at += len(piece)
                line.position += len(piece)
                if line.position == len(line.data):
                    self._lines.popleft()
                    self._tell(heard + at / width / self._rate, line.finished)
        out[at:need] = bytes(need - at)
        if self._played:
            self._played(self._first_channel(out, frames), now)

    def _first_channel(self, out: Any, frames: int) -> Pcm:  # noqa: ANN401 - the same
        """A copy of what the device gets; every channel has the same."""
        samples = np.frombuffer(out, np.int16, frames * self._channels)[:: self._channels]
        return Pcm(np.asarray(samples / np.float32(32768), np.float32), self._rate)

    def interrupt(self) -> bool:
        """Drop every line and give the device silence until `resume`, so that it can be stopped and started.

        Returns:
            False if the device is lost: then it must be left alone.
        """
        with self._lock:
            self._interrupted = True
            self._drop()
            return self._open

    def resume(self, grace: float = 0.0) -> None:
        """Go on as soon as there is a line, after `grace` seconds at the latest.

        Some systems tell late that the stream had ended, so that is expected for a moment.
        """
        with self._lock:
            self._changed.wait_for(lambda: bool(self._lines) or self._ending, timeout=grace)
            self._interrupted = False
            self._asked = time.monotonic()
            self._end_expected = self._asked + 0.5

    @property
    def format(self) -> tuple[int, int]:
        """The rate and the number of channels of every line in the queue."""
        return self._rate, self._channels

    def pause(self, patience: float) -> bool:
        """Wait until nothing sounds, for so many seconds at most, and give the device silence until `resume`.

        Returns:
            False if the device is lost, or has not come to rest.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with self._lock:
                if not self._open:
                    return False
                if not self._lines and not self._notices:
                    self._interrupted = True
                    return True
            time.sleep(0.02)
        return False

    def _drop(self) -> None:
        """Forget every line; what is owed to their callers is due now."""
        self._notices = deque((0.0, call) for _, call in self._notices)
        while self._lines:
            line = self._lines.popleft()
            if not line.begun:
                self._tell(0.0, line.started)
            self._tell(0.0, line.finished)

    def _tell(self, due: float, call: Callable[[], None]) -> None:
        self._notices.append((due, call))
        self._changed.notify_all()

    def ended(self) -> None:
        """The stream is over: we interrupted or closed it, or the device has gone."""
        if not self._interrupted and time.monotonic() > self._end_expected:
            self.lose("the sound output has ended")

    def lose(self, reason: str) -> None:
        """The device has gone: drop everything, and report it once."""
        with self._lock:
            was_open, self._open = self._open, False
            self._drop()
        if was_open:
            self._lost(reason)

    def close(self) -> None:
        """Drop everything, report nothing more, and return once all callers have been told."""
        with self._lock:
            self._open, self._ending = False, True
            self._drop()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _notify(self) -> None:
        """The thread: makes each call when it is due, and watches that a playing device keeps asking for more."""
        before = time.monotonic()
        while True:
            with self._lock:
                now = time.monotonic()
                if now - before > PATIENCE / 2:  # this program stood still itself, so nobody can have been asked for sound
                    self._asked = now
                before = now
                call, stuck = self._next()
                if not call and not stuck:
                    if self._ending:
                        return
                    due = self._notices[0][0] - time.monotonic() if self._notices else PATIENCE
                    self._changed.wait(max(0.0, min(due, PATIENCE / 4)))
            if call:
                call()
            elif stuck:
                self.lose(f"it has taken no sound for {PATIENCE:g} s")

    def _next(self) -> tuple[Callable[[], None] | None, bool]:
        """The call that is due, if any, and whether the device is stuck."""
        now = time.monotonic()
        if self._notices and self._notices[0][0] <= now:
            return self._notices.popleft()[1], False
        return None, self._open and bool(self._lines) and now - self._asked > PATIENCE
