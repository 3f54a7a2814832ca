"""Every error that voicecoach raises on purpose, one tree, all of it at start-up.

    VoiceCoachError
      ScriptError      a dialog, program or scenario file is wrong: every problem at once
      ConfigError      a setting or a command-line value is wrong
      EngineError      a recogniser, a voice, a microphone or a speaker cannot be used
      ModelError       a model is missing, or its download is broken or wrong
      AudioFileError   a file that should be a recording is none
      StoreError       the memory of earlier sessions cannot be used

After a session has started a failure is an Event (see `voicecoach.vocabulary`), never an exception. Each message is
a sentence for the person who reads it: what is wrong, where, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class VoiceCoachError(Exception):
    """Something is wrong that the person at the keyboard can mend; `str(error)` says what and how."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file of data."""

    file: Path
    line: int
    """1-based; 0 when the whole file is meant."""
    key: str
    """Dotted path of the offending key, for example ``stretches.2.hold_seconds``."""
    what: str
    """What is wrong, without a full stop."""
    fix: str
    """What to do, without a full stop."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        key = f" {self.key}:" if self.key else ""
        return f"{place}:{key} {self.what}; {self.fix}."


class ScriptError(VoiceCoachError):
    """Dialog, program or scenario files are wrong; `problems` lists every mistake found, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


class ConfigError(VoiceCoachError):
    """A setting or a command-line value is not one of the allowed ones; the message names them."""


class EngineError(VoiceCoachError):
    """An engine cannot be used on this machine."""

    def __init__(self, engine: str, problem: str, remedy: str) -> None:
        self.engine, self.problem, self.remedy = engine, problem, remedy
        super().__init__(f"{engine}: {problem}; {remedy}.")


class ModelError(VoiceCoachError):
    """A model is unknown, not installed, or its download was incomplete or not what the manifest says."""


class AudioFileError(VoiceCoachError):
    """A file cannot be read as sound."""


class StoreError(VoiceCoachError):
    """The memory of earlier sessions cannot be used; a session runs without it all the same."""

    def __init__(self, path: Path, problem: str, remedy: str, *, locked: bool = False, damaged: bool = False) -> None:
        self.path, self.problem = path, problem
        self.locked = locked
        """Somebody else uses it; it is worth trying again."""
        self.damaged = damaged
        """Its contents are broken; it can only be kept aside."""
        super().__init__(f"The memory {path}: {problem}; {remedy}.")
