"""Settings and folders: one optional plain file, and the command line on top of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import platformdirs
from pydantic import BeforeValidator, Field, model_validator

from voicecoach.core.speech import VOLUMES
from voicecoach.language.datafile import Record, load

APP = "voicecoach"


def _as_float(value: object) -> object:
    """Whole numbers are numbers too; pydantic's strict mode does not think so."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Value = str | int | float | list[str] | dict[str, str]
"""What may stand in ``config.yaml`` behind a key."""
Names = Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Called(Record):
    """A person's name, as it is written and as it is said."""

    name: str = ""
    """Empty: the coach uses the word for the role."""
    say: str = ""
    """How the name is pronounced, spelled as it sounds: shi-VAWN. It is spoken and never shown. Empty: as it is written."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        """Most names are said as they are written."""
        return {"name": data} if isinstance(data, str) else data


USUAL_PROFILE: Final = "home"
"""The profile that is used when the settings name none and it is there."""


class Config(Record):
    """``config.yaml`` in the user's configuration folder; every key may be left out."""

    language: str = "en"
    program: str = "lower-back"
    client: Called = Called()
    """The person who is stretched."""
    partner: Called = Called()
    """The person who helps."""
    voice: str = ""
    """A name of `voicecoach voices`; empty: the language's own."""
    words_per_minute: Annotated[int, Field(ge=80, le=300)] | None = None
    """Empty: the language's own."""
    pitch: Annotated[int, Field(ge=0, le=99)] = 50
    """Of the voices of espeak, on Linux."""
    volume: Annotated[float, Field(ge=VOLUMES[0], le=VOLUMES[-1]), BeforeValidator(_as_float)] = 1.0
    """How loudly the coach begins to speak; a safety line is never quieter than 1."""
    remember_speech: bool = False
    """Begin with the speed and loudness that somebody asked for in the last session."""
    microphone: str = ""
    """A part of the device's name; empty: the system's default."""
    speaker: str = ""
    """The same."""
    patience: Annotated[float, Field(ge=3, le=60), BeforeValidator(_as_float)] = 8.0
    """Seconds of silence before a question is asked again."""
    keys: bool = True
    """Any key in the session's terminal means stop."""
    buttons: Names = Field(default_factory=list)
    """Parts of the names of switches or page-turners that mean stop, whichever window is in front; Linux only."""
    midi: Names = Field(default_factory=list)
    """The same for MIDI pedals."""
    shout: bool = False
    """While somebody may be pushed, a loud sound means stop, whatever it is; see docs/decisions/shout.md."""
    earcons: Literal["all", "few", "none"] = "few"
    """Which short sounds are played: see docs/earcons.md."""
    plain: bool = False
    """Plain lines in the terminal in place of the large display: for a screen reader."""
    profile: str = ""
    """The household whose names the coach knows: see `voicecoach people`; empty: the one called home, if it is there."""
    change_places: bool = True
    """Ask at the end of a person's turn whether the two change places."""
    remember: bool = True
    """Keep what happened in each session, for ``voicecoach history`` and "how am I doing?"."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where this user's files are; nothing is written anywhere else unless a path is given."""

    config: Path
    """config.yaml"""
    data: Path
    """models/, memory/"""
    state: Path
    """journals/"""
    cache: Path
    """speech/: rendered lines, which can be deleted at any time"""


def folders() -> Folders:
    """The folders of the present user, by the conventions of the system."""
    return Folders(
        platformdirs.user_config_path(APP, appauthor=False), platformdirs.user_data_path(APP, appauthor=False),
        platformdirs.user_state_path(APP, appauthor=False), platformdirs.user_cache_path(APP, appauthor=False),
    )


def load_config(path: Path) -> Config:
    """The settings in `path`, or the defaults when there is no such file.

    Raises:
        ScriptError: with every mistake in the file.
    """
    return load(path, Config) if path.exists() else Config()
