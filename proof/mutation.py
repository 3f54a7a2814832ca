"""``make mutate``: mutation testing of the pure files with mutmut, at low priority, and the results as a page.

mutmut changes one operator, constant or call at a time and runs the tests that reach it. It goes on where it stopped, so a run may be ended
at any time; what was run and what survived stands in docs/proof/mutation.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "proof" / "mutation.md"
BEGIN, END = "<!-- results: written by make mutate -->", "<!-- end of results -->"
_RESULT = re.compile(r"^\s*(voicecoach\.\S+): (\w[\w ]*)$", re.MULTILINE)


def main() -> int:
    """Run mutmut on what is asked for (all of it by default), then renew the page; mutmut's exit code."""
    os.nice(15)
    tool = [sys.executable, "-m", "mutmut"]
    done = subprocess.run([*tool, "run", "--max-children", "1", *sys.argv[1:]], cwd=ROOT, check=False)  # noqa: S603 - our own environment
    told = subprocess.run([*tool, "results", "--all", "true"], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - the same
    _renew(dict(_RESULT.findall(told.stdout)))
    return done.returncode


def _renew(results: dict[str, str]) -> None:
    """Write the table and the survivors between the two marks of the page."""
    run = {name: verdict for name, verdict in results.items() if verdict != "not checked"}
    files = sorted({name.rsplit(".", 1)[0] for name in results})
    rows = [f"| {file} | {sum(name.startswith(file + '.') for name in results)} | {_counts(file, run)} |" for file in files]
    survivors = [f"- `{name}`" for name, verdict in sorted(run.items()) if verdict == "survived"]
    table = "\n".join(["| file | mutants | run: killed, survived, other |", "|---|---|---|", *rows, "", f"{len(run)} of {len(results)} mutants were run. Survivors:", "",
                       *(survivors or ["none"])])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _counts(file: str, run: dict[str, str]) -> str:
    """How the mutants of one file fared."""
    fared = Counter(verdict for name, verdict in run.items() if name.startswith(file + "."))
    return f"{fared['killed']}, {fared['survived']}, {fared.total() - fared['killed'] - fared['survived']}"


if __name__ == "__main__":
    sys.exit(main())
