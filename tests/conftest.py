"""Fixtures for what lies outside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _folder_or_skip(folder):
    if not folder.is_dir():
        pytest.skip(f"needs {folder.relative_to(SHARED.parent)} beside the project's folder")
    return folder


@pytest.fixture(scope="session")
def shared():
    """The folder of shared material beside the working copy."""
    return _folder_or_skip(SHARED)


@pytest.fixture(scope="session")
def speech():
    """Its recordings of real people's single words, with manifest.csv."""
    return _folder_or_skip(SHARED / "speech")


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    """The user's folders are not touched by a test."""
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
