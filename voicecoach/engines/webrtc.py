"""WebRTC's echo canceller AEC3 (BSD licence), by way of pywebrtc-audio (Apache-2.0), which has wheels for every platform.

It finds the delay itself and takes nearly all of the echo away, and with it some of a person who speaks at the same time.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.errors import EngineError

NAME: Final = "webrtc"
FRAME: Final = 160
"""Samples a frame: AEC3 works on 10 ms."""
REMEDY: Final = "install it with: pip install pywebrtc-audio"


class WebRtcCanceller:
    """A `voicecoach.engines.EchoCanceller`."""

    name = NAME
    frame = FRAME

    def __init__(self) -> None:
        self._aec: Any = None

    def check(self) -> None:
        """Return when the library loads.

        Raises:
            EngineError: it is missing or broken.
        """
        self._ready()

    def cancel(self, microphone: Samples, far: Samples) -> Samples:
        """See `EchoCanceller.cancel`."""
        out: Samples = self._ready().process(np.ascontiguousarray(microphone), np.ascontiguousarray(far))
        return out

    def reset(self) -> None:
        """See `EchoCanceller.reset`."""
        if self._aec is not None:
            self._aec.reset()

    def _ready(self) -> Any:  # noqa: ANN401 - the library's object
        if self._aec is None:
            if find_spec("pywebrtc_audio") is None:
                raise EngineError(NAME, "pywebrtc-audio is not installed", REMEDY)
            try:
                from pywebrtc_audio import EchoCanceller  # noqa: PLC0415 - a missing library is a sentence in `voicecoach doctor`

                self._aec = EchoCanceller(RATE, 1)
            except Exception as error:  # a native library fails in its own ways
                raise EngineError(NAME, f"pywebrtc-audio cannot be loaded ({error})", REMEDY) from error
        return self._aec
