"""``voicecoach replay``: a journal, repeated and compared."""

from __future__ import annotations

import argparse
import sys

from voicecoach.commands.common import EXIT_FAILED, read_script, say
from voicecoach.records.journal import read_journal
from voicecoach.records.journal import replay as replay_journal


def replay(arguments: argparse.Namespace) -> int:
    """Feed a journal's events to a new session and compare."""
    recipe, _ = read_journal(arguments.journal)
    count, differences = replay_journal(arguments.journal, read_script(recipe.language))
    for difference in differences[:5]:
        print(f"Entry {difference.number} at {difference.entry.now:.2f} s, {difference.entry.event}:\n"
              f"  journal: {list(difference.entry.commands)}\n  now:     {list(difference.got)}", file=sys.stderr)
    say(f"{count} events, {len(differences)} with other commands than in the journal.")
    return EXIT_FAILED if differences else 0
