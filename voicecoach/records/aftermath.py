"""How a session stood that broke off: its journal is fed to a new session, which then stands where the old one stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicecoach.core.phases import FORCE, Phase
from voicecoach.errors import VoiceCoachError
from voicecoach.language.script import Script
from voicecoach.records.journal import read_journal


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Where a session stood when its journal ends."""

    phase: Phase
    minute: int
    """Of the session, from 1."""
    stretch: str
    """The stretch that was under way, as it is spoken; empty when nobody was being stretched."""


def how_it_stood(journal: Path, script_of: Callable[[str], Script]) -> Aftermath | None:
    """Where the session of `journal` stood; None when nothing tells.

    Args:
        journal: it may be cut off anywhere.
        script_of: the script of a language.
    """
    try:
        recipe, entries = read_journal(journal)
        session, now = recipe.session(script_of(recipe.language)), 0.0
        for entry in entries:
            now = entry.now
            session.handle(entry.event, now)
    except (VoiceCoachError, KeyError, IndexError, TypeError, ValueError):  # of another version, or of dialogs that have changed
        return None
    bout = session.bout
    stretch = bout.stretch.name if bout and session.phase in FORCE else ""
    return Aftermath(session.phase, int(now // 60) + 1, stretch)
