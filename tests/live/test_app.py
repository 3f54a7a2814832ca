"""The live session with shipped fakes: real threads, typed words, and a clock that stands still, so nothing is timed."""

from __future__ import annotations

import gc
import json
import queue
import signal
import threading
import weakref

import numpy as np
import pytest
from timeline import SCRIPT, SHORT

from voicecoach.core.household import NOBODY_ELSE, Household, Person
from voicecoach.engines.fakes import (
    BrokenVoice,
    FileMicrophone,
    InstantSpeaker,
    PressedHand,
    QuietAlarm,
    SilentVoice,
    StuckEar,
    TypedRecogniser,
)
from voicecoach.errors import ConfigError, EngineError
from voicecoach.live.app import App, Engines
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.records.transcript import Transcript
from voicecoach.vocabulary import Heard, KeepPerson, Lost, Outcome, Source

PATIENCE = 20.0
"""Real seconds that a test waits for a thread; far more than any of them needs."""


class Live:
    """A session under test and the hands that turn it."""

    def __init__(self, folder, voice=None, ear=None, hands=(), household=NOBODY_ELSE, keep=None):
        self.ear = ear or TypedRecogniser()
        self.microphone = FileMicrophone(np.full(16_000 * 600, 0.01, np.float32))
        self.speaker, self.alarm = InstantSpeaker(), QuietAlarm()
        self.lines: queue.Queue[str] = queue.Queue()
        self.recipe = Recipe("en", SHORT, household=household)
        self.path = folder / "journal.jsonl"
        self.error: BaseException | None = None
        self.outcome: Outcome | None = None
        engines = Engines({"typed": lambda: self.ear}, voice or SilentVoice(), self.microphone, self.speaker, self.alarm, hands)
        self.app = App(self.recipe.session(SCRIPT), SCRIPT, engines,
                       Journal(self.path, self.recipe), Transcript(None, tell=self.lines.put), clock=lambda: 0.0, keep=keep)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.outcome = self.app.run()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def until(self, words):
        """Wait for a line of the transcript that holds `words`."""
        seen = []
        while True:
            try:
                seen.append(self.lines.get(timeout=PATIENCE))
            except queue.Empty:
                raise AssertionError(f"'{words}' never came; got {seen}, {self.error!r}") from None
            if words in seen[-1]:
                return seen

    def pump_until(self, words):
        """Sound comes, at no pace that matters, until a line of the transcript holds `words`."""
        for _ in range(int(PATIENCE / 0.05)):
            self.microphone.pump(0.1)
            try:
                if words in self.lines.get(timeout=0.05):
                    return
            except queue.Empty:
                pass
        raise AssertionError(f"'{words}' never came")

    def type(self, words):
        """A person says `words`: they reach the ear with the next block of sound."""
        self.ear.type(words)
        self.microphone.pump(0.1)

    def join(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error
        return self.outcome


@pytest.fixture
def live(tmp_path):
    session = Live(tmp_path)
    session.until("any numbness around")
    return session


def test_a_stop_is_answered_and_a_finish_ends_the_session(live):
    live.type("stop")
    live.until("Nobody pushes now")
    assert live.speaker.hushes == 1
    live.type("finish")
    live.until("session over: stopped")
    assert live.join() is Outcome.STOPPED


def test_a_session_that_is_over_leaves_no_thread_and_no_object_behind(tmp_path):
    before = set(threading.enumerate())
    session = Live(tmp_path)
    session.until("any numbness around")
    session.type("finish")
    session.join()
    app, ear = weakref.ref(session.app), weakref.ref(session.ear)
    del session
    gc.collect()
    assert set(threading.enumerate()) <= before
    assert (app(), ear()) == (None, None)


def test_answers_lead_from_question_to_question(live):
    live.type("no")
    live.until("passing water")
    live.type("I don't know.")
    live.until("emergency number")


@pytest.mark.parametrize("trouble", [None, ConfigError("home.yaml: this file cannot be written.")])
def test_somebody_new_is_handed_over_to_be_kept_and_trouble_with_that_stops_nothing(tmp_path, trouble):
    kept = queue.Queue()

    def keep(person):
        kept.put((person, threading.current_thread().name))
        if trouble:
            raise trouble

    live = Live(tmp_path, household=Household((Person("Anna"), Person("Ben")), asks=True, learns=True), keep=keep)
    live.until("Who is being stretched today?")
    live.type("a new person")
    live.until("What is the name?")
    live.type("My name is Maria.")
    live.until("I heard Maria. Is that right?")
    live.type("yes")
    assert kept.get(timeout=PATIENCE) == (KeepPerson("Maria"), "keep")
    seen = live.until("And who helps?")
    if trouble and not any("this file cannot be written" in line for line in seen):
        live.until("this file cannot be written")
    live.type("number one")
    live.until("Stretched today: Maria. Helping: Anna.")
    live.type("finish")
    live.until("session over")
    live.join()
    count, differences = replay(live.path, SCRIPT)
    assert count > 5
    assert not differences


def test_a_key_means_stop(live):
    live.app.stop()
    live.until("Nobody pushes now")


def test_the_journal_of_a_live_session_replays(live):
    for words, line in (("no", "passing water"), ("stop", "Nobody pushes now"), ("finish", "session over")):
        live.type(words)
        live.until(line)
    live.join()
    count, differences = replay(live.path, SCRIPT)
    assert count > 10
    assert differences == []


def test_a_lost_microphone_is_spoken_about_and_opened_again_later(live):
    live.microphone.unplug("the cable is out")
    seen = live.until("I cannot hear you any more")
    assert any("lost the microphone: the cable is out" in line for line in seen)


def test_a_lost_speaker_ends_the_session_and_raises_the_alarm(live):
    assert live.alarm.text.startswith("Partner, release now")
    live.speaker.unplug()
    assert live.join() is Outcome.CANNOT_SPEAK
    assert live.alarm.sounded == 1
    assert live.alarm.stopped
    assert live.alarm.beats > 0


def test_an_ear_that_hangs_means_deaf_and_is_built_anew(tmp_path):
    ear = StuckEar(TypedRecogniser())
    live = Live(tmp_path, ear=ear)
    live.until("any numbness around")
    ear.hang()
    live.microphone.pump(1.5)
    live.until("I cannot hear you any more")
    live.microphone.pump(3.0)
    live.until("it has taken no sound for 3 s")
    ear.wake()
    live.pump_until("I can hear you again")


def test_gaps_in_the_sound_are_in_the_journal_and_too_many_of_them_are_a_loss(live):
    live.microphone.overflows = 1
    live.microphone.pump(0.1)
    live.microphone.overflows = 9
    live.microphone.pump(0.1)
    seen = live.until("I cannot hear you any more")
    assert any("lost the microphone: its sound had 5 gaps in 5 s" in line for line in seen)
    notes = [json.loads(line) for line in live.path.read_text().splitlines() if '"note":"sound"' in line]
    assert sum(note["overflows"] for note in notes) == 9


def test_an_ear_that_fails_in_the_middle_means_deaf_and_is_built_anew(tmp_path):
    class Frail(TypedRecogniser):
        """Fails once, when it is told to."""

        def accept(self, samples):
            found = super().accept(samples)
            if any(h.text == "fail" for h in found):
                raise RuntimeError("the native library gave up")
            return found

    live = Live(tmp_path, ear=Frail())
    live.until("any numbness around")
    live.type("fail")
    live.until("I cannot hear you any more")
    live.microphone.pump(1.0)
    live.until("I can hear you again")
    live.type("finish")
    live.until("session over")
    assert any(isinstance(entry.event, Lost) and "gave up" in entry.event.reason for entry in read_journal(live.path)[1])


def test_a_voice_that_dies_still_speaks_the_safety_lines(tmp_path):
    texts = list(SCRIPT.safety_texts({"client": "you on the floor", "partner": "partner"}))
    voice = CachedVoice(BrokenVoice(lines=len(texts) + 2), tmp_path / "cache")
    voice.hold(texts)
    live = Live(tmp_path, voice=voice)
    seen = live.until("My voice has failed")
    assert any("lost the voice" in line for line in seen)
    assert live.join() is Outcome.CANNOT_SPEAK
    assert live.alarm.sounded == 0, "the speaker can still say it, so nothing must drown it"


def test_an_ear_that_cannot_start_is_an_engine_error_before_the_session(tmp_path):
    class Missing(TypedRecogniser):
        def check(self):
            raise EngineError("typed", "its model is missing", "install it")

    with pytest.raises(EngineError, match="its model is missing"):
        Live(tmp_path, ear=Missing()).join()


def test_a_fault_of_the_program_itself_is_journalled_and_not_swallowed(tmp_path, monkeypatch):
    live = Live(tmp_path)
    live.until("any numbness around")
    monkeypatch.setattr(live.app, "_order", lambda *_: 1 / 0)
    monkeypatch.setattr("voicecoach.live.app.FAULT_LINE_SECONDS", 0.0)
    before = len(live.speaker.lines)
    live.type("stop")
    with pytest.raises(ZeroDivisionError):
        live.join()
    assert len(live.speaker.lines) == before + 1, "the fault line was not spoken"
    assert "fault: ZeroDivisionError" in live.path.read_text()



# --- hands and earcons ---


def test_a_press_of_a_button_is_answered_as_a_spoken_stop(tmp_path):
    button = PressedHand()
    live = Live(tmp_path, hands=[button])
    live.until("any numbness around")
    button.press("page down")
    live.until("heard clearly: page down (stop, button)")
    live.until("Nobody pushes now")


def test_a_lost_button_is_told_and_its_return_too(tmp_path, monkeypatch):
    monkeypatch.setattr("voicecoach.live.hands.REOPEN", 0.05)
    button = PressedHand()
    live = Live(tmp_path, hands=[button])
    live.until("any numbness around")
    button.there = False
    button.unplug("AB Shutter: it is not connected any more")
    seen = live.until("The button is gone")
    assert any("lost the button: AB Shutter: it is not connected any more" in line for line in seen)
    button.there = True
    live.until("the button is back")
    live.until("The button is back.")
    button.press()
    live.until("Nobody pushes now")


def test_a_button_that_is_not_there_at_the_start_is_an_engine_error_before_the_session(tmp_path):
    button = PressedHand()
    button.there = False
    with pytest.raises(EngineError, match="no button is called"):
        Live(tmp_path, hands=[button]).join()


def test_the_speaker_is_given_the_release_line_first_and_the_earcon_after_it(live):
    before = len(live.speaker.lines)
    live.type("stop")
    live.until("(sound: release)")
    line, chime = live.speaker.lines[before : before + 2]
    assert line.seconds > 1
    assert chime.seconds < 0.15
    assert chime.samples.any()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
def test_a_signal_may_say_stop_while_the_session_takes_something_from_its_queue(tmp_path):
    """Ctrl-C and a polite kill run on the session's own thread, in the middle of whatever it does: a lock there would never be given back."""
    recipe = Recipe("en", SHORT)
    journal = Journal(tmp_path / "journal.jsonl", recipe)
    engines = Engines({"typed": TypedRecogniser}, SilentVoice(), FileMicrophone(np.zeros(16_000, np.float32)), InstantSpeaker())
    app = App(recipe.session(SCRIPT), SCRIPT, engines, journal, Transcript(None, tell=lambda _: None))
    before = signal.signal(signal.SIGALRM, lambda *_: app.stop())
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    happenings, stops = app._happenings, 0  # noqa: SLF001 - in a running session nobody could tell when the signal came
    for _ in range(50_000):
        happenings.put(Lost(Source.MICROPHONE, "busy"))
        stops += isinstance(happenings.get(timeout=PATIENCE), Heard)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    journal.close()
    assert stops
