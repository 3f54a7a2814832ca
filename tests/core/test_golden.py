"""Golden sessions: what the coach did in whole sessions is what he does now; what changed is shown as a diff of sentences."""

from __future__ import annotations

import difflib

import golden_sessions
import pytest
from golden_sessions import GOLDEN, goldens, recipe_of, record, replay, scripts, text_of

from voicecoach.records import journal
from voicecoach.rehearsal.scenario import load_scenario

ALL = goldens()
names = [golden.path.relative_to(GOLDEN).with_suffix("").as_posix() for golden in ALL]
every = pytest.mark.parametrize("golden", ALL, ids=names)


def changes(old: str, new: str) -> str:
    """The rows that differ, with what was around them, for a reviewer."""
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), "golden", "now", lineterm="", n=2))


def text(golden) -> str:
    assert golden.path.is_file(), "this scenario has no golden session yet: `make golden` records it"
    return golden.path.read_text(encoding="utf-8")


@every
def test_the_same_events_still_lead_to_the_same_commands(golden):
    old = text(golden)
    if different := changes(old, text_of(replay(old))):
        pytest.fail(f"{different}\n\nIf this is meant, `make golden` records it.", pytrace=False)


@every
def test_recording_it_anew_gives_the_same_file(golden):
    if different := changes(text(golden), text_of(record(golden))):
        pytest.fail(f"{different}\n\nIf this is meant, `make golden` records it.", pytrace=False)


@every
def test_it_is_a_complete_session_that_ends_as_its_scenario_wants(golden):
    scenario = load_scenario(golden.scenario, scripts(golden.language))
    assert text(golden).splitlines()[-1] == f"    finish {scenario.expect.ends}"


@every
def test_its_journal_replays(golden, tmp_path):
    old = text(golden)
    recipe = recipe_of(old)
    written = journal.Journal(tmp_path / "journal.jsonl", recipe)
    events = replay(old).events
    for now, event, commands in events:
        written.add(now, event, commands)
    written.close()
    assert journal.replay(written.path, scripts(recipe.language)) == (len(events), [])


def test_there_is_no_golden_session_without_a_scenario():
    assert set(GOLDEN.rglob("*.txt")) == {golden.path for golden in ALL}


def test_another_wording_of_a_line_is_one_changed_row(monkeypatch):
    golden = next(golden for golden in ALL if golden.path.name == "nobody.txt")
    old = text(golden)
    script = scripts("en")
    line = script.lines["screen.roles"]
    other = type(line)(line.key, ("Somebody lies down.",), line.to, line.safety, line.mentions)
    changed = type(script)(script.language, {**script.lines, line.key: other}, script.grammars, script.questions, script.stretches, script.folder)
    monkeypatch.setattr(golden_sessions, "scripts", lambda _: changed)
    rows = [row for row in changes(old, text_of(replay(old))).splitlines()[2:] if row[0] in "+-"]
    assert [row[:23] for row in rows] == ["-    say screen.roles: ", "+    say screen.roles: "]
    assert rows[1].endswith("Somebody lies down.")


def test_make_golden_records_what_is_missing_and_drops_what_has_no_scenario(tmp_path, monkeypatch, capsys):
    kept = next(golden for golden in ALL if golden.path.name == "nobody.txt")
    new = golden_sessions.Golden(tmp_path / "new/nobody.txt", kept.scenario, "en")
    broken = golden_sessions.Golden(tmp_path / "broken.txt", tmp_path / "none.yaml", "en")
    (tmp_path / "old.txt").write_text("x")
    monkeypatch.setattr(golden_sessions, "GOLDEN", tmp_path)
    monkeypatch.setattr(golden_sessions, "goldens", lambda: [new, broken])
    assert golden_sessions.main() == 1
    out, err = capsys.readouterr()
    assert out == "recorded   new/nobody.txt\ndropped    old.txt\n"
    assert err.startswith("broken.txt: cannot be recorded (ScriptError: ")
    assert new.path.read_text(encoding="utf-8") == text(kept)
