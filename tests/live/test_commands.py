"""The command line as a user meets it: every command, every kind of mistake a sentence, no traceback anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from timeline import DIALOGS

from voicecoach.__main__ import main
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture(scope="module")
def stop_sound():
    """A synthetic "stop" with a second of silence around it, and its rate."""
    with Pyttsx3Voice("en-us") as voice:
        pcm = voice.render("stop")
    quiet = np.zeros(pcm.rate, np.float32)
    return np.concatenate([quiet, pcm.samples, quiet]), pcm.rate


def run(capsys, *arguments):
    """Exit code, stdout and stderr of one call."""
    try:
        code = main(list(arguments))
    except SystemExit as left:
        code = left.code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


@pytest.mark.parametrize("command", [[], ["setup"], ["devices"], ["run"], ["rehearse"], ["hear"], ["teach"], ["keys"], ["earcons"], ["voices"], ["doctor"],
                                     ["models"], ["models", "install"], ["replay"], ["history"], ["report"], ["export"], ["forget"]])
def test_help_exists_for_everything(command, capsys):
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert out.startswith("usage: voicecoach")


def test_no_command_or_an_unknown_one_names_the_commands(capsys):
    code, _, err = run(capsys, "rehears")
    assert code == 2
    assert "'setup', 'run', 'rehearse', 'hear', 'teach', 'devices', 'keys', 'earcons', 'voices', 'doctor', 'models', 'dialog', 'diagram', 'replay', 'program', 'people', 'history'" in err
    assert run(capsys)[0] == 2


@pytest.mark.parametrize(("arguments", "words"), [
    (["rehearse", "nix"], "There is no scenario 'nix'; choose from change-places, conversation, dose-accepted"),
    (["hear", "--grammar", "nix", "x.wav"], "There is no grammar 'nix'; choose from check-in, confirm"),
    (["hear", "nix.wav"], "nix.wav: no such file; give the path of a recording"),
    (["replay", "nix.jsonl"], "nix.jsonl: the journal cannot be read; give the path of a journal.jsonl"),
    (["models", "install", "nix"], "there is no model 'nix'; the known ones are vosk-model-small-en-us-0.15"),
    (["models", "remove", "vosk-model-small-en-us-0.15"], "is not installed; there is nothing to remove"),
    (["--config", "nix.yaml", "doctor"], "nix.yaml: no such settings file"),
    (["setup", "--volume", "3"], "The setting volume should be less than or equal to 2 (got 3.0)."),
    (["setup", "--words-per-minute", "9"], "The setting words_per_minute should be greater than or equal to 80 (got 9)."),
])
def test_a_wrong_value_is_told_in_a_sentence(arguments, words, capsys):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert words in err


def test_a_wrong_setting_is_told_with_its_line(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("client: Anna\npatience: 1\nvioce: en\n")
    code, _, err = run(capsys, "--config", str(settings), "doctor")
    assert code == 2
    assert f"{settings}:2: patience:" in err
    assert f"{settings}:3: vioce: no such key is known; did you mean 'voice'?" in err


def test_a_broken_scenario_file_is_told_with_its_lines(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text((DIALOGS / "scenarios/pain.yaml").read_text().replace("safety.pain", "safety.pian").replace("ends: pain", "ends: ouch"))
    code, _, err = run(capsys, "rehearse", str(path))
    assert code == 2
    assert len(err.strip().splitlines()) == 3


# --- hear ---


@pytest.mark.parametrize(("rate", "channels", "kind"), [(8_000, 1, "wav"), (16_000, 1, "flac"), (22_050, 2, "wav"), (48_000, 2, "aiff"), (44_100, 1, "ogg")])
def test_recordings_of_any_rate_and_form_are_heard(rate, channels, kind, stop_sound, tmp_path, capsys):
    from voicecoach.audio import resample  # noqa: PLC0415
    sound = resample(*stop_sound, rate)
    path = tmp_path / f"stop.{kind}"
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate)
    code, out, _ = run(capsys, "hear", str(path), "--json")
    assert code == 0
    decisions = [json.loads(line) for line in out.splitlines()]
    assert [decision["intent"] for decision in decisions] == ["stop"]
    assert decisions[0].keys() >= {"file", "intent", "words", "score", "ear", "at"}
    assert decisions[0]["file"] == str(path)
    assert 1.0 < decisions[0]["at"] < 2.2


def test_many_files_and_one_that_is_no_sound(stop_sound, tmp_path, capsys):
    paths = [tmp_path / f"{number}.wav" for number in range(3)]
    for path in paths:
        soundfile.write(path, *stop_sound)
    paths[1].write_text("not a sound")
    code, out, err = run(capsys, "hear", *map(str, paths), "--json")
    assert code == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(paths[0]), str(paths[2])]
    assert str(paths[1]) in err
    assert len(err.strip().splitlines()) == 1


def test_silence_and_noise_are_no_decision(tmp_path, capsys):
    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(1).standard_normal(48_000).astype(np.float32) * 0.02, 16_000)
    assert run(capsys, "hear", str(path), "--json")[:2] == (0, "")


def test_the_grammar_decides_what_is_understood(stop_sound, tmp_path, capsys):
    with Pyttsx3Voice("en-us") as voice:
        pcm = voice.render("yes")
    path = tmp_path / "yes.wav"
    soundfile.write(path, np.concatenate([np.zeros(pcm.rate), pcm.samples, np.zeros(pcm.rate)]), pcm.rate)
    for grammar, intent in (("screening", "yes"), ("released", None)):
        _, out, _ = run(capsys, "hear", str(path), "--grammar", grammar, "--json")
        assert [json.loads(line)["intent"] for line in out.splitlines()] == [intent]


# --- setup ---


def test_setup_remembers_without_talk_and_leaves_the_rest_of_the_file_alone(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("# mine\ntomorrow: 1   # no key of this version\nvolume: 1.0\n")
    code, out, err = run(capsys, "--config", str(settings), "setup", "--volume", "1.5", "--words-per-minute", "130", "--speaker", "")
    assert code == 0
    assert settings.read_text() == "# mine\ntomorrow: 1   # no key of this version\nvolume: 1.5\nspeaker: ''\nwords_per_minute: 130\n"
    assert f"Remembered in {settings}: " in out
    assert "tomorrow: no such key is known" in err, "what is wrong elsewhere is told, and holds nobody up"


def test_setup_makes_the_settings_of_a_new_user(tmp_path, capsys):
    assert run(capsys, "setup", "--volume", "1.5")[0] == 0
    assert (tmp_path / "config/voicecoach/config.yaml").read_text() == "volume: 1.5\n"


def test_setup_does_not_touch_what_is_no_settings_file(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("client: [\n")
    code, _, err = run(capsys, "--config", str(settings), "setup", "--volume", "1.5")
    assert code == 2
    assert f"{settings}:" in err
    assert settings.read_text() == "client: [\n"


# --- doctor, models, run ---


def test_doctor_names_every_part_and_gives_a_verdict(capsys):
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    for part in ("dialogs", "program", "recogniser moonshine", "voice activity", "model vosk-model-small-en-us-0.15", "voice", "microphone", "speaker", "folder for journals"):
        assert part in out
    assert "run `voicecoach models install vosk-model-small-en-us-0.15`" in out
    assert out.splitlines()[-1].startswith("Ready for")


def test_doctor_tells_of_a_button_that_is_not_there(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("buttons: Shutter\n")
    _, out, _ = run(capsys, "--config", str(settings), "doctor")
    assert "NO  button 'Shutter'" in out
    assert "no input device with keys is called 'Shutter'; connect it, or choose one of" in out


def test_earcons_are_written_each_after_its_name(tmp_path, capsys):
    from voicecoach.live.earcons import EARCON_RATE, sound  # noqa: PLC0415
    from voicecoach.vocabulary import Earcon  # noqa: PLC0415
    code, out, _ = run(capsys, "earcons", "--out", str(tmp_path / "out"))
    assert code == 0
    assert "Wrote 6 files" in out
    for earcon in Earcon:
        samples, rate = soundfile.read(tmp_path / "out" / f"{earcon.value}.wav", dtype="float32")
        assert rate == EARCON_RATE
        chime = sound(earcon)
        start = len(samples) - rate * 2 // 5 - len(chime)
        assert np.abs(samples[start : start + len(chime)] - chime).max() < 1e-3
        assert np.abs(samples[:start]).max() > 0.05, "its name"


def test_earcons_are_played_one_after_the_other(capsys, monkeypatch):
    from voicecoach import kit  # noqa: PLC0415
    from voicecoach.engines.fakes import InstantSpeaker  # noqa: PLC0415
    from voicecoach.vocabulary import Earcon  # noqa: PLC0415
    speaker = InstantSpeaker()
    monkeypatch.setattr(kit, "speaker", lambda _: speaker)
    code, out, _ = run(capsys, "earcons")
    assert code == 0
    assert out.split() == [earcon.value for earcon in Earcon]
    assert len(speaker.lines) == len(Earcon)


def test_a_session_outlives_its_window(capsys, monkeypatch):
    from voicecoach.commands.common import say_if_possible  # noqa: PLC0415

    class Closed:
        def write(self, _):
            raise OSError(5, "Input/output error")

        flush = write

    monkeypatch.setattr(sys, "stdout", Closed())
    say_if_possible("heard clearly: stop")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_keys_tells_what_a_press_does_and_leaves_the_terminal_as_it_was():
    import os  # noqa: PLC0415
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    program = subprocess.Popen([sys.executable, "-m", "voicecoach", "keys", "--seconds", "60"], stdin=slave, stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline().startswith("Press what you would press in a session: keyboard.")
    os.write(master, b"\x1b[6~")
    assert program.stdout.readline() == "page down (keyboard): stop, in every phase\n"
    program.terminate()
    program.wait(30)
    program.stdout.close()
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


def test_keys_without_a_button_that_is_configured_is_a_sentence(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("midi: [FS-1]\n")
    code, _, err = run(capsys, "--config", str(settings), "keys", "--seconds", "0")
    assert code == 2
    assert "midi: no MIDI device is called 'FS-1'" in err


def test_doctor_speaks_json(capsys):
    _, out, _ = run(capsys, "doctor", "--json")
    assert all({"part", "ok", "state", "needed_for"} == json.loads(line).keys() for line in out.splitlines())


def test_doctor_finds_a_voice_that_is_not_there(tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("voice: nobody\n")
    code, out, _ = run(capsys, "--config", str(settings), "doctor")
    assert code == 1
    assert "NO  voice" in out
    assert out.splitlines()[-1].startswith("Something that every session needs is missing")


def test_models_list_shows_state_size_and_licence(capsys):
    _, out, _ = run(capsys, "models", "list")
    vosk = next(line for line in out.splitlines() if line.startswith("vosk-model-small-en-us-0.15"))
    assert "41.2 MB" in vosk
    assert "Apache-2.0" in vosk
    assert "not installed" in vosk


NO_DEVICES = {"ALSA_CONFIG_PATH": "/dev/null", "PULSE_SERVER": "unix:/nonexistent"}


def test_run_without_sound_says_so_and_offers_the_rehearsal(capsys, monkeypatch):
    from voicecoach import kit  # noqa: PLC0415
    from voicecoach.settings.config import Config  # noqa: PLC0415
    for name, value in NO_DEVICES.items():
        monkeypatch.setenv(name, value)
    if kit.sound_trouble(Config()) is None:
        pytest.skip("this machine has sound devices")
    code, out, err = run(capsys, "run")
    assert code == 3
    assert len(err.strip().splitlines()) == 1
    assert "voicecoach rehearse first-session" in out
    code, out, err = run(capsys, "setup")
    assert code == 3
    assert err == "speaker: no sound output device was found; connect a speaker and try again.\n"
    assert run(capsys, "devices")[0] == 3


def test_run_or_rehearse_rehearses_where_there_is_no_sound(tmp_path, capsys, monkeypatch):
    from voicecoach import kit  # noqa: PLC0415
    from voicecoach.settings.config import Config  # noqa: PLC0415
    if kit.sound_trouble(Config()) is None:
        pytest.skip("this machine has sound devices")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "run", "--or-rehearse", "screened-out")
    assert code == 0
    assert "rehearsing 'screened-out' instead" in out
    assert (tmp_path / "rehearsal/screened-out/session.wav").stat().st_size > 100_000


def test_replay_of_a_rehearsal(tmp_path, capsys):
    run(capsys, "rehearse", "screened-out", "--quiet", "--out", str(tmp_path / "out"))
    journal = tmp_path / "out/journal.jsonl"
    code, out, _ = run(capsys, "replay", str(journal))
    assert code == 0
    assert "0 with other commands" in out
    journal.write_text(journal.read_text().replace("question.osteoporosis.advice", "question.disc.advice"))
    code, _, err = run(capsys, "replay", str(journal))
    assert code == 1
    assert "question.osteoporosis.advice" in err


def test_a_reader_that_closes_the_pipe_is_no_traceback(tmp_path):
    soundfile.write(tmp_path / "quiet.wav", np.zeros(1600), 16_000)
    command = f"'{sys.executable}' -m voicecoach doctor | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])  # noqa: S603, S607
    assert "Traceback" not in done.stderr
