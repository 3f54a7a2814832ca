"""``voicecoach dialog check``, for translators."""

from __future__ import annotations

import argparse

from voicecoach import kit
from voicecoach.commands.common import EXIT_FAILED, say, script_folder
from voicecoach.machine.resources import data_folder
from voicecoach.settings.config import folders
from voicecoach.translating.check import check_dialogs


def dialog_check(arguments: argparse.Namespace) -> int:
    """Compare the languages' dialogs with the reference's, and with their models."""
    places, root = folders(), data_folder("dialogs")
    languages = arguments.languages or sorted(path.parent.name for path in root.glob("*/language.yaml"))
    failed = False
    for language in languages:
        script_folder(language)
        models = kit.vosk_models(language, places)
        findings = check_dialogs(root, language, models[0] if models else None)
        failed |= any(finding.wrong for finding in findings)
        for finding in findings:
            say(str(finding))
        wrong = sum(finding.wrong for finding in findings)
        say(f"{language}: {wrong} mistakes, {len(findings) - wrong} remarks" + ("." if models else "; no Vosk model of it is installed, so its vocabulary was not compared."))
    return EXIT_FAILED if failed else 0
