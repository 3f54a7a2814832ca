"""The thread between microphone and ears: the coach's voice goes out, every block of people's sound comes through."""

from __future__ import annotations

import queue

import numpy as np
import pytest

from voicecoach.audio import RATE, Pcm
from voicecoach.engines.fakes import ExactCanceller, FileMicrophone, RecordingSpeaker
from voicecoach.hearing.far_end import MARGIN
from voicecoach.hearing.front import FrontEnd
from voicecoach.live.listening import Edge, Listening

BLOCK = 320
PATIENCE = 10.0


def sound(seconds, seed):
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 0.05).astype(np.float32)


class Room:
    """A shipped speaker and microphone, and a clock that both share."""

    def __init__(self, front=None):
        self.given: queue.Queue = queue.Queue()
        self.notes: list[str] = []
        self.speaker = RecordingSpeaker()
        self.now = 0.0
        self.listening = Listening(front or FrontEnd(), self.given.put, self.notes.append, clock=lambda: self.now)
        self.listening.start()
        self.speaker.tap(self.listening.played)
        self.speaker.start(self.notes.append)

    def live(self, microphone):
        """Let the time of `microphone`'s sound pass, block by block."""
        recording = FileMicrophone(microphone)
        recording.start(self.listening.heard, self.notes.append)
        for _ in range(len(microphone) // BLOCK):
            self.speaker.advance(BLOCK / RATE)
            self.now += BLOCK / RATE
            recording.pump(BLOCK / RATE)

    def heard(self, samples):
        """What the ears got, as soon as it is so many samples; and how many edges."""
        pieces, edges, count = [], 0, 0
        while count < samples:
            one = self.given.get(timeout=PATIENCE)
            if isinstance(one, Edge):
                edges += 1
            else:
                pieces.append(one)
                count += len(one)
        return np.concatenate(pieces), edges


@pytest.fixture
def room():
    rooms = []

    def make(front=None):
        rooms.append(Room(front))
        return rooms[-1]

    yield make
    for one in rooms:
        one.listening.stop()


def test_a_silent_coach_leaves_the_microphone_alone(room):
    microphone = sound(1, 1)
    one = room(FrontEnd(ExactCanceller()))
    one.live(microphone)
    out, edges = one.heard(len(microphone))
    assert (out == microphone).all()
    assert edges == 0


def test_the_line_that_the_speaker_plays_is_taken_out_and_its_ends_are_told(room):
    """The echo comes two blocks after the far end: by then the far end is known."""
    delay = MARGIN + 2 * BLOCK
    line, person = sound(0.5, 2), sound(2, 3)
    one = room(FrontEnd(ExactCanceller(delay - MARGIN)))
    one.speaker.play(Pcm(line, RATE), lambda: None, lambda: None)
    echo = np.zeros(2 * RATE, np.float32)
    echo[delay : delay + len(line)] = line
    one.live(person + echo)
    out, edges = one.heard(len(person))
    assert np.abs(out - person).max() < 1e-5
    assert edges == 2


def test_a_fault_of_the_front_end_is_noted_and_no_block_is_lost(room):
    class Fault(FrontEnd):
        def accept(self, microphone, far):  # noqa: ARG002 - a mistake needs no reason
            raise RuntimeError("a mistake")

    microphone = sound(1, 4)
    one = room(Fault())
    one.live(microphone)
    out, _ = one.heard(len(microphone))
    assert (out == microphone).all()
    assert one.notes == ["fault: the front end failed (RuntimeError: a mistake)"]


def test_blocks_that_find_no_room_are_counted():
    listening = Listening(FrontEnd(), lambda _: None, lambda _: None)
    for _ in range(510):
        listening.heard(np.zeros(BLOCK, np.float32))
    assert listening.dropped == 10 * BLOCK
