"""The driver of the set-up talk, with devices and an ear that ship as fakes, as fast as they go."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from timeline import SCRIPT

from voicecoach.audio import RATE, Pcm
from voicecoach.engines.fakes import BrokenVoice, InstantSpeaker, SilentVoice, TypedRecogniser
from voicecoach.errors import EngineError
from voicecoach.language.script import names
from voicecoach.settings.config import load_config
from voicecoach.settings.settings_file import remember
from voicecoach.setup import live
from voicecoach.setup.dialogue import SetUp
from voicecoach.setup.lines import grammars, load_lines
from voicecoach.setup.live import ECHO, LiveSetUp, World
from voicecoach.setup.turns import Manner
from voicecoach.setup.vocabulary import Device, End, Outcome

BLOCK = np.full(1600, 1e-3, np.float32)
TALK = load_lines(SCRIPT)
REPLIES = {"find.hello": "yes", "find.microphone": "yes", "find.speaker": "yes", "voice.ask": "good", "level.ask": "ready", "level.change": "skip", "stop.ask": "stop", "stop.next": "stop"}


class Microphone:
    """Brings a quiet room's sound, block after block, until it is stopped; or the sound that is given, and then nothing."""

    name = "room"

    def __init__(self, *, blocks=None, lost_after=None):
        self._blocks, self._lost_after = blocks, lost_after
        self.open = False
        self._over = threading.Event()

    def check(self):
        pass

    def start(self, deliver, lost):
        self.open = True
        self._over.clear()
        self._thread = threading.Thread(target=self._bring, args=(deliver, lost), daemon=True)
        self._thread.start()

    def _bring(self, deliver, lost):
        brought = 0
        while not self._over.wait(0.0003) and brought != self._blocks:
            deliver(BLOCK)
            brought += 1
            if brought == self._lost_after:
                lost("unplugged")
                return

    def stop(self):
        self._over.set()
        self._thread.join()
        self.open = False


class Speaker(InstantSpeaker):
    """Tells whether it is open, and can refuse to open or vanish after some lines."""

    def __init__(self, *, broken=False, lines_left=10_000):
        super().__init__()
        self.open, self.broken, self.lines_left = False, broken, lines_left

    def start(self, lost):
        if self.broken:
            raise EngineError("speaker", "it is broken", "mend it")
        super().start(lost)
        self.open = True

    def play(self, pcm, started, finished):
        super().play(pcm, started, finished)
        self.lines_left -= 1
        if not self.lines_left:
            self.unplug()

    def stop(self):
        super().stop()
        self.open = False


class Ear(TypedRecogniser):
    """Reads what was typed once there is sound; the silence between two turns holds no words."""

    def __init__(self):
        super().__init__()
        self.sound = 0

    def accept(self, samples):
        if not samples.any():
            self._samples += len(samples)
            return []
        self.sound += len(samples)
        return super().accept(samples)


class House:
    """Devices by name, and people who type an answer as soon as a line has been shown."""

    def __init__(self, tmp_path, *, speakers=None, microphones=None, replies=REPLIES, voice=None):
        self.settings = tmp_path / "config.yaml"
        self.speakers, self.microphones = speakers or {"a": Speaker()}, microphones or {"x": Microphone()}
        self.ear, self.voice, self.shown = Ear(), voice or SilentVoice(0.001), []
        self.only_once = set()
        """Lines to which the second reply is "good"."""
        self.by_text = {TALK[key].format(speaker="A", microphone="Y", times="3", seconds="", words=""): reply for key, reply in replies.items()}
        world = World(self.voice, 150, [self.ear], grammars(SCRIPT), self.speakers.__getitem__, self.microphones.__getitem__,
                      lambda chosen: remember(self.settings, chosen))
        self.driver = LiveSetUp(world, self.show)

    def show(self, line):
        self.shown.append(line)
        if reply := self.by_text.get(line.removeprefix("coach: ")):
            self.ear.type(reply)
        if line.removeprefix("coach: ") in self.only_once:
            self.by_text[line.removeprefix("coach: ")] = "good"

    def run(self):
        def tried(devices):
            return [Device(name, name.upper(), name) for name in devices]

        return self.driver.run(SetUp(TALK, tried(self.speakers), tried(self.microphones), Manner(150), names(SCRIPT)))


