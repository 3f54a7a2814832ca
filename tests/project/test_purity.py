"""The session core is pure: no audio, no thread, no clock, no engine, not even through something it imports.

And what imports what goes one way: no module is imported back, and none imports from a higher floor of the house.
"""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "voicecoach"
PURE = sorted([PACKAGE / f"{name}.py" for name in (
    "vocabulary", "errors", "machine/devices", "hearing/level_report", "setup/vocabulary", "setup/lines", "setup/dialogue",
    "memory/chronicle", "language/script", "language/loader", "language/intents", "language/line_keys", "language/datafile", "view/diagram", "view/display", "view/live_display")]
    + list((PACKAGE / "core").rglob("*.py")))
FLOORS = (
    "voicecoach errors",
    "vocabulary audio",
    "hearing.hypothesis hearing.risk hearing.alike machine.devices",  # plain values, of which others speak as well
    "language",
    "hearing.naming",
    "core",
    "programs memory records.transcript",
    "view",
    "hearing",
    "engines",
    "hearing.ear hearing.arbiter hearing.path hearing.front",  # what combines engines; the arithmetic that engines use is below them
    "records machine settings",
    "teaching live",
    "kit rehearsal",
    "setup",
    "translating",
    "commands",
    "__main__",
)
"""From the ground up: rooms, and files that lie on another floor than the rest of their room. Docs: architecture.md."""
FLOOR_OF = {name: level for level, names in enumerate(FLOORS) for name in names.split()}
FORBIDDEN = {"numpy", "sounddevice", "soundfile", "threading", "asyncio", "time", "datetime", "random", "os", "sys", "subprocess", "socket",
             "multiprocessing", "concurrent", "queue", "onnxruntime", "vosk", "pyttsx3", "soxr", "voicecoach.engines", "voicecoach.audio"}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def source(name: str) -> Path | None:
    """The file of one of our own modules."""
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def named(path: Path) -> frozenset[str]:
    """The modules that a file names in its imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names if source(f"{node.module}.{alias.name}")}
    return frozenset(found)


def imported(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it, packages on the way included."""
    return named(path) | {name.rpartition(".")[0] for name in named(path) if name.startswith("voicecoach.")}


def floor(name: str) -> int:
    """The floor of one of our modules: its own, or else its room's."""
    own = name.removeprefix("voicecoach.")
    return FLOOR_OF[own] if own in FLOOR_OF else FLOOR_OF[own.partition(".")[0]]


def room(name: str) -> str:
    return name.removeprefix("voicecoach.").partition(".")[0]


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


def test_no_module_is_imported_back() -> None:
    # `prepare` raises CycleError, and tells the modules of the circle.
    TopologicalSorter({module(path): {name for name in named(path) if source(name)} for path in PACKAGE.rglob("*.py")}).prepare()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module)
def test_nothing_is_imported_from_a_higher_floor(path: Path) -> None:
    ours = module(path)
    guilty = {name for name in named(path) if name.startswith("voicecoach") and (
        floor(name) > floor(ours) if room(name) == room(ours) else floor(name) >= floor(ours))}
    assert not guilty
