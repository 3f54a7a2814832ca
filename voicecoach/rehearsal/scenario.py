"""Scenarios: YAML files that say who says what and when, relative to what the coach does, and what has to come of it."""

from __future__ import annotations

from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from voicecoach.core.dosing import Earlier
from voicecoach.core.phases import Phase
from voicecoach.errors import Problem, ScriptError
from voicecoach.language.datafile import DataFile, Record
from voicecoach.language.line_keys import LARGEST
from voicecoach.language.script import Script
from voicecoach.rehearsal.recorded import load_takes
from voicecoach.vocabulary import Intent, Outcome

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1), BeforeValidator(lambda said: [said] if isinstance(said, str) else said)]
Seconds = Annotated[float, Field(ge=0, le=3600), BeforeValidator(lambda value: float(value) if isinstance(value, int) else value)]
Decibels = Annotated[float, Field(ge=-40, le=60), BeforeValidator(lambda value: float(value) if isinstance(value, int) else value)]


class Person(Record):
    """One of the two people in the room."""

    name: str = ""
    """Empty: the coach calls this person by the role."""
    voice: Text = "en-us"
    """The synthetic voice for `say`, with a variant after a plus: ``en-us+f3``."""
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 160
    recordings: Text | None = None
    """A folder of recordings, relative to the scenario, that goes before the voice: see `voicecoach.rehearsal.recorded`."""


class People(Record):
    """Both of them."""

    client: Person = Person()
    partner: Person = Person(voice="en-us+m3")


class Noise(Record):
    """Noise in the room, from the first moment to the last."""

    recording: Text | None = None
    """A file, relative to the scenario; without one it is pink noise."""
    snr: Decibels = 20.0
    """Decibels between the people's speaking level and the noise."""


class Echo(Record):
    """How the coach's own voice comes back into the microphone."""

    loss: Decibels
    """Decibels by which it is quieter than what his loudspeaker plays."""
    delay: Annotated[float, Field(ge=0, le=0.4)] = 0.1
    """Seconds that it comes late: the sound system's buffers and the air."""
    ringing: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Seconds in which the room's sound falls by 60 dB (RT60); 0: no room."""


class Utterance(Record):
    """What somebody says after a line of the coach."""

    after: Text | None = None
    """The key of a line, with * for anything: it counts when the coach has finished it."""
    during: Text | None = None
    """The same, but it counts when the coach begins it: to speak over him."""
    wait: Seconds = 0.5
    """Seconds from there to the person's first sound."""
    who: Literal["client", "partner"] = "client"
    say: Texts | None = None
    """Spoken by the person's voice; several are used in turn."""
    recording: Text | None = None
    """A sound file instead, relative to the scenario."""

    @model_validator(mode="after")
    def _one_cue(self) -> Self:
        if (self.after is None) == (self.during is None):
            raise ValueError("give either 'after' or 'during', the key of a line of the coach")
        return self

    def cued_by(self, key: str, *, begins: bool) -> bool:
        """Whether the coach's line `key`, as it begins or ends, is what this waits for."""
        pattern = self.during if begins else self.after
        return pattern is not None and fnmatchcase(key, pattern)


class Answer(Utterance):
    """Said every time; a step that waits for the same line goes first."""

    again: Literal[True] | None = None
    """Whoever spoke last says the same once more, as people do when they were not understood."""

    @model_validator(mode="after")
    def _has_sound(self) -> Self:
        if sum(thing is not None for thing in (self.say, self.recording, self.again)) != 1:
            raise ValueError("give one of 'say', 'recording' and 'again'")
        return self


class Consequence(Record):
    """What has to come of a step, counted from the end of what was said or from the fault."""

    hears: Text | None = None
    """An intent that has to be understood."""
    says: Text | None = None
    """A line that the coach has to begin, with * for anything."""
    phase: Text | None = None
    """The phase that the session has to be in by then."""
    within: Seconds = 2.0


class Step(Utterance):
    """Said or done once; the steps come one after the other."""

    count: Annotated[int, Field(ge=1)] = 1
    """The cue has to come so many times since the step before."""
    microphone: Literal["dies", "returns"] | None = None
    silence: Literal[True] | None = None
    """Nobody answers this time, not even somebody in `answers`."""
    expect: Consequence | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if sum(thing is not None for thing in (self.say, self.recording, self.microphone, self.silence)) != 1:
            raise ValueError("give one of 'say', 'recording', 'microphone' and 'silence'")
        return self


class Expected(Record):
    """What has to be true of the session as a whole."""

    ends: Text
    """The session's outcome."""
    says: list[Text] = Field(default_factory=list)
    """Lines that have to be said, in this order, with * for anything."""
    never: list[Text] = Field(default_factory=list)
    """Lines that must not be said."""


