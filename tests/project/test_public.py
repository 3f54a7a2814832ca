"""The public surface: every promised name is there, documented, and nothing is loaded before it is asked for."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import get_args

import pytest

import voicecoach
from voicecoach import vocabulary


@pytest.mark.parametrize("name", voicecoach.__all__)
def test_every_public_name_exists_and_is_documented(name):
    thing = getattr(voicecoach, name)
    assert thing is not None
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert inspect.getdoc(thing)


def test_all_events_commands_and_errors_are_public():
    kinds = {kind.__name__ for kind in (*get_args(vocabulary.Event), *get_args(vocabulary.Command))}
    assert kinds <= set(voicecoach.__all__)
    from voicecoach import errors  # noqa: PLC0415
    trees = {name for name, thing in vars(errors).items() if inspect.isclass(thing) and issubclass(thing, errors.VoiceCoachError)}
    assert trees <= set(voicecoach.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nix'"):
        voicecoach.nix  # noqa: B018


def test_the_version_costs_no_engine():
    code = "import sys, voicecoach; print(voicecoach.__version__); sys.exit(any(m in sys.modules for m in ('numpy', 'pydantic', 'onnxruntime')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0  # noqa: S603
