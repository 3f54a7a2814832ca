"""The lines and grammars that the session uses, by name: what every language has to provide.

A line that no session says, or one that a session needs and the files lack, is a mistake that the loader reports.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from voicecoach.vocabulary import Intent, Party

PAUSES = "pauses"
"""Slot of a phrase of "slower" or "faster" that means the coach's pauses before he asks again, and not his speech."""

LARGEST = 6
"""So many people one household may have: more choices than that nobody keeps in mind while they are read out."""
GUEST = "other"
"""The slot of "somebody else": a person who is not in the profile, and who is called by the role."""

ALWAYS = frozenset({"client", "partner"})
"""Placeholders of every line: the people's names, or the words for their roles."""

_NONE: frozenset[str] = frozenset()
_NAME = frozenset({"name"})
_NUMBER = frozenset({"number"})

LINES: Mapping[str, frozenset[str]] = {
    # who is who
    "who.welcome": _NONE,
    "who.choice": frozenset({"name", "number"}),
    "who.choice-unnamed": frozenset({"number"}),
    "who.ask": _NONE,
    "who.helper": _NONE,
    "who.is-it": frozenset({"name"}),
    "who.is-other": _NONE,
    "who.sure": frozenset({"name"}),
    "who.again": _NONE,
    "who.not-that": _NONE,
    "who.unknown": _NONE,
    "help.who": _NONE,
    # somebody new
    "name.ask": _NONE,
    "name.again": _NONE,
    "name.right": _NAME,
    "name.taken": _NAME,
    "name.known": _NAME,
    "name.number": _NUMBER,
    "name.kept": frozenset({"name", "number"}),
    "name.kept-number": _NUMBER,
    "help.name": _NONE,
    "turn.ask": _NONE,
    "turn.change": _NONE,
    "help.turn": _NONE,
    # screening
    "screen.one-by-one": _NONE,
    "screen.welcome": frozenset({"program"}),
    "screen.roles": _NONE,
    "screen.begin": frozenset({"count"}),
    "screen.answers": _NONE,
    "screen.closer": _NONE,
    "screen.waiting": _NONE,
    "screen.going-back": _NONE,
    "screen.once-more": _NONE,
    "screen.take-back": _NONE,
    "screen.read-back": _NONE,
    "screen.clear": _NONE,
    "screen.nothing-left": _NONE,
    # warm-up
    "warm-up.begin": frozenset({"minutes"}),
    "warm-up.call": frozenset({"minutes"}),
    "warm-up.last": _NONE,
    "warm-up.left": frozenset({"minutes"}),
    "warm-up.confirm": _NONE,
    "warm-up.keep-on": _NONE,
    "warm-up.on": _NONE,
    "warm-up.why": _NONE,
    # between stretches
    "next.first": frozenset({"stretch"}),
    "next.stretch": frozenset({"stretch"}),
    "next.again": _NONE,
    "next.other-side": frozenset({"side"}),
    "next.on": frozenset({"stretch"}),
    "next.skipped": frozenset({"stretch"}),
    # before and under force
    "rule.stop": _NONE,
    "rule.words": _NONE,
    "position.ready": _NONE,
    "position.sure": _NONE,
    "position.help": _NONE,
    "position.closer": _NONE,
    "approach.ask": _NONE,
    "approach.say-more": _NONE,
    "approach.lighter": _NONE,
    "force.deeper": _NONE,
    "force.no-more": _NONE,
    "force.no-more-after-ease": _NONE,
    "hold.begin": frozenset({"seconds"}),
    "hold.half": _NONE,
    "hold.ask": _NONE,
    "hold.good": _NONE,
    "hold.last": frozenset({"seconds"}),
    "hold.left": frozenset({"seconds"}),
    "hold.no-time": _NONE,
    "hold.end": _NONE,
    # check-in
    "check-in.feel": _NONE,
    "check-in.where": _NONE,
    "check-in.too-much": _NONE,
    "check-in.feel-again": _NONE,
    "check-in.feel-short": _NONE,
    "check-in.where-again": _NONE,
    "check-in.too-much-again": _NONE,
    "check-in.too-much-short": _NONE,
    "check-in.nothing-felt": _NONE,
    "check-in.right-place": _NONE,
    "check-in.fine": _NONE,
    "check-in.lighter": _NONE,
    # a change of the dose
    **{f"dose.because-{reason}": _NONE for reason in ("comfortable", "pain", "stop", "ease", "too-much", "silence", "away", "today")},
    "dose.longer": frozenset({"seconds"}),
    "dose.again": _NONE,
    "dose.further": _NONE,
    "dose.shorter": frozenset({"seconds"}),
    "dose.fewer": _NONE,
    "dose.nearer": _NONE,
    "dose.choice": _NONE,
    "dose.ask": _NONE,
    "dose.sure": _NONE,
    "dose.agreed": _NONE,
    "dose.kept": _NONE,
    "help.dose": _NONE,
    "check-in.wrong-again": _NONE,
    "place.knee": _NONE,
    "place.neck": _NONE,
    "place.shoulder": _NONE,
    # latched
    "released.ask": _NONE,
    "released.hears-again": _NONE,
    "released.button-back": _NONE,
    "paused.ask": _NONE,
    "latched.confirm": _NONE,
    # the end
    "cool-down.1": _NONE,
    "cool-down.2": _NONE,
    "cool-down.3": _NONE,
    "cool-down.left": _NONE,
    "goodbye.summary": frozenset({"holds", "stretches"}),
    "goodbye.summary-stretch": frozenset({"holds"}),
    "goodbye.summary-one": _NONE,
    "goodbye.seconds": frozenset({"seconds"}),
    "goodbye.minutes": frozenset({"minutes"}),
    "goodbye.eases": _NONE,
    "goodbye.completed": _NONE,
    "goodbye.finished-early": _NONE,
    "goodbye.screened-out": _NONE,
    "goodbye.emergency": _NONE,
    "goodbye.unanswered": _NONE,
    "goodbye.stopped": _NONE,
    "goodbye.pain-advice": _NONE,
    "goodbye.pain": _NONE,
    "goodbye.cannot-hear": _NONE,
    "goodbye.cannot-speak": _NONE,
    # conversation
    "talk.time-left": frozenset({"minutes"}),
    "talk.pardon": _NONE,
    "talk.like-this": _NONE,
    "talk.at-limit": _NONE,
    "talk.pauses": frozenset({"seconds"}),
    "talk.why": _NONE,
    "talk.muscles": _NONE,
    "progress.first": _NONE,
    "progress.long-ago": _NONE,
    "progress.one": frozenset({"weeks"}),
    "progress.sessions": frozenset({"weeks", "sessions"}),
    "progress.minutes": frozenset({"minutes"}),
    "progress.longer": _NONE,
    "progress.same": _NONE,
    "progress.shorter": _NONE,
    "progress.eases": _NONE,
    "help.confirm": _NONE,
    "help.list": frozenset({"choices"}),
    "help.more": frozenset({"choices"}),
    "help.hurts": _NONE,
    "talk.where": _NONE,
    "talk.normal": _NONE,
    "correct.yes": _NONE,
    "correct.stays": _NONE,
    "correct.nothing": _NONE,
    "correct.side": frozenset({"side"}),
    "correct.no-side": _NONE,
    # safety: rendered before the session starts
    "safety.stop": _NONE,
    "safety.ease": _NONE,
    "safety.ease-early": _NONE,
    "safety.ease-silent": _NONE,
    "safety.ease-down": _NONE,
    "safety.silence": _NONE,
    "safety.pain": _NONE,
    "safety.pause": _NONE,
    "safety.cannot-hear": _NONE,
    "safety.button-lost": _NONE,
    "safety.cannot-speak": _NONE,
}
"""The lines of ``lines.yaml``, each with the placeholders it may use beside {client} and {partner}."""

