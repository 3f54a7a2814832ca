"""The dialog data as one frozen, checked Script: every word that is spoken or understood, and the programs.

`load_script` reads ``dialogs/<language>/`` and `load_program` reads ``dialogs/programs/``. All validation of the data
is here; whatever comes out of it the session can use without a further check. Mistakes come as one `ScriptError` that
lists all of them with file, line, key and fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Final, Generic, Literal, TypeVar, get_args

from pydantic import BeforeValidator, Field, model_validator

from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.datafile import DataFile, Record
from voicecoach.language.intents import PhraseBook, mentions, normal, read_phrases
from voicecoach.language.line_keys import (
    ALWAYS,
    FIXED,
    LINES,
    PER_CONDITION,
    PER_QUESTION,
    PER_SELF_STRETCH,
    PER_STRETCH,
    SAFETY,
    SINCE_LAST_TIME,
    fits,
)
from voicecoach.language.numbers import Amount, Numbers, NumberWords, Unit
from voicecoach.vocabulary import Intent, Party

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1), BeforeValidator(lambda said: [said] if isinstance(said, str) else said)]
"""One wording, or several that are used in turn."""
R = TypeVar("R", bound=Record)


# --- what the files hold ----------------------------------------------------------------------------------------


class Choices(Record):
    """How a list of things to say is spoken: what stands between two of them, and before the last."""

    between: str = ", "
    last: str = ", "


class Language(Record):
    """``language.yaml``: how this language names the people and the sides, and the voice that speaks it."""

    language: Text
    """BCP 47 primary tag, the folder's name: ``en``. Numbers are spoken by it."""
    name: Text
    voice: Text
    """The pyttsx3 voice, by id or by a part of its name."""
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 150
    roles: dict[Literal["client", "partner"], Text]
    sides: dict[Literal["left", "right"], Text]
    numbers: NumberWords
    amounts: dict[Unit, Amount]
    """What the placeholders of the lines count; each of them is needed."""
    choices: Choices = Field(default_factory=Choices)
    read_back: bool = False
    """The screening's answers are read back, and "ready" is wanted twice: for a recogniser that cannot reject other words."""

    @model_validator(mode="after")
    def _every_amount(self) -> Language:
        if missing := sorted(set(get_args(Unit)) - self.amounts.keys()):
            raise ValueError(f"'amounts' lacks {', '.join(missing)}")
        return self


class LineData(Record):
    """A line of ``lines.yaml``: whom it is for and what is said."""

    to: Literal["client", "partner", "both"] = "both"
    say: Texts

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        """A line for both may be written as its wording alone."""
        return {"say": data} if isinstance(data, str | list) else data


class LinesFile(Record):
    """``lines.yaml``."""

    lines: dict[str, LineData]


class Question(Record):
    """One screening question. A plain "no" passes it; see ``screening.yaml``."""

    id: Text
    ask: Text
    help: Text
    because: Text
    emergency: bool = False
    advice: Text | None = None
    """Instead of the general advice, after a "yes"."""
    follow_up: Text | None = None
    """Asked after "yes"; only a clear "yes" to it passes."""
    follow_up_help: Text | None = None
    steady: bool = False
    """The answer hardly changes; see docs/decisions/people.md for what that allows. Never with `emergency` or `advice`."""

    @model_validator(mode="after")
    def _always_asked(self) -> Question:
        if self.steady and self.emergency:
            raise ValueError("a question about an emergency is always asked, so it can't be 'steady'")
        return self


class SinceLastTime(Record):
    """The one question that may stand for all steady ones; only a plain "no" passes it."""

    ask: Text
    help: Text
    because: Text


class ScreeningFile(Record):
    """``screening.yaml``."""

    advice: Text
    emergency: Text
    questions: Annotated[list[Question], Field(min_length=1)]
    since_last_time: SinceLastTime | None = None
    """Without it every question is always asked."""


class _AnyStretch(Record):
    """What every file of ``stretches/`` says and knows. The cue lists are said in turn."""

    name: Text
    sides: bool
    introduction: Text
    client_position: Text
    position_again: Text
    approach_client: Text
    hold_client: Texts
    let_down: Text
    places: Annotated[list[Text], Field(min_length=1)]
    """Slots of PLACE phrases where this stretch should be felt."""
    right_place: Text
    """Asks with yes or no whether it was felt there, when nobody answers "where?"."""
    wrong_place: Text
    where: Text
    """Where it should be felt; may be asked under force, so it is short."""
    normal: Text
    """What is normal to feel, and what is not; short as well."""
    why: Text
    muscles: Text


