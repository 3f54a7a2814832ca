"""Where the data folders are: inside the package when it was installed from a wheel, beside it in a working copy."""

from __future__ import annotations

from pathlib import Path

from voicecoach.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(name: str) -> Path:
    """The folder ``dialogs`` or ``models``.

    Raises:
        ConfigError: the installation is incomplete.
    """
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ConfigError(f"{_PACKAGE}: this installation lacks its folder '{name}'; install voicecoach again.")