SAFETY = frozenset(key for key in LINES if key.startswith("safety."))
"""Lines that must sound whatever fails."""
FIXED = SAFETY | {"rule.stop", "rule.words"}
"""Lines that are always said in the same words: nobody should have to understand a new sentence when it matters."""


def urges(key: str) -> bool:
    """Whether this line makes somebody push or pull, or do it further: said once for each word of the client, never again."""
    return key == "force.deeper" or key.endswith((".approach_partner", ".approach_self"))


def relieves(key: str) -> bool:
    """Whether this line takes force away: once ordered, only a safety line may cut it off."""
    return key in SAFETY or key.endswith(".let_down")


SINCE_LAST_TIME = "since-last-time"
"""The id of the question that may stand for those whose answers hardly change."""
RADIATING = "radiating"
"""The slot of the places that are a warning: down the leg, shooting. The reference ends the session for them."""

_SIDE = frozenset({"side"})

PER_STRETCH: Mapping[str, tuple[Party, frozenset[str]]] = {
    "introduction": (Party.BOTH, _NONE),
    "client_position": (Party.CLIENT, _SIDE),
    "partner_position": (Party.PARTNER, _SIDE),
    "position_again": (Party.BOTH, _SIDE),
    "approach_partner": (Party.PARTNER, _SIDE),
    "approach_client": (Party.CLIENT, _SIDE),
    "hold_client": (Party.CLIENT, _SIDE),
    "hold_partner": (Party.PARTNER, _SIDE),
    "let_down": (Party.PARTNER, _SIDE),
    "right_place": (Party.CLIENT, _NONE),
    "wrong_place": (Party.BOTH, _NONE),
    "where": (Party.BOTH, _NONE),
    "normal": (Party.BOTH, _NONE),
    "why": (Party.BOTH, _NONE),
    "muscles": (Party.BOTH, _NONE),
}
"""Fields of a stretch that are lines: for whom, and with which placeholders."""

