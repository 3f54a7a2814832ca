"""Forgetting for good: the sessions in the memory, their journals, and whatever else here may hold a name.

A journal tells all that a session's two people said, so it goes with its session, and it is found also where the
memory does not know of it. Nothing is searched outside voicecoach's own folders but for journals that the memory names.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from voicecoach.errors import StoreError
from voicecoach.memory.history import Past, same_name
from voicecoach.memory.store import Store, companions, set_aside_before

SOUND = ".flac"
"""A session whose sound was kept has it beside its journal, with this ending."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be forgotten; with neither of them, everything."""

    person: str | None = None
    """Sessions in which this person was stretched, and the name where the same person helped."""
    before: date | None = None
    """Sessions that began before this day."""

    @property
    def everything(self) -> bool:
        """No session is left."""
        return self.person is None and self.before is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What would go."""

    sessions: tuple[int, ...] = ()
    partners: tuple[int, ...] = ()
    """Other people's sessions, from which the partner's name goes."""
    journals: tuple[Path, ...] = ()
    damaged: tuple[Path, ...] = ()
    """Memories that were set aside as damaged; only everything can be forgotten in them."""


def find(scope: Scope, past: Iterable[Past], memory: Path, journals: Path | None) -> Wanted:
    """What of `past`, the sessions in `memory`, and of the journals in the folder `journals` is in `scope`."""
    past = list(past)
    sessions = [session for session in past if _meant(scope, session.head.client, session.day)]
    partners = [session for session in past if session not in sessions and scope.person is not None and _meant(scope, session.head.partner, session.day)]
    files = {Path(session.head.journal) for session in (*sessions, *partners) if session.head.journal}
    if journals:
        files |= {path for path in journals.glob("*.jsonl") if _journal_meant(scope, path)}
    return Wanted(tuple(session.number for session in sessions), tuple(session.number for session in partners),
                  tuple(sorted(path for path in files if path.is_file() and _names(path) is not None)), tuple(set_aside_before(memory)))


def forget(scope: Scope, wanted: Wanted, memory: Path, speech: Path) -> None:
    """Delete what `find` has found, and the folder of rendered lines `speech`, in which the names are spoken.

    Raises:
        StoreError: something could not be deleted; saying it again when that is mended finishes the work.
    """
    try:
        for path in wanted.journals:
            path.unlink(missing_ok=True)
            path.with_suffix(SOUND).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(speech)
        if scope.everything:
            for path in (*companions(memory), *wanted.damaged):
                path.unlink(missing_ok=True)
            return
    except OSError as error:
        raise StoreError(memory, f"{error.filename} cannot be deleted ({(error.strerror or str(error)).lower()})", "allow deleting there and say this again") from error
    if memory.is_file():
        with Store(memory) as store:
            store.forget(wanted.sessions, wanted.partners)


def _meant(scope: Scope, name: str, day: date | None) -> bool:
    if scope.person is not None and not same_name(name, scope.person):
        return False
    return scope.before is None or (day is not None and day < scope.before)


def _journal_meant(scope: Scope, path: Path) -> bool:
    """By the names in its first line and the day in its name, whether or not the memory knows the session."""
    names = _names(path)
    return names is not None and any(_meant(scope, name, _day(path)) for name in (names if scope.person is not None else names[:1]))


def _names(path: Path) -> list[str] | None:
    """Everybody in the first line of a journal, the client first; None when the file is no journal."""
    try:
        with path.open("rb") as lines:  # by bytes: damage further on must not hide whose it is
            head = json.loads(lines.readline())
        people = head.get("household", {}).get("people", [])
        return [str(head["client"]), str(head["partner"]), *(str(person["name"]) for person in people)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _day(path: Path) -> date | None:
    found = re.match(r"\d{4}-\d\d-\d\d", path.name)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
