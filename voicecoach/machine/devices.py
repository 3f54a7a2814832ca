"""The sound devices of a machine: choosing one by a part of its name, and in which order a set-up tries them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from voicecoach.errors import EngineError

Kind = Literal["microphone", "speaker"]

ROUTES: Final = frozenset({"default", "sysdefault", "pulse", "pipewire", "jack"})
"""Names under which ALSA lists the sound server: each leads to the system's own choice, and to no device of its own."""
PLUGINS: Final = ("front", "rear", "side", "surround", "center_lfe", "iec958", "spdif", "dmix", "dsnoop", "upmix", "vdownmix",
                  "lavrate", "samplerate", "speex", "oss", "null")
"""Beginnings of the names of ALSA's converters, which lead to devices that stand in the list themselves."""


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """One device as PortAudio lists it."""

    index: int
    name: str
    host: str
    """The system's sound interface: ALSA, Core Audio, MME, …"""
    inputs: int
    outputs: int
    rate: int
    """Its own sample rate."""
    default_for: tuple[Kind, ...]

    def can(self, kind: Kind) -> bool:
        """Whether it can be used as a `kind`."""
        return bool(self.inputs if kind == "microphone" else self.outputs)


def choose(kind: Kind, wanted: str, devices: Sequence[SoundDevice]) -> SoundDevice:
    """The device whose name is `wanted` or the only one with `wanted` in its name, in any case; the system's default for "".

    Where the system has several sound interfaces the first that knows such a device counts: they list the same ones.

    Raises:
        EngineError: there is none, or several; the message names the candidates.
    """
    direction = "input" if kind == "microphone" else "output"
    able = [device for device in devices if device.can(kind)]
    if not able:
        raise EngineError(kind, f"no sound {direction} device was found", f"connect a {kind} and try again")
    if not wanted:
        return next((device for device in able if kind in device.default_for), able[0])
    found = [device for device in able if wanted.lower() in device.name.lower()]
    if not found:
        raise EngineError(kind, f"no sound {direction} is called {wanted!r}", f"choose one of: {_listed(able)}")
    found = [device for device in found if device.host == found[0].host]
    exact = [device for device in found if device.name.lower() == wanted.lower()]
    if not exact and len({device.name for device in found}) > 1:
        raise EngineError(kind, f"several sound {direction}s have {wanted!r} in their names",
                          f"give a longer part of one of: {_listed(found)}")
    return (exact or found)[0]


def is_there(kind: Kind, wanted: str, devices: Sequence[SoundDevice]) -> bool:
    """Whether at least one device has `wanted` in its name."""
    return any(device.can(kind) and wanted.lower() in device.name.lower() for device in devices)


def candidates(kind: Kind, wanted: str, devices: Sequence[SoundDevice]) -> list[str]:
    """Names for `choose`, in the order in which a set-up tries them; "" stands for the system's default.

    First the remembered one if it is there, then the default, then the other devices of the default's sound interface
    that are no second name of one of these. Empty when there is no device at all.
    """
    able = [device for device in devices if device.can(kind)]
    if not able:
        return []
    default = choose(kind, "", devices)
    others = [device.name for device in able if device.host == default.host and not _second_name(device.name)]
    names = ["", *(name for name in dict.fromkeys(others) if name != default.name)]
    if not wanted or not is_there(kind, wanted, devices):
        return names
    try:
        first = choose(kind, wanted, devices).name
    except EngineError:  # several: each of them is tried, before the rest
        return sorted(names, key=lambda name: wanted.lower() not in name.lower())
    return [first, *(name for name in names if name not in ({first, ""} if first == default.name else {first}))]


def name_part(kind: Kind, name: str, devices: Sequence[SoundDevice]) -> str:
    """What to remember of a device: its name without the number that ALSA gives it anew at each start, if that is enough."""
    part = re.sub(r" ?\(hw:\d+,\d+\)$", "", name)
    try:
        return part if part and choose(kind, part, devices).name == name else name
    except EngineError:
        return name


def spoken_name(name: str) -> str:
    """A device's name as a voice can say it: ``USB Audio: Microphone - (hw:1,0)`` is "USB Audio, Microphone"."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)
    words = [" ".join(re.sub(r"[^\w' ]", " ", part).split()) for part in re.split(r"[:,]", plain)]
    return ", ".join(word.replace("_", " ") for word in dict.fromkeys(words) if word) or "without a name"


def _second_name(name: str) -> bool:
    return name in ROUTES or name.startswith(PLUGINS)


def _listed(devices: Sequence[SoundDevice]) -> str:
    return ", ".join(sorted({device.name for device in devices}))