PER_SELF_STRETCH: Mapping[str, tuple[Party, frozenset[str]]] = {
    name: (Party.BOTH, allowed) for name, (to, allowed) in {**PER_STRETCH, "approach_self": (Party.CLIENT, _SIDE)}.items() if to is not Party.PARTNER or name == "let_down"
}
"""The same for a stretch that one person does alone, who need not be called."""

PER_CONDITION = ("ask", "help", "because")
"""Fields of a condition that are lines."""

PER_QUESTION = ("ask", "help", "because", "advice", "follow_up", "follow_up_help")
"""Fields of a screening question that are lines."""

_UNDER_FORCE = frozenset({Intent.STOP, Intent.EASE, Intent.PAIN, Intent.MORE, Intent.GOOD, Intent.YES, Intent.NO})
_ANSWERS = frozenset({Intent.STOP, Intent.YES, Intent.NO, Intent.UNSURE})
_LATCHED = frozenset({Intent.STOP, Intent.PAIN, Intent.CONTINUE, Intent.FINISH})

GRAMMARS: Mapping[str, frozenset[Intent]] = {
    "who": frozenset({Intent.STOP, Intent.PERSON}),
    "name": frozenset({Intent.STOP, Intent.SKIP}),
    "turn": frozenset({Intent.STOP, Intent.PAIN, Intent.SWAP, Intent.YES, Intent.NO}),
    "screening": _ANSWERS | {Intent.GO_BACK},
    "warm-up": frozenset({Intent.STOP, Intent.WARM}),
    "confirm": _ANSWERS,
    "position": frozenset({Intent.STOP, Intent.PAIN, Intent.READY}),
    "stretch": _UNDER_FORCE,
    "hold": _UNDER_FORCE,
    "check-in": _ANSWERS | {Intent.PAIN, Intent.EASE},
    "place": frozenset({Intent.STOP, Intent.PAIN, Intent.PLACE, Intent.UNSURE}),
    "place-check": frozenset({Intent.STOP, Intent.PAIN, Intent.PLACE, Intent.UNSURE, Intent.YES, Intent.NO}),
    "rest": frozenset({Intent.STOP, Intent.PAIN}),
    "dose": _ANSWERS | {Intent.PAIN, Intent.EASE},
    "released": _LATCHED,
    "paused": _LATCHED,
    "cool-down": frozenset({Intent.STOP, Intent.PAIN}),
}
"""The grammars of ``phrases.yaml``, each with the intents that it cannot do without."""

DICTATED = frozenset({"who", "name"})
"""The grammars in which an utterance that is no phrase is wanted too, since it may be a name."""


def fits(key: str, known: Mapping[str, object]) -> str:
    """What to do about a key that is none of `known`."""
    near = difflib.get_close_matches(key, known, 1)
    return f"did you mean '{near[0]}'" if near else "remove it"
