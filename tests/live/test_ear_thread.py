"""One ear on its thread: what it reports, and how it is found out when it fails, hangs or falls behind."""

from __future__ import annotations

import queue

import numpy as np
import pytest
from timeline import SCRIPT

from voicecoach.audio import RATE
from voicecoach.engines.fakes import StuckEar, TypedRecogniser
from voicecoach.live.ear_thread import BACKLOG, HANGS, EarFailed, EarReady, EarThread, Found
from voicecoach.vocabulary import Lost, Source

BLOCK = np.full(RATE // 10, 0.01, np.float32)
PATIENCE = 20.0


class Rig:
    def __init__(self, ear, **options):
        self.ear, self.posted = ear, queue.Queue()
        self.thread = EarThread("typed", lambda: ear, self.posted.put, **options)
        self.until = 0.0

    def give(self, seconds):
        for _ in range(round(seconds * RATE / len(BLOCK))):
            self.until += len(BLOCK) / RATE
            self.thread.give(BLOCK, self.until)

    def next(self, kind):
        while not isinstance(happening := self.posted.get(timeout=PATIENCE), kind):
            pass
        return happening


@pytest.fixture
def typed():
    return TypedRecogniser()


@pytest.fixture
def rig(typed):
    rig = Rig(StuckEar(typed))
    assert rig.next(EarReady) == EarReady("typed", release_only=False)
    yield rig
    rig.ear.wake()
    rig.thread.stop()


def test_what_only_the_coach_can_have_said_is_not_posted_and_the_ear_hears_of_it_on_the_clock_of_the_session():
    asked, retracted = [], []

    class Wary(TypedRecogniser):
        def retract(self, hypothesis):
            retracted.append(hypothesis.text)

    def vouches(hypothesis):
        asked.append(hypothesis.at)
        return hypothesis.text != "stop"

    ear = Wary()
    rig = Rig(ear, vouches=vouches)
    rig.next(EarReady)
    rig.thread.listen(SCRIPT.grammars["released"])
    rig.until = 5.0
    ear.type("stop")
    ear.type("continue")
    rig.give(0.1)
    assert [h.text for h in rig.next(Found).hypotheses] == ["continue"]
    assert retracted == ["stop"]
    assert asked == [pytest.approx(5.1)] * 2
    rig.thread.stop()


def test_it_says_how_far_it_has_come_and_what_it_found(rig, typed):
    rig.thread.listen(SCRIPT.grammars["released"])
    rig.give(0.1)
    assert rig.next(Found).at == pytest.approx(0.1)
    typed.type("continue")
    rig.give(0.1)
    found = rig.next(Found)
    assert [h.phrase.text for h in found.hypotheses] == ["continue"]
    assert found.at == pytest.approx(0.2)


def test_an_ear_that_was_built_late_reports_on_the_sessions_clock(rig, typed):
    rig.until = 100.0
    typed.type("anything")
    rig.give(0.1)
    (hypothesis,) = rig.next(Found).hypotheses
    assert hypothesis.at == pytest.approx(100.1)
    assert hypothesis.start == pytest.approx(100.1)


def test_an_ear_that_hangs_is_found_out_by_the_sound_that_waits_and_reports_nothing_when_it_comes_back(rig, typed):
    rig.ear.hang()
    rig.give(BACKLOG)
    assert rig.posted.empty()
    rig.give(0.3)
    assert rig.next(Lost).source is Source.RECOGNISER
    assert rig.thread.dropped == pytest.approx(0.3 * RATE)
    rig.give(HANGS)
    assert "it hangs: it has taken no sound for 3 s" in str(rig.next(EarFailed).problem)
    typed.type("stop")
    rig.ear.wake()
    rig.thread.stop()
    assert rig.posted.empty()


def test_an_ear_that_was_behind_for_a_moment_is_lost_and_found_but_not_given_up(rig):
    rig.ear.hang()
    rig.give(BACKLOG + 1.0)
    assert "cannot keep up" in rig.next(Lost).reason
    rig.ear.wake()
    assert rig.next(Found).at == pytest.approx(0.1)
    for _ in range(200):
        rig.give(0.1)
        if (at := rig.next(Found).at) > BACKLOG + 1.0:  # on the session's clock, whatever was dropped
            break
    assert at > BACKLOG + 1.0
    rig.thread.stop()
    assert all(isinstance(happening, Found) for happening in rig.posted.queue)


def test_sound_that_comes_while_the_model_loads_is_no_failure():
    waiting = queue.Queue()

    def load():
        waiting.get(timeout=PATIENCE)
        return TypedRecogniser()

    posted: queue.Queue = queue.Queue()
    thread = EarThread("typed", load, posted.put)
    for count in range(50):
        thread.give(BLOCK, count / 10)
    waiting.put(None)
    assert posted.get(timeout=PATIENCE) == EarReady("typed", release_only=False)
    assert isinstance(posted.get(timeout=PATIENCE), Found)
    thread.stop()
