"""The scribe: watches a session and writes its facts into the memory as they happen, without ever holding it up.

A disk may take half a second to make a fact safe, and somebody may say "stop" in that half second: so the facts are
found where the session runs, and written on a thread of the scribe's own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from voicecoach.core.dosing import Dosage
from voicecoach.core.household import Turn
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Bout
from voicecoach.core.progress import NOTHING_YET, Progress
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.errors import StoreError
from voicecoach.memory.chronicle import Chronicle, Fact
from voicecoach.memory.history import Head
from voicecoach.memory.lately import progress_of
from voicecoach.memory.store import Store, set_aside
from voicecoach.vocabulary import Command, Event, NextTurn

LAST_WORDS = 10.0
"""Seconds that the end of a session may wait for the disk."""


def recall(path: Path, client: str, now: datetime, program: str = "", places: Mapping[str, Collection[str]] | None = None) -> tuple[Store | None, Progress, str]:
    """Open the memory for a session: the store, what it tells of the client, and a sentence if something is wrong.

    `program` is the name of the one that will be done, `places` where each of its stretches should be felt.

    A damaged memory is kept aside and a new one begun; with any other trouble there is no store, and the session runs
    without being remembered.
    """
    trouble = ""
    try:
        try:
            store = Store(path)
        except StoreError as error:
            if not error.damaged:
                raise
            trouble = f"The memory {path} is damaged; it is kept as {set_aside(path, now)}, and a new one begins."
            store = Store(path)
        return store, progress_of(store.load(), client, program, now.date(), places or {}), trouble
    except (StoreError, OSError) as error:
        return None, NOTHING_YET, f"{error} This session will not be remembered."


T = TypeVar("T")


class Scribe:
    """Writes one session. What goes wrong is told by `trouble`, never by an exception."""

    def __init__(self, store: Store, head: Head, session: Session | Sitting) -> None:
        """Get ready to watch `session`; the store belongs to the scribe from now on, nothing is written before `add`.

        Each turn of a sitting is remembered as a session of its own, from the moment when it is known whose turn it is.
        """
        self._head = head
        self._turn = 0
        """The turn that is being written; 0: none yet."""
        self._began = 0.0
        """When that turn began, on the session's clock."""
        self.trouble = ""
        """One sentence when facts were lost; empty while all is well."""
        self._store, self._session = store, session
        self._chronicle: Chronicle | None = Chronicle()
        self._work: queue.SimpleQueue[Head | Fact | None] = queue.SimpleQueue()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def add(self, now: float, event: Event, commands: Sequence[Command]) -> None:
        """Take note of one call of `Session.handle` that has just been made; returns at once."""
        if self._chronicle is None or self._closing:
            return
        if not self._thread.ident:
            self._thread.start()
        try:
            self._take(now, event, commands)
        except Exception as error:  # noqa: BLE001 - a mistake in remembering must not end a session under force
            self._chronicle = None
            self.trouble = f"The rest of this session could not be remembered ({type(error).__name__}: {error}); please report this."

    def _take(self, now: float, event: Event, commands: Sequence[Command]) -> None:
        over = next((index for index, command in enumerate(commands) if isinstance(command, NextTurn)), None)
        if over is not None and self._turn:
            self._watch(now, event, commands[:over + 1], Phase.DONE, None, None)
        turn = self._session.turn
        if turn is None:
            return
        if turn.number != self._turn:
            self._turn, self._began = turn.number, turn.began
            self._chronicle = Chronicle()
            self._work.put(self._head_of(turn))
        if over is None:
            self._watch(now, event, commands, self._session.phase, self._session.bout, self._session.dosage)

    def _watch(self, now: float, event: Event, commands: Sequence[Command], phase: Phase, bout: Bout | None,
               dosage: Dosage | None) -> None:
        if self._chronicle:
            for fact in self._chronicle.take(now - self._began, event, commands, phase, bout, dosage):
                self._work.put(fact)

    def _head_of(self, turn: Turn) -> Head:
        """What is known of the session that `turn` is; the first one of two people who were named is the head's own."""
        if turn.number == 1 and not turn.began:
            return self._head
        return replace(self._head, began=self._head.began + timedelta(seconds=round(turn.began)), client=turn.client, partner=turn.partner)

    def close(self) -> None:
        """Write what is left and close the memory. The second time it does nothing."""
        if self._closing:
            return
        self._closing = True
        if not self._thread.ident:
            self._store.close()
            return
        self._work.put(None)
        self._thread.join(LAST_WORDS)
        if self._thread.is_alive():
            self.trouble = f"The memory {self._store.path} did not take the end of this session; see whether its disk is well."

    def _run(self) -> None:
        session = 0
        try:
            while (item := self._work.get()) is not None:
                if isinstance(item, Head):
                    session = self._insist(partial(self._store.begin, item))
                else:
                    self._insist(partial(self._store.add, session, item))
        except StoreError as error:
            self.trouble = f"{error} The rest of this session was not remembered."
        finally:
            self._store.close()

    def _insist(self, write: Callable[[], T]) -> T:
        """Write; while another process holds the memory, again and again, until the session itself is over."""
        while True:
            over = self._closing
            try:
                return write()
            except StoreError as error:
                if over or not error.locked:
                    raise
