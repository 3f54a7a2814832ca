"""What counts as a press in the bytes of a terminal, an input device and a MIDI port."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecoach.engines.presses import InputEvents, Keystrokes, MidiBytes
from voicecoach.live.hands import DEAD_TIME, LONGEST_HELD, Presses

KEYS = {
    b" ": "space", b"\r": "enter", b"\n": "enter", b"\t": "tab", b"\x08": "backspace", b"\x7f": "backspace", b"a": "key", b"A": "key", b"\x1a": "key", b"\x13": "key", b"\x1c": "key",
    "é".encode(): "key", "߿".encode(): "key", "ࠀ".encode(): "key", "€".encode(): "key", "🙂".encode(): "key", b"\xc0\x80": "key", b"\xbf": "key",
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left", b"\x1b[H": "home", b"\x1b[F": "end", b"\x1b[Z": "tab", b"\x1b[1;2A": "up",
    b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOP": "key",
    b"\x1b[1~": "home", b"\x1b[2~": "insert", b"\x1b[3~": "delete", b"\x1b[4~": "end", b"\x1b[5~": "page up", b"\x1b[6~": "page down", b"\x1b[6;5~": "page down", b"\x1b[15~": "key",
    b"\x1b[[A": "key", b"\x1b[[E": "key", b"\x1ba": "key", "\x1bé".encode(): "key", b"\x1b[E": "key", b"\x1b[5A": "up", b"\x1b[97;5u": "key", b"\x1b[1;2I": "key", b"\x1b[1;5O": "key",
    b"\x1b[1;2R": "key", b"\x1b[1;16R": "key", b"\x1b[R": "key",
    b"\x1b[<0;10;5M": "mouse", b"\x1b[M !!": "mouse",
}
"""One press each: what terminals send, and its name."""
REPLIES = [
    b"\x1b[24;80R", b"\x1b[1;80R", b"\x1b[1;1R", b"\x1b[1;17R", b"\x1b[2;2R", b"\x1b[1;R", b"\x1b[?1;2c", b"\x1b[>41;354;0c", b"\x1b[0n", b"\x1b[8;24;80t", b"\x1b[?2026;2$y",
    b"\x1b[I", b"\x1b[O", b"\x1b]11;rgb:0000/0000/0000\x07", b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b]52;c;a\nb\x07", b"\x1bP>|xterm(390)\x1b\\", b"\x1b_Gi=1;OK\x1b\\", b"\x1b^x\x1b\\",
    b"\x1bXx\x1b\\", b"\x1b[?0u", b"\x1b[>4;2m", b"\x1b[=1u", b"\x1b[1 q", b"\x1b[97;1:3u", b"\x1b[1;1:3A", b"\x1b[<0;10;5m",
]
"""What terminals and windows send by themselves."""


@pytest.mark.parametrize("data", KEYS)
def test_a_key_is_one_press(data: bytes) -> None:
    assert Keystrokes().feed(data) == [KEYS[data]]


@pytest.mark.parametrize("data", REPLIES)
def test_what_a_terminal_sends_by_itself_is_none(data: bytes) -> None:
    keystrokes = Keystrokes()
    assert keystrokes.feed(data) == []
    assert not keystrokes.pending


def test_a_lone_escape_is_a_press_once_nothing_follows() -> None:
    keystrokes = Keystrokes()
    assert keystrokes.feed(b"\x1b") == []
    assert keystrokes.pending
    assert keystrokes.flush() == ["escape"]
    assert keystrokes.flush() == []


def test_keys_that_come_at_once_are_told_apart() -> None:
    assert Keystrokes().feed(b"\x1bOA\x1bOB\x1b[C\x1b[5~a") == ["up", "down", "right", "page up", "key"]


def test_after_an_escape_another_one_is_waited_for_as_well() -> None:
    keystrokes = Keystrokes()
    assert keystrokes.feed(b"\x1b\x1b") == ["escape"]
    assert keystrokes.pending
    assert keystrokes.feed(b"[A") == ["up"]


@pytest.mark.parametrize("begun", [b"\x1bO", b"\x1b[", b"\x1b[[", b"\x1b[1;2", b"\x1b[1 ", b"\x1b]11;rgb", b"\x1bP>|\nxterm", b"\xe2\x82", b"\x1b\xc3", b"\x1b[M !"])
def test_a_sequence_that_never_ends_is_one_press_and_no_escape(begun: bytes) -> None:
    keystrokes = Keystrokes()
    assert keystrokes.feed(begun) == []
    assert keystrokes.pending
    assert keystrokes.flush() == ["key"]
    assert keystrokes.feed(b" ") == ["space"], "nothing of it is left"


@given(st.lists(st.sampled_from([*KEYS, *REPLIES]), max_size=8), st.data())
def test_however_it_is_cut_the_presses_are_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    stream, keystrokes, found = b"".join(pieces), Keystrokes(), []
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6)))
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += keystrokes.feed(stream[begin:end])
    whole = Keystrokes()
    assert found + keystrokes.flush() == whole.feed(stream) + whole.flush()


@given(st.binary(min_size=1, max_size=40))
def test_no_bytes_break_it_and_plain_ones_are_never_missed(data: bytes) -> None:
    keystrokes = Keystrokes()
    found = keystrokes.feed(data) + keystrokes.flush()
    assert not keystrokes.pending
    if b"\x1b" not in data:
        assert found


def key(code: int, value: int, kind: int = 1) -> bytes:
    return struct.pack("llHHi", 12, 345, kind, code, value)


def test_of_an_input_device_only_keys_that_go_down_are_presses() -> None:
    stream = key(115, 1) + key(0, 0, 0) + key(115, 2) * 3 + key(115, 0) + key(109, 1) + key(30, 1) + key(0, 5, 2) + key(272, 1) + key(4, 458792, 4)
    assert InputEvents().feed(stream) == ["volume up", "page down", "key", "button 272"]
    events = InputEvents()
    assert [name for at in range(0, len(stream), 7) for name in events.feed(stream[at : at + 7])] == ["volume up", "page down", "key", "button 272"]


@pytest.mark.parametrize(("code", "name"), [
    (1, "escape"), (14, "backspace"), (15, "tab"), (28, "enter"), (57, "space"), (96, "enter"), (103, "up"), (104, "page up"), (105, "left"), (106, "right"), (108, "down"),
    (109, "page down"), (114, "volume down"), (115, "volume up"), (163, "next"), (164, "play"), (165, "previous"),
    (2, "key"), (83, "key"), (84, "button 84"), (0, "button 0"), (272, "button 272"),
])
def test_keys_of_an_input_device_are_named_as_linux_numbers_them(code: int, name: str) -> None:
    assert InputEvents().feed(key(code, 1)) == [name]


@pytest.mark.parametrize(("stream", "names"), [
    (b"\x90\x3c\x40", ["note 60"]),
    (b"\x90\x3c\x00", []),
    (b"\x80\x3c\x40", []),
    (b"\xb3\x40\x7f", ["controller 64"]),
    (b"\xb3\x40\x00", []),
    (b"\xc0\x05", ["programme 5"]),
    (b"\xd0\x05\xe0\x00\x40\xa0\x3c\x10", []),
    (b"\x90\x3c\x40\x3e\x40\x3c\x00", ["note 60", "note 62"]),
    (b"\x90\xf8\x3c\xfe\x40", ["note 60"]),
    (b"\xf0\x7e\x7f\x06\x01\xf7", []),
    (b"\xf2\x01\x02\x3c\x40\x90\x3c\x40", ["note 60"]),
    (b"\xfe\xf8\xfe", []),
    (b"\x9f\x3c\x01\xbf\x40\x01\xcf\x05", ["note 60", "controller 64", "programme 5"]),
    (b"\x90\x00\x7f\xb0\x00\x7f\xc0\x00", ["note 0", "controller 0", "programme 0"]),
    (b"\xc0\x05\x06\x07", ["programme 5", "programme 6", "programme 7"]),
    (b"\xd0\x05\x06\x90\x3c\x40", ["note 60"]),
    (b"\xe0\x01\x01\x01\x01", []),
    (b"\xa0\x3c\x10\x3c\x10", []),
    (b"\x90\x3c\xf8\xff\x40", ["note 60"]),
    (b"\x90\x3c\x90\x3e\x40", ["note 62"]),
    (b"\xf1\x01\x3c\x40", []),
    (b"\xf2\x01\x02\x03\x04", []),
    (b"\xf3\x01\x3c\x40", []),
    (b"\x90\x3c\x40\xf1\x01\x3e\x40", ["note 60"]),
    (b"\x90\x3c\x40\xf6\x3e\x40", ["note 60"]),
    (b"\xf0\x90\x3c\x40", ["note 60"]),
    (b"\x90\x3c\x40\x80\x3c\x40\x3e\x40", ["note 60"]),
    (b"\x3c\x40", []),
])
def test_of_midi_notes_controllers_and_programmes_are_presses(stream: bytes, names: list[str]) -> None:
    assert MidiBytes().feed(stream) == names
    midi = MidiBytes()
    assert [name for byte in stream for name in midi.feed(bytes([byte]))] == names


def test_a_held_key_lets_the_release_line_be_heard() -> None:
    presses, times = Presses(), [0.0, 0.66, *(0.66 + 0.033 * n for n in range(1, 140))]
    assert [time for time in times if presses.accept(time)] == [0.0]


def test_a_key_held_on_and_on_counts_again_now_and_then() -> None:
    presses = Presses()
    counted = [n * 0.03 for n in range(1000) if presses.accept(n * 0.03)]
    assert len(counted) > 3
    assert all(later - earlier >= LONGEST_HELD for earlier, later in itertools.pairwise(counted))


@given(st.floats(0, 1e6), st.floats(DEAD_TIME, 1e5))
def test_a_press_after_a_while_always_counts(first: float, wait: float) -> None:
    presses = Presses()
    assert presses.accept(first)
    assert presses.accept(first + wait + 0.01)
