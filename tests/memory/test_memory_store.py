"""The memory's database: facts survive a killed process, layouts move on, and what is forgotten is in no byte of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import past_of

from voicecoach.errors import StoreError
from voicecoach.memory.chronicle import (
    Adapted,
    Answered,
    Dosed,
    Eased,
    Ended,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
    Where,
)
from voicecoach.memory.history import Head
from voicecoach.memory.store import FACTS, MIGRATIONS, Store, companions, migrate, set_aside

BEGAN = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
ANNA = Head(BEGAN, "en", "lower-back", "Anna", "Ben", "/journals/one.jsonl")
SIDE = Where("spinal-twist", "left", 2)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "memory" / "memory.sqlite3"


# --- round trip ---

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
times = st.floats(0, 1e5)
wheres = st.builds(Where, names, st.sampled_from(["", "left", "right"]), st.integers(0, 9))
HOLDS = st.tuples(st.builds(HoldBegan, times, wheres, st.integers(5, 90)), st.one_of(st.none(), st.builds(HoldEnded, times, times, names)))
FACT_LISTS = st.lists(st.one_of(
    st.builds(Screened, times), st.builds(Eased, times, wheres, names, names), st.builds(Released, times, wheres, names, names),
    st.builds(Answered, times, wheres, names, names), st.builds(Adapted, times, wheres, names, names, names),
    st.builds(Dosed, times, wheres, st.integers(5, 90), st.integers(1, 4), st.integers(0, 3)), st.builds(Ended, times, names), HOLDS), max_size=12)
ZONES = st.integers(-56, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
HEADS = st.builds(Head, st.builds(lambda seconds, zone: (BEGAN + timedelta(seconds=seconds)).astimezone(zone), st.integers(-10**9, 10**9), ZONES),
                  names, names, names, names, names)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(HEADS, FACT_LISTS), max_size=3))
def test_whatever_is_remembered_comes_back(tmp_path_factory, sessions):
    path = tmp_path_factory.mktemp("store") / "m.sqlite3"
    expected = []
    with Store(path) as store:
        for head, drawn in sessions:
            facts = [fact for item in drawn for fact in (item if isinstance(item, tuple) else (item,)) if fact is not None]
            number = store.begin(head)
            for fact in facts:
                store.add(number, fact)
            expected.append(past_of(number, head, facts))
    with Store(path) as store:
        assert {session.number: session for session in store.load()} == {session.number: session for session in expected}


def test_facts_of_two_sessions_at_once_are_kept_apart(path):
    with Store(path) as one, Store(path) as other:
        first, second = one.begin(ANNA), other.begin(ANNA)
        for store, number, seconds in ((one, first, 11.0), (other, second, 22.0)):
            store.add(number, HoldBegan(1.0, SIDE, 25))
            store.add(number, HoldEnded(2.0, seconds, "early"))
        assert [session.holds[0].seconds for session in one.load()] == [11.0, 22.0]


def test_only_the_owner_may_read_it(path):
    with Store(path) as store:
        store.begin(ANNA)
        assert {file.stat().st_mode & 0o777 for file in companions(path) if file.exists()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


# --- crashes ---


def test_a_process_killed_between_two_facts_loses_none_before(path):
    program = f"""
import os, signal
from pathlib import Path
from test_memory_store import ANNA, SIDE
from voicecoach.memory.chronicle import Eased, HoldBegan, HoldEnded, Screened
from voicecoach.memory.store import Store
store = Store(Path({str(path)!r}))
number = store.begin(ANNA)
for fact in (Screened(1.0), HoldBegan(2.0, SIDE, 25), HoldEnded(27.0, 25.0, "complete"), HoldBegan(60.0, SIDE, 25), Eased(65.0, SIDE, "hold", "word")):
    store.add(number, fact)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False)  # noqa: S603
    assert done.returncode == -9
    with Store(path) as store:
        (session,) = store.load()
    assert session.screened
    assert [hold.seconds for hold in session.holds] == [25.0, None]
    assert len(session.eases) == 1
    assert (session.outcome, session.lasted) == (None, None)


# --- layouts ---


