"""Learning a sound, keeping it, and the command and the lesson around it."""

from __future__ import annotations

import shutil
import stat

import numpy as np
import pytest
from test_hearing_personal import KINDS, hum, placed, room
from timeline import DIALOGS

from voicecoach import kit
from voicecoach.__main__ import main
from voicecoach.audio import RATE, write
from voicecoach.engines.fakes import InstantSpeaker, SilentVoice
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import ConfigError, EngineError, ScriptError
from voicecoach.language.loader import load_script
from voicecoach.machine.recording import listening, seconds
from voicecoach.settings.config import folders
from voicecoach.teaching.lesson import Lesson, load_teaching, one_sound
from voicecoach.teaching.own_sounds import Shelf, learn, teachable
from voicecoach.vocabulary import Intent


@pytest.fixture(scope="module")
def model():
    return Moonshine()


def recordings(kind="hum"):
    make, values, _ = KINDS[kind]
    return [placed(make(value), seed=number) for number, value in enumerate(values)]


pytestmark = pytest.mark.usefixtures("own_folders")


# --- learning ---


def test_recordings_without_a_sound_are_not_enough(model):
    with pytest.raises(ConfigError, match="found in 2 of 5 samples, and 3 are needed"):
        learn(Intent.STOP, recordings()[:2] + [room(2)] * 3, model)


def test_a_sound_that_is_different_each_time_is_refused(model):
    random = np.random.default_rng(5)
    mixed = [placed(random.standard_normal(int(n * RATE)).astype(np.float32) * 0.5) for n in (0.1, 0.3, 0.9, 1.7)]
    with pytest.raises(ConfigError, match="too near to everyday sounds, or different each time"):
        learn(Intent.STOP, mixed, model)


@pytest.mark.parametrize("name", ["more", "ready", "continue", "yes", "nix"])
def test_only_what_takes_force_away_can_be_taught(name):
    with pytest.raises(ConfigError, match=f"'{name}' cannot be taught; choose from stop, ease, pain"):
        teachable(name)


# --- keeping ---


def test_what_is_kept_comes_back_for_its_owner_only(tmp_path, model):
    shelf = Shelf(tmp_path / "personal")
    own = learn(Intent.EASE, recordings(), model)
    path = shelf.keep(own)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["ease.npz"]
    [back] = shelf.taught()
    assert back.intent is own.intent
    assert all(np.array_equal(a.frames, b.frames) and (a.samples, a.bar) == (b.samples, b.bar) for a, b in zip(back.templates, own.templates, strict=True))
    assert shelf.forget(Intent.EASE)
    assert not shelf.forget(Intent.EASE)
    assert shelf.taught() == []


def test_no_sound_is_kept(tmp_path, model):
    path = Shelf(tmp_path).keep(learn(Intent.STOP, recordings(), model))
    with np.load(path) as data:
        assert {name for name in data if not name.startswith("frames_")} == {"bars", "samples"}
        assert all(data[name].shape[1] == 64 for name in data if name.startswith("frames_"))


def test_a_damaged_file_is_named_with_the_remedy(tmp_path):
    (tmp_path / "stop.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ConfigError, match=r"stop\.npz: .* run `voicecoach teach --forget stop`"):
        Shelf(tmp_path).taught()


# --- the command ---


def run(capsys, *arguments):
    code = main(["teach", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def test_taught_from_files_it_listens_from_then_on_until_it_is_forgotten(tmp_path, capsys):
    files = [tmp_path / f"{number}.wav" for number in range(5)]
    for file, sound in zip(files, recordings("whistle"), strict=True):
        write(file, sound)
    assert "personal" not in kit.ear_makers("en", folders())
    code, out, _ = run(capsys, "stop", "--from", *files)
    assert code == 0
    assert "Learned a sound for 'stop'; no recording was kept" in out
    assert kit.ear_makers("en", folders())["personal"]().name == "personal"
    assert run(capsys, "--list")[1] == "stop: a sound of 0.5 s\n"
    assert main(["hear", str(files[0]), "--json"]) == 0
    assert '"ear": "personal"' in capsys.readouterr().out
    assert run(capsys, "--forget", "all")[1] == "Forgotten: stop.\n"
    assert "personal" not in kit.ear_makers("en", folders())
    assert "nothing to forget" in run(capsys, "--forget", "stop")[1]


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "Say for what your sound is to stand"),
    (["more"], "'more' cannot be taught"),
    (["--forget", "more"], "'more' cannot be taught"),
    (["stop", "--from", "nix.wav"], "nix.wav: no such file"),
    (["stop", "--samples", "1"], "1 samples are not possible; give a number from 3 to 20"),
])
def test_a_wrong_value_is_told_in_a_sentence(arguments, words, capsys):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert words in err


