"""The microphone and the speaker of this machine, through PortAudio (sounddevice).

The audio callbacks copy and count and do nothing else. Measured on a virtual device: a speaker that is aborted falls silent
after 0-6 ms and starts again 5 ms later on the same stream, while zeros written into the callback are heard 129-157 ms
later, behind what the device has buffered; so hushing aborts. A device that is pulled out may show no error at all: the
blocks pause and then come from somewhere else, so a pause counts as loss.
"""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, TypeVar, cast

import numpy as np
import soxr

from voicecoach.audio import RATE, Pcm, Samples
from voicecoach.engines.pulse import Route
from voicecoach.errors import EngineError
from voicecoach.machine.devices import Kind, SoundDevice, choose

BLOCK: Final = 320
"""Samples a block at 16 kHz: 20 ms."""

LATENCY: Final = 0.1
"""Seconds that PortAudio is asked to buffer. "low" underflowed badly in some runs, and hushing does not wait for it."""

GAP: Final = 1.2
"""Seconds between two blocks of the microphone after which the device counts as lost. A removed source was seen to
pause for 1.8 s and then to go on with another device's sound; bursts and busy machines stay well below one second."""

MUTED: Final = 2.0
"""Seconds of exact zeros after which a microphone counts as muted; a live one always has some noise."""

PATIENCE: Final = 3.0
"""Seconds for the first block after opening (0.05-1.4 s were seen), and for a playing speaker to ask for more."""

RESTART: Final = 1.0
"""Seconds that a stream may take to stop or to start at a hush (5 ms were measured) before the speaker counts as lost."""
GRACE: Final = 0.02
"""Seconds after a hush in which the next line is waited for, so that it is in the buffer with which the device starts; started
before it, the line waited behind 0.1 s of silence in some runs."""

T = TypeVar("T")


def devices() -> list[SoundDevice]:
    """Every sound device of this machine.

    Raises:
        EngineError: the PortAudio library is missing or broken.
    """
    sounddevice = _sounddevice()
    try:
        chosen: dict[Kind, int] = dict(zip(("microphone", "speaker"), sounddevice.default.device, strict=True))
        hosts = [host["name"] for host in sounddevice.query_hostapis()]
        return [SoundDevice(index, d["name"], hosts[d["hostapi"]], d["max_input_channels"], d["max_output_channels"],
                            int(d["default_samplerate"]), tuple(kind for kind, at in chosen.items() if at == index))
                for index, d in enumerate(sounddevice.query_devices())]
    except sounddevice.PortAudioError as error:
        raise EngineError("sound", f"the devices cannot be listed ({_reason(error)})", "restart the sound system") from error


class PortAudioMicrophone:
    """A `Microphone`; blocks are 20 ms long, or about that where the device has a rate of its own.

    Args:
        device: a part of the device's name; empty for the system's default.
        muted: seconds of exact zeros that count as a loss; infinite for a device that gates its noise to zero.
    """

    name = "portaudio"

    def __init__(self, device: str = "", *, muted: float = MUTED) -> None:
        self._wanted, self._muted = device, muted
        self._stream: Any = None
        self._intake: _Intake | None = None
        self._route: Route | None = None
        self._failed = False

    @property
    def overflows(self) -> int:
        """How often the system had to drop sound because it was not fetched in time, since `start`."""
        return self._intake.overflows if self._intake else 0

    def check(self) -> None:
        """Find the device and a format that it accepts; raise `EngineError` when there is none."""
        _format("microphone", _choose("microphone", self._wanted), RATE)

    def start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        """See `Microphone.start`. Returns when sound is coming in.

        When it fails for a second time the devices are listed anew: PortAudio does so only when it is initialised, and knows
        nothing of a device that was plugged in since.
        """
        try:
            if self._failed:
                look_again()
            self._start(deliver, lost)
        except EngineError:
            self._failed = True
            raise
        self._failed = False

    def _start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        device = _choose("microphone", self._wanted)
        rate, channels = _format("microphone", device, RATE)
        self._intake = intake = _Intake(deliver, lost, rate, channels, self._muted)
        self._stream = _open("microphone", device, rate, channels, intake.callback, intake.ended)
        if not intake.first.wait(PATIENCE):
            self.stop()
            raise EngineError("microphone", f"{device.name} is open but gives no sound",
                              "check that it is connected, or choose another device")
        self._route = route = Route("microphone", intake.lose)
        if route.first and route.first.monitor and "monitor" not in self._wanted.lower():
            self.stop()
            raise EngineError("microphone", f"there is none: the sound system gives the speaker's own sound ({route.first.name}) instead",
                              "connect a microphone and try again")
        intake.trusted = True

    def stop(self) -> None:
        """See `Microphone.stop`."""
        if self._intake:
            self._intake.close()
        if self._route:
            self._route.close()
            self._route = None
        _close(self._stream)
        self._stream = None


