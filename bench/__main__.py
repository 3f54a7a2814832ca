"""Measure everything that docs/benchmarks.md says, and write it anew: `python -m bench`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEECH = ROOT.parent / "shared/speech"
HEAD = """\
# Benchmarks

Measured by `make bench` on {date}: {machine}, Python {python}, onnxruntime {onnx}. Shares come with n and Wilson's 95 % interval. Every figure about
hearing comes from the live path (voice activity detection, sliding windows, endpoints) in simulated time.
"""


def run(module: str, *arguments: str) -> str:
    """What a benchmark prints; its own messages pass through."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, flush=True)
    return done.stdout.strip()


def main() -> None:
    """Run all benchmarks that are possible here."""
    machine = f"{os.cpu_count()} cores {platform.machine()}, {platform.system()} {platform.release()}"
    parts = [HEAD.format(date=datetime.now(UTC).date(), machine=machine, python=platform.python_version(), onnx=metadata.version("onnxruntime")).strip(),
             run("bench.session")]
    if SPEECH.is_dir():
        parts += ["## Hearing", run("bench.hearing", "--speech", str(SPEECH), "--json", "docs/benchmarks/hearing.json")]
    else:
        sys.exit("The recordings of real people are not beside the project's folder, so nothing about hearing can be measured; nothing was written.")
    (ROOT / "docs/benchmarks.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
