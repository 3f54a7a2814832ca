"""The open question: how much of it has been heard, and an answer that came before its end. Pure.

Nobody waits for the end of a question whose answer they know, and nobody may pass a question that they have not heard:
"no, no" must not answer the next one. So an answer counts only once the question's own line has sounded for a while.
It is then kept until that line has ended, since its last words may change the answer, and it is given up for whatever
makes it doubtful. Why it is so: docs/decisions/early-answers.md
"""

from __future__ import annotations

from typing import Final

from voicecoach.vocabulary import Heard, Intent

HEARD_ENOUGH: Final = 1.5
"""Seconds for which a question must have sounded before a word that is reported now can be an answer to it: one second
of the question, and half a second in which the ear waits for the word's end and decides."""

ANSWERS: Final = frozenset({Intent.YES, Intent.NO, Intent.UNSURE, Intent.GOOD, Intent.PLACE, Intent.PERSON, Intent.SWAP})
"""Words that answer a question. Two different ones over one question are none."""


class Question:
    """The question that is open, if there is one."""

    def __init__(self) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is asked; what was kept is forgotten."""
        self.ask("")

    def ask(self, key: str) -> None:
        """The line called `key` asks anew: nothing of it has been heard yet."""
        self.key = key
        self.heard = False
        """The question has been spoken to its end."""
        self._began: float | None = None
        self._kept: Heard | None = None
        self._muddled = self._unsure = False

    # --- what becomes of the question's line ---

    def line_started(self, key: str, now: float) -> None:
        """A line begins to sound."""
        if key == self.key and self._began is None:
            self._began = now

    def line_finished(self, key: str) -> None:
        """A line has been spoken to its end."""
        self.heard |= key == self.key

    def cut_off(self) -> None:
        """The coach was silenced: half a question is none, and whoever made him silent meant something else."""
        if not self.heard:
            self.ask(self.key)
        self._kept = None

    # --- what the people say ---

    def note(self, heard: Heard, now: float, *, sure: bool) -> bool:
        """Take note of a word that makes sense now; False when it only muddles what was said before.

        Args:
            heard: the word.
            now: the session's clock.
            sure: it was heard well enough to act upon.
        """
        if self.heard or not self.is_known(now):
            return True
        if self._kept and not _same(self._kept, heard):
            self._kept, self._unsure = None, True
            self._muddled = heard.intent in ANSWERS
        elif not sure and self._kept is None:
            self._unsure = True
        return not (self._muddled and heard.intent in ANSWERS)

    def drop(self) -> None:
        """Somebody said a word that goes before any answer."""
        self._kept, self._unsure = None, False

    def is_known(self, now: float) -> bool:
        """Whether a word that is reported `now` can be an answer to this question."""
        return self.heard or (self._began is not None and now - self._began >= HEARD_ENOUGH)

    def keep(self, heard: Heard, now: float) -> None:
        """Keep an answer for the end of the question, if it can be one."""
        if self.is_known(now) and not self._muddled:
            self._kept, self._unsure = self._kept or heard, False

    # --- its end ---

    def take_answer(self) -> Heard | None:
        """The answer that was kept, once the question has been spoken to its end; it is given once."""
        if not self.heard:
            return None
        kept, self._kept = self._kept, None
        return kept

    def take_doubt(self) -> bool:
        """Whether somebody said something during the question that has to be asked for again; told once, at its end."""
        unsure = self.heard and self._unsure
        if unsure:
            self._unsure = False
        return unsure


def _same(one: Heard, other: Heard) -> bool:
    return (one.intent, one.slot) == (other.intent, other.slot)
