"""PortAudio (sounddevice) as both directions of sound use it: its devices, streams, and calls that may never come back.

The callbacks of `voicecoach.engines.portaudio_microphone` and `voicecoach.engines.portaudio_speaker` copy and count and do nothing else.
"""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, Protocol, TypeVar, cast

from voicecoach.audio import RATE
from voicecoach.errors import EngineError
from voicecoach.machine.devices import Kind, SoundDevice, choose

BLOCK: Final = 320
"""Samples a block at 16 kHz: 20 ms."""

LATENCY: Final = 0.1
"""Seconds that PortAudio is asked to buffer. "low" underflowed badly in some runs, and hushing does not wait for it."""

PATIENCE: Final = 3.0
"""Seconds for a call to answer, for the first block after opening (0.05-1.4 s were seen), and for a playing speaker to ask for more."""

T = TypeVar("T")


class _Speaker(Protocol):
    """What may be open while the devices are listed anew."""

    def away(self) -> AbstractContextManager[None]:
        """Closed for the length of the block."""


open_speakers: weakref.WeakSet[_Speaker] = weakref.WeakSet()
"""Those that may be open; they have to be closed while PortAudio lists the devices anew."""
_unclosed: set[Any] = set()
"""PortAudio calls into a stream until it is closed, so one that was given up must not be collected."""


def devices() -> list[SoundDevice]:
    """Every sound device of this machine.

    Raises:
        EngineError: the PortAudio library is missing or broken.
    """
    sounddevice = library()
    try:
        chosen: dict[Kind, int] = dict(zip(("microphone", "speaker"), sounddevice.default.device, strict=True))
        hosts = [host["name"] for host in sounddevice.query_hostapis()]
        return [SoundDevice(index, d["name"], hosts[d["hostapi"]], d["max_input_channels"], d["max_output_channels"],
                            int(d["default_samplerate"]), tuple(kind for kind, at in chosen.items() if at == index))
                for index, d in enumerate(sounddevice.query_devices())]
    except sounddevice.PortAudioError as error:
        raise EngineError("sound", f"the devices cannot be listed ({reason_of(error)})", "restart the sound system") from error


def look_again() -> None:
    """List the devices of this machine anew; open speakers are away for about half a second.

    Nothing is done while any other stream is open, or hangs: PortAudio does not survive that.
    """
    sounddevice = library()
    with contextlib.ExitStack() as stack:
        for speaker in list(open_speakers):
            stack.enter_context(speaker.away())
        if _unclosed:
            return
        with contextlib.suppress(sounddevice.PortAudioError, TimeoutError):
            bounded(sounddevice._terminate)  # noqa: SLF001 - there is no public way
            bounded(sounddevice._initialize)  # noqa: SLF001


def library() -> Any:  # noqa: ANN401 - the module has no types
    """The module sounddevice.

    Raises:
        EngineError: the PortAudio library is missing.
    """
    try:
        import sounddevice  # noqa: PLC0415 - the import itself fails without the library
    except OSError as error:
        raise EngineError("sound", "the PortAudio library is missing", "run `sudo apt install libportaudio2`") from error
    return sounddevice


def choose_device(kind: Kind, wanted: str) -> SoundDevice:
    """The device whose name holds `wanted`; the system's own where that is empty.

    Raises:
        EngineError: there is none, or the devices cannot be listed.
    """
    return choose(kind, wanted, devices())


def accepted_format(kind: Kind, device: SoundDevice, rate: int) -> tuple[int, int]:
    """The rate and number of channels to open `device` with: as wished, else its own rate, else its own channels.

    Raises:
        EngineError: it accepts none of them, or does not answer.
    """
    sounddevice = library()
    check, most = ((sounddevice.check_input_settings, device.inputs) if kind == "microphone"
                   else (sounddevice.check_output_settings, device.outputs))
    problem = ""
    for at, channels in ((rate, 1), (device.rate, 1), (rate, min(2, most)), (device.rate, min(2, most))):
        try:
            bounded(partial(check, device=device.index, channels=channels, dtype="int16", samplerate=at))
        except sounddevice.PortAudioError as error:
            problem = problem or reason_of(error)
        except TimeoutError as error:
            raise _cannot_open(kind, device, "it does not answer") from error
        else:
            return at, channels
    raise _cannot_open(kind, device, problem)


def open_stream(kind: Kind, device: SoundDevice, rate: int, channels: int, callback: Callable[..., None],
                ended: Callable[[], None]) -> Any:  # noqa: ANN401 - a sounddevice stream
    """A stream that runs: `callback` is called in PortAudio's thread for each block, `ended` once it is over, for whatever reason.

    Raises:
        EngineError: the device refuses, or does not answer.
    """
    sounddevice = library()
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
        return bounded(start)
    except sounddevice.PortAudioError as error:
        raise _cannot_open(kind, device, reason_of(error)) from error
    except TimeoutError as error:
        raise _cannot_open(kind, device, "it does not answer") from error


def close_stream(stream: Any) -> None:  # noqa: ANN401
    """Stop `stream` at once and give it back; one that hangs is left alone. None is no stream."""
    def close() -> None:
        for step in (stream.abort, stream.close):
            with contextlib.suppress(library().PortAudioError):
                step()
        _unclosed.discard(stream)

    if stream is not None:
        with contextlib.suppress(TimeoutError):
            bounded(close)


def bounded(call: Callable[[], T], seconds: float = PATIENCE) -> T:
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
        atexit.unregister(library()._exit_handler)  # noqa: SLF001 - there is no public way
        raise TimeoutError from None
    if problem:
        raise problem
    return cast("T", result)


def _cannot_open(kind: Kind, device: SoundDevice, reason: str) -> EngineError:
    return EngineError(kind, f"{device.name} cannot be opened ({reason})",
                       "close other programs that use it, or choose another device")


def reason_of(error: Exception) -> str:
    """What PortAudio says, without its numbers."""
    return str(error.args[0]).partition(" [PaErrorCode")[0].rpartition(": ")[2].lower()
