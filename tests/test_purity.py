"""The session core is pure: no audio, no thread, no clock, no engine, not even through something it imports."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "voicecoach"
PURE = sorted([PACKAGE / f"{name}.py" for name in (
    "vocabulary", "errors", "machine/devices", "hearing/level_report", "setup/vocabulary", "setup/lines", "setup/dialogue",
    "memory/chronicle", "language/script", "language/intents", "language/line_keys", "language/datafile", "view/diagram", "view/display", "view/live_display")]
    + list((PACKAGE / "core").rglob("*.py")))
FORBIDDEN = {"numpy", "sounddevice", "soundfile", "threading", "asyncio", "time", "datetime", "random", "os", "sys", "subprocess", "socket",
             "multiprocessing", "concurrent", "queue", "onnxruntime", "vosk", "pyttsx3", "soxr", "voicecoach.engines", "voicecoach.audio"}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def source(name: str) -> Path | None:
    """The file of one of our own modules."""
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def imported(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it, packages on the way included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names if source(f"{node.module}.{alias.name}")}
    return frozenset(found | {name.rpartition(".")[0] for name in found if name.startswith("voicecoach.")})


def reached(path: Path) -> dict[str, str]:
    """Every module that `path` imports, directly or through ours, and by whom."""
    found: dict[str, str] = {}
    todo = [path]
    while todo:
        file = todo.pop()
        for name in imported(file) - set(found):
            found[name] = module(file)
            if name.startswith("voicecoach") and (ours := source(name)):
                todo.append(ours)
    return found


@pytest.mark.parametrize("path", PURE, ids=module)
def test_nothing_impure_is_imported(path: Path) -> None:
    guilty = {name: by for name, by in reached(path).items() if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN)}
    assert not guilty


def test_transitions_has_one_importer() -> None:
    importers = [module(path) for path in PACKAGE.rglob("*.py") if any(name.split(".")[0] == "transitions" for name in imported(path))]
    assert importers == ["voicecoach.core.phases"]


def test_the_walk_finds_what_it_looks_for() -> None:
    assert "numpy" in reached(PACKAGE / "audio.py")
    assert "voicecoach.core.phases" in reached(PACKAGE / "core/session.py")
