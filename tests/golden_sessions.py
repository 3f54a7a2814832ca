"""Golden sessions: whole sessions as text that a reviewer can read, recorded from the scenarios and replayed by test_golden.py.

`make golden` records them anew. Nothing here is heard or rendered: people say phrases of the grammar and are always
understood, and every line of the coach takes as long as every other, so that another wording changes its own row and no more.

A row at the margin is an event, with the milliseconds since the row before it; indented rows are the commands it led to, and
``=>`` the new phase. Signs of life of the ears and the beginnings of lines follow from the rest by rule (see `World`), and are shown
only where they led to something.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicecoach.audio import RATE
from voicecoach.core.household import Person
from voicecoach.errors import VoiceCoachError
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.language.intents import normal
from voicecoach.language.loader import load_program, load_script, named_file
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.machine.resources import data_folder
from voicecoach.records.journal import Recipe
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.scenario import Answer, Scenario, Utterance, load_scenario, scenario_language
from voicecoach.settings.people import PersonData, asked, with_people
from voicecoach.vocabulary import (
    Alive,
    Chime,
    Command,
    Dictated,
    Event,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    KeepPerson,
    LineFinished,
    LineStarted,
    Listen,
    NextTurn,
    Party,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

GOLDEN = Path(__file__).parent / "golden"
DIALOGS = data_folder("dialogs")
REFERENCE = "en"
TRANSLATED = ("first-session", "stop-in-hold", "pain")
"""Scenarios that are recorded in every language: together they hold most of what the coach says."""
LINE = 3000
"""Milliseconds that every line takes."""
BEAT = 1000
"""Milliseconds between two signs of life of the ears; they are lost after 1.5 s."""
UTTERANCE = 1000
"""Milliseconds from a person's first sound to its being understood."""
LONGEST = 3 * 3600 * 1000
EARS = (Source.MICROPHONE, Source.RECOGNISER)


# --- the world around a session ---------------------------------------------------------------------------------


