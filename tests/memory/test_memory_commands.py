"""The memory as its users meet it: written by sessions, told, exported and forgotten by the command line."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import time

import pytest
from test_app import Live
from timeline import SCRIPT, SHORT, Timeline
from watched import FIRST_DAY, imagined

from voicecoach.__main__ import main
from voicecoach.commands.memory import NOTHING, memory_file
from voicecoach.core.phases import Phase
from voicecoach.core.progress import NOTHING_YET
from voicecoach.core.session import Session
from voicecoach.live.app import App
from voicecoach.memory.history import Head, look_back
from voicecoach.memory.scribe import Scribe, recall
from voicecoach.memory.store import Store, companions
from voicecoach.records.journal import Journal, Recipe, read_journal
from voicecoach.settings.config import folders
from voicecoach.vocabulary import Outcome, Started

HEAD = Head(FIRST_DAY, "en", "one-stretch", "Anna", "Ben")


@pytest.fixture(autouse=True)
def own_place(own_folders, tmp_path, monkeypatch):
    """Files without a folder land in the test's own."""
    monkeypatch.chdir(tmp_path)


def run(capsys, *arguments):
    """Exit code, stdout and stderr of one call."""
    try:
        code = main(list(arguments))
    except SystemExit as left:
        code = left.code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def remember(past, path=None):
    """Put imagined sessions into a memory, each with a journal; the journals."""
    path, journals = path or memory_file(folders()), []
    with Store(path) as store:
        for session in past:
            head = session.head
            journal = folders().state / "journals" / f"{head.began:%Y-%m-%d-%H%M%S}-{head.client.strip()}.jsonl"
            Journal(journal, Recipe("en", SHORT, head.client, head.partner)).close()
            number = store.begin(Head(head.began, head.language, head.program, head.client, head.partner, str(journal)))
            facts = sorted([*session.eases, *session.releases, *session.answers], key=lambda fact: fact.at)
            for fact in facts:
                store.add(number, fact)
            journals.append(journal)
    return journals


def lived(scribe_of):
    """A session to the check-in of its first hold, watched by a scribe."""
    class Told(Session):
        def handle(self, event, now):
            commands = super().handle(event, now)
            self.scribe.add(now, event, commands)
            return commands

    session = Told(SCRIPT, SHORT)
    session.scribe = scribe_of(session)
    Timeline(session=session).to(Phase.CHECK_IN, warm=True)
    return session.scribe


# --- the scribe ---


def test_a_session_is_written_while_it_runs_and_shows_as_interrupted_until_its_end(tmp_path):
    path = tmp_path / "m.sqlite3"
    scribe = lived(lambda session: Scribe(Store(path), HEAD, session))
    deadline = time.monotonic() + 20
    while True:
        with Store(path) as store:
            past = store.load()
        if past and past[0].holds and past[0].holds[0].ending:
            break
        assert time.monotonic() < deadline
    assert (past[0].head, past[0].outcome) == (HEAD, None)
    assert past[0].holds[0].seconds == pytest.approx(20)
    scribe.close()
    scribe.close()
    assert scribe.trouble == ""


