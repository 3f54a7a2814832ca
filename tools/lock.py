"""Pin every library anew: the three requirements files from pyproject.toml (``make lock``).

uv resolves for all platforms and Pythons at once; plain pip installs the result. Neither a registry's address nor any
file of this machine gets into a lock: uv does not read pip's settings, its own are left out here, and the end checks.

    python tools/lock.py                              everything at its present release
    python tools/lock.py --upgrade-package numpy      only numpy; the rest stays as it is
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
OLDEST_PYTHON: Final = "3.11"
RUN: Final = "requirements.lock"
DEV: Final = "requirements-dev.lock"
BUILD: Final = "requirements-build.lock"


LEFT_OUT: Final = "pyobjc; python_version < '3'"
"""pyttsx3 asks for all of pyobjc, which is 160 packages, and uses one, which is a dependency of our own."""


def group(groups: dict[str, list[str | dict[str, str]]], name: str) -> list[str]:
    """The requirements of one dependency group, with the groups that it includes; uv reads none of an unmanaged project."""
    found: list[str] = []
    for entry in groups[name]:
        found += [entry] if isinstance(entry, str) else group(groups, entry["include-group"])
    return found


def compile_lock(output: str, sources: list[str], extra: list[str], options: list[str]) -> None:
    """Write one lock from files and further requirements."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as overrides:
        overrides.write(LEFT_OUT)
        overrides.flush()
        command = [
            sys.executable, "-m", "uv", "pip", "compile", *sources, *(["-"] if extra else []), "--output-file", output, "--quiet",
            "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-annotate", "--overrides", overrides.name,
            "--custom-compile-command", "make lock", *options,
        ]
        subprocess.run(command, cwd=ROOT, env=environment, input="\n".join(extra), text=True, check=True)  # noqa: S603 - no input of a stranger


def main() -> int:
    """Write the locks; the smaller two are parts of the developers' one, at the same releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups, options = project["dependency-groups"], sys.argv[1:] or ["--upgrade"]
    compile_lock(DEV, ["pyproject.toml"], group(groups, "dev"), options)
    same = ["--constraints", DEV, *options]
    compile_lock(RUN, ["pyproject.toml"], [], same)
    compile_lock(BUILD, [], group(groups, "build"), same)
    leaks = [name for name in (RUN, DEV, BUILD) if "://" in (ROOT / name).read_text("utf-8")]
    if leaks:
        sys.stderr.write(f"an address got into {', '.join(leaks)}; find the setting that does it.\n")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
