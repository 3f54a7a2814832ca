"""`voicecoach voices`, the options of the voice, and what a spoken "louder" may and may not do."""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from timeline import SCRIPT, SHORT, Timeline, keys

from voicecoach import kit
from voicecoach.__main__ import main
from voicecoach.audio import active_level, read
from voicecoach.core.phases import FORCE, Phase
from voicecoach.core.safety import LOADING
from voicecoach.core.session import Session
from voicecoach.core.speech import RATES, SAFETY_VOLUME, VOLUMES, Speech, rung
from voicecoach.engines.fakes import SilentVoice
from voicecoach.engines.natural import NATURAL
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.errors import EngineError, ScriptError
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.machine.voices import SpeechMemory, offers
from voicecoach.settings.config import Called, Config, folders, load_config
from voicecoach.vocabulary import Evidence, Intent, Say

MANNERS = {Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER}


pytestmark = pytest.mark.usefixtures("own_folders")


# --- spoken ---


class TestLadders:
    @pytest.mark.parametrize("ladder", [RATES, VOLUMES])
    def test_up_and_down_meet_the_same_rungs_and_end(self, ladder):
        assert 1.0 in ladder
        way, value = [ladder[0]], ladder[0]
        while (value := rung(ladder, value, up=True)) is not None:
            way.append(value)
        assert tuple(way) == ladder
        assert rung(ladder, ladder[0], up=False) is None

    def test_from_between_two_rungs_the_next_one_is_taken(self):
        assert rung(VOLUMES, 0.8, up=True) == 1.0
        assert rung(VOLUMES, 0.8, up=False) == 0.71


@pytest.mark.parametrize("grammar", sorted(SCRIPT.grammars))
def test_the_four_words_are_understood_wherever_there_is_time_to_talk(grammar):
    known = MANNERS & {phrase.intent for phrase in SCRIPT.grammars[grammar].phrases}
    assert known == (set() if grammar in {"stretch", "hold", "name"} else MANNERS), "under force only what a person in a stretch needs; few words beside a name"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in FORCE and phase is not Phase.DONE])
@pytest.mark.parametrize("word", sorted(MANNERS, key=lambda intent: intent.value))
def test_each_word_is_answered_at_once_in_the_new_manner(phase, word):
    timeline = Timeline().to(phase, warm=True)
    timeline.quiet()
    before = timeline.session.speech
    said = [command for command in timeline.hear(word) if isinstance(command, Say)]
    assert said
    assert timeline.session.speech != before
    for say in said:
        assert say.rate == timeline.session.speech.rate
        assert say.volume == timeline.session.speech.volume or say.safety


@pytest.mark.parametrize("word", sorted(MANNERS, key=lambda intent: intent.value))
def test_at_the_end_of_a_ladder_the_coach_says_so(word):
    timeline = Timeline().to(Phase.PAUSED, warm=True)
    for _ in range(10):
        timeline.quiet()
        said = keys(timeline.hear(word))
    assert said == ["talk.at-limit"]
    assert (timeline.session.speech.rate in {RATES[0], RATES[-1]}) or (timeline.session.speech.volume in {VOLUMES[0], VOLUMES[-1]})


def test_where_nothing_can_be_said_again_the_new_manner_is_heard_all_the_same():
    """Lines that make the partner push are never said again."""
    hold = Grammar("hold", SCRIPT.grammars["hold"].phrases + tuple(p for p in SCRIPT.grammars["rest"].phrases if p.intent in MANNERS))
    script = replace(SCRIPT, grammars=MappingProxyType({**SCRIPT.grammars, "hold": hold}))
    timeline = Timeline(session=Session(script, SHORT)).to(Phase.HOLD, warm=True)
    assert keys(timeline.hear(Intent.MORE)) == ["force.deeper"]
    assert keys(timeline.hear(Intent.LOUDER)) == ["talk.like-this"]


def test_safety_lines_are_never_quieter_than_normal_and_get_louder_with_the_rest():
    for word, least in ((Intent.QUIETER, SAFETY_VOLUME), (Intent.LOUDER, VOLUMES[-1])):
        timeline = Timeline().to(Phase.PAUSED, warm=True)
        for _ in range(6):
            timeline.answer(word)
        timeline.quiet()
        stop = next(command for command in timeline.hear(Intent.STOP) if isinstance(command, Say))
        assert stop.safety
        assert stop.volume == least


