"""Measure the session and the live path of hearing, and write their sections of docs/benchmarks.md anew: `python -m bench`.

The study beside other recognisers is `make bench-hearing` (`bench.study`); its section stays as it is.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.report import assemble

ROOT = Path(__file__).parents[1]
SECTIONS = ROOT / "docs/benchmarks"
SPEECH = ROOT.parent / "shared/speech"
EVERYBODY = """\
All speakers of the recordings are in this section, also those from whom the release head learned and on whom bars were chosen (the halves A and B do not follow
that split). What to expect of people whom it has never heard stands in the study below.
"""
ABOUT = "*Measured on {date}: {machine}, Python {python}, onnxruntime {onnx}.*"


def run(module: str, *arguments: str) -> str:
    """What a benchmark prints; its own messages pass through."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, flush=True)
    return done.stdout.strip()


def keep(name: str, title: str, body: str) -> None:
    """Write one section, and the page with it: what is finished stays, whatever comes after."""
    machine = f"{os.cpu_count()} cores {platform.machine()}, {platform.system()} {platform.release()}"
    about = ABOUT.format(date=datetime.now(UTC).date(), machine=machine, python=platform.python_version(), onnx=metadata.version("onnxruntime"))
    SECTIONS.mkdir(parents=True, exist_ok=True)
    (SECTIONS / f"{name}.md").write_text(f"## {title}\n\n{about}\n\n{body.removeprefix(f'## {title}').strip()}\n", encoding="utf-8")
    assemble(SECTIONS)


def main() -> None:
    """Run both benchmarks that need nothing but the product."""
    keep("session", "The session", run("bench.session"))
    if not SPEECH.is_dir():
        sys.exit("The recordings of real people are not beside the project's folder, so nothing about hearing can be measured; its section stays as it was.")
    figures = run("bench.hearing", "--speech", str(SPEECH), "--json", str(SECTIONS / "hearing.json"))
    keep("hearing", "Hearing: every recording", f"{EVERYBODY}\n{figures}")


if __name__ == "__main__":
    main()