class _Intake:
    """What happens to each block that the device brings; runs in PortAudio's thread."""

    def __init__(self, deliver: Callable[[Samples], None], lost: Callable[[str], None], rate: int, channels: int,
                 muted: float) -> None:
        self._deliver, self._lost, self._rate, self._channels, self._muted = deliver, lost, rate, channels, muted
        self._resampler = soxr.ResampleStream(rate, RATE, 1, "float32") if rate != RATE else None
        self._open = True
        self.trusted = False
        """It is known where the sound comes from; before, none is delivered."""
        self._previous = 0.0
        self._zeros = 0
        self.first = threading.Event()
        self.overflows = 0

    def callback(self, data: Any, frames: int, _time: Any, status: Any) -> None:  # noqa: ANN401 - PortAudio's
        """Deliver one block, unless it tells that the device has gone."""
        if not self._open:
            return
        now, previous = time.monotonic(), self._previous
        self._previous = now
        self.first.set()
        self.overflows += bool(status.input_overflow)
        block = np.asarray(np.frombuffer(data, np.int16) / np.float32(32768), np.float32)
        self._zeros = 0 if block.any() else self._zeros + frames
        if previous and now - previous > GAP:
            self.lose(f"no sound came for {now - previous:.1f} s")
        elif self._zeros > self._muted * self._rate:
            self.lose(f"exact silence for {self._muted:g} s: it is muted")
        elif self.trusted:
            self._pass_on(block)

    def _pass_on(self, block: Samples) -> None:
        if self._channels > 1:
            block = block.reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        if self._resampler:
            block = self._resampler.resample_chunk(block)
        if len(block):
            self._deliver(block)

    def ended(self) -> None:
        """The stream is over: we closed it, or the device has gone."""
        self.lose("the sound input has ended")

    def close(self) -> None:
        """Deliver nothing more and report nothing more."""
        self._open = False

    def lose(self, reason: str) -> None:
        """The device has gone: deliver nothing more, and report it once."""
        if self._open:
            self._open = False
            self._lost(reason)


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
        _format("speaker", _choose("speaker", self._wanted), self._rate_wanted)

    def tap(self, played: Callable[[Pcm, float], None]) -> None:
        """See `Speaker.tap`."""
        self._played = played

    def start(self, lost: Callable[[str], None]) -> None:
        """See `Speaker.start`."""
        device = _choose("speaker", self._wanted)
        rate, channels = _format("speaker", device, self._rate_wanted)
        self._outflow = outflow = _Outflow(lost, rate, channels, self._played)
        try:
            self._stream = _open("speaker", device, rate, channels, outflow.callback, outflow.ended)
        except EngineError:
            outflow.close()
            raise
        self._route = Route("speaker", outflow.lose)
        _speakers.add(self)

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
                    _bounded(getattr(self._stream, method), RESTART)
            except _sounddevice().PortAudioError as error:
                outflow.lose(_reason(error))
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
            _close(stream)
            self._stream = None
            try:
                yield
            finally:
                try:
                    device = _choose("speaker", self._wanted)
                    self._stream = _open("speaker", device, *outflow.format, outflow.callback, outflow.ended)
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
            _close(self._stream)
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


# --- PortAudio --------------------------------------------------------------------------------------------------


def _sounddevice() -> Any:  # noqa: ANN401 - the module has no types
    try:
        import sounddevice  # noqa: PLC0415 - the import itself fails without the library
    except OSError as error:
        raise EngineError("sound", "the PortAudio library is missing", "run `sudo apt install libportaudio2`") from error
    return sounddevice


_speakers: weakref.WeakSet[PortAudioSpeaker] = weakref.WeakSet()
"""Those that may be open; they have to be closed while PortAudio lists the devices anew."""


