"""The clock of a live session: it never goes back, nobody can set it, and it goes on while the machine sleeps.

`time.monotonic` stands still while a laptop's lid is closed (Linux: CLOCK_MONOTONIC). A coach on that clock would count on in the
middle of a hold as if the people had been coached all the time. On a clock that goes on he finds that his ears have been
silent for too long, and the partner is told to let go.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def _awake_or_asleep() -> float:
    """Seconds that count sleep: CLOCK_BOOTTIME on Linux; on macOS CLOCK_MONOTONIC does; Windows' `monotonic` does by itself."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def wakeful(monotonic: Callable[[], float] = time.monotonic, through: Callable[[], float] = _awake_or_asleep) -> Callable[[], float]:
    """A clock that reads as `monotonic` does now, and from now on goes as `through` does, in seconds."""
    apart = through() - monotonic()
    return lambda: through() - apart
