"""A program: the course of a session in numbers, as a file of ``dialogs/programs/`` or of the user's holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from voicecoach.language.datafile import Record
from voicecoach.language.schema import Text, Texts

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
