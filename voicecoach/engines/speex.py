"""Speex's echo canceller (BSD licence), from the system's libspeexdsp.

It subtracts a linear estimate of the echo and nothing else: the person stays whole, and what no linear filter can
predict leaks through.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any, Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.errors import EngineError

NAME: Final = "speex"
FRAME: Final = 160
"""Samples a frame, 10 ms."""
TAIL: Final = 0.4
"""Seconds that the filter reaches back: it has to hold the whole delay of the echo and the room behind it."""
SET_SAMPLING_RATE: Final = 24
"""SPEEX_ECHO_SET_SAMPLING_RATE of speex_echo.h."""
LIBRARIES: Final = ("libspeexdsp.so.1", "libspeexdsp.1.dylib", "/opt/homebrew/lib/libspeexdsp.1.dylib", "libspeexdsp-1.dll")
"""Names on Linux, macOS and Windows. The path is Homebrew's on every Apple silicon Mac; the system does not look there by itself."""
REMEDY: Final = "install it (Debian, Ubuntu: sudo apt install libspeexdsp1)"


class SpeexCanceller:
    """A `voicecoach.engines.EchoCanceller`.

    Args:
        tail: seconds of echo that it can take away.
    """

    name = NAME
    frame = FRAME

    def __init__(self, tail: float = TAIL) -> None:
        self._tail = round(tail * RATE)
        self._library: Any = None
        self._state: int | None = None
        self._out = np.zeros(FRAME, np.int16)

    def check(self) -> None:
        """Return when the library loads.

        Raises:
            EngineError: it is missing or broken.
        """
        self._ready()

    def cancel(self, microphone: Samples, far: Samples) -> Samples:
        """See `EchoCanceller.cancel`."""
        library, state = self._ready()
        near, reference = _pcm(microphone), _pcm(far)
        library.speex_echo_cancellation(state, near.ctypes.data, reference.ctypes.data, self._out.ctypes.data)
        return np.asarray(self._out / np.float32(32768), np.float32)

    def reset(self) -> None:
        """See `EchoCanceller.reset`."""
        if self._state:
            self._library.speex_echo_state_reset(self._state)

    def _ready(self) -> tuple[Any, int]:
        if self._state is None:
            self._library = _load()
            state = self._library.speex_echo_state_init(FRAME, self._tail)
            if not state:
                raise EngineError(NAME, "it cannot be started", "close other programs")
            rate = ctypes.c_int(RATE)
            self._library.speex_echo_ctl(state, SET_SAMPLING_RATE, ctypes.byref(rate))
            self._state = state
        return self._library, self._state

    def __del__(self) -> None:
        """Give the memory back."""
        if self._state:
            self._library.speex_echo_state_destroy(self._state)
            self._state = None


def _load() -> Any:  # noqa: ANN401 - a ctypes library
    found = ctypes.util.find_library("speexdsp")
    for name in (*LIBRARIES, *([found] if found else [])):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        _declare(library)
        return library
    raise EngineError(NAME, "the library libspeexdsp is missing", REMEDY)


def _declare(library: Any) -> None:  # noqa: ANN401 - the same
    """The four functions that are used, with their types: pointers do not fit ctypes' default of an int."""
    pointer = ctypes.c_void_p
    for name, result, arguments in (
            ("init", pointer, [ctypes.c_int, ctypes.c_int]),
            ("reset", None, [pointer]),
            ("destroy", None, [pointer])):
        function = getattr(library, f"speex_echo_state_{name}")
        function.restype, function.argtypes = result, arguments
    library.speex_echo_cancellation.restype = None
    library.speex_echo_cancellation.argtypes = [pointer] * 4
    library.speex_echo_ctl.restype = ctypes.c_int
    library.speex_echo_ctl.argtypes = [pointer, ctypes.c_int, pointer]


def _pcm(samples: Samples) -> Any:  # noqa: ANN401 - int16 array
    return np.ascontiguousarray(np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16))
