"""Which intents are dangerous to miss and which are dangerous to imagine; every rule of hearing follows from these sets.

A missed "stop" hurts somebody, and so does a "more" that nobody said; a false "stop" costs ten seconds.
"""

from __future__ import annotations

from typing import Final

from voicecoach.vocabulary import Intent

RELEASE: Final = frozenset({Intent.STOP, Intent.EASE, Intent.PAIN})
"""Intents that take force away: passed on at once, from any ear, on weak evidence."""

LOADING: Final = frozenset({Intent.MORE, Intent.READY, Intent.CONTINUE, Intent.WARM})
"""Intents that may lead to force or let a person through: never strong while another ear disagrees."""

WEIGHED: Final = LOADING | {Intent.YES, Intent.NO}
"""Intents for which the arbiter waits for a second ear: the loading ones, and the answers that can have that effect."""
