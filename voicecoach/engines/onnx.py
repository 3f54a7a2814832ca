"""How every network is run here: by onnxruntime on one thread that does not spin, quietly, and with nothing reported to its makers.

One thread: two are hardly faster, and the rest of the machine stays free for the other ears and the voice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