class StretchData(_AnyStretch):
    """A stretch in which a partner applies the force."""

    alone: Literal[False] = False
    partner_position: Text
    approach_partner: Text
    hold_partner: Texts


class SelfStretchData(_AnyStretch):
    """A stretch that one person does alone."""

    alone: Literal[True]
    approach_self: Text
    """Tells how to move into it; like ``approach_partner`` it is said once for each "ready"."""


class ConditionData(Record):
    """A question that decides which stretches of a program are done, never whether somebody may stretch at all."""

    id: Text
    ask: Text
    help: Text
    because: Text


class ConditionsFile(Record):
    """``conditions.yaml``: what any program can ask."""

    questions: list[ConditionData]


class AloneFile(Record):
    """``alone.yaml``: what is said otherwise when nobody helps."""

    advice: Text
    emergency: Text
    lines: dict[str, LineData]


ANY_LANGUAGE: Final = "any"
"""The language of a text in a program that is written once for all."""
Wording = Annotated[dict[str, Texts], Field(min_length=1), BeforeValidator(lambda said: said if isinstance(said, dict) else {ANY_LANGUAGE: said})]
"""A text of a program: as it is, or by language."""
Title = Annotated[dict[str, Text], Field(min_length=1), BeforeValidator(lambda said: {ANY_LANGUAGE: said} if isinstance(said, str) else said)]
Names = Annotated[list[Text], BeforeValidator(lambda said: [said] if isinstance(said, str) else said)]
"""One name or several."""


class Cues(Record):
    """A program's own words during a hold, instead of the stretch's."""

    client: Wording | None = None
    partner: Wording | None = None


class OwnQuestion(Record):
    """A program's own condition."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    ask: Wording
    help: Wording
    because: Wording


class Dose(Record):
    """How much of one stretch, and when."""

    stretch: Text
    sides: Annotated[list[Literal["left", "right"]], Field(min_length=1, max_length=2)] | None = None
    """Which sides, in this order; nothing: left, then right."""
    repetitions: Annotated[int, Field(ge=1, le=4)] = 2
    """Per side. The reference's figures: 2-3, at most 4 (ACSM); one is for a short day."""
    hold_seconds: Annotated[int, Field(ge=10, le=60)] = 25
    """Of the first repetition. The program's `hold_limits` are narrower."""
    build_up_seconds: Annotated[int, Field(ge=0, le=10)] = 0
    """Each further repetition is held so much longer, up to the program's limit."""
    only_if: Names = Field(default_factory=list)
    """Conditions to which the client has to say a clear "yes"."""
    skip_if: Names = Field(default_factory=list)
    """Conditions to which the client has to say a clear "no"."""
    cues: Cues | None = None

    def needs(self) -> Iterator[tuple[str, bool]]:
        """Each condition, and the one answer with which this stretch is done; "I don't know" is none."""
        yield from ((name, True) for name in self.only_if)
        yield from ((name, False) for name in self.skip_if)


class Program(Record):
    """A program: the course of a session, in numbers; any language can speak it. See docs/programs.md."""

    title: Title
    """By language."""
    alone: bool = False
    """Nobody helps: one person stretches without a partner."""
    warm_up_minutes: Annotated[int, Field(ge=5, le=10)]
    """5-10 minutes: the reference's figure; never stretch cold."""
    rest_seconds: Annotated[int, Field(ge=5, le=120)]
    cool_down_seconds: Annotated[int, Field(ge=20, le=600)]
    deepen_limit: Annotated[int, Field(ge=0, le=3)]
    """How often "more" may deepen one repetition."""
    hold_limits: Annotated[list[Annotated[int, Field(ge=10, le=60)]], Field(min_length=2, max_length=2)] = Field(default_factory=lambda: [20, 30])
    """Seconds that a hold may last, at least and at most, whatever becomes of the dose: 20-30 s, the reference's figure; up to 60 s for
    older people and from 10 s on by ACSM."""
    repetition_limit: Annotated[int, Field(ge=1, le=4)] = 3
    """Repetitions of one side, at most: 2-3 is the reference's figure, 4 ACSM's."""
    questions: list[OwnQuestion] = Field(default_factory=list)
    """Conditions beside those of ``conditions.yaml``."""
    stretches: Annotated[list[Dose], Field(min_length=1)]

    def title_in(self, language: str) -> str:
        """What the program is called in `language`."""
        return self.title.get(language) or self.title[ANY_LANGUAGE]


