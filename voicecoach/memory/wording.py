"""Plain words for what is remembered: dates, lengths, numbers of things, how a session ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from voicecoach.memory.history import Past
from voicecoach.vocabulary import Outcome

OUTCOMES: Mapping[str, str] = {
    Outcome.COMPLETED.value: "went to the end",
    Outcome.FINISHED_EARLY.value: "was ended early",
    Outcome.SCREENED_OUT.value: "did not begin after the questions",
    Outcome.UNANSWERED.value: "did not begin, nobody answered",
    Outcome.STOPPED.value: "ended after a stop",
    Outcome.PAIN.value: "ended because of pain",
    Outcome.CANNOT_HEAR.value: "ended because the coach could not hear",
    Outcome.CANNOT_SPEAK.value: "ended because the coach could not speak",
}
"""What is said of a session with this outcome."""


def ended(session: Past) -> str:
    """How it ended; a session without an end was cut off, or goes on at this moment."""
    if session.outcome is None:
        return "was interrupted, or is going on"
    return OUTCOMES.get(session.outcome, session.outcome)


def day(when: datetime) -> str:
    """The local day: 24 November 2026."""
    return f"{when.day} {when:%B %Y}"


def duration(seconds: float) -> str:
    """45 s, 5 min 50 s, 2 h 5 min."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    hours, left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {left} min"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def times(count: int, noun: str) -> str:
    """1 hold, 3 holds; 0 of them is "no hold"."""
    return f"{count or 'no'} {noun}{'' if count in {0, 1} else 's'}"


def often(count: int) -> str:
    """never, once, 3 times."""
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def title(name: str) -> str:
    """A stretch's name in the data as a heading: knees-to-chest becomes Knees to chest."""
    return name.replace("-", " ").capitalize()
