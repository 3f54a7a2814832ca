"""Remembered sessions as the rules of the dose look at them: what was done of each stretch, and what the client said of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from voicecoach.core.dosing import KEPT, Dosage, Earlier, EarlierStretch
from voicecoach.core.progress import Progress
from voicecoach.memory.chronicle import MORE
from voicecoach.memory.history import Comfort, Past, look_back, same_name

_QUIET = frozenset({"cannot-hear", "button-lost", "cannot-speak"})
"""Releases that nobody wanted and that no silence of the client led to."""


def progress_of(past: Sequence[Past], client: str, program: str, today: date, places: Mapping[str, Collection[str]]) -> Progress:
    """All that the memory tells a session of this person; the arguments are those of `lately`."""
    return replace(look_back(past, client, today), earlier=lately(past, client, program, today, places))


def lately(past: Iterable[Past], client: str, program: str, today: date, places: Mapping[str, Collection[str]]) -> tuple[Earlier, ...]:
    """The last sessions of `client` in which a stretch was begun, the latest last.

    Args:
        past: every remembered session, in order.
        client: the name.
        program: the doses of other programs say nothing about this one's; what was said in them counts all the same.
        today: the day that the days are counted back from.
        places: where each stretch should be felt.
    """
    own = [session for session in past if same_name(session.head.client, client) and (session.doses or session.holds or session.releases)]
    return tuple(_earlier(session, program, today, places) for session in own[-KEPT:])


def _earlier(session: Past, program: str, today: date, places: Mapping[str, Collection[str]]) -> Earlier:
    begun = dict.fromkeys(fact.where.stretch for facts in (session.doses, session.holds, session.eases, session.releases) for fact in facts if fact.where.stretch)
    causes = [release.cause for release in session.releases]
    return Earlier(
        days=max(0, (today - session.day).days), pain=max(causes.count("pain"), int(session.outcome == "pain")), stop=causes.count("stop"),
        turns=[_earlier_stretch(session, stretch, program, places.get(stretch, ())) for stretch in begun])


def _earlier_stretch(session: Past, stretch: str, program: str, places: Collection[str]) -> EarlierStretch:
    causes = [release.cause for release in session.releases if release.where.stretch == stretch]
    eases = [ease.by for ease in session.eases if ease.where.stretch == stretch]
    told = [(answer.question, answer.answer) for answer in session.answers if answer.where.stretch == stretch]
    dose = next((dose for dose in session.doses if dose.where.stretch == stretch), None) if session.head.program == program else None
    return EarlierStretch(
        stretch=stretch,
        dosage=Dosage(hold_seconds=dose.hold_seconds, repetitions=dose.repetitions, deepenings=dose.deepenings) if dose else None,
        pain=causes.count("pain"), stop=causes.count("stop"), ease=eases.count("word"),
        too_much=sum(question == "too-much" and answer in {"yes", "unsure"} for question, answer in told),
        silence=eases.count("silence") + sum(cause not in {"pain", "stop", *_QUIET} for cause in causes),
        comfortable=_comfortable(session, stretch, places),
        declined=any(change.where.stretch == stretch and change.what in MORE and change.answer != "accepted" for change in session.changes))


def _comfortable(session: Past, stretch: str, places: Collection[str]) -> bool:
    """Held to the end each time, told to be good, and felt where it should be; the session went to its end, too."""
    holds = [hold for hold in session.holds if hold.where.stretch == stretch]
    felt = [comfort for hold in holds if (comfort := session.comfort(hold)) is not Comfort.UNKNOWN]
    said = [(answer.question, answer.answer) for answer in session.answers if answer.where.stretch == stretch]
    elsewhere = any((question, answer) in {("feel", "no"), ("feel", "unsure")} or (question == "where" and places and answer not in {*places, "unsure"}) for question, answer in said)
    return (session.outcome == "completed" and bool(felt) and all(comfort is Comfort.GOOD for comfort in felt)
            and all(hold.ending == "complete" for hold in holds) and not elsewhere)