class Scenario(Record):
    """One file."""

    about: Text
    language: Text | None = None
    """A folder of ``dialogs/``; nothing: that of the settings."""
    program: Text = "lower-back"
    people: People = People()
    household: list[Text] = Field(default_factory=list, max_length=LARGEST)
    """Names of a profile; the coach asks who of them is stretched. `people` then says only who speaks with which voice."""
    learns: bool = False
    """Somebody new is asked for the name; a rehearsal keeps it to its end."""
    change_places: bool = False
    """The coach asks at the end of a turn whether the two change places."""
    noise: Noise | None = None
    echo: Annotated[Echo | None, BeforeValidator(lambda value: {"loss": value} if isinstance(value, int | float) else value)] = None
    """The coach's own voice in the microphone; a number is its loss alone; nothing: he is not heard there."""
    longest: Annotated[int, Field(ge=1, le=240)] = 90
    """Minutes after which the rehearsal is given up."""
    earlier: list[Earlier] = Field(default_factory=list)
    """Sessions that the coach remembers, the latest last, instead of those in a memory."""
    answers: list[Answer] = Field(default_factory=list)
    steps: list[Step] = Field(default_factory=list)
    expect: Expected


def scenario_language(path: Path) -> str | None:
    """The language that a scenario asks for, before its script can be known; None when it asks for none.

    Raises:
        ScriptError: the file is not YAML.
    """
    root = DataFile(path).root
    language = root.get("language") if isinstance(root, dict) else None
    return language if isinstance(language, str) else None


def load_scenario(path: Path, script: Script) -> Scenario:
    """Read and check a scenario against the lines that `script` has.

    Raises:
        ScriptError: with every mistake in the file.
    """
    source = DataFile(path)
    problems: list[Problem] = []
    scenario = source.parse(Scenario, problems)
    if scenario is not None:
        _check(source, scenario, script, problems)
    if problems or scenario is None:
        raise ScriptError(problems)
    return scenario


def _check(source: DataFile, scenario: Scenario, script: Script, problems: list[Problem]) -> None:
    """Names that only the script or the file system can confirm."""
    for group, utterances in (("answers", scenario.answers), ("steps", scenario.steps)):
        for index, utterance in enumerate(utterances):
            _check_line(source, [group, index, "after"], utterance.after, script, problems)
            _check_line(source, [group, index, "during"], utterance.during, script, problems)
            _check_recording(source, [group, index, "recording"], utterance.recording, problems)
    for index, step in enumerate(scenario.steps):
        if step.expect:
            loc: list[str | int] = ["steps", index, "expect"]
            _check_line(source, [*loc, "says"], step.expect.says, script, problems)
            _check_name(source, [*loc, "hears"], step.expect.hears, Intent, problems)
            _check_name(source, [*loc, "phase"], step.expect.phase, Phase, problems)
    for person in (scenario.people.client, scenario.people.partner):
        _check_takes(source, person, problems)
    _check_name(source, ["expect", "ends"], scenario.expect.ends, Outcome, problems)
    for name, patterns in (("says", scenario.expect.says), ("never", scenario.expect.never)):
        for index, pattern in enumerate(patterns):
            _check_line(source, ["expect", name, index], pattern, script, problems)
    if scenario.noise:
        _check_recording(source, ["noise", "recording"], scenario.noise.recording, problems)


def _check_line(source: DataFile, loc: list[str | int], pattern: str | None, script: Script, problems: list[Problem]) -> None:
    if pattern is not None and not any(fnmatchcase(key, pattern) for key in script.lines):
        problems.append(source.problem(loc, f"no line of the coach is called '{pattern}'", "see lines.yaml, or use * for a part of the name"))


def _check_name(source: DataFile, loc: list[str | int], value: str | None, kind: type[Enum], problems: list[Problem]) -> None:
    allowed = [member.value for member in kind]
    if value is not None and value not in allowed:
        problems.append(source.problem(loc, f"'{value}' is not known here", f"choose from {', '.join(allowed)}"))


def _check_takes(source: DataFile, person: Person, problems: list[Problem]) -> None:
    if person.recordings is not None:
        try:
            load_takes(source.path.parent / person.recordings)
        except ScriptError as error:
            problems += error.problems


def _check_recording(source: DataFile, loc: list[str | int], name: str | None, problems: list[Problem]) -> None:
    try:
        there = name is None or (source.path.parent / name).is_file()
    except (OSError, ValueError):  # a name that can be none of a file
        there = False
    if not there:
        problems.append(source.problem(loc, f"there is no file '{name}'", "correct the path; it is relative to the scenario"))