def test_the_whole_talk_is_held_and_everything_is_closed_and_remembered(tmp_path):
    house = House(tmp_path)
    # The quiet sound has no voice in it, so the level is wrong; then it is left as it is.
    assert house.run() == End(Outcome.DONE)
    config = load_config(house.settings)
    assert (config.speaker, config.microphone) == ("a", "x")
    assert not house.speakers["a"].open
    assert not house.microphones["x"].open
    assert "coach: The room is quiet enough." in house.shown
    assert any("'stop', stop" in line for line in house.shown)


def test_louder_is_played_louder_and_slower_is_rendered_slower(tmp_path):
    rates = []

    class Loud(SilentVoice):
        def render(self, _text, rate=1.0):
            rates.append(rate)
            return Pcm(np.full(100, 0.3, np.float32), 22_050)

    voice = Loud()
    house = House(tmp_path, voice=voice, replies=REPLIES | {"voice.ask": "louder", "voice.again": "slower"})
    house.only_once = {TALK["voice.again"]}
    house.run()
    heard = [round(float(np.abs(pcm.samples).max()), 2) for pcm in house.speakers["a"].lines]
    assert heard[:4] == [0.3, 0.3, 0.3, 0.42]
    assert rates[3:5] == [1.0, pytest.approx(130 / 150)]
    assert load_config(house.settings).volume == 1.4


def test_a_microphone_that_goes_while_it_is_listened_to_is_replaced(tmp_path):
    house = House(tmp_path, microphones={"x": Microphone(lost_after=20), "y": Microphone()}, replies=REPLIES | {"find.hello": "nothing that means anything"})
    house.run()
    assert "  (the microphone cannot be used: unplugged)" in house.shown
    assert load_config(house.settings).microphone == "y"


def test_a_microphone_that_brings_nothing_counts_as_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.05)
    house = House(tmp_path, microphones={"x": Microphone(blocks=0), "y": Microphone()})
    house.run()
    assert "  (the microphone cannot be used: no sound comes in)" in house.shown


def test_a_speaker_that_cannot_be_opened_or_goes_is_replaced(tmp_path):
    speakers = {"broken": Speaker(broken=True), "short": Speaker(lines_left=3), "a": Speaker()}
    house = House(tmp_path, speakers=speakers, replies=REPLIES | {"find.speaker": "yes"})
    house.by_text |= {TALK["find.speaker"].format(speaker="A", microphone="X"): "yes"}
    assert house.run().outcome is Outcome.DONE
    assert load_config(house.settings).speaker == "a"
    assert sum("the speaker cannot be used" in line for line in house.shown) == 2


def test_settings_that_cannot_be_written_end_it_with_the_reason(tmp_path):
    house = House(tmp_path)
    house.settings.mkdir()
    assert house.run() == End(Outcome.NOT_REMEMBERED)
    assert any(str(house.settings) in line for line in house.shown)


def test_a_voice_that_dies_is_an_error_and_leaves_nothing_open(tmp_path):
    house = House(tmp_path, voice=BrokenVoice(2))
    with pytest.raises(EngineError, match="the voice failed"):
        house.run()
    assert not house.speakers["a"].open
    assert not house.microphones["x"].open


def test_nothing_that_comes_in_while_the_coach_speaks_is_heard():
    """Nor the echo after it; the time to answer begins then."""
    deliver = []

    class Given(Microphone):
        def start(self, given, _lost):
            deliver.append(given)

    ear = live._Input("x", Given(), lambda: 0.0)  # noqa: SLF001 - the clockwork itself
    for _ in range(100):
        deliver[0](np.ones(1600, np.float32))
    with ear.open_ear() as blocks:
        for _ in range(100):
            deliver[0](BLOCK)
        taken = [block for _, (_, block) in zip(range(100 - round(ECHO * RATE) // 1600), blocks, strict=False)]
    assert all(np.array_equal(block, BLOCK) for block in taken)
