"""The transcript: what was said and understood, for people to read, on the screen and in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

from voicecoach.core.household import Turn
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Bout
from voicecoach.vocabulary import Chime, Dictated, Evidence, Heard, Outcome, Party, Say, Unclear


class Running(Protocol):
    """What is asked of a session."""

    @property
    def phase(self) -> Phase:
        """The present phase."""

    @property
    def bout(self) -> Bout | None:
        """The repetition under way or coming next."""

    @property
    def ends(self) -> float | None:
        """When what is being counted ends; None when nothing is."""


class Transcript:
    """Writes one line for each thing that happens, as it happens."""

    def __init__(self, path: Path | None, client: str = "", partner: str = "", tell: Callable[[str], None] = lambda _: None) -> None:
        """Begin a transcript.

        Args:
            path: the file; None for none.
            client: the name of the person who is stretched, if known.
            partner: the name of the person who helps, if known.
            tell: is given every line too.
        """
        self._file: IO[str] | None = path.open("w", encoding="utf-8") if path else None
        self._names = {"client": client or "client", "partner": partner or "partner"}
        self._addressed = self._names
        """Whom the coach means, which changes when the two change places."""
        self._tell = tell

    def turn(self, turn: Turn | None) -> None:
        """From now on the coach speaks to these two; None: it is not known who is who."""
        if turn:
            self._addressed = {"client": turn.client or "client", "partner": turn.partner or "partner"}

    def coach(self, now: float, say: Say) -> None:
        """The coach begins a line."""
        to = "" if say.to is Party.BOTH else f" to {self._addressed[say.to.value]}"
        self._write(now, f"coach{to}", say.text)

    def chime(self, now: float, chime: Chime) -> None:
        """An earcon begins."""
        self._write(now, "", f"(sound: {chime.earcon.value})")

    def person(self, now: float, who: str, words: str) -> None:
        """Somebody begins to speak; known in rehearsals only."""
        self._write(now, self._names[who], words)

    def heard(self, now: float, heard: Heard) -> None:
        """An ear understood something."""
        sure = {Evidence.PARTIAL: "in passing", Evidence.FINAL: "well", Evidence.STRONG: "clearly"}[heard.evidence]
        self._write(now, "", f"heard {sure}: {heard.words or heard.intent.value} ({heard.intent.value}, {heard.ear})")

    def unclear(self, now: float, unclear: Unclear) -> None:
        """Somebody spoke, and it was nothing that makes sense now; no line, for it happens with every chat."""

    def dictated(self, now: float, dictated: Dictated) -> None:
        """Somebody spoke where a name may be said."""
        self._write(now, "", f"written by {dictated.ear}: {dictated.words}")

    def fault(self, now: float, what: str) -> None:
        """Something broke or came back."""
        self._write(now, "", what)

    def finished(self, now: float, outcome: Outcome) -> None:
        """The session is over."""
        self._write(now, "", f"session over: {outcome.value}")

    def moment(self, now: float, session: Running) -> None:
        """How the session stands, after each thing that happened; a transcript has no line for that."""

    def next_moment(self, now: float) -> float | None:
        """When `moment` should be called even if nothing happens; None for never."""

    def give_way(self) -> None:
        """Something more important is written from now on; lines stand one below the other, so they hide nothing."""

    def close(self) -> None:
        """No more lines."""
        if self._file:
            self._file.close()
            self._file = None

    def _write(self, now: float, who: str, text: str) -> None:
        minutes, seconds = divmod(now, 60)
        line = f"{int(minutes):02}:{seconds:04.1f}  {who + ':' if who else '  ·'} {text}"
        self._tell(line)
        if self._file:
            self._file.write(line + "\n")
            self._file.flush()