def old_file(path: Path, version: int) -> None:
    """The shipped memory of a former layout, with a session in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(path)
    base.executescript((Path(__file__).parents[1] / f"data/memory-{version}.sql").read_text(encoding="utf-8"))
    base.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_every_former_layout_is_brought_up_to_date_with_all_that_is_in_it(version, path):
    old_file(path, version)
    with Store(path) as store:
        (session,) = store.load()
        assert (session.head.client, session.head.partner, session.outcome) == ("Anna", "Ben", "completed")
        assert [(hold.where, hold.seconds) for hold in session.holds] == [(SIDE, 25.0)]
        assert (len(session.eases), len(session.releases), len(session.answers)) == (1, 1, 1)
        store.add(session.number, Adapted(99.0, SIDE, "lighter"))
        assert len(store.load()[0].adaptations) == 1 + (version > 1)
        assert session.fully_screened is (version > 3)


def test_an_old_layout_ends_up_with_the_very_tables_of_a_new_one(tmp_path):
    layouts = []
    for version in range(len(MIGRATIONS) + 1):
        path = tmp_path / f"{version}.sqlite3"
        if version:
            old_file(path, version)
        Store(path).close()
        base = sqlite3.connect(path)
        layouts.append(sorted(base.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")))
        base.close()
    assert layouts == [layouts[0]] * len(layouts)


def test_a_migration_that_fails_half_way_changes_nothing():
    base = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(base, [["CREATE TABLE a (x)"], ["CREATE TABLE b (x)", "not SQL"]])
    assert base.execute("PRAGMA user_version").fetchone() == (1,)
    assert [name for (name,) in base.execute("SELECT name FROM sqlite_master")] == ["a"]
    base.close()


# --- what can be wrong ---


def test_a_newer_layout_is_left_alone(path):
    Store(path).close()
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(StoreError, match=r"newer voicecoach \(layout 99, this one knows 4\); update voicecoach\.") as caught:
        Store(path)
    assert not caught.value.damaged


def test_another_programs_database_is_not_written_to(path):
    path.parent.mkdir()
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE recipes (x)")
    base.close()
    with pytest.raises(StoreError, match="something else; give the path of a memory"):
        Store(path)


@pytest.mark.parametrize("damage", ["words", "middle"])
def test_a_damaged_file_is_told_and_can_be_kept_aside(damage, path):
    with Store(path) as store:
        for _ in range(200):
            store.add(store.begin(ANNA), Eased(1.0, SIDE, "hold", "word"))
    content = bytearray(path.read_bytes())
    if damage == "words":
        content[:] = b"This is no database. " * 50
    else:
        content[4096:12288] = bytes(8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="it is damaged") as caught:
        Store(path)
    assert caught.value.damaged
    aside = set_aside(path, BEGAN)
    assert aside.name == "memory-damaged-2026-11-24-183000.sqlite3"
    assert aside.read_bytes() == content
    with Store(path) as store:
        assert store.load() == []


def test_a_locked_memory_is_told_and_worth_another_try(path, monkeypatch):
    monkeypatch.setattr("voicecoach.memory.store.BUSY", 0.05)
    with Store(path) as store:
        number = store.begin(ANNA)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another voicecoach is writing to it; try again") as caught:
            store.add(number, Screened(1.0))
        assert caught.value.locked
        other.execute("ROLLBACK")
        other.close()
        store.add(number, Screened(1.0))
        assert store.load()[0].screened


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(StoreError, match=r"it cannot be opened .*; allow reading and writing there"):
        Store(blocked / "memory.sqlite3")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(path):
    path.parent.mkdir()
    path.parent.chmod(0o500)
    with pytest.raises(StoreError, match="it cannot be opened"):
        Store(path)


# --- forgetting ---


def test_what_is_forgotten_is_in_no_byte_of_any_file(path):
    with Store(path) as store:
        numbers = []
        for index in range(300):
            head = Head(BEGAN + timedelta(days=index), "en", "lower-back", "Xenophora" if index % 2 else "Anna", "Zyxwina" if index % 3 else "Ben")
            numbers.append(store.begin(head))
            store.add(numbers[-1], Answered(1.0, Where("Xenophora-only" if index % 2 else "for-all"), "where", "knee"))
        held = b"".join(file.read_bytes() for file in companions(path) if file.exists())
        assert b"Xenophora" in held
        assert b"Zyxwina" in held
        past = store.load()
        gone = [session.number for session in past if session.head.client == "Xenophora"]
        unnamed = [session.number for session in past if session.head.client == "Anna" and session.head.partner == "Zyxwina"]
        store.forget(gone, unnamed)
        left = b"".join(file.read_bytes() for file in companions(path) if file.exists())
        assert b"Xenophora" not in left
        assert b"Zyxwina" not in left
        assert left.count(b"Anna") == len(store.load()) == 150
        assert {session.head.partner for session in store.load()} == {"", "Ben"}
        base = sqlite3.connect(path)
        assert [base.execute(f"SELECT count(*) FROM {table} WHERE session NOT IN (SELECT number FROM sessions)").fetchone()[0] for table in FACTS] == [0] * len(FACTS)  # noqa: S608
        base.close()


def test_a_session_that_is_forgotten_while_it_runs_gets_no_facts_and_no_heir(path):
    with Store(path) as store:
        number = store.begin(ANNA)
        store.forget([number])
        with pytest.raises(StoreError, match="has been forgotten while it ran"):
            store.add(number, Eased(1.0, SIDE, "hold", "word"))
        assert store.begin(ANNA) != number


# --- a long history ---


def test_a_thousand_sessions_are_read_quickly(path):
    facts = [HoldBegan(1.0, SIDE, 25), HoldEnded(26.0, 25.0, "complete"), *[Answered(30.0, SIDE, "feel", "yes")] * 3]
    with Store(path) as store:
        store._base.execute("PRAGMA synchronous = OFF")  # noqa: SLF001 - 70,000 safe writes would take the test minutes
        store._base.execute("BEGIN")  # noqa: SLF001
        for index in range(1000):
            number = store.begin(Head(BEGAN + timedelta(days=2 * index)))
            for fact in facts * 14:
                store.add(number, fact)
        store._base.execute("COMMIT")  # noqa: SLF001
    began = time.process_time()
    with Store(path) as store:
        past = store.load()
    took = time.process_time() - began
    assert (len(past), sum(len(session.holds) for session in past)) == (1000, 14_000)
    assert took < 6, "a session would begin late"
