"""Audit the libraries (``make audit``): what is installed is what the lock says, and its files are those that its makers packed.

That much needs no network. Whether a release has a known vulnerability only a list on the internet can tell: with
``--online`` the same command asks it, by way of pip-audit, in an environment of its own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements-dev.lock"
AUDITOR: Final = ROOT / ".cache" / "audit-venv"
PIP_AUDIT: Final = "pip-audit==2.9.0"


def pinned() -> dict[str, str]:
    """Name and version of each entry of the lock that is for this machine."""
    entries = re.sub(r"\\\n", " ", LOCK.read_text("utf-8")).splitlines()
    pins = [Requirement(entry.split("--hash=")[0]) for entry in entries if entry.strip() and not entry.startswith("#")]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in pins if pin.marker is None or pin.marker.evaluate()}


def changed(name: str) -> list[str]:
    """Files of an installed library that are missing or not as packed; files without a checksum were made here, such as bytecode."""
    wrong = []
    for file in metadata.files(name) or ():
        if file.hash is None:
            continue
        path = Path(str(file.locate()))
        digest = hashlib.new(file.hash.mode, path.read_bytes()).digest() if path.is_file() else b""
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            wrong.append(str(file))
    return wrong


def problems() -> list[str]:
    """Everything that is wrong here, a sentence each."""
    found, pins = [], pinned()
    for name, version in sorted(pins.items()):
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(f"{name}: it is in the lock and not installed; run `make setup`.")
            continue
        if there != version:
            found.append(f"{name}: {there} is installed and the lock has {version}; run `make setup`.")
        found += [f"{name}: {file} is not as it was packed; install it again." for file in changed(name)]
    return found


def online() -> int:
    """Ask for known vulnerabilities."""
    python = AUDITOR / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(AUDITOR, with_pip=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", PIP_AUDIT], check=True)  # noqa: S603 - no input of a stranger
    return subprocess.run([str(python), "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"], check=False).returncode  # noqa: S603


def main() -> int:
    """1 when something is wrong."""
    found = problems()
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    sys.stdout.write(f"{len(pinned())} libraries compared with the lock and with their own checksums, {len(found)} mistakes. ")
    if sys.argv[1:] == ["--online"]:
        sys.stdout.write("Asking for known vulnerabilities.\n")
        return max(bool(found), online())
    sys.stdout.write("Known vulnerabilities were not looked up: that needs the internet, `make audit ARGS=--online`.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
