"""People who say "stop" over the coach's voice, and the coach alone: the live path with and without the echo cancellers.

    python -m bench.echo [--speech ../shared/speech] [--clips N] [--fronts both none ...] [--lines N] [--rooms N ...] [--renderings N] [--redo]

A line of the coach is played into a room so that the cancellers learn it, then a second one over which a recorded person says "stop";
rooms and lines take turns. What is finished stays in docs/benchmarks/echo.json, and the next run goes on with what is missing. The
second part plays every line of the dialogs (`bench.own_lines`). Simulated rooms; the level of a line is its active level.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.head import grammar_named
from bench.hearing import share, word_end
from bench.own_lines import BLOCK, PERSON, ROOMS, Listener, blocks, spoken
from bench.report import assemble
from bench.split import FOLDS, Part, recordings
from bench.trials import LATE, sample
from voicecoach.audio import RATE, Samples, active_level, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.engines.silero import load_vad
from voicecoach.engines.speex import SpeexCanceller
from voicecoach.engines.webrtc import WebRtcCanceller
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.head import StopHead
from voicecoach.hearing.hypothesis import Hypothesis
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.risk import LOADING
from voicecoach.language.loader import load_script
from voicecoach.machine.resources import data_folder
from voicecoach.rehearsal.room import EchoPath
from voicecoach.vocabulary import Heard, Intent

OUT: Final = Path(__file__).parents[1] / "docs/benchmarks"
FRONTS: Final[dict[str, Callable[[], FrontEnd]]] = {
    "both": lambda: FrontEnd(SpeexCanceller(), WebRtcCanceller()),
    "speex": lambda: FrontEnd(SpeexCanceller()),
    "webrtc": lambda: FrontEnd(None, WebRtcCanceller()),
    "none": FrontEnd,
}
LEVELS: Final = (0.0, 10.0)
"""Decibels by which the echo is louder than the person."""
LINES: Final = ("question.disc.help", "spinal-twist.approach_client", "hamstring.hold_client", "knees-to-chest.let_down", "warm-up.begin", "talk.why")
"""Lines over which people speak; none holds a release word."""
EVERY: Final = 7
"""Beside so many people, the coach is listened to alone once: in every room, and beside every share."""
SHARES: Final = 6
"""The people are taken in so many shares; each is kept when it is finished, and several may run at the same time."""
EARLY: Final = 1.2
"""Seconds before a word from which the ear listens."""


class Scenes:
    """The coach's lines, rendered once, and the people."""

    def __init__(self) -> None:
        self.script = load_script(data_folder("dialogs") / "en")
        language = self.script.language
        self._voice = Pyttsx3Voice(language.voice, language=language.language, words_per_minute=language.words_per_minute)
        texts = [self.script.speak(self.script.line(key).texts[0], client="you on the floor", partner="partner", side="left", minutes=5) for key in LINES]
        self._lines = [self.render(text) for text in texts]
        self._model, self._vad = Moonshine(), load_vad()
        self._grammar = grammar_named("hold")

    def render(self, text: str) -> Samples:
        """What the coach's voice makes of it, at 16 kHz."""
        return self._voice.render(text).at(RATE).samples

    def hear(self, word: Samples | None, turn: int, louder: float, front: FrontEnd, head: StopHead) -> dict[str, Any]:
        """When "stop" was heard, from the word's end, and how often anything was heard that nobody said; `head` has not been taught by him."""
        rooms = [room for room in ROOMS if room.louder == 0]
        room = rooms[turn % len(rooms)]
        echo = EchoPath(0.0, room.delay, room.ringing, room.seed)
        first, second = (self._lines[(turn + n) % len(self._lines)] for n in (0, 1))
        gain = PERSON * 10 ** (louder / 20) / active_level(second)
        for mic, far in blocks(np.pad(first, RATE // 2), echo, gain):
            front.accept(mic, far)
        far_end = np.pad(second, (RATE // 2, RATE * 3 // 2))
        person, begin, end = self._place(word, turn, len(far_end))
        events = self._listen(front, head, blocks(far_end, echo, gain, person), max(0.0, begin - EARLY) if word is not None else 0.0)
        stops = [at - end for at, intent in events if intent is Intent.STOP and word is not None and begin <= at <= end + LATE]
        false = [intent.value for at, intent in events if not (intent is Intent.STOP and word is not None and begin <= at <= end + LATE)]
        return {"stop": round(stops[0], 3) if stops else None, "false": false, "seconds": len(far_end) / RATE}

    def _place(self, word: Samples | None, turn: int, length: int) -> tuple[Samples, float, float]:
        person = np.zeros(length, np.float32)
        if word is None:
            return person, 0.0, 0.0
        at = round((1.2 + 0.37 * turn % 1.6) * RATE)
        person[at : at + len(word)] = word * (PERSON / active_level(word))
        return person, (at + len(word)) / RATE - word_end(word[::-1]), at / RATE + word_end(word)

    def _path(self, front: FrontEnd, head: StopHead, began: float) -> HearingPath:
        """An ear that has heard nothing of the first `began` seconds that the front end has given."""

        def vouches(hypothesis: Hypothesis) -> bool:
            return front.vouches(replace(hypothesis, start=hypothesis.start + began, at=hypothesis.at + began))

        self._vad.reset()
        path = HearingPath([MoonshineEar(self._model, self._vad, head)], vouches)
        path.listen(self._grammar)
        return path

    def _listen(self, front: FrontEnd, head: StopHead, sounds: Any, begin: float) -> list[tuple[float, Intent]]:  # noqa: ANN401 - an iterator of pairs
        """The ear begins to listen at `begin`; the times are those of the scene."""
        found: list[tuple[float, Intent]] = []
        path, scene, skipped = None, front.now, 0.0
        for number, (mic, far) in enumerate(sounds):
            before = front.now
            for piece in front.accept(mic, far):
                if number * BLOCK < begin * RATE:
                    continue
                if path is None:
                    path, skipped = self._path(front, head, before), before - scene
                if piece.edge:
                    path.edge()
                found += [(at + skipped, event.intent) for at, event in path.accept(piece.samples) if isinstance(event, Heard)]
        return found


def stops(scenes: Scenes, speech: Path, clips: int, front: str, louder: float, take: slice) -> dict[str, Any]:
    """People over the coach, by part of the split, and the coach alone; `take` says which of the people."""
    chosen = sample([r for r in recordings(speech) if r.word == "stop"], clips)
    row: dict[str, Any] = {"parts": {part.value: [0, 0] for part in Part}, "delays": [], "beside": [], "alone": [], "seconds alone": 0.0}
    began = time.process_time()
    heads = [StopHead((fold,)) for fold in range(FOLDS)]
    for turn, one in list(enumerate(chosen))[take]:
        found = scenes.hear(read(one.path), turn, louder, FRONTS[front](), heads[one.fold])
        counts = row["parts"][one.part.value]
        counts[0] += found["stop"] is not None
        counts[1] += 1
        row["delays"] += [found["stop"]] if found["stop"] is not None else []
        row["beside"] += found["false"]
        if turn % EVERY == 0:
            alone = scenes.hear(None, turn, louder, FRONTS[front](), StopHead())
            row["alone"] += alone["false"]
            row["seconds alone"] += alone["seconds"]
    return row | {"cpu": time.process_time() - began}


def own_lines(scenes: Scenes, front: str, at: int, step: int, turn: int) -> dict[str, Any]:
    """Every line, or every `step`th, rendered anew, in one room; another `turn` and another room begin with another line."""
    room = ROOMS[at]
    listener = Listener(scenes.script, room, FRONTS[front](), Moonshine())
    listener.learn(scenes.render("I only hear and speak, and I cannot see you. One of you will lie down, and the other one helps."))
    chosen = spoken(scenes.script)[(at + turn) % step :: step]
    record: dict[str, Any] = {"lines": len(chosen), "seconds": 0.0, "commands": []}
    for one in chosen:
        sound = scenes.render(one.text)
        record["seconds"] += len(sound) / RATE
        for h in listener.hears(one, sound):
            record["commands"].append([h.spoken.line.key, h.spoken.text, h.grammar, h.heard.words, h.verdict.value, h.heard.intent in LOADING])
            print(front, room, record["commands"][-1], file=sys.stderr, flush=True)
    return record


def section(record: dict[str, Any]) -> str:
    """The page's section."""
    table = ["| | echo over the person | FIT + TUNE | TEST | all | word end to decision, s: p50 / p95 | coach alone: false stops | other words |", "|---|---|---|---|---|---|---|---|"]
    listened = record.get("stops", {})
    for front, level in dict.fromkeys(tuple(name.split(",")[:2]) for name in listened):
        row = _together([one for name, one in listened.items() if name.split(",")[:2] == [front, level]])
        parts = row["parts"]
        groups = [("fit", "tune"), ("test",), ("fit", "tune", "test")]
        cells = [share(sum(parts[p][0] for p in g), sum(parts[p][1] for p in g)) for g in groups]
        late = " / ".join(f"{v:.2f}" for v in np.percentile(row["delays"], [50, 95])) if row["delays"] else "-"
        false = sum(word == "stop" for word in row["alone"])
        table.append(f"| {front} | {level} | {' | '.join(cells)} | {late} | {false} in {row['seconds alone'] / 60:.1f} min | {len(row['alone']) - false} |")
    lines = ["| | room | lines played | length | heard as a command: lines, share (95 %) | of them words that may bring force | which |", "|---|---|---|---|---|---|---|"]
    played = record.get("lines", {})
    for front in dict.fromkeys(name.split(",")[0] for name in played):
        own = {name: row for name, row in played.items() if name.split(",")[0] == front}
        by_room = {room: [row for name, row in own.items() if name.startswith(f"{front},{room},")] for room in map(str, ROOMS)}
        lines += [f"| {front} | {room} | {_own(rows)} |" for room, rows in (by_room | {"all": list(own.values())}).items() if rows]
    return "\n".join(["## The coach and his own echo", "",
                      ("People's “stop” over the coach's voice, in simulated rooms (delay 20-200 ms, RT60 0.2-0.5 s), after one line from which the cancellers learn the room. "
                      "speex takes the echo away, webrtc tells whether there is anybody but the coach, both do both. Each person is heard by the one of the five release heads that he did not teach; the coach alone by all five."), "", *table, "",
                      ("The lines of the dialogs, placeholders filled in and rendered anew for each room (echo as loud as a person, and 10 dB louder), with every grammar that may be "
                      "listened for while it sounds; a command is whatever the session's guard would let through. espeak renders no line twice alike, so each rendering is a trial."), "", *lines]) + "\n"


def _together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Several shares of the people as one."""
    lists = {name: [value for row in rows for value in row[name]] for name in ("delays", "beside", "alone")}
    parts = {part: [sum(row["parts"][part][place] for row in rows) for place in (0, 1)] for part in rows[0]["parts"]}
    return {"parts": parts, "seconds alone": sum(row["seconds alone"] for row in rows), **lists}


def _own(rows: list[dict[str, Any]]) -> str:
    """The cells of some renderings of the coach's lines."""
    commands = [command for row in rows for command in row["commands"]]
    played, heard = sum(row["lines"] for row in rows), sum(len({text for _, text, *_ in row["commands"]}) for row in rows)
    which = dict.fromkeys(f"{key} ({words})" for key, _, _, words, *_ in commands)
    return " | ".join((str(played), f"{sum(row['seconds'] for row in rows) / 60:.0f} min", share(heard, played),
                       str(sum(command[-1] for command in commands)), "; ".join(list(which)[:6]) or "-"))


def main() -> None:
    """Measure what is missing, and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=Path("../shared/speech"))
    parser.add_argument("--clips", type=int, default=999, help="how many people at most")
    parser.add_argument("--shares", nargs="*", type=int, default=list(range(SHARES)), choices=range(SHARES), help="which sixths of the people")
    parser.add_argument("--fronts", nargs="*", default=list(FRONTS), choices=list(FRONTS))
    parser.add_argument("--levels", nargs="*", type=float, default=list(LEVELS))
    parser.add_argument("--lines", type=int, default=1, help="play every so manieth of the coach's lines in each room, others in the next room; 0: none")
    parser.add_argument("--rooms", nargs="*", type=int, default=list(range(len(ROOMS))), choices=range(len(ROOMS)), help="where they are played")
    parser.add_argument("--renderings", type=int, default=1, help="how often in each room")
    parser.add_argument("--redo", action="store_true")
    options = parser.parse_args()
    file = OUT / "echo.json"
    if options.redo:
        file.unlink(missing_ok=True)
    scenes = Scenes()

    def known() -> dict[str, Any]:
        """What is finished; another run may have added to it."""
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return found

    def keep(group: str, name: str, row: dict[str, Any]) -> None:
        record = known()
        record.setdefault(group, {})[name] = row
        aside = file.with_suffix(f".{os.getpid()}")  # whoever reads it meanwhile finds all of it
        aside.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        aside.replace(file)
        (OUT / "echo.md").write_text(section(record), encoding="utf-8")
        assemble(OUT)
        print(group, name, "done", file=sys.stderr, flush=True)

    for front in options.fronts:
        for level, share_of in product(options.levels, options.shares):
            name = f"{front},{level:+.0f} dB,{share_of}"
            if name not in known().get("stops", {}):
                keep("stops", name, stops(scenes, options.speech, options.clips, front, level, slice(share_of, None, SHARES)))
        for number, at in product(range(1, options.renderings + 1), options.rooms if options.lines else ()):
            name = f"{front},{ROOMS[at]},{number}"
            if name not in known().get("lines", {}):
                keep("lines", name, own_lines(scenes, front, at, options.lines, number))


if __name__ == "__main__":
    main()