# --- what the session uses --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the coach can say, in one or several wordings that are used in turn."""

    key: str
    texts: tuple[str, ...]
    to: Party = Party.BOTH
    safety: bool = False
    mentions: frozenset[Intent] = frozenset()
    """Intents whose phrases stand in the text. While the line sounds, hearing one of them proves nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the session must know of a stretch beside its lines, whose keys begin with `id`."""

    id: str
    name: str
    sides: bool
    places: frozenset[str]
    alone: bool = False
    """Nobody helps with it."""


@dataclass(frozen=True)
class Script:
    """Everything that is spoken and understood in one language."""

    language: Language
    lines: Mapping[str, Line]
    grammars: Mapping[str, Grammar]
    questions: tuple[Question, ...]
    stretches: Mapping[str, Stretch]
    folder: Path = field(compare=False)
    conditions: tuple[str, ...] = ()
    """What any program can ask: ``condition.<id>.*`` are the lines."""
    alone: Mapping[str, Line] = field(default_factory=dict)
    """Lines that are said otherwise when nobody helps."""
    name_phrases: tuple[str, ...] = ("{name}",)
    """Ways to answer with a name, each with {name}."""
    since_last_time: Question | None = None
    """Stands for the steady questions where their answers are known from lately."""

    def speak(self, text: str, **values: str | float) -> str:
        """`text` with its placeholders filled in, numbers in words, and each sentence beginning with a capital."""
        return _SENTENCE_START.sub(lambda match: match[0].upper(), self.fill(text, **values))

    def fill(self, text: str, **values: str | float) -> str:
        """`text` with its placeholders filled in, and numbers in words."""
        words = {name: value if isinstance(value, str) else self._numbers.amount(value, name) for name, value in values.items()}
        return self._numbers.in_words(text).format(**words)

    def mentions(self, text: str) -> frozenset[Intent]:
        """The intents of which a phrase stands in `text`, for a line whose words are not known before."""
        spoken = f" {normal(text)} "
        return frozenset(intent for words, intent in self._phrases if f" {words} " in spoken)

    def places(self, text: str) -> frozenset[str]:
        """The slots of the places that `text` names."""
        spoken = f" {normal(text)} "
        return frozenset(slot for words, slot in self._places if f" {words} " in spoken)

    @cached_property
    def _places(self) -> frozenset[tuple[str, str]]:
        return frozenset((phrase.text, phrase.slot) for grammar in self.grammars.values() for phrase in grammar.phrases if phrase.intent is Intent.PLACE)

    @cached_property
    def _phrases(self) -> frozenset[tuple[str, Intent]]:
        return frozenset((phrase.text, phrase.intent) for grammar in self.grammars.values() for phrase in grammar.phrases)

    @cached_property
    def _numbers(self) -> Numbers:
        return Numbers(self.language.language, self.language.numbers, self.language.amounts)

    def line(self, key: str) -> Line:
        """The line called `key`."""
        return self.lines[key]

    def safety_texts(self, names: Mapping[str, str]) -> Iterator[str]:
        """Every wording of every safety line, for rendering before the session starts."""
        for line in self.lines.values():
            if line.safety:
                yield from (self.speak(text, **names) for text in line.texts)


_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?:] ))[a-zà-öø-ÿа-я]")


def load_script(folder: Path) -> Script:
    """Read and check ``dialogs/<language>/``.

    Raises:
        ScriptError: with every mistake in every file of the folder.
    """
    problems: list[Problem] = []
    language = _part(folder / "language.yaml", Language, problems)
    book = read_phrases(folder / "phrases.yaml", problems)
    screening = _part(folder / "screening.yaml", ScreeningFile, problems)
    stretches = [_stretch(path, problems) for path in sorted((folder / "stretches").glob("*.yaml"))]
    conditions = _part(folder / "conditions.yaml", ConditionsFile, problems)
    alone = _part(folder / "alone.yaml", AloneFile, problems)
    if not stretches:
        problems.append(Problem(folder / "stretches", 0, "", "there is no stretch here", "restore the YAML files of this folder"))
    lines = _general_lines(_part(folder / "lines.yaml", LinesFile, problems), book, problems)
    lines |= _question_lines(screening, book, problems)
    for stretch in stretches:
        lines |= _stretch_lines(stretch, book, problems)
    lines |= _condition_lines(conditions, book, problems)
    others = _alone_lines(alone, screening, lines, book, problems)
    _same_language(folder, language, problems)
    if problems or conditions is None or language is None or book is None or screening is None:
        raise ScriptError(problems)
    known = {part.source.path.stem: part.data for part in stretches if part}
    return Script(
        language.data, MappingProxyType(lines), MappingProxyType(dict(book.grammars)), tuple(screening.data.questions),
        MappingProxyType({name: Stretch(name, data.name, data.sides, frozenset(data.places), data.alone) for name, data in known.items()}),
        folder, tuple(question.id for question in conditions.data.questions), MappingProxyType(others),
        book.names, _since_last_time(screening.data),
    )


