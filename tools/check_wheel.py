"""Build the sdist and the wheel, install the wheel in a clean environment, and use it from another folder (``make wheel``).

A working copy hides packaging mistakes: its modules and data are found whether they are packed or not. So nothing here
may come from it: the environment holds the wheel alone, and the libraries of the environment that runs this script.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ("dialogs", "models")
SCENARIO: Final = "stop-in-hold"
COMMANDS: Final = (
    ("--help",), ("--version",), ("doctor",), ("models", "list"), ("rehearse", SCENARIO, "--quiet", "--out", "rehearsed"),
)
REHEARSED: Final = ("session.wav", "transcript.txt", "journal.jsonl")


class WheelError(Exception):
    """Something is wrong with what was built; the message says what."""


def run(command: Sequence[str | Path], folder: Path, environment: dict[str, str] | None = None) -> str:
    """What the command printed.

    Raises:
        WheelError: the command failed.
    """
    done = subprocess.run(  # noqa: S603 - all commands are in this file
        [str(part) for part in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        shown = " ".join(Path(part).name for part in map(str, command))
        raise WheelError(f"{shown} exited with {done.returncode}:\n{done.stdout.strip()}")
    return done.stdout


def build(out: Path) -> Path:
    """The wheel built by way of the sdist, after comparing it with the one built directly."""
    make = (sys.executable, "-m", "build", "--no-isolation")
    run([*make, "--wheel", "--outdir", out / "direct", ROOT], out)
    run([*make, "--outdir", out / "by-sdist", ROOT], out)
    direct, wheel = (next((out / way).glob("*.whl")) for way in ("direct", "by-sdist"))
    differing = contents(direct).items() ^ contents(wheel).items()
    if differing:
        raise WheelError(f"the sdist's wheel and the tree's differ in: {', '.join(sorted({name for name, _ in differing}))}")
    return wheel


def contents(wheel: Path) -> dict[str, int]:
    """The checksum of each file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def expected() -> set[str]:
    """What the wheel must hold besides its metadata: all modules, and all data files, of the working copy."""
    files = [path for folder in ("voicecoach", *DATA) for path in (ROOT / folder).rglob("*") if path.is_file()]
    names = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    return {f"voicecoach/{name}" if name.split("/")[0] in DATA else name for name in names}


def check_contents(wheel: Path) -> None:
    """Compare the wheel with the working copy.

    Raises:
        WheelError: a file is missing, or there is one too many.
    """
    packed = {name for name in contents(wheel) if ".dist-info/" not in name}
    problems = [f"lacks {name}" for name in sorted(expected() - packed)] + [f"should not hold {name}" for name in sorted(packed - expected())]
    if problems:
        raise WheelError(f"{wheel.name} " + "; ".join(problems))


def install(wheel: Path, home: Path) -> Path:
    """A new environment with the wheel, and this one's libraries behind it; returns its scripts' folder."""
    venv.create(home, with_pip=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", scripts / "python", "install", "--no-deps", "--no-index", wheel], home)
    # A folder named in a .pth file is searched, but its own .pth files are not read: the working copy stays out.
    packages = Path(run([scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], home).strip())
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return scripts


def use(scripts: Path, elsewhere: Path) -> None:
    """Run the installed command from a folder and for a user that have nothing.

    Raises:
        WheelError: a command fails, or the working copy is what runs.
    """
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    environment = kept | {"HOME": str(elsewhere), "USERPROFILE": str(elsewhere)}
    where = Path(run([scripts / "python", "-c", "import voicecoach; print(voicecoach.__file__)"], elsewhere, environment).strip())
    if not where.is_relative_to(scripts.parent):
        raise WheelError(f"it is not the wheel that runs but {where}")
    for arguments in COMMANDS:
        started = time.monotonic()
        run([scripts / "voicecoach", *arguments], elsewhere, environment)
        sys.stdout.write(f"voicecoach {' '.join(arguments)}: ok ({time.monotonic() - started:.1f} s)\n")
    missing = [name for name in REHEARSED if not (elsewhere / "rehearsed" / name).is_file()]
    if missing:
        raise WheelError(f"the rehearsal did not write {', '.join(missing)}")


def main() -> int:
    """Do all of it in a temporary folder; 1 with a sentence when something is wrong."""
    with tempfile.TemporaryDirectory(prefix="voicecoach wheel ") as name:
        work = Path(name).resolve()
        elsewhere = work / "elsewhere"
        elsewhere.mkdir()
        try:
            wheel = build(work)
            check_contents(wheel)
            sys.stdout.write(f"{wheel.name}: {len(contents(wheel))} files, {wheel.stat().st_size // 1024} KB, the same from the sdist\n")
            use(install(wheel, work / "env"), elsewhere)
        except WheelError as error:
            sys.stderr.write(f"check_wheel: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
