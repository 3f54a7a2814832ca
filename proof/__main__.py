"""``python -m proof``: every small world that is searched quickly; ``--all``: the others too; ``--world NAME``: one of them; ``--faults``: each seeded fault has to be found; ``--fault N``: one of them, as a timeline."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from proof.faults import FAULTS, seed


def main() -> int:
    """0 when everything holds, or every fault is found; 1 otherwise; 2 when the check does not fit the code any more."""
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--faults", action="store_true", help="seed each fault in turn, and fail unless its property finds it")
    what.add_argument("--fault", type=int, metavar="N", help="seed this one (from 1) and print what the search finds")
    what.add_argument("--world", default="", metavar="NAME", help="search this small world alone")
    what.add_argument("--all", action="store_true", help="also the worlds that take minutes each")
    what.add_argument("--list", action="store_true", help="the properties and the worlds, in words")
    arguments = parser.parse_args()
    if arguments.faults:
        return _all_faults()
    if arguments.fault:
        seed(FAULTS[arguments.fault - 1])
    # Only now: a fault must be in place before its module is imported.
    from proof.report import list_properties, prove  # noqa: PLC0415

    if arguments.list:
        return list_properties()
    return prove(FAULTS[arguments.fault - 1] if arguments.fault else None, arguments.world, every=arguments.all)


def _all_faults() -> int:
    """Each in a process of its own; two at a time."""
    began, missed = time.perf_counter(), 0
    waiting = list(enumerate(FAULTS, 1))
    running: list[tuple[int, subprocess.Popen[str]]] = []
    while waiting or running:
        while waiting and len(running) < 2:  # noqa: PLR2004 - the cores of CI's machine
            number, _ = waiting.pop(0)
            running.append((number, subprocess.Popen([sys.executable, "-m", "proof", "--fault", str(number)],  # noqa: S603 - ourselves
                                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
        number, process = running.pop(0)
        output, _ = process.communicate()
        fault = FAULTS[number - 1]
        found = process.returncode == 1 and any(f"COUNTER-EXAMPLE to {name}:" in output for name in fault.breaks)
        missed += not found
        sys.stdout.write(f"{'found ' if found else 'MISSED'} {number:2} {fault.module}: {fault.breaks[0]}\n" + ("" if found else output))
        sys.stdout.flush()
    sys.stdout.write(f"{len(FAULTS) - missed} of {len(FAULTS)} seeded faults were found, in {time.perf_counter() - began:.0f} s.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
