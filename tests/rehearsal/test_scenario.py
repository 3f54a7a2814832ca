"""Scenario files: what they may hold, and how their mistakes are told, all of them at once."""

from __future__ import annotations

import pytest
from timeline import DIALOGS, SCRIPT

from voicecoach.errors import ScriptError
from voicecoach.rehearsal.scenario import load_scenario

GOOD = """\
about: Somebody says stop.
program: one-stretch
answers:
  - {after: "question.*.ask", say: "no"}
steps:
  - {after: hold.begin, wait: 3, say: stop, expect: {hears: stop, says: safety.stop, phase: released}}
expect: {ends: stopped}
"""


def problems(tmp_path, text):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(ScriptError) as caught:
        load_scenario(path, SCRIPT)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


@pytest.mark.parametrize("path", sorted((DIALOGS / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_ones_load(path):
    assert load_scenario(path, SCRIPT).about


@pytest.mark.parametrize(("old", "new", "line", "words"), [
    ("hold.begin", "hold.beginn", 6, "no line of the coach is called 'hold.beginn'"),
    ("hears: stop", "hears: stopp", 6, "'stopp' is not known here; choose from stop, ease"),
    ("phase: released", "phase: release", 6, "choose from who, screen, warm-up"),
    ("ends: stopped", "ends: stop", 7, "choose from completed"),
    ("say: stop,", "recording: nix.wav,", 6, "there is no file 'nix.wav'"),
    ("wait: 3", "wait: soon", 6, "wait"),
    ("wait: 3", "wiat: 3", 6, "did you mean 'wait'"),
    ("after: hold.begin", "during: hold.begin, after: hold.begin", 6, "give either 'after' or 'during'"),
    ("say: stop,", "say: stop, silence: true,", 6, "give one of 'say', 'recording', 'microphone' and 'silence'"),
    ("about: Somebody says stop.\n", "", 1, "this key is missing; add it"),
    ('say: "no"', "say: no, who: doctor", 4, "'client' or 'partner'"),
])
def test_a_mistake_is_told_with_line_and_remedy(tmp_path, old, new, line, words):
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith(f"{line}:")
    assert words in found[0]


def test_all_mistakes_come_at_once(tmp_path):
    found = problems(tmp_path, GOOD.replace("hold.begin", "x").replace("hears: stop", "hears: y").replace("ends: stopped", "ends: z"))
    assert [entry.split(":")[0] for entry in found] == ["6", "6", "7"]


def test_a_file_that_is_no_yaml_or_not_there(tmp_path):
    assert "check the indentation" in problems(tmp_path, "a: [1")[0]
    with pytest.raises(ScriptError, match="cannot be read"):
        load_scenario(tmp_path / "nix.yaml", SCRIPT)
