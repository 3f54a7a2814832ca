"""What proves that the microphone hears, and the books about lost sound. Time is passed in."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.live.watch import EVERY, GAPS, SILENCE, TAIL, Account, Gaps, MicrophoneWatch

BLOCK = 320
LIVING = np.full(BLOCK, 1e-4, np.float32)
ZEROS = np.zeros(BLOCK, np.float32)


class Clock:
    """Feeds a watch at the pace of the sound."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watch = MicrophoneWatch(0.0)

    def hear(self, seconds, block=LIVING):
        """How many signs of life so much sound gives."""
        signs = 0
        for _ in range(round(seconds * RATE / BLOCK)):
            self.now += BLOCK / RATE
            signs += self.watch.block(self.now, block)
        return signs


def test_living_sound_is_a_sign_of_life_twice_a_second():
    clock = Clock()
    assert clock.hear(10) == 20
    assert not clock.watch.silent(clock.now)


@pytest.mark.parametrize("dead", [True, False], ids=["exact zeros", "nothing at all"])
def test_a_microphone_that_falls_silent_is_lost_before_the_guard_has_to_find_out(dead):
    clock = Clock()
    clock.hear(3)
    last = clock.now
    if dead:
        assert clock.hear(SILENCE - 0.1, ZEROS) == 0
    assert not clock.watch.silent(last + SILENCE - 0.1)
    assert clock.watch.deadline == pytest.approx(last + SILENCE)
    assert clock.watch.silent(last + SILENCE)


def test_while_it_is_lost_nobody_waits_for_it_and_after_opening_it_has_its_time():
    clock = Clock()
    clock.watch.lost()
    assert clock.watch.deadline is None
    assert not clock.watch.silent(99.0)
    clock.watch.opened(100.0)
    assert not clock.watch.silent(100.0 + SILENCE - 0.1)
    assert clock.watch.silent(100.0 + SILENCE)


def test_after_a_loss_half_a_second_of_the_silent_coachs_room_is_believed():
    clock = Clock()
    clock.watch.lost()
    clock.watch.opened(clock.now)
    assert clock.hear(TAIL + 0.5) == 0
    assert clock.hear(1.0) == 2


def test_the_coachs_own_voice_in_the_speakers_monitor_is_never_believed():
    clock = Clock()
    clock.watch.lost()
    clock.watch.opened(clock.now)
    for _ in range(5):
        clock.watch.coach(clock.now, speaking=True)
        assert clock.hear(4.0) == 0
        clock.watch.coach(clock.now, speaking=False)
        assert clock.hear(TAIL - 0.1) == 0  # the end of the line comes late
        assert clock.hear(1.0, ZEROS) == 0


def test_a_real_microphone_is_believed_once_the_coach_is_silent():
    clock = Clock()
    clock.watch.lost()
    clock.watch.opened(clock.now)
    clock.watch.coach(clock.now, speaking=True)
    assert clock.hear(4.0) == 0
    clock.watch.coach(clock.now, speaking=False)
    clock.hear(TAIL + 0.5)
    assert clock.hear(1.0) == 2


class Books:
    def __init__(self):
        self.notes, self.account = [], Account()

    def keep(self, now, overflows=0, underflows=0):
        return self.account.keep(now, now, Gaps(int(overflows), underflows), self.note)

    def note(self, _text, **figures):
        self.notes.append(figures)


def test_every_gap_is_written_down_once_and_the_whole_once_a_minute():
    books = Books()
    for second in range(int(2 * EVERY)):
        assert books.keep(float(second), overflows=second >= 10, underflows=2 * (second >= 20)) == ""
    assert [(n["now"], n["overflows"], n["underflows"]) for n in books.notes] == [(0, 0, 0), (10, 1, 0), (20, 0, 2), (EVERY, 0, 0)]


def test_a_microphone_that_was_opened_again_counts_from_nothing():
    books = Books()
    books.keep(1.0, overflows=3)
    books.keep(2.0, overflows=0)
    books.keep(3.0, overflows=1)
    assert [n["overflows"] for n in books.notes] == [3, 1]


def test_many_gaps_in_a_short_time_are_no_hearing_any_more():
    books = Books()
    reasons = [books.keep(0.5 * count, overflows=count) for count in range(1, GAPS + 1)]
    assert reasons == [""] * (GAPS - 1) + ["its sound had 5 gaps in 5 s"]


def test_as_many_gaps_in_an_hour_are_none():
    books = Books()
    assert not any(books.keep(60.0 * count, overflows=count) for count in range(1, 60))
