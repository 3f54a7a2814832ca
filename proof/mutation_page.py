"""What mutation testing gave: docs/proof/mutation.json for whole modules, and the page.

Verdicts stay on the machine that found them. What a whole module gave is kept in the repository, and counts as long as the module's code is what it was.
Each survivor must be argued in ``proof/mutants.yaml``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ruamel.yaml import YAML

from proof.mutants import Mutant, mutants
from proof.reach import KEPT, MODULES, ROOT, WHOLE, fingerprint, read

PAGE: Final = ROOT / "docs" / "proof" / "mutation.md"
RESULTS: Final = PAGE.with_suffix(".json")
ARGUMENTS: Final = ROOT / "proof" / "mutants.yaml"
BEGIN, END = "<!-- results: written by make mutate -->", "<!-- end of results -->"
SURVIVED: Final = {"survived", "not reached"}
COUNTED: Final = ("killed", "whole", "timed out")
HEADINGS: Final = ("| file | mutants | killed | of these by the golden sessions alone | timed out | survived, argued | survived, not argued | not run | when |",
                   "|---|---|---|---|---|---|---|---|---|")

Result = dict[str, Any]
"""Of one module: its code's fingerprint, the date, how many mutants were killed and so on, and the survivors by name."""


def report() -> int:
    """Keep what is known of each module and write the page; 1 when a survivor is not argued, or when an argument fits no survivor."""
    kept, verdicts = read(RESULTS), read(KEPT / "verdicts.json")
    known = {name: result_of(code(name), mutants(name), verdicts, kept.get(name)) for name in MODULES}
    whole = {name: result for name, result in known.items() if not result["not run"]}
    RESULTS.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    reasons = {key: entry["why"] for entry in YAML(typ="safe").load(ARGUMENTS.read_text(encoding="utf-8")) or [] for key in entry["mutants"]}
    survivors = [key for result in known.values() for key in result["survivors"]]
    open_ones = [key for key in survivors if key not in reasons]
    stale = [key for key in reasons if key not in survivors]
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    told = "\n".join(_lines(known, reasons, open_ones)).strip()
    PAGE.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    for title, keys in (("survived, and nobody has argued it:", open_ones), ("argued, but it is no survivor:", stale)):
        if keys:
            print(title, *keys, sep="\n  ", file=sys.__stderr__)
    return int(bool(open_ones or stale))


def code(name: str) -> str:
    """A short name for what a module does; comments and blank lines do not count."""
    return fingerprint(ast.dump(ast.parse(inspect.getsource(importlib.import_module(name)))))


def result_of(now: str, all_of_it: Iterable[Mutant], verdicts: Mapping[str, list[str]], kept: Result | None) -> Result:
    """What is known of a module whose code is `now`: this machine's verdicts if it has them all, else what was kept of the same code."""
    fared, survivors = Counter[str](), []
    for mutant in all_of_it:
        verdict, killer, digest = verdicts.get(mutant.key, ("", "", ""))
        verdict = verdict if digest == fingerprint(mutant.text) else "not run"
        if verdict in SURVIVED:
            survivors.append(mutant.key)
        fared[verdict] += 1
        fared["whole"] += verdict == "killed" and killer.startswith(WHOLE)
    if fared["not run"] and kept and kept["code"] == now:
        return kept
    date = str(datetime.now(UTC).date())
    if kept and kept["code"] == now and kept["survivors"] == survivors and all(kept[name] == fared[name] for name in COUNTED):
        date = kept["date"]
    return {"code": now, "date": date, **{name: fared[name] for name in COUNTED}, "not run": fared["not run"], "survivors": survivors}


def _lines(known: dict[str, Result], reasons: dict[str, str], open_ones: list[str]) -> list[str]:
    rows, fared = [], Counter[str]()
    for name, result in known.items():
        argued = sum(key in reasons for key in result["survivors"])
        here = Counter({**{count: result[count] for count in (*COUNTED, "not run")}, "argued": argued, "not argued": len(result["survivors"]) - argued})
        fared += here
        rows.append(f"| {name.removeprefix('voicecoach.')} | {_row(here)} | {'' if here['not run'] else result['date']} |")
    lines = [*HEADINGS, *rows, f"| all | {_row(fared)} | |", "", "Survivors that nobody has argued:", "", *(f"- `{key}`" for key in open_ones), *([] if open_ones else ["none"]), ""]
    for why in dict.fromkeys(reasons.values()):
        lines += [why, "", *(f"- `{key}`" for result in known.values() for key in result["survivors"] if reasons.get(key) == why), ""]
    return lines


def _row(fared: Counter[str]) -> str:
    total = sum(count for verdict, count in fared.items() if verdict != "whole")
    return " | ".join(str(count) for count in (total, fared["killed"], fared["whole"], fared["timed out"], fared["argued"], fared["not argued"], fared["not run"]))
