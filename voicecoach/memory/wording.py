"""Plain words for what is remembered: dates, lengths, numbers of things, how a session ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from voicecoach.memory.chronicle import MORE, Adapted
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


CHANGES: Mapping[str, str] = {
    "longer": "a longer hold", "more-repetitions": "one repetition more", "further": "room to go further",
    "shorter": "a shorter hold", "fewer-repetitions": "fewer repetitions", "less-far": "not to go as far"}
"""What the coach proposed, by `voicecoach.memory.chronicle.DOSES`."""
REASONS: Mapping[str, str] = {
    "comfortable": "the last sessions were comfortable", "pain": "pain the last time", "stop": "a stop the last time", "ease": "less was asked for the last time",
    "too-much": "it was too much the last time", "silence": "no answer the last time", "away": "a long time without it", "today": "less was asked for a moment before"}
"""Why, by `voicecoach.core.dosing.Reason`."""


def change(adapted: Adapted) -> str:
    """A change of the dose and what became of it: Knees to chest, a longer hold, since the last sessions were comfortable: refused."""
    unanswered = "not answered, so not done" if adapted.what in MORE else "not answered, so done"
    answer = unanswered if adapted.answer == "unanswered" else adapted.answer
    return f"{title(adapted.where.stretch)}, {CHANGES.get(adapted.what, adapted.what)}, since {REASONS.get(adapted.because, adapted.because)}: {answer}"


def title(name: str) -> str:
    """A stretch's name in the data as a heading: knees-to-chest becomes Knees to chest."""
    return name.replace("-", " ").capitalize()
