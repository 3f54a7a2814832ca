"""The whole language between the session and the world: every Event it may receive, every Command it may give.

Both are closed unions of frozen values, so that a journal can write them, a test can compare them and a model check
can enumerate them. Times are seconds on one monotonic clock that the caller owns; nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Intent(Enum):
    """What a person can mean. The phrases that mean it stand in ``dialogs/<language>/phrases.yaml``."""

    # release: always heard, on weak evidence
    STOP = "stop"
    EASE = "ease"
    PAIN = "pain"
    # loading: may lead to more force or let a person through
    MORE = "more"
    READY = "ready"
    CONTINUE = "continue"
    WARM = "warm"
    # answers
    GOOD = "good"
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    PLACE = "place"
    PERSON = "person"
    """A person of the household, by name or by number; the slot is the number, or "other"."""
    # finding one's way
    SWAP = "swap"
    """The two change places."""
    GO_BACK = "go-back"
    NEXT = "next"
    SKIP = "skip"
    PAUSE = "pause"
    FINISH = "finish"
    # conversation
    REPEAT = "repeat"
    HELP = "help"
    HOW_LONG = "how-long"
    WHY = "why"
    MUSCLES = "muscles"
    PROGRESS = "progress"
    WHERE = "where"
    """Where should I feel it?"""
    NORMAL = "normal"
    """Is this normal?"""
    SLOWER = "slower"
    FASTER = "faster"
    LOUDER = "louder"
    QUIETER = "quieter"
    # corrections
    OTHER_SIDE = "other-side"
    MEANT_YES = "meant-yes"
    MEANT_NO = "meant-no"

    # There is one object for each member. Python hashes its name anew each time, which was about a sixth of what the model check costs.
    __hash__ = object.__hash__


class Evidence(IntEnum):
    """How sure the ears are; ordered, so that a rule can say "at least"."""

    PARTIAL = 1
    """Heard in passing, before the person stopped speaking. Enough for a release word only."""
    FINAL = 2
    """The best phrase of the grammar at the end of the utterance, above the threshold for routine words."""
    STRONG = 3
    """Final, above the strict threshold, and no other ear contradicts it."""


class Party(Enum):
    """To whom a line is said."""

    CLIENT = "client"
    PARTNER = "partner"
    BOTH = "both"


class Source(Enum):
    """The parts of the house whose loss is a danger."""

    MICROPHONE = "microphone"
    RECOGNISER = "recogniser"
    SPEAKER = "speaker"
    VOICE = "voice"
    BUTTON = "button"
    """A switch, a page-turner or a pedal that somebody relies on to say stop."""


class Earcon(Enum):
    """A short sound with a meaning. Anything about safety is spoken as well; docs/earcons.md has the figures."""

    LISTENING = "listening"
    """A question has been asked, and the floor is yours."""
    HEARD = "heard"
    """What you said was understood."""
    NOT_UNDERSTOOD = "not-understood"
    """Somebody spoke, but it was no answer here."""
    RELEASE = "release"
    """The partner has been told to let go; comes after the words."""
    HALF = "half"
    """Half of the hold is over."""
    END = "end"
    """The hold is over."""


class Outcome(Enum):
    """How a session ended; the value is written to the journal and decides the exit code."""

    COMPLETED = "completed"
    FINISHED_EARLY = "finished-early"
    SCREENED_OUT = "screened-out"
    EMERGENCY = "emergency"
    UNANSWERED = "unanswered"
    STOPPED = "stopped"
    PAIN = "pain"
    CANNOT_HEAR = "cannot-hear"
    CANNOT_SPEAK = "cannot-speak"


# --- events -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The session begins; the first event of every journal."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An ear understood an intent."""

    intent: Intent
    evidence: Evidence
    words: str = ""
    """The phrase of the grammar that was understood, or the name of a key."""
    slot: str = ""
    """A detail that the phrase carries: the body part of a PLACE; empty otherwise."""
    score: float = 0.0
    """Natural-log margin of the phrase over the recogniser's free hypothesis; 0 for keys and typed words."""
    ear: str = ""
    """Which recogniser, or which hand: "keyboard", "button", "midi"; "typed" for words that were typed."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Somebody spoke a short utterance that is in no phrase of the grammar."""

    words: str = ""
    """The free hypothesis, for the transcript; never acted on."""
    ear: str = ""


@dataclass(frozen=True, slots=True)
class Dictated:
    """Somebody spoke a short utterance that is in no phrase, while a grammar with `dictation` was listened for: a name, perhaps.

    It never does anything by itself: whatever is made of it is asked back.
    """

    words: str = ""
    """What the ear writes of it."""
    near: str = ""
    """The slot of the person whose name comes nearest; empty where none comes near."""
    ear: str = ""


@dataclass(frozen=True, slots=True)
class LineStarted:
    """The speaker began to play the `Say` with this number."""

    utterance: int


@dataclass(frozen=True, slots=True)
class LineFinished:
    """The speaker has played the `Say` with this number to its end, or was hushed."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Alive:
    """Sound came in (MICROPHONE) or was worked through (RECOGNISER); expected at least twice a second."""

    source: Source


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of the house failed; `reason` is a short phrase for the journal and the screen."""

    source: Source
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened until `Session.deadline`."""


Event = Started | Heard | Unclear | Dictated | LineStarted | LineFinished | Alive | Lost | TimePassed


# --- commands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hush:
    """Cut the coach off now and drop every line that waits."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a line after the lines that wait already."""

    utterance: int
    """Counts up from 1 within a session; `LineStarted` and `LineFinished` refer to it."""
    key: str
    """The line's name in the dialog files, for example ``hold.half``."""
    text: str
    """What is spoken, placeholders filled in."""
    to: Party = Party.BOTH
    safety: bool = False
    """True for lines that exist as audio before the session starts and must sound whatever fails."""
    rate: float = 1.0
    """Speed relative to the voice's configured words per minute."""
    volume: float = 1.0
    """Linear gain, 0.35 to 2; never below 1 for a safety line."""
    spoken: str = ""
    """What the voice is given where that is not `text`: a name spelled as it sounds. Nobody is shown it."""

    @property
    def sound(self) -> str:
        """What the voice has to say."""
        return self.spoken or self.text


@dataclass(frozen=True, slots=True)
class Chime:
    """Play an earcon after the lines that wait already; it never sounds together with a line."""

    earcon: Earcon
    volume: float = 1.0
    """Linear gain, as that of a `Say`."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Understand this grammar of ``phrases.yaml`` from now on."""

    grammar: str


@dataclass(frozen=True, slots=True)
class KeepPerson:
    """Somebody new belongs to the household from now on: to be written into its file. Only text is kept, and never sound."""

    name: str
    """As it is written."""
    written: tuple[str, ...] = ()
    """How `ear` wrote the name when it was said; what it is found by next time."""
    ear: str = ""
    by_name: bool = True
    """False: the coach says the word for the role, and `name` is for the memory alone."""


@dataclass(frozen=True, slots=True)
class NextTurn:
    """One person's turn is over, and the other one's begins with the commands behind this one."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over; nothing is handled after this."""

    outcome: Outcome


Command = Hush | Say | Chime | Listen | KeepPerson | NextTurn | Finish