class World:
    """A session with an imagined speaker and imagined ears, on a clock of whole milliseconds; it writes the rows.

    By rule the first line that waits begins as soon as nothing sounds, and both ears are alive at every full `BEAT`
    unless the microphone is dead. All other events are given by whoever drives it.
    """

    def __init__(self, recipe: Recipe, script: Script) -> None:
        self.session = recipe.session(script)
        self.script = script
        self.now = 0
        self.rows: list[str] = []
        self.events: list[tuple[float, Event, tuple[Command, ...]]] = []
        """Everything that was handled, for a journal."""
        self.grammar = ""
        self.begun: list[Say] = []
        """Lines that began since somebody looked."""
        self.waiting: list[Say] = []
        """The line that sounds, and those after it."""
        self.line_ends: int | None = None
        self.hears = True
        self._row_at = 0
        self.event(Started(), "started")

    def until(self, at: int) -> None:
        """Let time pass with nothing but signs of life."""
        while (beat := self.now // BEAT * BEAT + BEAT) <= at:
            self.now = beat
            for source in EARS if self.hears else ():
                self.event(Alive(source))
        self.now = at

    def event(self, event: Event, row: str = "") -> None:
        """Something happens now; it is written down if it has a row of its own, or led to something."""
        before = self.session.phase
        commands = self.session.handle(event, self.now / 1000)
        self.events.append((self.now / 1000, event, tuple(commands)))
        if row or commands or self.session.phase is not before:
            self.rows += [f"+{self.now - self._row_at} {row or self._implied(event)}", *(f"    {told(command)}" for command in commands)]
            self._row_at = self.now
        if self.session.phase is not before:
            self.rows.append(f"    => {self.session.phase.value}")
        for command in commands:
            self._do(command)
        if self.line_ends is None and self.waiting and self.session.outcome is None:
            self.line_ends = self.now + LINE
            self.begun.append(self.waiting[0])
            self.event(LineStarted(self.waiting[0].utterance))

    def line_finished(self) -> str:
        """The line that sounds ends; its key."""
        if not self.waiting:
            self.event(LineFinished(0), "ends nothing")
            return ""
        said = self.waiting.pop(0)
        self.line_ends = None
        self.event(LineFinished(said.utterance), f"ends {said.key}")
        return said.key

    def microphone(self, what: str) -> None:
        """The microphone "dies" or "returns"."""
        self.hears = what == "returns"
        self.rows.append(f"+{self.now - self._row_at} the microphone {what}")
        self._row_at = self.now

    def _do(self, command: Command) -> None:
        match command:
            case Hush():
                self.waiting.clear()
                self.line_ends = None
            case Say():
                self.waiting.append(command)
            case Listen(grammar):
                self.grammar = grammar

    def _implied(self, event: Event) -> str:
        return f"alive {event.source.value}" if isinstance(event, Alive) else f"begins {self.waiting[0].key}"


def told(command: Command) -> str:  # noqa: PLR0911 - one for each command
    """A command as a row."""
    match command:
        case Say():
            to = "" if command.to is Party.BOTH else f" to {command.to.value}"
            how = "".join(f", {name} {value:g}" for name, value in (("speed", command.rate), ("volume", command.volume)) if value != 1.0)
            aloud = f" (spoken: {command.spoken})" if command.spoken else ""
            return f"say {command.key}{to}{', safety' * command.safety}{how}: {command.text}{aloud}"
        case Chime():
            return f"chime {command.earcon.value}"
        case Listen():
            return f"listen {command.grammar}"
        case KeepPerson():
            return f"keep {command.name}" + "".join(f", written {words} by {command.ear}" for words in command.written)
        case NextTurn():
            return f"next turn, after {command.outcome.value}"
        case Finish():
            return f"finish {command.outcome.value}"
        case _:
            return "hush"


def heard(event: Heard) -> str:
    """Words as a row."""
    return f"heard {event.intent.value}{f' {event.slot}' * bool(event.slot)}, {event.evidence.name.lower()}: {event.words}"


# --- recording --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Golden:
    """One golden session."""

    path: Path
    scenario: Path
    language: str


def goldens() -> list[Golden]:
    """Every scenario in its own language, and some in all."""
    root = DIALOGS / "scenarios"
    found = [Golden(GOLDEN / path.relative_to(root).with_suffix(".txt"), path, scenario_language(path) or REFERENCE) for path in sorted(root.rglob("*.yaml"))]
    languages = sorted({path.parent.name for path in DIALOGS.glob("*/language.yaml")} - {REFERENCE})
    more = [Golden(GOLDEN / language / f"{name}.txt", root / f"{name}.yaml", language) for language in languages for name in TRANSLATED]
    there = {golden.path for golden in found}
    return [*found, *(golden for golden in more if golden.path not in there)]


class Understood(Cast):
    """The scenario's people, who are understood without a sound."""

    def __init__(self, scenario: Scenario, base: Path, script: Script) -> None:
        super().__init__(scenario.model_copy(update={"noise": None}), base, {})
        self._script = script
        self.coming: list[tuple[int, str]] = []
        """When, in milliseconds, which words are understood."""

    def _speak(self, utterance: Utterance, at: int, turn: int) -> int:
        words = utterance.say[turn % len(utterance.say)] if utterance.say else ""
        heard_at = milliseconds(at) + round(utterance.wait * 1000) + UTTERANCE
        self.coming = sorted([*self.coming, (heard_at, words)])
        return samples(heard_at)

    def event(self, words: str, grammar: str) -> Event:
        """What an ear that never errs makes of these words while it listens for `grammar`."""
        phrases = self._script.grammars[grammar].phrases
        if phrase := spoken(words, phrases) or meant(words, phrases):
            return Heard(phrase.intent, Evidence.STRONG, phrase.text, phrase.slot, ear="golden")
        return Dictated(words, "", "golden") if self._script.grammars[grammar].dictation else Unclear(words, "golden")


def samples(at: int) -> int:
    """Milliseconds as the samples in which a cast counts."""
    return at * RATE // 1000


def milliseconds(at: int) -> int:
    """The reverse."""
    return at * 1000 // RATE


def spoken(words: str, phrases: tuple[Phrase, ...]) -> Phrase | None:
    """The phrase that is these words."""
    said = normal(words)
    return next((phrase for phrase in phrases if said in {normal(text) for text in (phrase.text, *phrase.spellings)}), None)


def meant(words: str, phrases: tuple[Phrase, ...]) -> Phrase | None:
    """The phrase that means the same as these words do in the reference language."""
    known = tuple(phrase for grammar in scripts(REFERENCE).grammars.values() for phrase in grammar.phrases)
    if (source := spoken(words, known)) is None:
        return None
    alike = [phrase for phrase in phrases if phrase.intent is source.intent]
    return next((phrase for phrase in alike if phrase.slot == source.slot), alike[0] if alike else None)


def scripts(language: str, _known: dict[str, Script] = {}) -> Script:  # noqa: B006 - the memory of this function
    """A language's script, read once."""
    if language not in _known:
        _known[language] = load_script(DIALOGS / language)
    return _known[language]


FOR_EVERY_LANGUAGE = [Answer(after="screen.read-back", say=["yes"]), Answer(after="position.sure", say=["we are ready"])]
"""What languages with a weaker recogniser ask besides."""


def record(golden: Golden) -> World:
    """Play a scenario from the beginning to the end."""
    script = scripts(golden.language)
    scenario = load_scenario(golden.scenario, script)
    script = with_people(script, [PersonData(name=name) for name in scenario.household])
    scenario = scenario.model_copy(update={"answers": [*scenario.answers, *FOR_EVERY_LANGUAGE]})
    program = load_program(named_file(DIALOGS / "programs", scenario.program, "program"), script)
    recipe = _recipe(golden.language, program, [scenario.people.client.name, scenario.people.partner.name], scenario.household)
    world, cast = World(recipe, script), Understood(scenario, golden.scenario.parent, script)
    world.rows[:0] = [f"# {scenario.about}", f"# {golden.language}, {scenario.program}, client {recipe.client or '-'}, partner {recipe.partner or '-'}"]
    world.rows[1] += "".join(f", household {' '.join(scenario.household)}" for _ in scenario.household[:1])
    faults: list[tuple[int, str]] = []

    def cue(key: str, *, begins: bool) -> None:
        taken = cast.cue(key, samples(world.now), begins=begins)
        if taken and taken.step.microphone:
            faults.append((milliseconds(taken.at), taken.step.microphone))

    while world.session.outcome is None and world.now < LONGEST:
        while world.begun:
            cue(world.begun.pop(0).key, begins=True)
        _one_step(world, cast, faults, lambda key: cue(key, begins=False))
    return world


def _one_step(world, cast, faults, ended) -> None:
    """Whatever comes next: a fault, the end of a line, somebody's words, or the session's own deadline."""
    deadline = world.session.deadline
    due = math.ceil(round(deadline * 1000, 6)) if deadline is not None else LONGEST
    beat = world.now // BEAT * BEAT + BEAT
    words = cast.coming[0][0] if cast.coming else LONGEST
    fault = faults[0][0] if faults else LONGEST
    ends = world.line_ends if world.line_ends is not None else LONGEST
    at = min(due, words, fault, ends, beat)
    world.until(max(world.now, at))
    if world.session.outcome is not None:
        return
    if fault <= world.now:
        world.microphone(faults.pop(0)[1])
    elif ends <= world.now and world.line_ends is not None:
        ended(world.line_finished())
    elif words <= world.now:
        event = cast.event(cast.coming.pop(0)[1], world.grammar)
        if world.hears:
            world.event(event, heard(event) if isinstance(event, Heard) else f"{'written' if isinstance(event, Dictated) else 'unclear'}: {event.words}")
    elif (deadline := world.session.deadline) is not None and deadline <= world.now / 1000:
        world.event(TimePassed(), "time passes")


# --- replaying --------------------------------------------------------------------------------------------------

_HEARD = re.compile(r"heard (?P<intent>[a-z-]+)(?: (?P<slot>[^,]+))?, (?P<evidence>\w+): (?P<words>.*)")


def recipe_of(text: str) -> Recipe:
    """What the second row of a golden session says."""
    language, program, client, partner, *more = text.splitlines()[1].removeprefix("# ").split(", ")
    script = scripts(language)
    names = [part.split(" ", 1)[1].replace("-", "", part.endswith(" -")) for part in (client, partner)]
    household = [name for part in more for name in part.split()[1:]]
    return _recipe(language, load_program(named_file(DIALOGS / "programs", program, "program"), script), names, household)


def _recipe(language: str, program: Program, names: list[str], household: list[str]) -> Recipe:
    """With a household, who is who is asked for and the two may change places; else the two have their names."""
    if not household:
        return Recipe(language, program, *names)
    return Recipe(language, program, household=asked([Person(name) for name in household], asks=True, swaps=True, learns=True))


def replay(text: str) -> World:
    """Feed the events of a golden session to a new session."""
    recipe = recipe_of(text)
    world = World(recipe, scripts(recipe.language))
    world.rows[:0] = text.splitlines()[:2]
    for at, row in _events(text):
        world.until(at)
        match row.split(" ", 1)[0]:
            case "ends":
                world.line_finished()
            case "time":
                world.event(TimePassed(), "time passes")
            case "the":
                world.microphone(row.rsplit(" ", 1)[1])
            case "unclear:":
                world.event(Unclear(row.removeprefix("unclear: "), "golden"), row)
            case "written:":
                world.event(Dictated(row.removeprefix("written: "), "", "golden"), row)
            case "heard" if found := _HEARD.fullmatch(row):
                event = Heard(Intent(found["intent"]), Evidence[found["evidence"].upper()], found["words"], found["slot"] or "", ear="golden")
                world.event(event, heard(event))
    return world


def _events(text: str) -> Iterator[tuple[int, str]]:
    """Each event row that follows from no rule, with its time."""
    at = 0
    for line in text.splitlines()[2:]:
        if line.startswith("+"):
            after, _, row = line[1:].partition(" ")
            at += int(after)
            if row.split(" ", 1)[0] not in {"started", "alive", "begins"}:
                yield at, row


def text_of(world: World) -> str:
    """The file's contents."""
    return "\n".join(world.rows) + "\n"


# --- `make golden` ----------------------------------------------------------------------------------------------


def main() -> int:
    """Record all of them anew, drop those that have no scenario any more, and tell what changed."""
    wanted, failed = goldens(), 0
    for golden in wanted:
        try:
            text = text_of(record(golden))
        except (VoiceCoachError, LookupError, ValueError, TypeError) as error:
            sys.stderr.write(f"{golden.path.relative_to(GOLDEN)}: cannot be recorded ({type(error).__name__}: {error})\n")
            failed += 1
            continue
        golden.path.parent.mkdir(parents=True, exist_ok=True)
        old = golden.path.read_text(encoding="utf-8") if golden.path.exists() else ""
        golden.path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'unchanged' if text == old else 'recorded ':9}  {golden.path.relative_to(GOLDEN)}\n")
    for path in set(GOLDEN.rglob("*.txt")) - {golden.path for golden in wanted}:
        path.unlink()
        sys.stdout.write(f"dropped    {path.relative_to(GOLDEN)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
