"""People of a rehearsal who speak by recordings, and who say it again when they were not understood."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from timeline import DIALOGS, SCRIPT

from tools.korean_people import sounds
from voicecoach.audio import RATE
from voicecoach.engines.fakes import SilentVoice
from voicecoach.errors import ScriptError
from voicecoach.language.loader import load_script
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.recorded import RecordedVoice, load_takes
from voicecoach.rehearsal.scenario import load_scenario

SCENARIO = """\
about: Somebody is not understood.
program: one-stretch
people: {client: {recordings: takes}}
answers:
  - {after: position.ready, wait: 1, say: ready}
  - {after: talk.pardon, wait: 2, again: true}
steps:
  - {after: "*.hold_client", wait: 3, say: stop}
expect: {ends: stopped}
"""
LENGTHS = {"1.flac": 1000, "2.flac": 2000, "stop.flac": 3000}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "takes"
    place.mkdir()
    for name, length in LENGTHS.items():
        soundfile.write(place / name, np.full(length, 0.1), RATE)
    (place / "takes.yml").write_text("ready: [1.flac, 2.flac]\nstop: [stop.flac]\n")
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    return tmp_path


def test_the_takes_come_in_turn_and_what_was_not_recorded_is_spoken(folder):
    voice = RecordedVoice(load_takes(folder / "takes"), SilentVoice())
    assert [len(voice.render("ready").at(RATE).samples) for _ in range(3)] == [1000, 2000, 1000]
    assert voice.render("hello").samples.tolist() == SilentVoice().render("hello").samples.tolist()


@pytest.mark.parametrize(("old", "new", "line", "what"), [("stop.flac", "halt.flac", 2, "there is no file 'halt.flac'"), ("[1.flac, 2.flac]", "[]", 1, "ready")])
def test_a_mistake_in_the_index_is_told_with_its_line(folder, old, new, line, what):
    index = folder / "takes/takes.yml"
    index.write_text(index.read_text().replace(old, new))
    with pytest.raises(ScriptError, match=rf"takes\.yml:{line}: .*{what}"):
        load_scenario(folder / "scenario.yaml", SCRIPT)


def test_recordings_that_are_not_there_are_a_sentence(folder):
    (folder / "takes/takes.yml").unlink()
    with pytest.raises(ScriptError, match=r"takes\.yml: the file cannot be read"):
        load_scenario(folder / "scenario.yaml", SCRIPT)


def said(cast, start, seconds):
    """When, in seconds, somebody begins to say what."""
    heard = []
    for at in range(start, start + seconds * RATE, 512):
        cast.sound(at, 512, lambda who, words, at=at: heard.append((round(at / RATE), who, words)))
    return heard


def test_who_is_not_understood_says_the_last_thing_again(folder):
    scenario = load_scenario(folder / "scenario.yaml", SCRIPT)
    cast = Cast(scenario, folder, {"client": RecordedVoice(load_takes(folder / "takes"), SilentVoice()), "partner": SilentVoice()})
    cast.cue("talk.pardon", 0, begins=False)
    assert said(cast, 0, 4) == []
    cast.cue("position.ready", 4 * RATE, begins=False)
    cast.cue("talk.pardon", 6 * RATE, begins=False)
    assert said(cast, 4 * RATE, 6) == [(5, "client", "ready"), (8, "client", "ready")]
    cast.cue("knees-to-chest.hold_client", 10 * RATE, begins=False)
    cast.cue("talk.pardon", 14 * RATE, begins=False)
    assert said(cast, 10 * RATE, 8) == [(13, "client", "stop"), (16, "client", "stop")]


@pytest.mark.parametrize("scenario", ["first-session", "stop-when-ready"])
def test_everything_that_is_said_in_the_korean_scenarios_is_recorded(scenario):
    path = DIALOGS / f"scenarios/ko/{scenario}.yaml"
    play = load_scenario(path, load_script(DIALOGS / "ko"))
    people = {"client": play.people.client, "partner": play.people.partner}
    takes = {who: set(load_takes(path.parent / person.recordings)) for who, person in people.items()}
    assert all(set(row.say or ()) <= takes[row.who] for row in (*play.answers, *play.steps))


@pytest.mark.parametrize(("written", "spoken"), [
    ("준비됐어요", "ʨunbidwɛsʌjo."), ("네 그렇습니다", "ne kɯɾʌsɯmnida."), ("괜찮아요", "kwɛnʨʰanajo."), ("더 깊이", "tʌ kipʰi."), ("같이", "kaʨʰi."), ("신라", "ɕilla."),  # noqa: RUF001 - phonetic letters
    ("약하게", "jakʰaɡe."), ("국물", "kuŋmul."), ("읽는", "illɯn."), ("놓는", "nonnɯn."), ("좋고", "ʨokʰo."), ("없어요", "ʌpsʌjo."), ("멈춰", "mʌmʨʰwʌ."), ("심리", "ɕimni.")])  # noqa: RUF001 - phonetic letters
def test_hangul_becomes_the_sounds_of_the_standard_pronunciation(written, spoken):
    assert sounds(written) == spoken
