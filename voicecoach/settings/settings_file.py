"""Changing ``config.yaml`` from the program: only the keys that were chosen; the rest of the file stays as its owner wrote it."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.language.datafile import DataFile
from voicecoach.settings.config import Config, Value

Settings = Mapping[str, Value]
"""Values by the keys of `Config`."""


def remember(path: Path, settings: Settings) -> None:
    """Write `settings` into the file at `path`, whole or not at all; it and its folder are made if need be.

    Comments, the order, unknown keys and the file's permissions are kept; a link is followed.

    Raises:
        ConfigError: a value is not allowed, or the file cannot be written.
        ScriptError: what stands there is no list of settings, so nothing can be added to it.
    """
    _check(settings)
    text = _changed(path, settings)
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, text)
    except OSError as error:
        raise ConfigError(f"{path}: the settings cannot be kept here ({(error.strerror or str(error)).lower()}); give yourself write permission.") from error


def rewrite(path: Path, root: CommentedMap, look: Callable[[Path], object] = lambda _: None) -> None:
    """Write `root` into `path`, whole or not at all, for its owner alone.

    Args:
        path: the file; it and its folder are made if need be.
        root: what `DataFile.root` has given, changed.
        look: is given a draft beside `path` first; what it raises leaves the file as it is.

    Raises:
        ConfigError: it cannot be written.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.stem}.draft.yaml")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(_dumped(root), encoding="utf-8")
        try:
            look(draft)
        except ScriptError as error:
            raise ScriptError([replace(problem, file=path) for problem in error.problems]) from error
        _replace(target, _dumped(root))
    except OSError as error:
        raise ConfigError(f"{path}: this file cannot be written ({(error.strerror or str(error)).lower()}); give yourself write permission.") from error
    finally:
        draft.unlink(missing_ok=True)


def check(path: Path) -> None:
    """Return if `remember` will be able to change what stands in `path`.

    Raises:
        ScriptError: what stands there is no list of settings.
    """
    _changed(path, {})


def _check(settings: Settings) -> None:
    try:
        Config.model_validate(dict(settings))
    except ValidationError as error:
        wrong = error.errors()[0]
        message = wrong["msg"].removeprefix("Input ").rstrip(".")
        raise ConfigError(f"The setting {'.'.join(map(str, wrong['loc']))} {message} (got {wrong['input']!r}).") from error


def _changed(path: Path, settings: Settings) -> str:
    """The text of the file with `settings` in it."""
    if not path.exists():
        return _dumped(CommentedMap(settings))
    root = DataFile(path).root  # tells what is no YAML, with the line
    text = path.read_text(encoding="utf-8")
    if root is None:  # empty, or comments only, which belong to nothing that could be dumped with them
        return text + "\n" * bool(text and not text.endswith("\n")) + _dumped(CommentedMap(settings))
    if not isinstance(root, CommentedMap):
        raise ScriptError([Problem(path, 1, "", "this is no list of settings", "write 'key: value' lines, or move the file away")])
    data = _yaml().load(text)
    data.update(settings)
    return _dumped(data)


def _yaml() -> YAML:
    """A round trip that leaves quotes and long lines as they are."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    return yaml


def _dumped(data: CommentedMap) -> str:
    out = io.StringIO()
    if data:
        _yaml().dump(data, out)
    return out.getvalue()


def _replace(target: Path, text: str) -> None:
    mode: Any = target.stat().st_mode & 0o777 if target.exists() else None
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            Path(name).chmod(mode)
        Path(name).replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
