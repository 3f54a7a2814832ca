"""What comes from a terminal, a Linux input device or a MIDI port, as the names of what was pressed. Pure.

A press that is missed hurts somebody and a false one costs ten seconds, so whatever may be a press is one; only what a
terminal or a device sends by itself is passed over. Letters have no names: what somebody types is nobody's business.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Final

KEY: Final = "key"
"""The name of a key that prints something."""

# --- terminals --------------------------------------------------------------------------------------------------

_ESCAPE: Final = 0x1B
_CONTROL: Final[Mapping[int, str]] = {0x08: "backspace", 0x09: "tab", 0x0A: "enter", 0x0D: "enter", 0x20: "space", 0x7F: "backspace"}
_FINAL: Final = {b"A": "up", b"B": "down", b"C": "right", b"D": "left", b"H": "home", b"F": "end", b"Z": "tab"}
_TILDE: Final = {b"1": "home", b"2": "insert", b"3": "delete", b"4": "end", b"5": "page up", b"6": "page down"}
_CONSOLE_F: Final = re.compile(rb"\x1b\[\[[A-E]")
"""F1 to F5 on the Linux console."""
_CSI: Final = re.compile(rb"\x1b\[([0-?]*)([ -/]*)([@-~])")
"""Control sequences of ECMA-48, section 5.4: parameters, intermediate bytes, a final byte."""
_CSI_BEGUN: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*\Z")
_STRING: Final = re.compile(rb"\x1b[\]P_^X].*?(?:\x07|\x1b\\)", re.DOTALL)
_STRING_BEGUN: Final = re.compile(rb"\x1b[\]P_^X][^\x07]*\Z", re.DOTALL)
_MODIFIERS: Final = range(2, 17)
"""xterm's numbers for shift, alt, control and meta with a key."""
_DEVICE_REPLIES: Final = frozenset(b"cntxy")
"""Final bytes of reports that a terminal sends when a program has asked for something."""


