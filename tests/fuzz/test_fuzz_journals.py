"""Journals cut at every byte and damaged: every whole entry is read, and the rest is a sentence."""

from __future__ import annotations

import json

import pytest
from fuzzing import command, fuzz, is_told, listing, sandbox
from hypothesis import given
from hypothesis import strategies as st
from timeline import SCRIPT, SHORT, Timeline

from voicecoach.commands import replay as replay_command
from voicecoach.errors import ScriptError
from voicecoach.memory.forgetting import Scope, find
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.vocabulary import Evidence, Heard, Intent, Lost, Source

RECIPE = Recipe("en", SHORT, client="Zoë", partner="지수")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a short journal with letters of two and three bytes, and the entries in it."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    timeline = Timeline(session=RECIPE.session(SCRIPT), mouth=False)
    timeline.hear(Intent.NO)
    timeline.event(Heard(Intent.PLACE, Evidence.FINAL, "Hüfte", "hip", 1.5, "vosk"))
    timeline.event(Lost(Source.MICROPHONE, "가"))
    journal = Journal(path, RECIPE)
    journal.note("made of ünusual létters")
    for entry in timeline.log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()
    return path.read_bytes()


def test_cut_at_every_byte_every_whole_entry_is_there_and_replays(whole, tmp_path):
    path = tmp_path / "cut.jsonl"
    path.write_bytes(whole)
    _, entries = read_journal(path)
    log, head = list(entries), whole.index(b"\n")
    ends = [at for at, byte in enumerate(whole) if byte == 10][2:]  # of the entries, without the first line and the note
    for at in range(len(whole) + 1):
        path.write_bytes(whole[:at])
        if at < head:
            with pytest.raises(ScriptError, match="the first line is not that of a journal"):
                read_journal(path)
            continue
        count = sum(end <= at for end in ends)
        assert list(read_journal(path)[1]) == log[:count]
    for at in ends:
        path.write_bytes(whole[: at + 1])
        count, differences = replay(path, SCRIPT)
        assert (count, differences) == (ends.index(at) + 1, [])


@pytest.fixture
def script_at_hand(monkeypatch):
    """The dialogs are read once, not for each example."""
    known = replay_command.read_script
    monkeypatch.setattr(replay_command, "read_script", lambda language: SCRIPT if language == "en" else known(language))


@pytest.mark.usefixtures("script_at_hand")
@fuzz(60)
@given(data=st.data())
def test_damaged_bytes_are_told_or_come_out_as_differences(whole, tmp_path, capsys, data):
    at = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(at, min(len(whole), at + 40)))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=20)) + whole[end:])
    with sandbox(tmp_path):
        command(capsys, "replay", path)
    assert listing(tmp_path) == {"journal.jsonl"}


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["Say", "Heard", "Finish", "stop", "\ud800", "en", "../de", "x" * 5000])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=5)


@st.composite
def another(draw, line):
    """A line of the journal with one value, anywhere in it, replaced or dropped."""
    data = json.loads(line)
    places = list(_places(data))
    holder, key = draw(st.sampled_from(places))
    if draw(st.booleans()) and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = draw(VALUES)
    return json.dumps(data).encode()


def _places(data):
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


@pytest.mark.usefixtures("script_at_hand")
@fuzz(80)
@given(data=st.data())
def test_values_of_the_wrong_kind_are_told_or_come_out_as_differences(whole, tmp_path, capsys, data):
    lines = whole.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(another(lines[index]))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    with sandbox(tmp_path):
        command(capsys, "replay", path)


@pytest.mark.usefixtures("script_at_hand")
@pytest.mark.parametrize(("old", "new"), [
    (b'"now":0.0', b'"now":"later"'), (b'"now":0.0', b'"now":NaN'), (b'"now":0.0', b'"now":1e999'), (b'"now":0.0', b'"now":' + b"[" * 100_000),
    (b'"is":"Started"', b'"is":"Finish","outcome":"pain"'), (b'"is":"Started"', b'"is":["Started"]'), (b'"language":"en"', b'"language":"../en"'),
    (b'"patience":8.0', b'"patience":NaN'), (b'"patience":8.0', b'"patience":{}'), (b'"earcons":"few"', b'"earcons":"many"'), (b'"weeks":4', b'"weeks":1e400'),
    (b'"stretch":"knees-to-chest"', b'"stretch":"nothing"'), (b'"title":{"', b'"title":{"x":"","_'), (b'"client":"Zo\xc3\xab"', b'"client":{}'),
])
def test_what_fuzzing_has_found_stays_a_sentence(old, new, whole, tmp_path, capsys):
    path = tmp_path / "journal.jsonl"
    assert old in whole
    path.write_bytes(whole.replace(old, new, 1))
    code, _, err = command(capsys, "replay", path)
    assert code == 2
    is_told(err)
    assert len(err.splitlines()) == 1


def test_a_damaged_journal_is_still_forgotten_with_its_persons(whole, tmp_path):
    path = tmp_path / "2026-01-01-000000.jsonl"
    head = whole.index(b"\n")
    path.write_bytes(whole[: head + 20] + b"\xff\xfe" + whole[head + 20 :])
    assert find(Scope("Zoë"), [], tmp_path / "memory.sqlite3", tmp_path).journals == (path,)
