"""``voicecoach hear``: what would be understood in recordings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from voicecoach import kit
from voicecoach.audio import read
from voicecoach.commands.common import EXIT_USAGE, read_script, read_settings, say
from voicecoach.engines import Recogniser
from voicecoach.errors import AudioFileError, ConfigError
from voicecoach.hearing.path import hear_file


def hear(arguments: argparse.Namespace) -> int:
    """What the live hearing path decides on recordings."""
    config, places = read_settings(arguments)
    script = read_script(config.language)
    if arguments.grammar not in script.grammars:
        raise ConfigError(f"There is no grammar '{arguments.grammar}'; choose from {', '.join(sorted(script.grammars))}.")
    noise = read(arguments.noise) if arguments.noise else None
    makers = kit.ear_makers(config.language, places)

    def fresh() -> Sequence[Recogniser]:
        return [make() for make in makers.values()]

    refused = 0
    for file in arguments.files:
        try:
            for decision in hear_file(file, script.grammars[arguments.grammar], fresh, noise, arguments.snr):
                if arguments.json:
                    say(decision.to_json())
                else:
                    meant = f"{decision.intent} ({decision.evidence})" if decision.intent else "no phrase"
                    say(f"{file}: at {decision.at:.2f} s {meant}: {decision.words!r}, score {decision.score:.2f}, {decision.ear}")
        except AudioFileError as error:
            refused += 1
            print(error, file=sys.stderr)
    return EXIT_USAGE if refused else 0
