"""What can be said now: derived from the open grammar, in the order of ``phrases.yaml``, a few choices at a time. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import pairwise
from typing import Final

from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.language.schema import Language
from voicecoach.vocabulary import Intent

AT_ONCE: Final = 6
"""Choices in one breath: a listener keeps about seven things in mind, and has to find one of them again."""
NEVER_LISTED: Final = frozenset({Intent.HELP, Intent.PAIN})
"""Whoever hears the list has just used the first. The second ends a session, so no loudspeaker should ever say it; people are
asked in other words to tell when something hurts."""


def pages(grammar: Grammar, pointless: Container[Intent] = ()) -> list[tuple[Phrase, ...]]:
    """The phrases to tell people of, one for each meaning, in portions that can be kept in mind.

    Args:
        grammar: what is listened for.
        pointless: intents that would be understood, but lead to nothing at this moment.
    """
    told = [phrase for phrase in _told(grammar) if phrase.intent not in NEVER_LISTED and phrase.intent not in pointless]
    if not told:
        return []
    portions = -(-len(told) // AT_ONCE)
    # Portions of equal size: a last one of a single word would be a riddle.
    ends = [round(portion * len(told) / portions) for portion in range(portions + 1)]
    return [tuple(told[begin:end]) for begin, end in pairwise(ends)]


def _told(grammar: Grammar) -> Iterator[Phrase]:
    """For each meaning the phrase that is marked to be told, or else its first."""
    meanings: dict[tuple[Intent, str], Phrase] = {}
    for phrase in grammar.phrases:
        kept = meanings.setdefault((phrase.intent, phrase.slot), phrase)
        if phrase.told and not kept.told:
            meanings[phrase.intent, phrase.slot] = phrase
    yield from meanings.values()


def listed(phrases: tuple[Phrase, ...], language: Language) -> str:
    """`phrases` as they are spoken in a sentence."""
    *most, last = [phrase.told or phrase.text for phrase in phrases]
    return language.choices.last.join([language.choices.between.join(most), last]) if most else last
