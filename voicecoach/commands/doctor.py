"""``voicecoach doctor`` and ``voicecoach models``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator

from voicecoach.commands.common import EXIT_FAILED, read_settings, say
from voicecoach.machine.download import shown
from voicecoach.machine.model_store import ModelStore, State
from voicecoach.settings.config import Config, Folders, folders
from voicecoach.setup import doctor as checks


def doctor(arguments: argparse.Namespace) -> int:
    """Every engine, device and model."""
    config, places = read_settings(arguments)
    findings = []
    for finding in _findings(config, places, listen=arguments.listen):
        findings.append(finding)
        if arguments.json:
            say(json.dumps(dataclasses.asdict(finding), ensure_ascii=False))
        else:
            mark = "ok" if finding.ok else "--" if not finding.needed_for else "NO"
            say(f"{mark:3} {finding.part:32} {finding.state}")
    if not arguments.json:
        say(checks.verdict(findings))
    return EXIT_FAILED if any(not finding.ok and finding.needed_for == "everything" for finding in findings) else 0


def _findings(config: Config, places: Folders, *, listen: bool) -> Iterator[checks.Finding]:
    yield from checks.examine(config, places)
    if listen:
        print(f"Say stop a few times in the next {checks.LISTEN:g} seconds, from where you will be.", file=sys.stderr)
        yield checks.level(config)


def _store() -> ModelStore:
    return ModelStore(folders().data / "models")


def models_list(_arguments: argparse.Namespace) -> int:
    """The known models and their state."""
    for listed in _store().list_models():
        model = listed.model
        size = model.download.size if model.download else sum(file.size for file in model.package.files) if model.package else 0
        where = f"  {listed.place}" if listed.place and listed.state is State.INSTALLED else ""
        say(f"{model.name:30} {model.language:4} {model.engine:10} {size / 1e6:6.1f} MB  {model.licence:11} {listed.state.value}{where}")
    return 0


def models_install(arguments: argparse.Namespace) -> int:
    """Download a model, check it, put it in place."""
    fresh = _store().install(arguments.name, progress=shown(arguments.name), source=arguments.source)
    say(f"The model {arguments.name} is {'installed' if fresh else 'installed already'}; it listens in every session from now on.")
    return 0


def models_remove(arguments: argparse.Namespace) -> int:
    """Delete an installed model."""
    _store().remove(arguments.name)
    say(f"The model {arguments.name} is removed.")
    return 0
