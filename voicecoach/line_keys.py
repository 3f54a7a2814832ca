"""The lines and grammars that the session uses, by name: what every language has to provide.

A line that no session says, or one that a session needs and the files lack, is a mistake that the loader reports.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from voicecoach.vocabulary import Intent, Party

ALWAYS = frozenset({"client", "partner"})
"""Placeholders of every line: the people's names, or the words for their roles."""

_NONE: frozenset[str] = frozenset()

LINES: Mapping[str, frozenset[str]] = {
    # who is who
    "who.welcome": _NONE,
    "who.choice": frozenset({"name", "number"}),
    "who.choice-unnamed": frozenset({"number"}),
    "who.ask": _NONE,
    "who.helper": _NONE,
    "who.is-it": frozenset({"name"}),
    "who.sure": _NONE,
    "who.again": _NONE,
    "who.not-that": _NONE,
    "who.unknown": _NONE,
    "help.who": _NONE,
    "turn.ask": _NONE,
    "turn.change": _NONE,
    "help.turn": _NONE,
    # screening
    "screen.one-by-one": _NONE,
    "screen.welcome": frozenset({"program"}),
    "screen.roles": _NONE,
    "screen.begin": frozenset({"count"}),
    "screen.answers": _NONE,
    "screen.waiting": _NONE,
    "screen.going-back": _NONE,
    "screen.take-back": _NONE,
    "screen.read-back": _NONE,
    "screen.clear": _NONE,
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
    "check-in.nothing-felt": _NONE,
    "check-in.right-place": _NONE,
    "check-in.fine": _NONE,
    "check-in.lighter": _NONE,
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
    "help.screening": _NONE,
    "help.warm-up": _NONE,
    "help.confirm": _NONE,
    "help.position": _NONE,
    "help.stretch": _NONE,
    "help.hold": _NONE,
    "help.check-in": _NONE,
    "help.place": _NONE,
    "help.rest": _NONE,
    "help.released": _NONE,
    "help.paused": _NONE,
    "help.cool-down": _NONE,
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


def urges(key: str) -> bool:
    """Whether this line makes the partner push, or push further: said once for each word of the client, never again."""
    return key == "force.deeper" or key.endswith(".approach_partner")


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
    "wrong_place": (Party.BOTH, _NONE),
    "why": (Party.BOTH, _NONE),
    "muscles": (Party.BOTH, _NONE),
}
"""Fields of a stretch that are lines: for whom, and with which placeholders."""

PER_QUESTION = ("ask", "help", "because", "advice", "follow_up", "follow_up_help")
"""Fields of a screening question that are lines."""

_UNDER_FORCE = frozenset({Intent.STOP, Intent.EASE, Intent.PAIN, Intent.MORE, Intent.GOOD, Intent.YES, Intent.NO})
_ANSWERS = frozenset({Intent.STOP, Intent.YES, Intent.NO, Intent.UNSURE})
_LATCHED = frozenset({Intent.STOP, Intent.PAIN, Intent.CONTINUE, Intent.FINISH})

GRAMMARS: Mapping[str, frozenset[Intent]] = {
    "who": frozenset({Intent.STOP, Intent.PERSON}),
    "turn": frozenset({Intent.STOP, Intent.PAIN, Intent.SWAP, Intent.YES, Intent.NO}),
    "screening": _ANSWERS | {Intent.GO_BACK},
    "warm-up": frozenset({Intent.STOP, Intent.WARM}),
    "confirm": _ANSWERS,
    "position": frozenset({Intent.STOP, Intent.PAIN, Intent.READY}),
    "stretch": _UNDER_FORCE,
    "hold": _UNDER_FORCE,
    "check-in": _ANSWERS | {Intent.PAIN, Intent.EASE},
    "place": frozenset({Intent.STOP, Intent.PAIN, Intent.PLACE, Intent.UNSURE}),
    "rest": frozenset({Intent.STOP, Intent.PAIN}),
    "released": _LATCHED,
    "paused": _LATCHED,
    "cool-down": frozenset({Intent.STOP, Intent.PAIN}),
}
"""The grammars of ``phrases.yaml``, each with the intents that it cannot do without."""


def fits(key: str, known: Mapping[str, object]) -> str:
    """What to do about a key that is none of `known`."""
    near = difflib.get_close_matches(key, known, 1)
    return f"did you mean '{near[0]}'" if near else "remove it"
