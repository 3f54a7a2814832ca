"""What the files of ``dialogs/<language>/`` hold, field by field; ``phrases.yaml`` has its own file, `intents`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from voicecoach.language.datafile import Record
from voicecoach.language.numbers import Amount, NumberWords, Unit

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1), BeforeValidator(lambda said: [said] if isinstance(said, str) else said)]
"""One wording, or several that are used in turn."""


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

    def side(self, side: str) -> str:
        """The word for "left"; for anything else the one for "right"."""
        return self.sides["left" if side == "left" else "right"]

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
