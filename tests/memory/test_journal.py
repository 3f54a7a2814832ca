"""The journal: whatever happens to the process or the disk, what was written can be read and replayed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline import SCRIPT, SHORT, Timeline

from voicecoach.core.phases import Phase
from voicecoach.errors import ScriptError
from voicecoach.records.journal import Entry, Journal, Recipe, read_journal, replay
from voicecoach.vocabulary import (
    Alive,
    Dictated,
    Evidence,
    Heard,
    Intent,
    KeepPerson,
    LineStarted,
    Lost,
    Source,
    Started,
    TimePassed,
    Unclear,
)

RECIPE = Recipe("en", SHORT, client="Anna", partner="Ben", patience=6.0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A journal of a session up to a stop in a hold, and what was put in."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    timeline = Timeline(session=RECIPE.session(SCRIPT)).to(Phase.HOLD)
    timeline.hear(Intent.STOP, Evidence.PARTIAL)
    journal = Journal(path, RECIPE)
    log = [Entry(entry.now, entry.event, tuple(entry.commands)) for entry in timeline.log]
    for entry in log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()
    return path, log


def test_everything_written_is_read_back(written):
    path, log = written
    recipe, entries = read_journal(path)
    assert recipe == RECIPE
    assert list(entries) == log


def test_it_replays_to_the_same_commands(written):
    path, log = written
    assert replay(path, SCRIPT) == (len(log), [])


def test_a_changed_command_is_a_difference(written, tmp_path):
    path, _ = written
    other = tmp_path / "other.jsonl"
    other.write_text(path.read_text().replace("safety.stop", "safety.ease"))
    count, differences = replay(other, SCRIPT)
    assert len(differences) == 1
    assert count - differences[0].number <= 1


def test_its_owner_alone_can_read_it(written):
    assert written[0].stat().st_mode & 0o777 == 0o600


events = st.one_of(
    st.just(Started()), st.just(TimePassed()), st.builds(Heard, st.sampled_from(Intent), st.sampled_from(Evidence), st.text(), st.text(), st.floats(-50, 50), st.text()),
    st.builds(Unclear, st.text(), st.text()), st.builds(Dictated, st.text(), st.text(), st.text()), st.builds(LineStarted, st.integers(0, 9999)), st.builds(Alive, st.sampled_from(Source)),
    st.builds(Lost, st.sampled_from(Source), st.text()))


@given(st.lists(st.tuples(st.floats(0, 1e6), events), max_size=20))
def test_any_event_at_any_time_survives(entries):
    import tempfile  # noqa: PLC0415 - hypothesis calls this often; tmp_path would be shared
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        journal = Journal(path, RECIPE)
        for now, event in entries:
            journal.add(now, event, [])
        journal.close()
        assert [(entry.now, entry.event) for entry in read_journal(path)[1]] == entries


def test_somebody_who_was_learnt_survives(tmp_path):
    journal = Journal(tmp_path / "j.jsonl", RECIPE)
    commands = (KeepPerson("Sheila", ("shiloh", "siva"), "moonshine"), KeepPerson("Person 2", by_name=False))
    journal.add(1.0, Dictated("Sheila.", "", "moonshine"), commands)
    journal.close()
    assert [entry.commands for entry in read_journal(tmp_path / "j.jsonl")[1]] == [commands]


def test_a_journal_cut_anywhere_gives_every_whole_entry(written, tmp_path):
    path, log = written
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1
    cut = tmp_path / "cut.jsonl"
    for at in range(head, len(whole), 997):
        cut.write_bytes(whole[:at])
        entries = list(read_journal(cut)[1])
        assert whole[:at].count(b"\n") - 1 <= len(entries) <= whole[:at].count(b"\n")
        assert entries == log[:len(entries)]


def test_damage_in_the_middle_is_named_by_its_line(written, tmp_path):
    lines = written[0].read_text().splitlines()
    lines[4] = "{"
    broken = tmp_path / "broken.jsonl"
    broken.write_text("\n".join(lines))
    with pytest.raises(ScriptError, match=r"broken\.jsonl:5: this line is no entry"):
        list(read_journal(broken)[1])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"voicecoach": "1"}', "\x00\x01", "not json"])
def test_what_is_no_journal_is_refused_in_a_sentence(content, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(ScriptError, match="give a file that voicecoach has written"):
        read_journal(path)


def test_a_killed_process_loses_nothing_that_it_has_written(tmp_path):
    path = tmp_path / "journal.jsonl"
    program = f"""
import os, signal
from pathlib import Path
from timeline import SHORT
from voicecoach.records.journal import Journal, Recipe
from voicecoach.vocabulary import TimePassed
journal = Journal(Path({str(path)!r}), Recipe("en", SHORT))
for number in range(1000):
    journal.add(float(number), TimePassed(), [])
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], check=False)  # noqa: S603
    assert done.returncode == -9
    assert len(list(read_journal(path)[1])) == 1000


def test_a_disk_that_cannot_be_written_is_reported_and_stops_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    journal = Journal(blocked / "journal.jsonl", RECIPE)
    journal.add(0.0, Started(), [])
    journal.close()
    assert "the journal cannot be written" in journal.trouble


def test_a_full_disk_is_reported_and_stops_nothing():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    journal = Journal(Path("/dev/full"), RECIPE)
    journal.add(0.0, Started(), [])
    assert "No space left" in journal.trouble


def test_each_line_is_plain_json(written):
    for line in written[0].read_text().splitlines():
        assert isinstance(json.loads(line), dict)
