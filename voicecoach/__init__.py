"""voicecoach: an offline, hands-free voice coach for partner-assisted lower-back stretching at home.

What other programs may build on stands in ``__all__``: the pure session with its events and commands, the dialog data, the
Protocols of the engines, and the errors. Names are imported when they are first used, so that asking for the version
loads nothing.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "voicecoach.live.app": ("App", "Engines"),
    "voicecoach.engines": ("Hand", "Microphone", "Recogniser", "Speaker", "Voice"),
    "voicecoach.errors": ("AudioFileError", "ConfigError", "EngineError", "ModelError", "Problem", "ScriptError", "StoreError", "VoiceCoachError"),
    "voicecoach.records.journal": ("Journal", "Recipe", "read_journal", "replay"),
    "voicecoach.language.loader": ("load_program", "load_script"),
    "voicecoach.language.program": ("Program",),
    "voicecoach.language.script": ("Script",),
    "voicecoach.core.session": ("Session",),
    "voicecoach.core.sitting": ("Sitting",),
    "voicecoach.vocabulary": (
        "Alive", "Chime", "Command", "Dictated", "Earcon", "Event", "Evidence", "Finish", "Heard", "Hush", "Intent", "KeepPerson", "LineFinished", "LineStarted",
        "Listen", "Lost",
        "NextTurn", "Outcome", "Party", "Say", "Source", "Started", "TimePassed", "Unclear",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]  # noqa: PLE0604 - every one of them is a str


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'voicecoach' has no attribute '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)
