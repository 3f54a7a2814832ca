"""How every network is run here: by onnxruntime on one thread that does not spin, quietly, and with nothing reported to its makers.

One thread: two are hardly faster, and the rest of the machine stays free for the other ears and the voice.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

_SHARING: Final = Lock()
"""The ears start at the same time, and each would load what they share."""


def load_network(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """A session of the network in `path`. The library is loaded at the first one.

    Raises:
        ImportError: onnxruntime is not installed, or cannot be loaded.
        Exception: the file cannot be used; onnxruntime's own exceptions have no common base.
    """
    import onnxruntime  # noqa: PLC0415 - a missing library is a sentence in `voicecoach doctor`

    onnxruntime.disable_telemetry_events()  # on Windows, which does not know the variable of voicecoach.engines
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def shared_network(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """A session of the network in `path`, one for all who ask: for the small ones that every ear wants. It stays loaded.

    Several threads may run it at once; it keeps nothing between two runs. Loading it again for each ear that is built leaves holes in the
    C heap, some MB each time (docs/decisions/soak.md).

    Raises:
        ImportError: see `load_network`.
        Exception: see `load_network`. A file that failed is tried again by the next who asks.
    """
    with _SHARING:
        return _loaded_once(path)


@cache
def _loaded_once(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    return load_network(path)
