"""The memory's database: one SQLite file, in which every fact is its own transaction.

Write-ahead logging with full synchronisation: once `add` returns, the fact outlives the process and the machine. The
layout is changed only by a further entry of `MIGRATIONS`; a new file goes through all of them, so that each is in use.
docs/memory.md describes the tables.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from voicecoach import __version__
from voicecoach.errors import StoreError
from voicecoach.memory.chronicle import (
    Adapted,
    Answered,
    Dosed,
    Eased,
    Ended,
    Fact,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
    Where,
)
from voicecoach.memory.history import Head, Hold, Past, same_name

_WHERE = ("session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at REAL NOT NULL, "
          "stretch TEXT NOT NULL, side TEXT NOT NULL, repetition INTEGER NOT NULL")

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        ("CREATE TABLE sessions (number INTEGER PRIMARY KEY AUTOINCREMENT, began TEXT NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL, "
        "program TEXT NOT NULL, client TEXT NOT NULL, partner TEXT NOT NULL, journal TEXT NOT NULL, "
        "screened INTEGER NOT NULL DEFAULT 0, outcome TEXT, lasted REAL) STRICT"),
        f"CREATE TABLE holds ({_WHERE}, goal INTEGER NOT NULL, seconds REAL, ending TEXT) STRICT",
        f"CREATE TABLE eases ({_WHERE}, phase TEXT NOT NULL, by TEXT NOT NULL) STRICT",
        f"CREATE TABLE stops ({_WHERE}, phase TEXT NOT NULL, cause TEXT NOT NULL) STRICT",
        f"CREATE TABLE answers ({_WHERE}, question TEXT NOT NULL, answer TEXT NOT NULL) STRICT",
        *(f"CREATE INDEX {table}_of_session ON {table} (session)" for table in ("holds", "eases", "stops", "answers")),
    ),
    (
        f"CREATE TABLE adaptations ({_WHERE}, what TEXT NOT NULL) STRICT",
        "CREATE INDEX adaptations_of_session ON adaptations (session)",
    ),
    (
        "ALTER TABLE adaptations ADD COLUMN because TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE adaptations ADD COLUMN answer TEXT NOT NULL DEFAULT ''",
        f"CREATE TABLE doses ({_WHERE}, hold_seconds INTEGER NOT NULL, repetitions INTEGER NOT NULL, deepenings INTEGER NOT NULL) STRICT",
        "CREATE INDEX doses_of_session ON doses (session)",
    ),
    # Sessions from before count as screened in part: the next screening is a full one.
    ("ALTER TABLE sessions ADD COLUMN fully_screened INTEGER NOT NULL DEFAULT 0",),
)
"""The statements that lead from each version of the layout to the next; the file's `user_version` counts them."""

FACTS = ("holds", "eases", "stops", "answers", "adaptations", "doses")
"""The tables beside `sessions`."""
BUSY = 2.0
"""Seconds to wait for another process that writes."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Store:
    """One open memory. May be used from any thread, but only from one at a time."""

    def __init__(self, path: Path) -> None:
        """Open `path`; made when it is not there, for its owner alone, and brought to the present layout.

        Raises:
            StoreError: it cannot be read or written, is damaged, locked, from a newer voicecoach, or none of ours.
        """
        self.path = path
        with _told(path):
            _make(path)
            self._base = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            with _told(path):
                self._prepare()
        except StoreError:
            self._base.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """No more of it; the write-ahead log goes into the file."""
        self._base.close()

    def _prepare(self) -> None:
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StoreError(self.path, f"it was written by a newer voicecoach (layout {version}, this one knows {len(MIGRATIONS)})", "update voicecoach")
        if not version and self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreError(self.path, "it is a database of something else", "give the path of a memory")
        if self._base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _damaged(self.path)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON", "trusted_schema = OFF"):
            self._base.execute(f"PRAGMA {setting}")
        migrate(self._base)

    # --- writing ---

    def begin(self, head: Head) -> int:
        """Remember that a session has begun; its number.

        Raises:
            StoreError: see `add`.
        """
        with _told(self.path):
            row = (head.began.isoformat(timespec="seconds"), __version__, head.language, head.program, head.client, head.partner, head.journal)
            made = self._base.execute("INSERT INTO sessions (began, version, language, program, client, partner, journal) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return made.lastrowid or 0

    def add(self, session: int, fact: Fact) -> None:
        """Remember `fact` of a session; when this returns, nothing but the disk's own failure can lose it.

        Raises:
            StoreError: it could not be written, and `locked` says whether trying again makes sense; or the session
                has been forgotten meanwhile.
        """
        with _told(self.path):
            self._base.execute(*_statement(session, fact))

    # --- reading ---

    def load(self) -> list[Past]:
        """Every session, in the order in which they began.

        Raises:
            StoreError: the file cannot be read.
        """
        with _told(self.path), self._transaction("BEGIN"):
            tables = {table: self._rows(table) for table in FACTS}
            past = [_past(row, tables) for row in self._base.execute(
                "SELECT number, began, language, program, client, partner, journal, screened, outcome, lasted, fully_screened FROM sessions ORDER BY number")]
        return sorted(past, key=lambda session: session.head.began)

    def _rows(self, table: str) -> Mapping[int, list[Sequence[Any]]]:
        rows: dict[int, list[Sequence[Any]]] = defaultdict(list)
        for session, *rest in self._base.execute(f"SELECT * FROM {table} ORDER BY rowid"):  # noqa: S608 - one of our own tables
            rows[session].append(rest)
        return rows

    # --- people ---

    def rename(self, old: str, new: str) -> int:
        """Call a person `new` wherever `old` is written, in any case; how many names were changed.

        Raises:
            StoreError: it cannot be written.
        """
        with _told(self.path), self._transaction("BEGIN IMMEDIATE"):
            changed = 0
            for number, client, partner in self._base.execute("SELECT number, client, partner FROM sessions").fetchall():
                names = [new if same_name(name, old) else name for name in (client, partner)]
                if names != [client, partner]:
                    self._base.execute("UPDATE sessions SET client = ?, partner = ? WHERE number = ?", (*names, number))
                    changed += sum(same_name(name, old) for name in (client, partner))
            return changed

    # --- forgetting ---

    def forget(self, sessions: Collection[int], partners: Collection[int] = ()) -> None:
        """Delete `sessions`, and the partner's name in `partners`; afterwards their bytes are in no file of the memory.

        Deleted rows are overwritten, the file is written anew without them and the write-ahead log is cut to nothing.

        Raises:
            StoreError: another process uses the memory, or it cannot be written.
        """
        with _told(self.path):
            with self._transaction("BEGIN IMMEDIATE"):
                self._base.executemany("DELETE FROM sessions WHERE number = ?", [(number,) for number in sessions])
                self._base.executemany("UPDATE sessions SET partner = '' WHERE number = ?", [(number,) for number in partners])
            self._base.execute("VACUUM")
            if self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise StoreError(self.path, "the sessions are deleted, but another program still reads the old ones", "close it and say this again", locked=True)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._base.execute(begin)
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")


def migrate(base: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring `base` from whatever version it has to the last of `migrations`; each step happens whole or not at all."""
    while True:
        # The version is read under the lock: another process may be at it.
        base.execute("BEGIN IMMEDIATE")
        try:
            version = base.execute("PRAGMA user_version").fetchone()[0]
            if version < len(migrations):
                for statement in migrations[version]:
                    base.execute(statement)
                base.execute(f"PRAGMA user_version = {version + 1}")
            base.execute("COMMIT")
        except BaseException:
            base.execute("ROLLBACK")
            raise
        if version + 1 >= len(migrations):
            return


