"""Where the sound server (PulseAudio or PipeWire) has really put our streams, through its own program ``pactl``.

PortAudio knows only "default": when a device is pulled out or another one is chosen, the server moves the stream and tells
nobody. A microphone was seen to become the speaker's monitor in 20 ms, so that the coach heard himself. Without ``pactl``
nothing is known and nothing is watched; what the sound itself tells (`voicecoach.live.watch`) is then all there is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

ANSWER: Final = 2.0
"""Seconds for ``pactl`` to answer (15 ms were measured); a server that hangs must not hold up the coach."""
STREAMS: Final = {"microphone": "source-output", "speaker": "sink-input"}


@dataclass(frozen=True, slots=True)
class Place:
    """The server's device behind one of our streams."""

    name: str
    monitor: bool
    """It brings what a speaker plays, and no microphone's sound."""


def place(kind: Literal["microphone", "speaker"]) -> Place | None:
    """Where this process's newest stream of that kind is; None when there is none, or nobody can tell."""
    device = STREAMS[kind].partition("-")[0]
    ours = [s for s in _list(STREAMS[kind] + "s") if s.get("properties", {}).get("application.process.id") == str(os.getpid())]
    if not ours:
        return None
    index = max(ours, key=lambda stream: int(stream["index"])).get(device)
    found = next((d for d in _list(device + "s") if d.get("index") == index), None)
    if found is None:
        return None
    return Place(str(found.get("name", "")), device == "source" and found.get("properties", {}).get("device.class") == "monitor")


class Route:
    """Tells when the server has moved our stream of one kind, which is done behind PortAudio's back."""

    def __init__(self, kind: Literal["microphone", "speaker"], moved: Callable[[str], None]) -> None:
        """Remember where the stream, which must be open, is now; `moved` gets a short phrase, once, from another thread."""
        self._kind, self._moved = kind, moved
        self._closed = False
        self._program: subprocess.Popen[str] | None = None
        self.first = place(kind)
        """Where the stream was at first; None: unknown, and not watched."""
        if self.first:
            program = str(shutil.which("pactl"))
            self._program = subprocess.Popen([program, "subscribe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,  # noqa: S603
                                             stderr=subprocess.DEVNULL, text=True)
            self._thread = threading.Thread(target=self._watch, args=(self._program, self.first), name=f"route-{kind}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._closed = True
        if self._program:
            self._program.kill()
            self._program.wait()
            if threading.current_thread() is not self._thread:
                self._thread.join(ANSWER)
            if self._program.stdout:
                self._program.stdout.close()

    def _watch(self, program: subprocess.Popen[str], first: Place) -> None:
        for line in program.stdout or ():
            # The queries themselves come and go as clients, so only news about streams leads to one.
            if f"on {STREAMS[self._kind]}" not in line or "'remove'" in line:
                continue
            now = place(self._kind)
            if now and now != first and not self._closed:
                self._closed = True
                self._moved(f"the sound system moved it from {first.name} to {now.name}")
                break
        program.kill()


def _list(what: str) -> list[dict[str, Any]]:
    program = shutil.which("pactl")
    if not program:
        return []
    try:
        done = subprocess.run([program, "--format=json", "list", what], capture_output=True, timeout=ANSWER, check=True)  # noqa: S603
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):  # no server, one that hangs, or a pactl before version 16
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