class Keystrokes:
    """Cuts a terminal's bytes into presses; a sequence of several bytes is one."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def pending(self) -> bool:
        """A sequence has begun that may still go on, such as a lone escape."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """The presses that are complete with `data`."""
        self._rest += data
        names: list[str] = []
        while self._rest and (taken := self._take()):
            length, name = taken
            self._rest = self._rest[length:]
            names += [name] if name else []
        return names

    def flush(self) -> list[str]:
        """Nothing has come for a moment: what had begun was a press of its own."""
        rest, self._rest = self._rest, b""
        return ["escape" if rest == b"\x1b" else KEY] if rest else []

    def _take(self) -> tuple[int, str] | None:
        """The length of the first press or reply and its name, empty for a reply; None if it may not be over."""
        data = self._rest
        if data[0] != _ESCAPE:
            taken = _characters(data[0]), _CONTROL.get(data[0], KEY)
        elif _begun(data):
            return None
        else:
            taken = _escape_sequence(data)
        return taken if taken[0] <= len(data) else None


def _begun(data: bytes) -> bool:
    """Whether more bytes may belong to the sequence that `data` begins with."""
    string = _STRING_BEGUN.match(data) and not _STRING.match(data)
    return data in (b"\x1b", b"\x1b[[") or bool(string or _CSI_BEGUN.match(data))


def _escape_sequence(data: bytes) -> tuple[int, str]:
    if found := _STRING.match(data):
        return found.end(), ""
    if found := _CONSOLE_F.match(data):
        return found.end(), KEY
    if found := _CSI.match(data):
        return _mouse_or_key(found)
    if data[1:2] == b"O":
        return 3, _FINAL.get(data[2:3], KEY)
    return (1, "escape") if data[1] == _ESCAPE else (1 + _characters(data[1]), KEY)


def _characters(first: int) -> int:
    """How many bytes the UTF-8 character has that begins with `first`."""
    return 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1  # noqa: PLR2004 - UTF-8's limits


def _mouse_or_key(found: re.Match[bytes]) -> tuple[int, str]:
    parameters, intermediate, final = found.groups()
    if final == b"M" and not parameters:  # the old mouse report: three more bytes
        return found.end() + 3, "mouse"
    return found.end(), _control_sequence(parameters, intermediate, final)


def _control_sequence(parameters: bytes, intermediate: bytes, final: bytes) -> str:
    """The name of the key, or empty for what a terminal reports by itself."""
    if parameters.startswith(b"<"):
        return "mouse" if final == b"M" else ""  # a small m: the button comes up
    numbers = parameters.split(b";")
    released = len(numbers) > 1 and numbers[1].endswith(b":3")
    focus = final in (b"I", b"O") and not parameters
    if parameters[:1] in (b"?", b">", b"=") or intermediate or released or focus or final[0] in _DEVICE_REPLIES:
        return ""
    if final == b"R" and len(numbers) > 1 and not (numbers[0] == b"1" and numbers[1].isdigit() and int(numbers[1]) in _MODIFIERS):
        return ""  # where the cursor is; "1;2R" may be F3 with shift as well
    return _TILDE.get(numbers[0], KEY) if final == b"~" else _FINAL.get(final, KEY)


# --- Linux input devices ----------------------------------------------------------------------------------------

_INPUT_EVENT: Final = struct.Struct("llHHi")
"""``struct input_event`` of linux/input.h: time, type, code, value."""
_EV_KEY: Final = 1
_DOWN: Final = 1
"""0 is up, 2 is the repetition of a key that is held."""
_CODES: Final[Mapping[int, str]] = {
    1: "escape", 14: "backspace", 15: "tab", 28: "enter", 57: "space", 96: "enter", 103: "up", 104: "page up", 105: "left", 106: "right", 108: "down",
    109: "page down", 114: "volume down", 115: "volume up", 163: "next", 164: "play", 165: "previous",
}
"""Codes of linux/input-event-codes.h that remote controls and page-turners send."""
_LETTERS: Final = range(2, 84)


class InputEvents:
    """Cuts the bytes of one ``/dev/input/event*`` into presses."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The keys that went down."""
        data = self._rest + data
        whole = len(data) // _INPUT_EVENT.size * _INPUT_EVENT.size
        self._rest = data[whole:]
        return [_CODES.get(code, KEY if code in _LETTERS else f"button {code}")
                for _, _, kind, code, value in _INPUT_EVENT.iter_unpack(data[:whole]) if (kind, value) == (_EV_KEY, _DOWN)]


# --- MIDI -------------------------------------------------------------------------------------------------------

_STATUS, _REAL_TIME = 0x80, 0xF8
_NOTE_ON, _CONTROL_CHANGE, _PROGRAM_CHANGE = 0x90, 0xB0, 0xC0


class MidiBytes:
    """Cuts a MIDI stream into presses: a note that begins, a controller above 0, a change of programme.

    Running status, system messages and clocks in the middle of others are as in MIDI 1.0.
    """

    def __init__(self) -> None:
        self._status = 0
        self._data: list[int] = []

    def feed(self, data: bytes) -> list[str]:
        """The presses that are complete with `data`."""
        return [name for byte in data if (name := self._take(byte))]

    def _take(self, byte: int) -> str:
        if byte >= _REAL_TIME:
            return ""  # clock, active sensing: may stand anywhere and change nothing
        if byte >= _STATUS:
            self._status, self._data = byte, []
            return ""
        # What follows a system message, or no message at all, is counted like the rest and leads to nothing.
        self._data.append(byte)
        kind = self._status & 0xF0
        return self._complete(kind) if len(self._data) == (1 if kind == _PROGRAM_CHANGE else 2) else ""

    def _complete(self, kind: int) -> str:
        (number, *value), self._data = self._data, []
        if kind == _PROGRAM_CHANGE:
            return f"programme {number}"
        if value[0] and kind in (_NOTE_ON, _CONTROL_CHANGE):
            return f"{'note' if kind == _NOTE_ON else 'controller'} {number}"
        return ""