def companions(path: Path) -> list[Path]:
    """The file of a memory and those that SQLite keeps beside it."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged memory, so that a new one can begin and nothing is lost for good; its new path.

    Raises:
        OSError: the folder cannot be written.
    """
    aside = path.with_name(f"{path.stem}-damaged-{now:%Y-%m-%d-%H%M%S}{path.suffix}")
    for old, new in zip(companions(path), companions(aside), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    return aside


def set_aside_before(path: Path) -> list[Path]:
    """The damaged memories that were set aside beside `path`, with what SQLite keeps beside each."""
    return sorted(path.parent.glob(f"{path.stem}-damaged-*"))


def _make(path: Path) -> None:
    """SQLite would make the file readable for all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever goes wrong with the file becomes one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(path, f"it cannot be opened ({(error.strerror or str(error)).lower()})", "allow reading and writing there") from error
    except sqlite3.IntegrityError as error:
        raise StoreError(path, "the session has been forgotten while it ran", "nothing needs to be done") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _LOCKED:
            raise StoreError(path, "another voicecoach is writing to it", "try again when that is done", locked=True) from error
        if code in _DAMAGE:
            raise _damaged(path) from error
        raise StoreError(path, f"it cannot be used ({error})", "free some space, or allow reading and writing there") from error


def _damaged(path: Path) -> StoreError:
    return StoreError(path, "it is damaged", "the next session will keep it aside and begin a new one", damaged=True)


_ROWS: Mapping[type, str] = {
    HoldBegan: "holds (session, at, stretch, side, repetition, goal)",
    Eased: "eases (session, at, stretch, side, repetition, phase, by)",
    Released: "stops (session, at, stretch, side, repetition, phase, cause)",
    Answered: "answers (session, at, stretch, side, repetition, question, answer)",
    Adapted: "adaptations (session, at, stretch, side, repetition, what, because, answer)",
    Dosed: "doses (session, at, stretch, side, repetition, hold_seconds, repetitions, deepenings)",
}
"""The table of each fact that is a row of its own; the columns are the session and the fact's fields in order."""


def _statement(session: int, fact: Fact) -> tuple[str, tuple[object, ...]]:
    """The SQL that remembers `fact`, and its values."""
    match fact:
        case Screened(_, full):
            return "UPDATE sessions SET screened = 1, fully_screened = ? WHERE number = ?", (int(full), session)
        case Ended(at, outcome):
            return "UPDATE sessions SET outcome = ?, lasted = ? WHERE number = ?", (outcome, at, session)
        case HoldEnded(_, seconds, ending):
            last = "(SELECT max(rowid) FROM holds WHERE session = ?)"
            return f"UPDATE holds SET seconds = ?, ending = ? WHERE rowid = {last}", (seconds, ending, session)  # noqa: S608 - no value in it
        case _:
            values = (session, fact.at, *fact.where, *(getattr(fact, field.name) for field in fields(fact)[2:]))
            return f"INSERT INTO {_ROWS[type(fact)]} VALUES ({', '.join('?' * len(values))})", values  # noqa: S608 - no value in it


def _past(row: Sequence[Any], tables: Mapping[str, Mapping[int, list[Sequence[Any]]]]) -> Past:
    number, began, language, program, client, partner, journal, screened, outcome, lasted, fully_screened = row

    def facts(table: str, kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - one of the facts' classes
        return tuple(kind(at, Where(*where), *rest) for at, *middle in tables[table].get(number, ()) for where, rest in [(middle[:3], middle[3:])])

    return Past(
        number, Head(datetime.fromisoformat(began), language, program, client, partner, journal), bool(screened), outcome, lasted,
        facts("holds", Hold), facts("eases", Eased), facts("stops", Released), facts("answers", Answered), facts("adaptations", Adapted),
        facts("doses", Dosed), bool(fully_screened))
