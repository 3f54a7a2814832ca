"""Numbers as people say them, in the language of the dialogs: "one and a half minutes", "half a minute", "the second".

A voice reads digits in its own way, or not at all, so none ever reaches it. Whole numbers and ordinals come from
num2words; what a language does with halves, and with one and many, stands in its ``language.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Final, Literal

from num2words import num2words
from pydantic import BeforeValidator, Field

from voicecoach.language.datafile import Record

Text = Annotated[str, Field(min_length=1)]
Part = Annotated[Fraction, BeforeValidator(lambda text: Fraction(text) if isinstance(text, str) else text)]
Whole = Annotated[int, BeforeValidator(lambda text: int(text) if isinstance(text, str) and text.isdecimal() else text)]
"""A key of a YAML file comes as text."""
Unit = Literal["seconds", "minutes", "weeks", "count", "holds", "stretches", "sessions"]
"""The placeholders that are numbers of something."""

LARGEST: Final = 12
"""The largest denominator that is tried: 0.33 is a third, and 0.37 is no fraction that people say."""


class Amount(Record):
    """How a number of one thing is said."""

    one: Text
    many: Text
    """With {number}."""
    half: Text | None = None
    """Instead of `many` for 0.5."""
    and_half: Text | None = None
    """Instead of `many` for a whole and a half, with {number} for the whole: {number} minutos y medio."""
    one_and_half: Text | None = None
    """Instead of `and_half` for 1.5."""
    words: dict[Whole, Text] = Field(default_factory=dict)
    """Numbers that have other words before this noun: 2: 두, 21: veintiuna."""


class NumberWords(Record):
    """How one language says numbers, as far as num2words does not know it or says them otherwise."""

    words: dict[Whole, Text] = Field(default_factory=dict)
    """Whole numbers that are said otherwise before the nouns of the lines: 21: veintiún."""

    decimal: Text = "."
    """What stands between the whole and its parts where a number is written."""
    mixed: Text
    """A whole and a fraction: {whole} and {fraction}."""
    fractions: dict[Part, Text]
    """By value: ``1/2: a half``."""
    ordinals: list[Text] = Field(default_factory=list)
    """What follows the digits of an ordinal: st, nd, rd, th."""


class Numbers:
    """The numbers of one language.

    Args:
        language: BCP 47 primary tag. Where num2words does not know it, numbers stay in figures, for the voice to read.
        words: its data.
        amounts: by placeholder, such as "minutes".
    """

    def __init__(self, language: str, words: NumberWords, amounts: Mapping[Unit, Amount]) -> None:
        self._language, self._words = language, words
        self._amounts: dict[str, Amount] = dict(amounts.items())
        # The noun ends its form: "half a minute", "{number} minutes".
        self._nouns = {form.split()[-1]: name for name, amount in amounts.items() for form in (amount.one, amount.many)}
        self._written = re.compile(_PATTERN.format(
            decimal=re.escape(words.decimal), vulgar=_VULGAR, ordinals="|".join(map(re.escape, words.ordinals)) or r"(?!)",
            nouns="|".join(map(re.escape, self._nouns)) or r"(?!)"))

    def say(self, value: float | Fraction) -> str:
        """`value` in words, without a noun: 25, 1.5, 3/4."""
        exact = Fraction(value).limit_denominator(LARGEST)
        whole, part = divmod(exact, 1)
        if not part:
            return self._words.words.get(round(value)) or self._plain(round(value))
        if exact < 0:
            return self._plain(float(value))
        fraction = self._words.fractions.get(part)
        if fraction is None or abs(float(exact) - float(value)) > 0.01:  # noqa: PLR2004 - two written digits
            return self._plain(round(float(value), 2))
        return self._words.mixed.format(whole=self.say(whole), fraction=fraction) if whole else fraction

    def amount(self, value: float | Fraction, name: str) -> str:
        """`value` of what the placeholder `name` counts; in words without a noun where the language has none for it."""
        forms = self._amounts.get(name)
        if forms is None:
            return self.say(value)
        if value == 1:
            return forms.one
        if value == Fraction(1, 2) and forms.half:
            return forms.half
        whole, part = divmod(Fraction(value).limit_denominator(LARGEST), 1)
        if part == Fraction(1, 2) and whole > 0 and (form := forms.one_and_half if whole == 1 and forms.one_and_half else forms.and_half):
            return form.format(number=self.say(whole))
        return forms.many.format(number=(not part and forms.words.get(int(whole))) or self.say(value))

    def _plain(self, value: float, kind: str = "cardinal") -> str:
        """As num2words says it."""
        try:
            return str(num2words(value, lang=self._language, to=kind))
        except NotImplementedError:
            return f"{value}." if kind == "ordinal" else str(value)

    def in_words(self, text: str) -> str:
        """`text` with every number that is written in digits in words: "1.5 minutes", "90 seconds", "1/2", "2nd"."""
        return self._written.sub(self._replaced, text)

    def _replaced(self, match: re.Match[str]) -> str:
        if match["ordinal"]:
            return self._plain(int(match["ordinal"]), "ordinal")
        value = self._value(match)
        if match["noun"]:
            return self.amount(value, self._nouns[match["noun"]])
        return self.say(value)

    def _value(self, match: re.Match[str]) -> Fraction:
        if match["top"]:
            return Fraction(match["whole"] or 0) + Fraction(int(match["top"]), int(match["bottom"]))
        if match["vulgar"]:
            return Fraction(match["before"] or 0) + Fraction(unicodedata.numeric(match["vulgar"])).limit_denominator(LARGEST)
        return Fraction(match["number"].replace(self._words.decimal, "."))


_VULGAR = "½⅓⅔¼¾"
_PATTERN = (
    r"(?<![\w.,/])(?:(?P<ordinal>\d+)(?:{ordinals})"
    r"|(?:(?:(?P<whole>\d+)\s+)?(?P<top>\d+)/(?P<bottom>[1-9]\d*)|(?P<before>\d+)?(?P<vulgar>[{vulgar}])|(?P<number>\d+(?:{decimal}\d+)?))"
    r"(?:\s+(?P<noun>{nouns})\b)?)(?![\w/])"
)