def load_program(path: Path, script: Script) -> Program:
    """Read and check one program, against the stretches that `script` can speak.

    Raises:
        ScriptError: with every mistake in the file.
    """
    problems: list[Problem] = []
    part = _part(path, Program, problems)
    if part is None:
        raise ScriptError(problems)
    from voicecoach.language.fitting import mistakes  # noqa: PLC0415 - it fits programs to scripts, which are made here

    problems += mistakes(part.source, part.data, script)
    if problems:
        raise ScriptError(problems)
    return part.data


def named_file(folder: Path, name: str, kind: str, *own: Path) -> Path:
    """``folder/<name>.yaml``, or the file that `name` itself is the path of; `own` are the user's folders, which go first.

    Raises:
        ConfigError: neither exists; the message lists the names that do.
    """
    for path in (*(place / f"{name}.yaml" for place in (*own, folder)), Path(name)):
        with suppress(OSError, ValueError):  # a name that can be none of a file
            if path.is_file():
                return path
    known = ", ".join(sorted({path.stem for place in (*own, folder) for path in place.glob("*.yaml")}))
    raise ConfigError(f"There is no {kind} '{name[:80]}'; choose from {known}, or give the path of a YAML file.")


# --- checks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part(Generic[R]):
    """One file that has been read, and what it holds."""

    source: DataFile
    data: R


def _part(path: Path, model: type[R], problems: list[Problem]) -> _Part[R] | None:
    """`path` as a `model`; on mistakes None, and each is appended to `problems`."""
    try:
        source = DataFile(path)
    except ScriptError as error:
        problems.extend(error.problems)
        return None
    data = source.parse(model, problems)
    return None if data is None else _Part(source, data)


def _same_language(folder: Path, language: _Part[Language] | None, problems: list[Problem]) -> None:
    if language and language.data.language != folder.name:
        problems.append(language.source.problem(["language"], f"the folder is called '{folder.name}'", "give both the same name"))


def checked_line(source: DataFile, loc: list[str | int], line: Line, allowed: frozenset[str], problems: list[Problem]) -> Line:
    """`line` as it is, after checking the placeholders and the person it names."""
    for text in line.texts:
        try:
            fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
        except ValueError as error:
            problems.append(source.problem(loc, f"a brace is out of place ({error})", "write placeholders as {name}"))
            continue
        used = {name for name, _, _ in fields}
        problems.extend(source.problem(loc, f"'{{{name}}}' is written with a format", f"write only {{{name}}}")
                        for name, spec, conversion in fields if spec or conversion)
        if unknown := sorted(used - allowed - ALWAYS):
            known = ", ".join(f"{{{name}}}" for name in sorted(allowed | ALWAYS))
            problems.append(source.problem(loc, f"'{{{unknown[0]}}}' is no placeholder of this line", f"use only {known}"))
        if line.to is not Party.BOTH and not text.startswith(f"{{{line.to.value}}}"):
            problems.append(source.problem(loc, f"the line is for the {line.to.value} but does not begin with the name",
                                           f"begin it with {{{line.to.value}}}"))
    return line


