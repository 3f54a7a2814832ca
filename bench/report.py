"""Turns what the benchmarks measured into pages: tables and charts of the hearing study, and docs/benchmarks.md of all sections."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import log2
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.hearing import share
from bench.svg import Axis, Panel, Series, chart

Record = dict[str, Any]
SECTIONS: Final = ("session", "room", "soak", "hearing", "hours", "echo", "study")
HEAD: Final = """\
# Benchmarks

`make bench` measures the session and the live path of hearing, `make bench-hearing` the study beside other recognisers, `make bench-room` the way
from a spoken "stop" to the release line at the speaker, `make soak` many hours. Each writes its own section; shares come
with n and Wilson's 95 % interval. Every figure about our hearing comes from the live path (voice activity detection, sliding windows, endpoints) in simulated time.
"""
ORDER: Final = ("clean", "kitchen, 10 dB", "kitchen, 5 dB", "babble, 10 dB", "babble, 5 dB")
PERCENT: Final = Axis("“stop” heard, %", [(v, f"{v}") for v in range(0, 101, 20)])
TARGETS: Final = dict(zip(ORDER, ("99.3 %", "98.5 %", "95 %", "96 %", "90 %"), strict=True))
"""Of "stop"."""
NOT_YET: Final = "not measured yet"


def assemble(folder: Path) -> None:
    """Write ``benchmarks.md`` beside `folder` from the sections in it, so that no run deletes another's figures."""
    found = [(folder / f"{name}.md") for name in SECTIONS]
    parts = [HEAD.strip(), *(file.read_text(encoding="utf-8").strip() for file in found if file.exists())]
    (folder.parent / "benchmarks.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def write(folder: Path, present: Record) -> str:
    """Write the study's section and charts from its records, then the whole page; return the section.

    Args:
        folder: where the records are.
        present: the stamps of the head and the rules as they are now; a part that was measured with others says so.
    """
    records = {file.stem.removeprefix("study-"): json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("study-*.json")}
    section = "\n\n".join(part for part in _section(records, folder, present) if part)
    (folder / "study.md").write_text(section + "\n", encoding="utf-8")
    assemble(folder)
    return section


def _section(records: dict[str, Record], folder: Path, present: Record) -> Iterable[str]:
    yield "## The study: people who taught it nothing, and other recognisers"
    yield _about(records)
    makers = {"systems": _systems, "words": _words, "talk": _talk, "answers": _answers, "phrases": _phrases, "quiet": _quiet, "cost": _cost}
    for name, make in makers.items():
        if name in records:
            if old := [key for key in ("head", "rules") if records[name].get(key) != present[key]]:
                older = " and ".join({"head": f"an older release head, {records[name]['head']}", "rules": "older rules"}[key] for key in old)
                yield f"*The next part ({name}) was measured on {records[name]['date']} with {older}.*"
            if not records[name].get("finished"):
                yield f"*The next part ({name}) was ended before it was complete.*"
            yield from make(records[name], folder)
        else:
            yield f"*{name}: {NOT_YET}.*"


def _about(records: dict[str, Record]) -> str:
    heads = ", then ".join(dict.fromkeys(r["head"] for r in sorted(records.values(), key=lambda record: record["date"])))
    dates = ", ".join(sorted({r["date"] for r in records.values()}))
    machines = ", ".join(sorted({r["machine"] for r in records.values()}))
    return (f"Measured {dates} on {machines} with the release head {heads} (the first digits of its weights' SHA-256). Only speakers, sentences and stretches of noise that neither taught "
            "the head nor chose a threshold. The noise is set against the word's active level. Each system of the first table got the same clips in the same run, the first "
            "of one fixed shuffle. Other recognisers get the word cut out for them, half a second around it, which is easier than to listen all the time; our time a clip is for all five seconds of it.")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    head = list(head)
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _cell(counts: list[int] | None) -> str:
    return share(*counts) if counts else "-"


def _systems(record: Record, folder: Path) -> Iterable[str]:
    systems = record["systems"]
    yield "### Beside other recognisers: the same clips"
    rows = []
    for condition in ORDER:
        for name, found in systems.items():
            if one := found.get(condition):
                rows.append([condition, name, *(_cell(one.get(kind)) for kind in ("stop", "other", "yes", "no")), f"{1000 * one['cpu']:.0f} ms"])
    yield table(["", "", "“stop” heard", "other words taken for “stop”", "“yes” heard", "“no” heard", "processor time a clip"], rows)
    if record["absent"]:
        yield "Not measured here: " + "; ".join(f"{name} ({why})" for name, why in record["absent"].items()) + "."
    draw(folder / "recall-noise.svg", _noise_chart(systems))
    yield "![“Stop” heard against noise, by system](benchmarks/recall-noise.svg)"


def _noise_chart(systems: Record) -> str:
    axis = Axis("speech above noise", [(0, "clean"), (1, "10 dB"), (2, "5 dB")])
    panels = []
    for noise, title in (("kitchen", "Kitchen noise"), ("babble", "Four people talking")):
        names = ("clean", f"{noise}, 10 dB", f"{noise}, 5 dB")
        panels.append(Panel(title, axis, [Series(name, [(i, _percent(found[n]["stop"])) for i, n in enumerate(names) if n in found], emphasis=name.startswith("voicecoach"))
                                          for name, found in systems.items()]))
    sizes = sorted({one["stop"][1] for found in systems.values() for one in found.values()})
    return chart("“Stop” heard, in noise", f"Real people who taught nothing; n = {', '.join(map(str, sizes))} “stop”s for each point, the same for every system.", PERCENT, panels)


def _words(record: Record, folder: Path) -> Iterable[str]:
    yield "### “Stop” of the live path: in noise each recording counts twice, in two stretches of it"
    rows = []
    for name in (n for n in ORDER if n in record):
        one = record[name]
        total = [sum(h for h, _ in one["other"].values()), sum(n for _, n in one["other"].values())]
        late = " / ".join(f"{v:.2f}" for v in np.percentile(one["delays"], [50, 95])) if one["delays"] else "-"
        more, strong, sounds = one["more"]
        rows.append([name, TARGETS[name], _cell(one["stop"]), late, _cell(total), worst(one["other"]), f"{more} ({strong} strong) in {sounds}"])
    yield table(["", "target", "heard", "word end to decision, s: p50 / p95 (0.10 / 0.30)", "other words taken for it (2 %)", "worst word (4 %)",
                 "“more” heard and never said (0)"], rows)
    draw(folder / "recall-false.svg", _curve_chart(record, folder))
    yield "![“Stop” heard against other words taken for it](benchmarks/recall-false.svg)"


def _curve_chart(record: Record, folder: Path) -> str:
    """Ours with all bars moved together; the others, and ours as it ships, as points."""
    x = Axis("other words taken for “stop”, %", [(v, f"{v}") for v in range(0, 21, 5)])
    y = Axis("“stop” heard, %", [(v, f"{v}") for v in range(0, 101, 20)])
    file = folder / "study-systems.json"
    systems = json.loads(file.read_text(encoding="utf-8"))["systems"] if file.exists() else {}
    panels, sizes = [], []
    for name in (n for n in ORDER[::2] if n in record):
        one = record[name]
        n, others = one["stop"][1], sum(count for _, count in one["other"].values())
        false = 100 * sum(taken for taken, _ in one["other"].values()) / others
        series = [Series("voicecoach, all bars moved", [(100 * b / others, 100 * a / n) for a, b in one["curve"].values() if b <= 0.2 * others]),
                  Series("voicecoach, as it ships", [(false, _percent(one["stop"]))], emphasis=True)]
        series += [Series(peer, [(_percent(found[name]["other"]), _percent(found[name]["stop"]))])
                   for peer, found in systems.items() if name in found and not peer.startswith("voicecoach")]
        panels.append(Panel(name.replace(", ", " noise, ", 1) if name.startswith("kitchen") else name, x, series))
        sizes.append(f"{name}: {n} and {others}")
    others_caption = next((f" For the others {f['clean']['stop'][1]} and {f['clean']['other'][1]}." for f in systems.values() if "clean" in f), "")
    return chart("“Stop” heard, against false stops", f"All bars of the rule are moved together from -4 to +8. n of “stop”s and of other words: {'; '.join(sizes)}.{others_caption}", y, panels)


def worst(words: dict[str, list[int]]) -> str:
    """The word most often taken for "stop", of those with at least ten recordings."""
    common = {word: counts for word, counts in words.items() if counts[1] >= 10}
    if not common:
        return "-"
    word = max(common, key=lambda w: common[w][0] / common[w][1])
    return f"{word} {share(*common[word])}"


def _talk(record: Record, folder: Path) -> Iterable[str]:  # noqa: ARG001 - it has no chart
    yield "### False stops where people talk, or nobody is there"
    rows = []
    for name, one in record.items():
        if isinstance(one, dict):
            hours = one["seconds"] / 3600
            rows.append([name, f"{60 * hours:.0f} min", one["stop"], f"{one['stop'] / hours:.1f}", f"below {upper(one['stop']) / hours:.1f}",
                         one.get("ease", "-"), one.get("pain", "-"), f"{one['more'][0]} ({one['more'][1]} strong)", f"{100 * one['cpu']:.0f} %"])
    yield table(["", "length", "stops", "an hour (target 0.5)", "with 95 % confidence", "“ease off” and the like", "pain", "“more”", "of one core"], rows)


def upper(count: int) -> float:
    """The exact one-sided 95 % bound of a Poisson count's mean, by bisection."""
    low, high = 0.0, 4.0 * count + 10
    for _ in range(60):
        middle = (low + high) / 2
        term, total = np.exp(-middle), np.exp(-middle)
        for k in range(1, count + 1):
            term *= middle / k
            total += term
        low, high = (middle, high) if total > 0.05 else (low, middle)
    return high


def _answers(record: Record, folder: Path) -> Iterable[str]:  # noqa: ARG001
    yield "### Yes and no, the screening's grammar"
    rows = [[name, word, share(found[word][0], found[word][2]), found[word][1]]
            for name, found in record.items() if isinstance(found, dict) for word in ("yes", "no")]
    yield table(["", "said", "heard (target clean 96 %, kitchen 92 %)", "taken for the opposite"], rows)


def _phrases(record: Record, folder: Path) -> Iterable[str]:  # noqa: ARG001
    cast = record["voices"]
    natural = [voice for voice in cast if not voice.startswith("espeak")]
    yield f"### Phrases that a user is told to say: {len(cast)} rendered voices, {len(natural)} of them not espeak's"
    yield "Each in the largest grammar that has it. No recordings of real people exist for most of them."
    rows, totals = [], {name: [0, 0] for name in ("clean", "kitchen, 10 dB", "clean natural", "kitchen, 10 dB natural")}
    for text, one in record["phrases"].items():
        cells = []
        for condition, missed in one["missed by"].items():
            for kind, group in (("", cast), (" natural", natural)):
                hits = sum(voice not in missed for voice in group)
                totals[condition + kind][0] += hits
                totals[condition + kind][1] += len(group)
                cells.append(f"{hits}/{len(group)}")
        rows.append([text, one["grammar"], *cells])
    yield table(["phrase", "grammar", "clean (target 95 %)", "clean, without espeak", "kitchen 10 dB (88 %)", "kitchen 10 dB, without espeak"],
                [["**all**", "", *(share(*totals[k]) for k in ("clean", "clean natural", "kitchen, 10 dB", "kitchen, 10 dB natural"))], *rows])


def _quiet(record: Record, folder: Path) -> Iterable[str]:
    yield "### Quiet and far"
    rooms = {"0.0": "no room", "0.3": "2.5 m away, RT60 0.3 s", "0.6": "2.5 m away, RT60 0.6 s"}
    gains = list(dict.fromkeys(g for row in record["gain"].values() for g in row))
    yield table(["gain, dB", *(rooms[r] for r in record["gain"])], [[g, *(_cell(row.get(g)) for row in record["gain"].values())] for g in gains])
    if "clipping" in record:
        yield table(["peak above full scale, dB (clipped)", "“stop” heard"], [[drive, _cell(counts)] for drive, counts in record["clipping"].items()])
    axis = Axis("gain from the recordings' level, dB", [(v, f"{v:+d}" if v else "0") for v in (-30, -24, -18, -12, -6, 0, 6, 12)])
    n = next(iter(next(iter(record["gain"].values())).values()))[1]
    lines = [Series(rooms[r], [(float(g), _percent(c)) for g, c in row.items()], emphasis=r == "0.0") for r, row in record["gain"].items() if row]
    draw(folder / "recall-gain.svg", chart("“Stop” heard, quiet and far", f"n = {n} for each point. The signal is cut to 16 bits after the gain; rooms are simulated.", PERCENT, [Panel("Clean", axis, lines)]))
    yield "![“Stop” heard against gain](benchmarks/recall-gain.svg)"


def _cost(record: Record, folder: Path) -> Iterable[str]:
    yield "### What it costs"
    rows = [[name, f"{100 * found[0]:.1f} %", f"{found[1]:.0f} MB"] for name, found in record.items() if isinstance(found, list)]
    yield table(["", "of one core (target 30 % while people speak, 5 % while nobody does)", "peak memory (350 MB)"], rows)
    sizes = [(int(name.split()[2]), found[0]) for name, found in record.items() if name.endswith("phrases")]
    if sizes:
        axis = Axis("phrases in the grammar", [(log2(size), str(size)) for size, _ in sizes] if len(sizes) > 1 else [(0, "0"), (10, "1024")])
        top = 10 * (int(max(cost for _, cost in sizes) * 10) + 1)
        y = Axis("of one core, %", [(v, f"{v}") for v in range(0, top + 1, 5)])
        draw(folder / "cost-grammar.svg", chart("Cost against the size of the grammar", "One minute of single words, one every 1.4 s, through the whole live path: each is scored against the whole grammar. n = 1 minute for each size.", y,
                                                [Panel("", axis, [Series("voicecoach, live path", [(log2(s), 100 * c) for s, c in sizes], emphasis=True)])]))
        yield "![Cost against grammar size](benchmarks/cost-grammar.svg)"


def _percent(counts: list[int]) -> float:
    return 100 * counts[0] / max(counts[1], 1)


def draw(file: Path, drawing: str) -> None:
    """Keep a chart."""
    file.write_text(drawing, encoding="utf-8")
