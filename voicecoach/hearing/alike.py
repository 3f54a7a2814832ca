"""Which words are written so much alike that an ear may take one for the other. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

ALIKE: Final = 0.25
"""Phrases that differ in at most this part of their letters sound alike."""


def sounds_alike(a: str, b: str) -> bool:
    """Whether two phrases differ in at most a quarter of their letters; Korean syllables count as their letters."""
    ours, theirs = _letters(a), _letters(b)
    return _distance(ours, theirs) <= ALIKE * max(len(ours), len(theirs))


def _letters(text: str) -> str:
    """Base letters only: no accents, and Hangul taken apart."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if c.isalpha())


def _distance(a: str, b: str) -> int:
    """Levenshtein's: the letters to insert, delete or replace."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