def test_the_scribe_waits_for_another_writer_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("voicecoach.memory.store.BUSY", 0.02)
    path = tmp_path / "m.sqlite3"
    store = Store(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    scribe = lived(lambda session: Scribe(store, HEAD, session))
    other.execute("ROLLBACK")
    other.close()
    scribe.close()
    assert scribe.trouble == ""
    with Store(path) as again:
        assert len(again.load()[0].holds) == 1


def test_a_memory_that_stays_locked_is_told_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("voicecoach.memory.store.BUSY", 0.02)
    path = tmp_path / "m.sqlite3"
    store = Store(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    scribe = lived(lambda session: Scribe(store, HEAD, session))
    scribe.close()
    assert "another voicecoach is writing to it" in scribe.trouble
    assert "The rest of this session was not remembered." in scribe.trouble
    other.close()


def test_a_mistake_in_remembering_is_told_and_ends_no_session(tmp_path):
    class Broken:
        @property
        def turn(self):
            raise KeyError("turn")

    scribe = Scribe(Store(tmp_path / "m.sqlite3"), HEAD, Broken())
    scribe.add(0.0, Started(), [])
    scribe.add(1.0, Started(), [])
    scribe.close()
    assert "could not be remembered (KeyError" in scribe.trouble


def test_a_session_that_never_began_is_not_remembered(tmp_path):
    Scribe(Store(tmp_path / "m.sqlite3"), HEAD, Session(SCRIPT, SHORT)).close()
    with Store(tmp_path / "m.sqlite3") as store:
        assert store.load() == []


# --- before a session ---


def test_a_damaged_memory_is_kept_aside_and_the_session_is_remembered_in_a_new_one(tmp_path):
    path = tmp_path / "memory.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    store, progress, trouble = recall(path, "Anna", FIRST_DAY)
    assert store is not None
    store.close()
    assert progress == NOTHING_YET
    assert trouble == f"The memory {path} is damaged; it is kept as {tmp_path}/memory-damaged-2026-01-05-193000.sqlite3, and a new one begins."
    assert (tmp_path / "memory-damaged-2026-01-05-193000.sqlite3").read_bytes() == b"no database at all" * 100


def test_without_a_usable_memory_the_session_runs_and_is_told_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store, progress, trouble = recall(tmp_path / "file/memory.sqlite3", "Anna", FIRST_DAY)
    assert (store, progress) == (None, NOTHING_YET)
    assert trouble.endswith("This session will not be remembered.")
    assert "\n" not in trouble


# --- rehearse --remember ---


def test_a_rehearsal_is_remembered_where_it_is_asked_to_and_nowhere_else(tmp_path, capsys):
    assert run(capsys, "rehearse", "screened-out", "--quiet", "--out", "kept", "--remember", "my.sqlite3")[0] == 0
    assert not memory_file(folders()).exists()
    with Store(tmp_path / "my.sqlite3") as store:
        (session,) = store.load()
    assert (session.outcome, session.screened, session.holds, session.head.program) == ("screened-out", False, (), "lower-back")
    assert session.head.journal == str(tmp_path / "kept/journal.jsonl")
    code, out, _ = run(capsys, "history", "--memory", "my.sqlite3")
    assert code == 0
    assert "the session did not begin after the questions" in out


# --- history, report, export ---


def test_nothing_remembered_is_told_by_every_command_and_makes_no_file(tmp_path, capsys):
    for arguments in (["history"], ["report"], ["history", "--person", "Anna"]):
        assert run(capsys, *arguments) == (0, NOTHING + "\n", "")
    assert json.loads(run(capsys, "export")[1])["sessions"] == []
    assert not list(tmp_path.iterdir())


def test_history_is_a_line_for_each_session(capsys):
    remember([*imagined(3), *imagined(1, client="Clara", partner="")])
    _, out, _ = run(capsys, "history")
    lines = out.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("5 January 2026, 19:30, Anna with Ben: no hold, 0 s held; less was asked for once, stop or pain was said never; the session was")
    assert lines[-1] == "4 sessions in all, no hold, 0 s held."
    assert len(run(capsys, "history", "--last", "1")[1].splitlines()) == 2
    assert run(capsys, "history", "--person", "clara")[1].splitlines()[0].startswith("5 January 2026, 19:30, Clara: ")


@pytest.mark.parametrize(("arguments", "words"), [
    (["history", "--person", "Nobody"], "No session of 'Nobody' is remembered; choose from Anna."),
    (["history", "--last", "0"], "'0' is no number of sessions"),
    (["history", "--memory", "nix.sqlite3"], "nix.sqlite3: no such file; give the path of a memory."),
    (["forget"], "Say what is to be forgotten: --person NAME, --before DAY or both, or --all."),
    (["forget", "--all", "--person", "Anna"], "Say what is to be forgotten"),
    (["forget", "--before", "yesterday"], "'yesterday' is no day; write it as 2026-11-24"),
    (["report", "--out", "blocked/report.html"], "blocked/report.html: this file cannot be written"),
])
def test_a_wrong_value_is_told_in_a_sentence(arguments, words, tmp_path, capsys):
    remember(imagined(1))
    (tmp_path / "blocked").write_text("in the way")
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_a_damaged_memory_is_told_by_history_and_left_where_it_is(capsys):
    path = memory_file(folders())
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database")
    code, _, err = run(capsys, "history")
    assert (code, err) == (2, f"The memory {path}: it is damaged; the next session will keep it aside and begin a new one.\n")
    assert path.read_bytes() == b"no database"


def test_report_and_exports_are_written_for_the_owner_alone(tmp_path, capsys):
    remember(imagined(3))
    assert run(capsys, "report")[0] == 0
    assert run(capsys, "export", "--json", "all.json")[0] == 0
    assert run(capsys, "export", "--csv", "tables")[0] == 0
    files = [tmp_path / "voicecoach-report.html", tmp_path / "all.json", *(tmp_path / "tables").iterdir()]
    assert len(files) == 9
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert files[0].read_text().startswith("<!DOCTYPE html>")
    assert files[1].read_text() == run(capsys, "export")[1]


# --- forget ---


@pytest.fixture
def household():
    """Sessions of Anna helped by Ben and of Ben helped by Anna, a stray journal of Ben, and a cache of spoken names."""
    journals = remember([*imagined(3), *imagined(2, client="Ben", partner="Clara"), *imagined(1, client="Clara", partner="Ben")])
    stray = folders().state / "journals" / "2025-12-01-100000.jsonl"
    Journal(stray, Recipe("en", SHORT, "Ben", "Clara")).close()
    speech = folders().cache / "speech"
    speech.mkdir(parents=True)
    (speech / "abc.flac").write_text("Ben, release now")
    return [*journals, stray]


def remembered():
    with Store(memory_file(folders())) as store:
        return [(session.head.client, session.head.partner) for session in store.load()]


def test_a_person_is_forgotten_with_all_journals_and_the_name_where_it_helped(household, capsys):
    code, out, _ = run(capsys, "forget", "--person", "ben", "--yes")
    assert code == 0
    assert out.startswith("Forgotten: 2 sessions, the name of the partner in 4 further sessions, 7 journals, and the rendered lines of speech.")
    assert sorted(remembered()) == [("Anna", ""), ("Anna", ""), ("Anna", ""), ("Clara", "")]
    assert not [journal for journal in household if journal.exists()]
    assert not (folders().cache / "speech").exists()
    for file in folders().data.rglob("*"):
        assert not file.is_file() or b"Ben" not in file.read_bytes()


def test_what_began_before_a_day_is_forgotten(household, capsys):
    code, out, _ = run(capsys, "forget", "--before", "2026-01-06", "--yes")
    assert code == 0
    assert "3 sessions, 4 journals" in out
    assert sorted(remembered()) == [("Anna", "Ben"), ("Anna", "Ben"), ("Ben", "Clara")]
    assert [journal.exists() for journal in household] == [False, True, True, False, True, False, False]


def test_a_person_before_a_day(household, capsys):
    assert run(capsys, "forget", "--person", "Anna", "--before", "2026-01-08", "--yes")[0] == 0
    assert ("Anna", "Ben") in remembered()
    assert remembered().count(("Anna", "Ben")) == 1
    assert len(remembered()) == 4


@pytest.mark.parametrize("damaged", [False, True])
def test_everything_is_forgotten_even_in_a_damaged_memory(damaged, household, capsys):
    path = memory_file(folders())
    aside = path.with_name("memory-damaged-2026-01-01-000000.sqlite3")
    aside.write_bytes(b"Anna was here")
    if damaged:
        path.write_bytes(b"no database")
    assert run(capsys, "forget", "--all", "--yes")[0] == 0
    assert not [file for file in (*companions(path), aside, *household) if file.exists()]
    assert run(capsys, "history") == (0, NOTHING + "\n", "")


def test_a_damaged_copy_that_is_left_is_named(household, capsys):
    aside = memory_file(folders()).with_name("memory-damaged-2026-01-01-000000.sqlite3")
    aside.write_bytes(b"Anna was here")
    _, out, _ = run(capsys, "forget", "--person", "Anna", "--yes")
    assert f"A damaged memory may still hold more: {aside}" in out


def test_nothing_is_deleted_without_a_yes(household, capsys, monkeypatch):
    code, _, err = run(capsys, "forget", "--all")
    assert code == 2
    assert err.startswith("This would delete everything, 6 sessions, 7 journals")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for answer, left in (("no", 6), ("", 6), ("yes", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(answer + "\n"))
        assert run(capsys, "forget", "--all")[0] == 0
        assert memory_file(folders()).exists() is bool(left)
    assert not [journal for journal in household if journal.exists()]


def test_what_nobody_did_cannot_be_forgotten(household, capsys):
    assert run(capsys, "forget", "--person", "Zoe", "--yes")[1] == "Nothing like that is remembered, so there is nothing to forget.\n"
    assert len(remembered()) == 6


def test_a_memory_of_a_rehearsal_is_forgotten_alone(household, tmp_path, capsys):
    path = tmp_path / "other.sqlite3"
    with Store(path) as store:
        store.begin(HEAD)
    assert run(capsys, "forget", "--all", "--memory", str(path), "--yes")[0] == 0
    assert not path.exists()
    assert len(remembered()) == 6
    assert all(journal.exists() for journal in household)


def test_only_journals_are_deleted_whatever_path_the_memory_names(tmp_path, capsys):
    precious = tmp_path / "letter.txt"
    precious.write_text("Dear Anna")
    with Store(memory_file(folders())) as store:
        store.begin(Head(FIRST_DAY, "en", "one-stretch", "Anna", "Ben", str(precious)))
    assert run(capsys, "forget", "--all", "--yes")[0] == 0
    assert precious.exists()


def test_a_memory_in_use_is_told_and_forgotten_the_second_time(household, capsys, monkeypatch):
    monkeypatch.setattr("voicecoach.memory.store.BUSY", 0.05)
    other = sqlite3.connect(memory_file(folders()), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, _, err = run(capsys, "forget", "--person", "Ben", "--yes")
    assert code == 2
    assert "another voicecoach is writing to it; try again when that is done." in err
    other.close()
    assert run(capsys, "forget", "--person", "Ben", "--yes")[0] == 0
    assert ("Anna", "") in remembered()


# --- a live session ---


def test_a_live_session_is_remembered_to_its_end(tmp_path, monkeypatch):
    path = tmp_path / "m.sqlite3"
    monkeypatch.setattr("test_app.App", lambda session, *rest, **more: App(session, *rest, scribe=Scribe(Store(path), HEAD, session), **more))
    live = Live(tmp_path)
    live.until("any numbness around")
    live.type("stop")
    live.until("Nobody pushes now")
    live.type("finish")
    assert live.join() is Outcome.STOPPED
    with Store(path) as store:
        (session,) = store.load()
    assert (session.head, session.outcome, session.screened) == (HEAD, "stopped", False)
    assert [(release.cause, release.phase) for release in session.releases] == [("stop", "screen")]


def test_a_killed_live_session_is_remembered_up_to_then(tmp_path):
    program = f"""
import os, signal, sys, time
from pathlib import Path
from timeline import SCRIPT, SHORT, Timeline
from test_memory_commands import HEAD, lived
from voicecoach.memory.scribe import Scribe
from voicecoach.memory.store import Store
path = Path({str(tmp_path / "m.sqlite3")!r})
lived(lambda session: Scribe(Store(path), HEAD, session))
while True:
    with Store(path) as store:
        if (past := store.load()) and past[0].holds and past[0].holds[0].ending:
            os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False, timeout=100)  # noqa: S603
    assert done.returncode == -9
    with Store(tmp_path / "m.sqlite3") as store:
        (session,) = store.load()
    assert (session.screened, session.holds[0].ending, session.outcome) == (True, "complete", None)


def test_the_journal_keeps_what_the_coach_knew(tmp_path):
    recipe = Recipe("en", SHORT, "Anna", progress=look_back(imagined(30), "Anna", FIRST_DAY.date()))
    assert recipe.progress.sessions == 30
    Journal(tmp_path / "j.jsonl", recipe).close()
    assert read_journal(tmp_path / "j.jsonl")[0] == recipe


def test_a_journal_from_before_there_was_a_memory_can_be_read(tmp_path):
    Journal(tmp_path / "j.jsonl", Recipe("en", SHORT)).close()
    head = json.loads((tmp_path / "j.jsonl").read_text())
    del head["progress"]
    (tmp_path / "j.jsonl").write_text(json.dumps(head) + "\n")
    assert read_journal(tmp_path / "j.jsonl")[0].progress == NOTHING_YET
