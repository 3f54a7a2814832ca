"""Switches, page-turners and MIDI pedals on Linux, read from the kernel's own files: no window has to be in front.

No library is needed: the two formats are a page in `voicecoach.engines.presses`, and the usual bindings have no wheels.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from voicecoach.engines.presses import InputEvents, MidiBytes
from voicecoach.engines.watcher import Watcher
from voicecoach.errors import EngineError

ROOT: Final = Path("/")


class _Decoder(Protocol):
    def feed(self, data: bytes) -> list[str]:
        """The names of the presses in `data`."""


class _Device:
    """A `Hand` on device files that are found by a part of their name."""

    name = "button"
    kind = ""
    """What the people call it."""
    decoder: Callable[[], _Decoder]
    group = ""
    """The group of the system that may read the files."""

    def __init__(self, wanted: str, root: Path = ROOT) -> None:
        self._wanted, self._root = wanted, root
        self._watcher: Watcher | None = None

    def devices(self) -> Iterator[tuple[str, Path]]:
        """Name and file of each device of this kind."""
        raise NotImplementedError

    def check(self) -> None:
        """Find the device and read from it; raise `EngineError` when that is impossible."""
        for descriptor in self._open():
            os.close(descriptor)

    def start(self, press: Callable[[str], None], lost: Callable[[str], None]) -> None:
        """See `Hand.start`. Every file that belongs to the name is read: one button may have several."""
        self._watcher = Watcher({descriptor: self._passing_on(press) for descriptor in self._open()},
                                lambda: lost(f"{self._wanted}: it is not connected any more"))

    def stop(self) -> None:
        """See `Hand.stop`."""
        if self._watcher:
            self._watcher.stop()

    def _passing_on(self, press: Callable[[str], None]) -> Callable[[bytes], None]:
        decoder = type(self).decoder()

        def take(data: bytes) -> None:
            for key in decoder.feed(data):
                press(key)
        return take

    def _open(self) -> list[int]:
        known = list(self.devices())
        found = [path for name, path in known if self._wanted.lower() in name.lower()]
        if not found:
            names = ", ".join(sorted({name for name, _ in known})) or "there is none"
            raise EngineError(self.name, f"no {self.kind} is called {self._wanted!r}", f"connect it, or choose one of: {names}")
        opened: list[int] = []
        try:
            for path in found:
                opened.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        except OSError as error:
            for descriptor in opened:
                os.close(descriptor)
            remedy = (f"run `sudo usermod -aG {self.group} $USER`, log out and in again" if isinstance(error, PermissionError)
                      else "close other programs that use it, or connect it again")
            raise EngineError(self.name, f"{path} cannot be read ({(error.strerror or '').lower()})", remedy) from error
        return opened


class Button(_Device):
    """A switch, page-turner, pedal or remote control that acts as a keyboard or a mouse: any key of it."""

    name = "button"
    kind = "input device with keys"
    decoder = InputEvents
    group = "input"

    def devices(self) -> Iterator[tuple[str, Path]]:
        """Every input device of the kernel that has keys."""
        for node in sorted(self._root.glob("sys/class/input/event*")):
            with contextlib.suppress(OSError):
                keys = (node / "device/capabilities/key").read_text(encoding="ascii").split()
                if any(word.strip("0") for word in keys):
                    yield (node / "device/name").read_text(encoding="utf-8", errors="replace").strip(), self._root / "dev/input" / node.name


class MidiPedal(_Device):
    """A MIDI pedal, pad or keyboard: see `voicecoach.engines.presses.MidiBytes` for what is a press."""

    name = "midi"
    kind = "MIDI device"
    decoder = MidiBytes
    group = "audio"

    def devices(self) -> Iterator[tuple[str, Path]]:
        """Every raw MIDI port of the kernel's sound system."""
        for port in sorted(self._root.glob("proc/asound/card*/midi*")):
            with contextlib.suppress(OSError, IndexError):
                name = port.read_text(encoding="utf-8", errors="replace").splitlines()[0].strip()
                card, device = port.parent.name.removeprefix("card"), port.name.removeprefix("midi")
                yield name, self._root / "dev/snd" / f"midiC{card}D{device}"