def test_a_session_begins_as_it_is_configured_and_every_rate_is_one_that_is_held():
    timeline = Timeline(session=Session(SCRIPT, SHORT, speech=Speech(volume=0.5))).to(Phase.DONE, warm=True)
    assert {say.volume for say in timeline.says if not say.safety} == {0.5}
    assert {say.rate for say in timeline.says} <= set(RATES)


def test_no_safety_line_is_rendered_while_somebody_waits_for_it(tmp_path):
    """Whatever the speed: it is in memory, and comes from there in far less than the 150 ms that it has."""
    voice = SilentVoice()
    cached = CachedVoice(voice, tmp_path)
    speech = Speech(client="NEEV", partner="Shi-VAWN")
    session = Session(SCRIPT, SHORT, "Niamh", "Siobhan", speech=speech)
    cached.hold(SCRIPT.safety_texts({**session.names, **speech.respelled}), RATES)
    rendered = len(voice.rendered)
    timeline = Timeline(session=session).to(Phase.HOLD, warm=True)
    timeline.hear(Intent.EASE)
    timeline.hear(Intent.STOP)
    for word in (Intent.SLOWER, Intent.SLOWER, Intent.SLOWER, Intent.FASTER, Intent.LOUDER):
        timeline.answer(word)
        timeline.hear(Intent.STOP)
    lines = [*(say for say in timeline.says if say.safety), session.fault_line]
    assert session.fault_line.safety
    assert "shi-vawn" in session.fault_line.sound.lower()
    assert len({say.rate for say in lines}) > 2
    began = time.monotonic()
    sounds = [cached.render(say.sound, say.rate) for say in lines]
    assert (time.monotonic() - began) / len(lines) < 0.05
    assert len(voice.rendered) == rendered
    assert len({round(pcm.seconds, 3) for say, pcm in zip(lines, sounds, strict=True) if say.key == "safety.stop"}) > 2


def test_the_words_need_no_more_than_routine_evidence_in_silence_and_are_no_loading_words():
    assert not MANNERS & LOADING
    timeline = Timeline().to(Phase.PAUSED, warm=True)
    timeline.quiet()
    assert timeline.hear(Intent.LOUDER, Evidence.FINAL)


# --- remembered ---