def _general_lines(part: _Part[LinesFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """The lines of ``lines.yaml``: exactly those that the session knows, each with the placeholders it fills."""
    if part is None:
        return {}
    source, found, lines = part.source, part.data, {}
    for key, data in found.lines.items():
        loc: list[str | int] = ["lines", key]
        if key not in LINES:
            problems.append(source.problem(loc, "the session never says this line", fits(key, LINES)))
            continue
        if key in FIXED and len(data.say) > 1:
            problems.append(source.problem(loc, "a line about safety has several wordings", "choose one: it must never sound new"))
        line = Line(key, tuple(data.say), Party(data.to), key in SAFETY, _mentions(book, data.say))
        lines[key] = checked_line(source, loc, line, LINES[key], problems)
    problems.extend(source.problem(["lines"], f"the line '{key}' is missing", "add it") for key in LINES if key not in found.lines)
    return lines


def _question_lines(part: _Part[ScreeningFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every question, its help and its reasons as lines called ``question.<id>.<field>``."""
    if part is None:
        return {}
    source, screening, lines = part.source, part.data, {}
    seen: set[str] = set()
    if since := _since_last_time(screening):
        for name in ("ask", "help", "because"):
            line = Line(f"question.{since.id}.{name}", (getattr(since, name),), mentions=_mentions(book, [getattr(since, name)]))
            lines[line.key] = checked_line(source, ["since_last_time", name], line, frozenset(), problems)
    for index, question in enumerate(screening.questions):
        if question.id in seen:
            problems.append(source.problem(["questions", index, "id"], f"'{question.id}' stands twice", "give each question its own id"))
        seen.add(question.id)
        advice = question.advice or (screening.emergency if question.emergency else screening.advice)
        for name in PER_QUESTION:
            text = advice if name == "advice" else getattr(question, name) or ""
            if text:
                line = Line(f"question.{question.id}.{name}", (text,), mentions=_mentions(book, [text]))
                lines[line.key] = checked_line(source, ["questions", index, name], line, frozenset(), problems)
    return lines


def _since_last_time(screening: ScreeningFile) -> Question | None:
    """The question for all steady ones, as a question like any other."""
    since = screening.since_last_time
    return Question(id=SINCE_LAST_TIME, ask=since.ask, help=since.help, because=since.because) if since else None


def _stretch(path: Path, problems: list[Problem]) -> _Part[StretchData] | _Part[SelfStretchData] | None:
    """One file of ``stretches/``, with or without a partner as it says itself."""
    try:
        alone = isinstance(root := DataFile(path).root, dict) and root.get("alone") is True
    except ScriptError as error:
        problems.extend(error.problems)
        return None
    return _part(path, SelfStretchData, problems) if alone else _part(path, StretchData, problems)


def _condition_lines(part: _Part[ConditionsFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every condition as lines called ``condition.<id>.<field>``."""
    if part is None:
        return {}
    source, lines = part.source, dict[str, Line]()
    for index, question in enumerate(part.data.questions):
        if f"condition.{question.id}.ask" in lines:
            problems.append(source.problem(["questions", index, "id"], f"'{question.id}' stands twice", "give each question its own id"))
        for name in PER_CONDITION:
            text = getattr(question, name)
            line = Line(f"condition.{question.id}.{name}", (text,), mentions=_mentions(book, [text]))
            lines[line.key] = checked_line(source, ["questions", index, name], line, frozenset(), problems)
    return lines


def _alone_lines(part: _Part[AloneFile] | None, screening: _Part[ScreeningFile] | None, lines: Mapping[str, Line], book: PhraseBook | None,
                 problems: list[Problem]) -> dict[str, Line]:
    """What ``alone.yaml`` says instead of `lines`, and the screening's advice with it."""
    if part is None or screening is None:
        return {}
    source, found = part.source, dict[str, Line]()
    for key, data in part.data.lines.items():
        loc: list[str | int] = ["lines", key]
        if key not in lines:
            problems.append(source.problem(loc, "the session never says this line", fits(key, lines)))
            continue
        line = Line(key, tuple(data.say), Party(data.to), key in SAFETY, _mentions(book, data.say))
        found[key] = checked_line(source, loc, line, LINES.get(key, frozenset()), problems)
    for question in screening.data.questions:
        if not question.advice:
            key, text = f"question.{question.id}.advice", part.data.emergency if question.emergency else part.data.advice
            found[key] = Line(key, (text,), mentions=_mentions(book, [text]))
    return found


def _stretch_lines(part: _Part[StretchData] | _Part[SelfStretchData] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every line of one stretch, called ``<stretch>.<field>``."""
    if part is None:
        return {}
    source, stretch, lines = part.source, part.data, {}
    for name, (to, allowed) in (PER_SELF_STRETCH if stretch.alone else PER_STRETCH).items():
        value = getattr(stretch, name)
        said: list[str] = [value] if isinstance(value, str) else value
        line = Line(f"{source.path.stem}.{name}", tuple(said), to, mentions=_mentions(book, said))
        lines[line.key] = checked_line(source, [name], line, allowed if stretch.sides else allowed - {"side"}, problems)
    slots = {phrase.slot for phrase in book.phrases(Intent.PLACE)} if book else set(stretch.places)
    problems.extend(
        source.problem(["places", index], f"no phrase of 'place' has the slot '{place}'", f"choose from {', '.join(sorted(slots))}")
        for index, place in enumerate(stretch.places) if place not in slots)
    return lines


def _mentions(book: PhraseBook | None, said: list[str]) -> frozenset[Intent]:
    return frozenset().union(*(mentions(book, text) for text in said)) if book else frozenset()


def names(script: Script, client: str = "", partner: str = "") -> dict[str, str]:
    """What {client} and {partner} stand for: the given names, or the language's words for the roles."""
    return {"client": client or script.language.roles["client"], "partner": partner or script.language.roles["partner"]}

