"""Changing the settings file: what was chosen goes in, and all that is there stays."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from voicecoach.errors import ConfigError, ScriptError
from voicecoach.settings.config import load_config
from voicecoach.settings.settings_file import check, remember

OWN = """\
# Anna's settings
client: "Anna"   # who lies down

tomorrow: [1, 2]
microphone: Old   # the one in the lid
# the end
"""


def test_only_what_was_chosen_is_changed(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(OWN)
    remember(path, {"microphone": "USB: Audio", "volume": 1.4})
    assert path.read_text() == OWN.replace("Old   #", "'USB: Audio' #") + "volume: 1.4\n"


def test_what_is_written_can_be_read(tmp_path):
    path = tmp_path / "new/folder/config.yaml"
    remember(path, {"microphone": "", "speaker": "Lautsprecher: #1 - 'ü'", "words_per_minute": 130, "volume": 2})
    config = load_config(path)
    assert (config.microphone, config.speaker, config.words_per_minute, config.volume) == ("", "Lautsprecher: #1 - 'ü'", 130, 2.0)


@pytest.mark.parametrize("text", ["", "# only a comment", "# only a comment\n", "---\n"])
def test_a_file_without_settings_keeps_its_comments(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    remember(path, {"volume": 1.5})
    assert path.read_text().startswith(text)
    assert load_config(path).volume == 1.5


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "client: [\n", "a: 1\na: 2\n"])
def test_what_is_no_list_of_settings_is_left_alone_and_told(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    for touch in (lambda: check(path), lambda: remember(path, {"volume": 1.5})):
        with pytest.raises(ScriptError, match=r"config\.yaml:"):
            touch()
    assert path.read_text() == text


def test_a_value_that_no_session_would_accept_is_not_written(tmp_path):
    with pytest.raises(ConfigError, match=r"The setting volume should be less than or equal to 2 \(got 3\.0\)"):
        remember(tmp_path / "config.yaml", {"volume": 3.0})
    assert list(tmp_path.iterdir()) == []


def test_permissions_and_links_stay(tmp_path):
    real, link = tmp_path / "dotfiles.yaml", tmp_path / "config.yaml"
    real.write_text("client: Anna\n")
    real.chmod(0o640)
    link.symlink_to(real)
    remember(link, {"volume": 1.5})
    assert link.is_symlink()
    assert real.read_text() == "client: Anna\nvolume: 1.5\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_text(OWN)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigError, match="the settings cannot be kept here \\(no space left on device\\)"):
        remember(path, {"volume": 1.5})
    assert path.read_text() == OWN
    assert list(tmp_path.iterdir()) == [path]
