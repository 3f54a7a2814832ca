"""The guard: asked first about every event, in every phase. Pure; it decides, the session acts.

The asymmetry of the product stands here as data. A missed "stop" or a false "more" hurts somebody, a false "stop"
costs ten seconds: so a release word passes on any evidence from any ear, a word that may lead to force needs the
strongest, and what the coach is saying at the moment never counts as said by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.line_keys import RADIATING
from voicecoach.vocabulary import Dictated, Event, Evidence, Heard, Intent, Lost, Source

COSTLY = frozenset({Intent.FINISH, Intent.SKIP})
"""Words that harm nobody but throw a part of the session away when misheard. Not GO_BACK: it only asks again, or takes a word back."""

MILDER = frozenset({
    Intent.NO, Intent.PAUSE, Intent.NEXT, Intent.HELP, Intent.NORMAL, Intent.OTHER_SIDE, Intent.PLACE, Intent.GO_BACK, Intent.MEANT_NO,
})
"""Words that lead to less force when they are said under force, or to no more than a remark; there they count while the coach speaks as well."""

HANDS = frozenset({"keyboard", "button", "midi", "typed"})
"""Values of `Heard.ear` that are no ears: the coach's own voice cannot be behind them."""

HEARING_TIMEOUT = 1.5
"""Seconds without `Alive` from an ear after which the coach counts as deaf. Two missed heartbeats and a little."""


class Verdict(Enum):
    """What the guard makes of an event."""

    COACH = "coach"
    """Nothing to guard against; the coach may act on it."""
    IGNORE = "ignore"
    """It makes no sense now, or it was the coach himself."""
    DOUBT = "doubt"
    """It makes sense, but was not heard well enough for what it would do."""
    LET_GO = "let-go"
    EASE = "ease"
    END_FOR_PAIN = "end-for-pain"
    DEAF = "deaf"
    """The people cannot be heard, so they cannot say stop."""
    BUTTON_LOST = "button-lost"
    """Somebody may rely on a button that is not there any more."""
    MUTE = "mute"
    """The coach cannot be heard, so it cannot pass a stop on."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guard must know of the session."""

    phase: Phase
    speaking: bool
    """A line of the coach is sounding or waiting."""
    mentioned: frozenset[Intent]
    """Intents whose phrases stand in the line that sounds, or in one that ended a moment ago."""
    places: frozenset[str]
    """Slots of the places that are named there: of a place it matters which one."""
    loading: frozenset[Intent]
    """Intents that let somebody through at this very question: the "no" of the screening, the "yes" of a confirmation."""
    expected: frozenset[Intent]
    """Intents of the grammar that is listened for; anything else comes too late or from somewhere else."""
    silent_for: float
    """Seconds since the quieter of the two, microphone and recogniser, was last alive."""
    pushed: bool
    """Somebody may be under force: a stretch is approached or held."""
    deaf: bool
    """The session knows already that nobody can be heard."""
    line_overdue: bool
    """A line should long have been spoken, and the speaker has not said that it was."""


def needed(intent: Intent, situation: Situation) -> Evidence:
    """The least evidence on which `intent` may be acted upon."""
    if intent in RELEASE:
        return Evidence.PARTIAL
    if intent in MILDER and situation.phase in FORCE:
        return Evidence.FINAL
    if intent in LOADING | COSTLY | situation.loading or situation.speaking:
        return Evidence.STRONG
    return Evidence.FINAL


def judge(event: Event, situation: Situation) -> Verdict:
    """The guard's verdict on `event`."""
    if situation.phase is Phase.DONE:
        return _last_words(event, situation)
    # The coach himself says "stop" when he explains the rule. While nobody is pushed, obeying him would only mean that a
    # room with a loudspeaker never gets past this line; under force even his own word counts.
    if isinstance(event, Heard) and (situation.pushed or not _own_echo(event, situation)) and (release := _release(event, situation)):
        return release
    if lost := _loss(event, situation):
        return lost
    if isinstance(event, Heard):
        return _weigh(event, situation)
    if isinstance(event, Dictated) and (situation.deaf or (situation.speaking and event.ear not in HANDS)):
        return Verdict.IGNORE  # the coach himself, or nobody
    return Verdict.COACH


def _loss(event: Event, situation: Situation) -> Verdict | None:
    """What is gone and makes the session dangerous, if anything."""
    source = event.source if isinstance(event, Lost) else None
    if source in {Source.SPEAKER, Source.VOICE} or situation.line_overdue:
        return Verdict.MUTE
    if source is Source.BUTTON:
        return Verdict.BUTTON_LOST
    if not situation.deaf and (source or situation.silent_for > HEARING_TIMEOUT):
        return Verdict.DEAF
    return None


def _weigh(heard: Heard, situation: Situation) -> Verdict:
    """A word must make sense now, must not be the coach's own, and must be heard well enough for what it does."""
    if situation.deaf or not _makes_sense(heard, situation):
        return Verdict.IGNORE
    if heard.evidence >= needed(heard.intent, situation):
        return Verdict.COACH
    # What was heard in passing is not over yet.
    return Verdict.DOUBT if heard.evidence >= Evidence.FINAL else Verdict.IGNORE


def _makes_sense(heard: Heard, situation: Situation) -> bool:
    """A word that is listened for, and that no loudspeaker can have said."""
    return heard.intent in situation.expected and not _own_echo(heard, situation)


def _own_echo(heard: Heard, situation: Situation) -> bool:
    """The line that sounds holds the word, and an ear heard it: nobody can tell who said it."""
    said = heard.slot in situation.places if heard.intent is Intent.PLACE else heard.intent in situation.mentioned
    return said and heard.ear not in HANDS


def _last_words(event: Event, situation: Situation) -> Verdict:
    """The legs are down and the session is over, but a release word is answered to the last."""
    if not isinstance(event, Heard):
        return Verdict.COACH
    if event.intent is Intent.PAIN or (_radiates(event) and not _own_echo(event, situation)):
        return Verdict.END_FOR_PAIN
    return Verdict.LET_GO if event.intent in RELEASE else Verdict.IGNORE


def _radiates(heard: Heard) -> bool:
    """A place that is a warning, heard in more than passing."""
    return heard.intent is Intent.PLACE and heard.slot == RADIATING and heard.evidence >= Evidence.FINAL


def _release(heard: Heard, situation: Situation) -> Verdict | None:
    """What `heard` releases; None when it is an ordinary word here."""
    match heard.intent:
        case Intent.STOP:
            return Verdict.LET_GO
        case Intent.PAIN:
            return Verdict.END_FOR_PAIN
        case Intent.EASE if situation.phase in FORCE:
            return Verdict.EASE
        case Intent.EASE if situation.phase in LATCHED:
            # Nobody should be pushing, and yet somebody feels it.
            return Verdict.LET_GO
        case Intent.PLACE if _radiates(heard) and heard.intent in situation.expected:
            return Verdict.END_FOR_PAIN
    return None
