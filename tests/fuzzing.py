"""What the fuzz tests share: how often they try, YAML files that are nearly right, and a sandbox that notices every write outside it.

CI tries a fixed set of examples; `make fuzz` tries fresh ones, `VOICECOACH_FUZZ` times as many.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from voicecoach.__main__ import main

TIMES = int(os.environ.get("VOICECOACH_FUZZ", "1"))
SEEN = 4096
"""Characters of an error that a user would read."""


def fuzz(examples: int) -> settings:
    """How a fuzz test runs: `examples` of them, always the same ones, or by `make fuzz` many more."""
    return settings(max_examples=examples * TIMES, derandomize=TIMES == 1, deadline=None, database=None, print_blob=True,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])


# --- the sandbox ------------------------------------------------------------------------------------------------

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.rmtree", "sqlite3.connect"}
_BY_FOLDER = {"os.remove", "os.rmdir", "os.mkdir"}
"""Their last argument is an open folder to which the path is relative, or -1."""
_watched: list[tuple[Path, list[str]]] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched:
        return
    if event == "open":
        path, mode, flags = arguments
        if not (isinstance(flags, int) and flags & _WRITES) and not (isinstance(mode, str) and set(mode) & set("wax+")):
            return
        paths = [path]
    elif event in _CHANGES:
        paths = [argument for argument in arguments[:2] if isinstance(argument, str | bytes | os.PathLike)]
    else:
        return
    folder, found = _watched[-1]
    for path in paths:
        if isinstance(path, int):
            continue
        base = f"/proc/self/fd/{arguments[-1]}" if event in _BY_FOLDER and arguments[-1] not in {-1, None} else "."
        whole = os.path.realpath(f"{base}/{os.fsdecode(path)}" if not os.fsdecode(path).startswith(os.sep) else os.fsdecode(path))
        if not whole.startswith((f"{folder}{os.sep}", "/dev/")) and whole != str(folder) and "__pycache__" not in whole:
            found.append(f"{event} {whole}")


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[None]:
    """Fail if this process writes, makes, renames or deletes anything outside of `folder`."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    found: list[str] = []
    _watched.append((folder.resolve(), found))
    try:
        yield
    finally:
        _watched.pop()
    assert found == [], found


def listing(folder: Path) -> set[str]:
    """Every file below `folder`."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


# --- commands ---------------------------------------------------------------------------------------------------


def command(capsys: Any, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command; whatever was wrong was told in sentences."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as left:
        code = left.code
    out, err = capsys.readouterr()
    assert code in {0, 1, 2}
    if code == 2:
        is_told(err)
    return code, out, err


def is_told(message: str) -> None:
    """An error is one sentence a line: what is wrong, where, and what to do."""
    lines = message.strip().splitlines()
    assert lines
    assert "Traceback" not in message
    for line in lines:
        assert line.endswith((".", "?", "`")), line
        assert ";" in line or ":" in line, line


# --- YAML that is nearly right ----------------------------------------------------------------------------------

ODD_SCALARS = st.sampled_from([
    "", "~", "null", "true", "yes", "0", "-1", "1e999", "-.inf", ".nan", "0x7fffffffffffffff", "9" * 5000, "1_000", "2024-99-99", "2024-01-01", "12:30:45", "''",
    "{}", "[]", "{client}", "'{client}'", "'{'", "'{0}'", "'{client.__class__}'", "'{client!r:>9999999}'", "!!binary 'aGk='", "!!python/object/apply:os.system ['true']",
    "!!python/name:os.system", "!!python/object/new:subprocess.Popen [['true']]", "!x y", "!!float abc", "!!int x", "!!timestamp x", "!!set {a}", "!!omap [a: 1]",
    "*nowhere", "&a [*a]", "'a\\0b'", '"\\0"', '"\\ud800"', "'" + "x" * 5000 + "'", "|\n   a\n  b", "- a", "? a", "'", '"', "%", "@", "`", "\t", "#", "---", "...",
])
PIECES = st.one_of(ODD_SCALARS, st.text(max_size=20), st.integers().map(str), st.floats().map(str))


def _deleted(lines: list[str], at: int, piece: str) -> list[str]:
    return lines[:at] + lines[at + 1 :]


def _doubled(lines: list[str], at: int, piece: str) -> list[str]:
    return lines[: at + 1] + lines[at:]


def _retyped(lines: list[str], at: int, piece: str) -> list[str]:
    key, colon, _ = lines[at].partition(":")
    return [*lines[:at], f"{key}{colon} {piece}", *lines[at + 1 :]]


def _renamed(lines: list[str], at: int, piece: str) -> list[str]:
    indent = len(lines[at]) - len(lines[at].lstrip())
    return [*lines[:at], f"{lines[at][:indent]}{piece}:{lines[at].partition(':')[2]}", *lines[at + 1 :]]


def _indented(lines: list[str], at: int, piece: str) -> list[str]:
    return [*lines[:at], f"  {lines[at]}", *lines[at + 1 :]]


def _anchored(lines: list[str], at: int, piece: str) -> list[str]:
    key, colon, value = lines[at].partition(":")
    return [f"{key}{colon} &a{value}" if index == at else line.replace(": ", ": *a #", 1) if index == at + 1 else line for index, line in enumerate(lines)]


def _merged(lines: list[str], at: int, piece: str) -> list[str]:
    indent = len(lines[at]) - len(lines[at].lstrip())
    return [*lines[:at], f"{' ' * indent}<<: {{a: 1, b: [2]}}", *lines[at:]]


def _nested(lines: list[str], at: int, piece: str) -> list[str]:
    return _retyped(lines, at, "[" * 60 + piece.replace("\n", " ") + "]" * 60)


def _split(lines: list[str], at: int, piece: str) -> list[str]:
    return [*lines[:at], "---", *lines[at:]]


MUTATIONS: list[Callable[[list[str], int, str], list[str]]] = [_deleted, _doubled, _retyped, _retyped, _renamed, _indented, _anchored, _merged, _nested, _split]


@st.composite
def nearly(draw: st.DrawFn, text: str) -> bytes:
    """`text`, a file that is right, with some keys deleted, doubled, renamed, retyped, moved, anchored, and some bytes spoilt."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        if lines:
            lines = draw(st.sampled_from(MUTATIONS))(lines, draw(st.integers(0, len(lines) - 1)), draw(PIECES))
    data = "\n".join(lines).encode(errors="surrogatepass")
    how = draw(st.sampled_from(["", "", "", "", "cut", "byte", "utf-16", "latin-1", "bom", "crlf"]))
    at = draw(st.integers(0, max(0, len(data) - 1)))
    return {
        "cut": data[:at], "byte": data[:at] + draw(st.binary(min_size=1, max_size=4)) + data[at + 1 :], "utf-16": data.decode(errors="replace").encode("utf-16"),
        "latin-1": data + "\n# é".encode("latin-1"), "bom": b"\xef\xbb\xbf" + data, "crlf": data.replace(b"\n", b"\r\n"),
    }.get(how, data)