class TestMemory:
    def test_what_was_asked_for_comes_back(self, tmp_path):
        memory = SpeechMemory(tmp_path / "new" / "speech.json")
        memory.keep(Speech(0.87, 1.41))
        assert memory.recall(Speech(client="NEEV")) == Speech(0.87, 1.41, "NEEV")

    @pytest.mark.parametrize("content", [None, "", "{", "[]", '{"rate": 1}', '{"rate": "x", "volume": 1}', '{"rate": null, "volume": 1}'])
    def test_a_file_that_is_missing_or_damaged_is_as_if_nothing_had_been_asked_for(self, tmp_path, content):
        path = tmp_path / "speech.json"
        if content is not None:
            path.write_text(content)
        assert SpeechMemory(path).recall(Speech(volume=0.71)) == Speech(volume=0.71)

    @pytest.mark.parametrize("content", ['{"rate": 99, "volume": -1}', '{"rate": 1e999, "volume": 0}'])
    def test_a_value_that_is_no_rung_becomes_the_nearest(self, tmp_path, content):
        path = tmp_path / "speech.json"
        path.write_text(content)
        speech = SpeechMemory(path).recall(Speech())
        assert speech.rate in RATES
        assert speech.volume == VOLUMES[0]

    def test_a_place_that_cannot_be_written_is_a_sentence(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(EngineError, match="remember_speech: false"):
            SpeechMemory(tmp_path / "file" / "speech.json").keep(Speech())


# --- settings ---


def settings(tmp_path, text):
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    return path


class TestConfig:
    def test_a_name_may_be_respelled(self, tmp_path):
        config = load_config(settings(tmp_path, "client: {name: Siobhan, say: shi-VAWN}\npartner: Ben\n"))
        assert config.client == Called(name="Siobhan", say="shi-VAWN")
        assert config.partner == Called(name="Ben")

    @pytest.mark.parametrize(("line", "key"), [
        ("pitch: 100", "pitch"), ("volume: 0.1", "volume"), ("volume: 3", "volume"), ("client: {nme: Anna}", "client.nme"), ("client: 5", "client"),
        ("remember_speech: often", "remember_speech"), ("words_per_minute: 20", "words_per_minute"),
    ])
    def test_a_mistake_is_told_with_its_key(self, tmp_path, line, key):
        with pytest.raises(ScriptError) as caught:
            load_config(settings(tmp_path, line + "\n"))
        assert [problem.key for problem in caught.value.problems] == [key]
        assert caught.value.problems[0].line == 1

    @pytest.mark.parametrize(("arguments", "words"), [
        (["--volume", "9"], "--volume 9.0: "), (["--pitch", "-1"], "--pitch -1: "), (["--words-per-minute", "20"], "--words-per-minute 20: "),
        (["--voice", "nobody"], "there is no voice 'nobody'"),
    ])
    def test_so_is_one_on_the_command_line(self, tmp_path, capsys, arguments, words):
        assert main(["rehearse", "nobody", "--quiet", "--out", str(tmp_path / "out"), *arguments]) == 2
        assert words in capsys.readouterr().err

    def test_engines_are_chosen_by_the_name_of_the_voice(self):
        for name, kind in NATURAL.items():
            voice = kit.plain_voice(Config(voice=f"{name}:a.onnx", words_per_minute=120), SCRIPT.language)
            assert type(voice) is kind
            assert "a.onnx" in voice.fingerprint
            assert "120" in voice.fingerprint
        assert isinstance(kit.plain_voice(Config(voice="en-us+f3", pitch=30), SCRIPT.language), Pyttsx3Voice)

    def test_a_name_on_the_command_line_keeps_its_own_respelling_only(self, tmp_path):
        import argparse  # noqa: PLC0415

        from voicecoach.commands.common import read_settings  # noqa: PLC0415
        path = settings(tmp_path, "client: {name: Siobhan, say: shi-VAWN}\n")
        for name, said in (("Siobhan", "shi-VAWN"), ("Anna", "")):
            config, _ = read_settings(argparse.Namespace(config=path, client=name, volume=0.5))
            assert (config.client, config.volume) == (Called(name=name, say=said), 0.5)


# --- the command ---


def test_the_list_holds_the_natural_voices_and_those_of_the_system(capsys):
    assert main(["voices"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("hibari")
    assert "en-us" in out
    assert "de " not in [line.split()[1] + " " for line in out.splitlines()]


def test_all_languages_can_be_listed():
    assert len(list(offers(""))) > len(list(offers("en"))) > len(NATURAL)


def test_samples_are_written_and_heed_the_options(tmp_path, capsys):
    def sample(*options):
        assert main(["voices", "en-us", "--out", str(tmp_path), *options]) == 0
        return read(tmp_path / "en-us.wav")

    plain = sample()
    assert len(sample("--words-per-minute", "300")) < 0.7 * len(plain)
    assert active_level(sample("--volume", "0.5")) == pytest.approx(active_level(plain) / 2, rel=0.05)
    assert not np.array_equal(sample("--pitch", "80")[: len(plain)], plain)
    assert "release now" in SCRIPT.line("safety.stop").texts[0]
    assert str(tmp_path / "en-us.wav") in capsys.readouterr().out


def test_a_rehearsal_speaks_as_it_is_told_and_its_journal_knows(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["rehearse", "screened-out", "--quiet", "--out", str(out), "--volume", "0.5", "--words-per-minute", "250"]) == 0, capsys.readouterr().err
    assert '"volume":0.5' in (out / "journal.jsonl").read_text()
    assert main(["replay", str(out / "journal.jsonl")]) == 0


def test_nothing_is_remembered_unless_it_is_wanted():
    assert not Config().remember_speech
    assert not (folders().state / "speech.json").exists()
