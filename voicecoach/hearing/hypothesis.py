"""What the ears understand of the dialog data, and what they report back: plain values, no engine, no arrays."""

from __future__ import annotations

from dataclasses import dataclass

from voicecoach.vocabulary import Intent


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say an intent."""

    text: str
    """As a person says it, lower case, no punctuation: ``ease off``."""
    intent: Intent
    slot: str = ""
    """Passed on in `Heard.slot`; the body part of a PLACE."""
    spellings: tuple[str, ...] = ()
    """Other ways in which a recogniser writes the same sounds (``he's off``); learned from data, never spoken."""
    told: str = ""
    """As the coach writes it when he tells people that they can say it; empty for a phrase that he does not choose for that."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The closed set of phrases that make sense at one moment of a session."""

    name: str
    phrases: tuple[Phrase, ...]
    decoys: tuple[str, ...] = ()
    """Words that are none of the phrases: where other speech can go when a recogniser has no word for "any other word"."""
    dictation: bool = False
    """An utterance that is none of the phrases is wanted too: as the recogniser writes it, and with the person whose name comes nearest."""

    def of(self, *intents: Intent) -> Grammar:
        """The same grammar with only the phrases of these intents."""
        return Grammar(self.name, tuple(p for p in self.phrases if p.intent in intents))


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One recogniser's reading of one stretch of sound, before the arbiter has weighed it."""

    ear: str
    """The recogniser's name."""
    phrase: Phrase | None
    """The best phrase of the grammar, or None: speech, but none of the phrases."""
    final: bool
    """True at an endpoint; False for a reading in passing (a partial result, a sliding window)."""
    score: float
    """Natural-log margin of the phrase over the free hypothesis (0: the free hypothesis is the phrase itself)."""
    strict: bool
    """The recogniser's own strict rule holds, which a loading word needs, and any word that is hard to tell from the coach's own voice.
    Before the end of an utterance only a release word can be strict."""
    text: str
    """The recogniser's free hypothesis, as written."""
    start: float
    """Where the speech began: seconds of audio since the recogniser's first sample."""
    at: float
    """How much audio had been heard when this was decided, same clock."""
    dictation: bool = False
    """No phrase, where the grammar asks for dictation: `text` is what the recogniser writes with every word of its vocabulary."""
    near: Phrase | None = None
    """With `dictation`: the phrase for a person that comes nearest, if any comes near."""
