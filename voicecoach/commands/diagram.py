"""``voicecoach diagram``: the phases, drawn from the table that the session itself goes by."""

from __future__ import annotations

import argparse
import sys

from voicecoach.commands.common import say
from voicecoach.errors import ConfigError
from voicecoach.view import diagram


def draw(arguments: argparse.Namespace) -> int:
    """Print the picture, or write it; an SVG for a file that is called so, Mermaid for any other.

    Raises:
        ConfigError: the file cannot be written.
    """
    wanted = arguments.format or ("svg" if arguments.out and arguments.out.suffix == ".svg" else "mermaid")
    picture = diagram.svg() if wanted == "svg" else diagram.mermaid()
    if arguments.out is None:
        sys.stdout.write(picture)
        return 0
    try:
        arguments.out.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The picture cannot be written to {arguments.out} ({error.strerror}); give another file with --out.") from error
    say(f"Wrote {arguments.out}.")
    return 0
