"""``voicecoach card``: the page of what can be said."""

from __future__ import annotations

import argparse

from voicecoach.commands.common import read_script, read_settings, say
from voicecoach.errors import ConfigError
from voicecoach.view.card import html, load_card, svg


def card(arguments: argparse.Namespace) -> int:
    """Write the page in the language of the settings, as HTML or, where the file's name ends so, as SVG."""
    config, _ = read_settings(arguments)
    script = read_script(config.language)
    make = svg if arguments.out.suffix.lower() == ".svg" else html
    try:
        page = make(load_card(script), config.language)
        arguments.out.write_text(page, encoding="utf-8")
    except ValueError as error:
        raise ConfigError(f"{script.folder / 'card.yaml'}: {error}.") from error
    except OSError as error:
        raise ConfigError(f"{arguments.out}: this file cannot be written ({(error.strerror or str(error)).lower()}); give another one with --out.") from error
    say(f"What you can say stands in {arguments.out}: one page, to print or to have read out.")
    return 0