# --- the lesson ---


class Room:
    """A microphone that brings one recording, whole, each time it is opened, and silence when there is none left."""

    name = "room"

    def __init__(self, sounds):
        self.sounds = list(sounds)

    def check(self):
        pass

    def start(self, deliver, _lost):
        for at in range(0, len(sound := self.sounds.pop(0) if self.sounds else room(8)), 320):
            deliver(sound[at : at + 320])

    def stop(self):
        pass


@pytest.fixture
def lines():
    return load_teaching(load_script(DIALOGS / "en"))


def lesson(lines, sounds, shown):
    return Lesson(lines, Intent.STOP, SilentVoice(), InstantSpeaker(), Room(sounds), shown.append)


def test_the_coach_asks_for_each_sample_and_again_when_he_heard_nothing(lines, model):
    sounds, shown = recordings(), []
    own = lesson(lines, [sounds[0], room(8), *sounds[1:]], shown).give(5, model)
    assert len(own.templates) == 15
    said = [line.format(intent="stop", count=5) for line in (lines.begin, lines.first, lines.again, lines.nothing, *[lines.again] * 3, lines.done)]
    assert shown == said


def test_he_gives_up_where_nothing_is_to_be_heard(lines, model):
    with pytest.raises(EngineError, match="no sound was heard 3 times"):
        lesson(lines, [], []).give(3, model)


def test_he_says_when_a_sound_is_not_fit(lines, model):
    random, shown = np.random.default_rng(5), []
    mixed = [placed(random.standard_normal(int(n * RATE)).astype(np.float32) * 0.5) for n in (0.1, 0.3, 0.9, 1.7)]
    with pytest.raises(ConfigError):
        lesson(lines, mixed, shown).give(4, model)
    assert shown[-1] == lines.refused


def test_a_sound_needs_some_of_the_room_before_it():
    early = placed(hum(), before=0.2)
    assert one_sound(iter([early])) is None
    assert one_sound(iter([placed(hum())])) is not None
    assert one_sound(iter([room(3)])) is None


def test_a_microphone_that_goes_is_an_error():
    class Gone(Room):
        def start(self, deliver, lost):
            deliver(room(0.1))
            lost("unplugged")

    with listening(Gone([])) as blocks, pytest.raises(EngineError, match="unplugged"):
        seconds(blocks, 1)


def test_every_language_has_the_lines_and_a_mistake_in_them_is_told(tmp_path):
    for folder in (path.parent for path in DIALOGS.glob("*/language.yaml")):
        assert load_teaching(load_script(folder))
    shutil.copytree(DIALOGS / "en", tmp_path / "en")
    path = tmp_path / "en/teaching.yaml"
    path.write_text(path.read_text().replace("again:", "agian:"))
    with pytest.raises(ScriptError, match="did you mean 'again'"):
        load_teaching(load_script(tmp_path / "en"))
    path.write_text((DIALOGS / "en/teaching.yaml").read_text().replace("{intent}", "{word}"))
    with pytest.raises(ScriptError, match=r"'\{word\}' is no placeholder"):
        load_teaching(load_script(tmp_path / "en"))
