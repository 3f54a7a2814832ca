"""Dialog, program, scenario and settings files that are nearly right: a mistake is a sentence, whatever it is, and nothing is executed."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path

import pytest
from fuzzing import command, fuzz, is_told, listing, nearly, sandbox
from hypothesis import given
from hypothesis import strategies as st
from timeline import DIALOGS, SCRIPT, Timeline

from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.errors import ConfigError, ScriptError
from voicecoach.language.datafile import BIGGEST, DataFile
from voicecoach.language.loader import load_program, load_script
from voicecoach.machine.model_store import ModelStore
from voicecoach.machine.resources import data_folder
from voicecoach.rehearsal.scenario import load_scenario, scenario_language
from voicecoach.settings import config, settings_file
from voicecoach.setup.lines import load_lines
from voicecoach.teaching.lesson import load_teaching

pytestmark = pytest.mark.usefixtures("own_folders")

LANGUAGE_FILES = sorted(path.relative_to(DIALOGS / "en") for path in (DIALOGS / "en").rglob("*.yaml"))
CONFIG = """\
language: en
program: lower-back
client: Anna
partner: {name: Niamh, say: NEEV}
voice: en-gb
words_per_minute: 150
pitch: 50
volume: 1.0
remember_speech: false
microphone: USB
keys: true
buttons: [AB Shutter]
midi: FS-1
shout: false
earcons: few
patience: 8
remember: true
"""


def read(path):
    """The text of a file that ships."""
    return path.read_text(encoding="utf-8")


def told(error: ScriptError | ConfigError) -> None:
    is_told(str(error))
    for problem in getattr(error, "problems", ()):
        assert "\n" not in str(problem)


@st.composite
def broken_file(draw, paths):
    """One of some files and what stands in it now."""
    path = draw(st.sampled_from(paths))
    return path, draw(nearly(read(path)))


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    """A copy of the English dialogs, to be spoilt a file at a time."""
    folder = tmp_path_factory.mktemp("dialogs") / "en"
    shutil.copytree(DIALOGS / "en", folder)
    return folder


@fuzz(8)
@given(broken_file([DIALOGS / "en" / name for name in LANGUAGE_FILES]))
def test_a_spoilt_dialog_file_is_told_or_does_no_harm(english, broken):
    path, data = broken
    there = english / path.relative_to(DIALOGS / "en")
    with sandbox(english.parent):
        try:
            there.write_bytes(data)
            script = load_script(english)
            load_lines(script)
        except ScriptError as error:
            told(error)
        else:
            plays(script)
        finally:
            there.write_bytes(path.read_bytes())


def plays(script):
    """A session with this script reaches a hold or its end, and nothing in it breaks."""
    program = load_program(DIALOGS / "programs/one-stretch.yaml", SCRIPT)
    if any(dose.stretch not in script.stretches for dose in program.stretches):
        return
    timeline = Timeline(session=Session(script, program))
    timeline.run(60)
    assert timeline.said or timeline.phase is Phase.SCREEN


@fuzz(40)
@given(broken_file(sorted((DIALOGS / "programs").glob("*.yaml"))))
def test_a_spoilt_program_is_told_or_is_one_within_the_limits(tmp_path, broken):
    path = tmp_path / "program.yaml"
    path.write_bytes(broken[1])
    with sandbox(tmp_path):
        try:
            program = load_program(path, SCRIPT)
        except ScriptError as error:
            told(error)
        else:
            assert all(20 <= dose.hold_seconds <= 30 and 2 <= dose.repetitions <= 3 for dose in program.stretches)


@fuzz(15)
@given(broken_file(sorted((DIALOGS / "scenarios").glob("*.yaml"))))
def test_a_spoilt_scenario_is_told(tmp_path, broken):
    path = tmp_path / "scenario.yaml"
    path.write_bytes(broken[1])
    with sandbox(tmp_path):
        try:
            scenario_language(path)
            load_scenario(path, SCRIPT)
        except ScriptError as error:
            told(error)


@fuzz(30)
@given(nearly(CONFIG))
def test_spoilt_settings_are_told_and_never_changed_by_half(tmp_path, capsys, data):
    path = tmp_path / "config.yaml"
    path.write_bytes(data)
    with sandbox(tmp_path):
        command(capsys, "--config", path, "rehearse", "no-such-scenario")
        try:
            settings_file.remember(path, {"volume": 1.5})
        except (ScriptError, ConfigError) as error:
            told(error)
            assert path.read_bytes() == data
        else:
            try:
                assert config.load_config(path).volume == 1.5
            except ScriptError as error:
                told(error)
    assert listing(tmp_path) == {"config.yaml"}


@fuzz(8)
@given(nearly(read(data_folder("models") / "manifest.yaml")))
def test_a_spoilt_manifest_is_told(tmp_path, data):
    path = tmp_path / "manifest.yaml"
    path.write_bytes(data)
    with sandbox(tmp_path):
        try:
            ModelStore(tmp_path / "models", path).list_models()
        except ScriptError as error:
            told(error)


# --- what fuzzing has found, and what must never pass ------------------------------------------------------------

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize("text", [
    LAUGHS,
    "x\n" * BIGGEST,
    "title: 2024-99-99\n",
    f"title: {'9' * 5000}\n",
    "title: !!float abc\n",
    "title: !!int x\n",
    "title: " + "{a: " * 3000,
    "title: !!python/object/apply:os.system ['touch executed']\n",
    "title: !!python/object/new:subprocess.Popen [['touch', 'executed']]\n",
    "title: !!python/name:os.system\n",
    "title: !!python/module:antigravity\n",
], ids=["a billion laughs", "huge", "no such day", "endless number", "no float", "no int", "deep", "apply", "new", "name", "module"])
def test_a_file_that_attacks_is_told_at_once_and_executes_nothing(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "program.yaml"
    path.write_text(text)
    began = time.monotonic()
    with sandbox(tmp_path), pytest.raises(ScriptError) as caught:
        load_program(path, SCRIPT)
    told(caught.value)
    assert time.monotonic() - began < 5
    assert listing(tmp_path) == {"program.yaml"}


def test_a_placeholder_reaches_no_attribute_of_what_it_stands_for(english):
    path = english / "lines.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("{partner}, release now", "{partner.__class__.__mro__}, release now", 1), encoding="utf-8")
    try:
        with pytest.raises(ScriptError, match=r"no placeholder of this line"):
            load_script(english)
    finally:
        path.write_text(before, encoding="utf-8")


NAMES = ["x" * 5000, "../../evil", "a/../..", "~root", "a\0b", ".", ""]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_name_of_a_file_is_told(name, tmp_path, capsys):
    with sandbox(tmp_path):
        code, _, err = command(capsys, "rehearse", name)
    assert code == 2
    assert err.startswith("There is no scenario '")


@pytest.mark.parametrize("name", NAMES[:-2])
def test_a_language_is_none_of_another_folder(name, tmp_path, capsys):
    path = tmp_path / "config.yaml"
    path.write_text(f'language: "{name}"\n'.replace("\0", "\\0"))
    code, _, err = command(capsys, "--config", path, "hear", "none.wav")
    assert code == 2
    is_told(err)


@pytest.mark.parametrize(("file", "key", "loads"), [("setup.yaml", "run.no-speaker", load_lines), ("teaching.yaml", "first", load_teaching)])
@pytest.mark.parametrize("text", ["{speaker.__class__}", "{count:>99999999999}", "{intent!r}", "{", "{0}"])
def test_the_lines_of_other_talks_reach_and_blow_up_nothing_either(file, key, loads, text, english):
    path = english / file
    lines = read(path).splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{key}:"))
    spoilt = [*lines[:at], lines[at].split(":")[0] + f": '{text}'", *lines[at + 1:]]
    path.write_text("\n".join(spoilt), encoding="utf-8")
    try:
        with pytest.raises(ScriptError) as caught:
            loads(dataclasses.replace(SCRIPT, folder=english))
        told(caught.value)
    finally:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_data_file_is_a_file(tmp_path):
    import os  # noqa: PLC0415
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero")):
        with pytest.raises(ScriptError, match="cannot be read"):
            DataFile(path)
