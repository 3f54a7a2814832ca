"""The guard: asked first about every event, in every phase. Pure; it decides, the session acts.

The asymmetry of the product stands here as data. A missed "stop" or a false "more" hurts somebody, a false "stop"
costs ten seconds: so a release word passes on any evidence from any ear, a word that may lead to force needs the
strongest, and what the coach is saying at the moment never counts as said by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecoach.phases import FORCE, Phase
from voicecoach.vocabulary import Event, Evidence, Heard, Intent, Lost, Source

RELEASE = frozenset({Intent.STOP, Intent.EASE, Intent.PAIN})
"""Words that take force away. They pass on partial evidence, also while the coach speaks."""

LOADING = frozenset({Intent.MORE, Intent.READY, Intent.CONTINUE, Intent.WARM})
"""Words that may bring force nearer, in whatever phase they are heard."""

COSTLY = frozenset({Intent.FINISH, Intent.SKIP, Intent.GO_BACK})
"""Words that harm nobody but throw a part of the session away when misheard."""

HEARING_TIMEOUT = 1.5
"""Seconds without `Alive` from an ear after which the coach counts as deaf. Two missed heartbeats and a little."""


class Verdict(Enum):
    """What the guard makes of an event."""

    COACH = "coach"
    """Nothing to guard against; the coach may act on it."""
    IGNORE = "ignore"
    """Not enough evidence for what it would do."""
    LET_GO = "let-go"
    EASE = "ease"
    END_FOR_PAIN = "end-for-pain"
    DEAF = "deaf"
    """The people cannot be heard, so they cannot say stop."""
    MUTE = "mute"
    """The coach cannot be heard, so it cannot pass a stop on."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guard must know of the session."""

    phase: Phase
    speaking: bool
    """A line of the coach is sounding or waiting."""
    mentioned: frozenset[Intent]
    """Intents whose phrases stand in the line that sounds, or that ended a moment ago."""
    loading: frozenset[Intent]
    """Intents that let somebody through at this very question: the "no" of the screening, the "yes" of a confirmation."""
    expected: frozenset[Intent]
    """Intents of the grammar that is listened for; anything else comes too late or from somewhere else."""
    silent_for: float
    """Seconds since the quieter of the two, microphone and recogniser, was last alive."""
    deaf: bool
    """The session knows already that nobody can be heard."""
    line_overdue: bool
    """A line should long have been spoken, and the speaker has not said that it was."""


def needed(intent: Intent, situation: Situation) -> Evidence:
    """The least evidence on which `intent` may be acted upon."""
    if intent in RELEASE:
        return Evidence.PARTIAL
    if intent in LOADING | COSTLY | situation.loading or situation.speaking:
        return Evidence.STRONG
    return Evidence.FINAL


def judge(event: Event, situation: Situation) -> Verdict:
    """The guard's verdict on `event`."""
    if situation.phase is Phase.DONE:
        return _last_words(event)
    if isinstance(event, Heard) and event.intent in RELEASE:
        return _release(event.intent, situation.phase)
    if (isinstance(event, Lost) and event.source in {Source.SPEAKER, Source.VOICE}) or situation.line_overdue:
        return Verdict.MUTE
    if not situation.deaf and (isinstance(event, Lost) or situation.silent_for > HEARING_TIMEOUT):
        return Verdict.DEAF
    if isinstance(event, Heard) and (situation.deaf or not _admissible(event, situation)):
        return Verdict.IGNORE
    return Verdict.COACH


def _admissible(heard: Heard, situation: Situation) -> bool:
    """A word that makes sense now, is not the coach's own, and was heard well enough for what it does."""
    own_echo = situation.speaking and heard.intent in situation.mentioned
    return heard.intent in situation.expected and not own_echo and heard.evidence >= needed(heard.intent, situation)


def _last_words(event: Event) -> Verdict:
    """The legs are down and the session is over, but a release word is answered to the last."""
    if isinstance(event, Heard):
        return Verdict.LET_GO if event.intent in RELEASE else Verdict.IGNORE
    return Verdict.COACH


def _release(intent: Intent, phase: Phase) -> Verdict:
    if intent is Intent.PAIN:
        return Verdict.END_FOR_PAIN
    if intent is Intent.EASE:
        return Verdict.EASE if phase in FORCE else Verdict.COACH
    return Verdict.LET_GO