def look_again() -> None:
    """List the devices of this machine anew; open speakers are away for about half a second.

    Nothing is done while any other stream is open, or hangs: PortAudio does not survive that.
    """
    sounddevice = _sounddevice()
    with contextlib.ExitStack() as stack:
        for speaker in list(_speakers):
            stack.enter_context(speaker.away())
        if _unclosed:
            return
        with contextlib.suppress(sounddevice.PortAudioError, TimeoutError):
            _bounded(sounddevice._terminate)  # noqa: SLF001 - there is no public way
            _bounded(sounddevice._initialize)  # noqa: SLF001


def _choose(kind: Kind, wanted: str) -> SoundDevice:
    return choose(kind, wanted, devices())


def _format(kind: Kind, device: SoundDevice, rate: int) -> tuple[int, int]:
    """The rate and number of channels to open `device` with: as wished, else its own rate, else its own channels."""
    sounddevice = _sounddevice()
    check, most = ((sounddevice.check_input_settings, device.inputs) if kind == "microphone"
                   else (sounddevice.check_output_settings, device.outputs))
    problem = ""
    for at, channels in ((rate, 1), (device.rate, 1), (rate, min(2, most)), (device.rate, min(2, most))):
        try:
            _bounded(partial(check, device=device.index, channels=channels, dtype="int16", samplerate=at))
        except sounddevice.PortAudioError as error:
            problem = problem or _reason(error)
        except TimeoutError as error:
            raise _cannot_open(kind, device, "it does not answer") from error
        else:
            return at, channels
    raise _cannot_open(kind, device, problem)


_unclosed: set[Any] = set()
"""PortAudio calls into a stream until it is closed, so one that was given up must not be collected."""


def _open(kind: Kind, device: SoundDevice, rate: int, channels: int, callback: Callable[..., None],
          ended: Callable[[], None]) -> Any:  # noqa: ANN401 - a sounddevice stream
    sounddevice = _sounddevice()
    make = sounddevice.RawInputStream if kind == "microphone" else sounddevice.RawOutputStream

    def start() -> Any:  # noqa: ANN401
        stream = make(samplerate=rate, blocksize=BLOCK * rate // RATE, device=device.index, channels=channels,
                      dtype="int16", latency=LATENCY, callback=callback, finished_callback=ended)
        _unclosed.add(stream)
        try:
            stream.start()
        except sounddevice.PortAudioError:
            stream.close()
            raise
        return stream

    try:
        return _bounded(start)
    except sounddevice.PortAudioError as error:
        raise _cannot_open(kind, device, _reason(error)) from error
    except TimeoutError as error:
        raise _cannot_open(kind, device, "it does not answer") from error


def _close(stream: Any) -> None:  # noqa: ANN401
    def close() -> None:
        for step in (stream.abort, stream.close):
            with contextlib.suppress(_sounddevice().PortAudioError):
                step()
        _unclosed.discard(stream)

    if stream is not None:
        with contextlib.suppress(TimeoutError):
            _bounded(close)


def _bounded(call: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `call` returns or raises, or `TimeoutError`.

    PortAudio has calls that never come back once the sound server has died (seen: starting a stopped stream). The
    thread of such a call is given up, and the coach goes on without sound instead of standing still.
    """
    answer: queue.SimpleQueue[tuple[T, None] | tuple[None, Exception]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put((call(), None))
        except Exception as error:  # noqa: BLE001 - raised again by the one who waits
            answer.put((None, error))

    threading.Thread(target=run, name="portaudio", daemon=True).start()
    try:
        result, problem = answer.get(timeout=seconds)
    except queue.Empty:
        # sounddevice ends PortAudio at exit, which aborts the process while a call still hangs in it (seen).
        atexit.unregister(_sounddevice()._exit_handler)  # noqa: SLF001 - there is no public way
        raise TimeoutError from None
    if problem:
        raise problem
    return cast("T", result)


def _cannot_open(kind: Kind, device: SoundDevice, reason: str) -> EngineError:
    return EngineError(kind, f"{device.name} cannot be opened ({reason})",
                       "close other programs that use it, or choose another device")


def _reason(error: Exception) -> str:
    return str(error.args[0]).partition(" [PaErrorCode")[0].rpartition(": ")[2].lower()
