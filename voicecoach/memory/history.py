"""Remembered sessions as values, and the plain arithmetic on them that history, report and "how am I doing?" share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from statistics import fmean

from voicecoach.core.parts.hold import COUNTS
from voicecoach.core.progress import Progress, Trend
from voicecoach.memory.chronicle import Adapted, Answered, Dosed, Eased, Released, Where

WEEKS = 4
"""What "the last weeks" are: long enough for some sessions, short enough to be remembered by the two."""
TREND_SESSIONS = 3
"""So many sessions are needed on both sides of a comparison; fewer are chance."""
TREND_RATIO = 1.1
"""Holds that are less than a tenth longer or shorter count as about the same."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a session when it starts."""

    began: datetime
    """Local time with its offset from UTC, in whole seconds."""
    language: str = ""
    program: str = ""
    client: str = ""
    """The name of the person who was stretched; empty when none was given."""
    partner: str = ""
    journal: str = ""
    """The path of the session's journal."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold."""

    at: float
    where: Where
    goal: int
    seconds: float | None = None
    """None: the program ended in the middle of it."""
    ending: str | None = None
    """See `voicecoach.memory.chronicle.HoldEnded`; None as `seconds`."""

    @property
    def counts(self) -> bool:
        """Held long enough to be called a hold, by the session's own rule."""
        return self.seconds is not None and self.seconds >= COUNTS


class Comfort(Enum):
    """How a hold was, by the least comfortable thing that was told of it; the value is the word for it."""

    GOOD = "comfortable"
    EASED = "eased off"
    TOO_MUCH = "too much"
    UNKNOWN = "not told"


@dataclass(frozen=True, slots=True)
class Past:
    """One session as it is remembered."""

    number: int
    """Its key in the memory."""
    head: Head
    screened: bool = False
    """The screening let the two go on."""
    outcome: str | None = None
    """A value of `Outcome`; None: the program ended before the session did, or the session is running now."""
    lasted: float | None = None
    """Seconds; None as `outcome`."""
    holds: tuple[Hold, ...] = ()
    eases: tuple[Eased, ...] = ()
    releases: tuple[Released, ...] = ()
    answers: tuple[Answered, ...] = ()
    adaptations: tuple[Adapted, ...] = ()
    doses: tuple[Dosed, ...] = ()
    """With which each stretch was begun."""
    fully_screened: bool = False
    """Every question of the screening was asked, and passed by a plain "no"."""

    @property
    def day(self) -> date:
        """The local day on which it began."""
        return self.head.began.date()

    @property
    def counted(self) -> tuple[Hold, ...]:
        """The holds that were long enough to be called so."""
        return tuple(hold for hold in self.holds if hold.counts)

    @property
    def held_seconds(self) -> float:
        """Of all those holds together."""
        return sum(hold.seconds or 0.0 for hold in self.counted)

    @property
    def asked_eases(self) -> int:
        """How often somebody asked for less; easing for want of an answer does not count."""
        return sum(ease.by == "word" for ease in self.eases)

    @property
    def changes(self) -> tuple[Adapted, ...]:
        """The changes of the dose that were told and asked about."""
        return tuple(change for change in self.adaptations if change.answer)

    @property
    def stops(self) -> int:
        """How often somebody said stop or told of pain; what failed in the house does not count."""
        return sum(release.cause in {"stop", "pain"} for release in self.releases)

    def comfort(self, hold: Hold) -> Comfort:
        """How `hold`, one of this session's, was."""
        told = {(answer.question, answer.answer) for answer in self.answers if answer.where == hold.where}
        if hold.ending == "pain" or told & {("too-much", "yes"), ("too-much", "unsure")}:
            return Comfort.TOO_MUCH
        if any(ease.where == hold.where for ease in self.eases):
            return Comfort.EASED
        return Comfort.GOOD if told & {("comfort", "good"), ("too-much", "no")} else Comfort.UNKNOWN


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same for people: case and spaces around make no difference."""
    return one.strip().casefold() == other.strip().casefold()


def by_person(past: Iterable[Past]) -> dict[str, list[Past]]:
    """The sessions of each person who was stretched, in order; the name as it was written last."""
    people: dict[str, list[Past]] = defaultdict(list)
    for session in past:
        people[session.head.client.strip().casefold()].append(session)
    return {sessions[-1].head.client.strip(): sessions for _, sessions in sorted(people.items())}


# --- over time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in a row and the sessions that began in them."""

    first: date
    sessions: tuple[Past, ...]


class Grain(Enum):
    """How long a span is; the value is the word for it."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


WEEK_LIMIT, MONTH_LIMIT = 30, 72
"""So many spans still fit one picture and one table."""


def spans(past: Sequence[Past]) -> tuple[Grain, list[Span]]:
    """`past` in spans from the first to the last session, empty ones included; as fine as fits a picture."""
    if not past:
        return Grain.WEEK, []
    days = sorted(session.day for session in past)
    for grain, limit in ((Grain.WEEK, WEEK_LIMIT), (Grain.MONTH, MONTH_LIMIT)):
        starts = _starts(grain, days[0], days[-1])
        if len(starts) <= limit:
            return grain, _filled(grain, starts, past)
    return Grain.YEAR, _filled(Grain.YEAR, _starts(Grain.YEAR, days[0], days[-1]), past)


def _filled(grain: Grain, starts: Sequence[date], past: Sequence[Past]) -> list[Span]:
    sessions: dict[date, list[Past]] = defaultdict(list)
    for session in past:
        sessions[_start(grain, session.day)].append(session)
    return [Span(start, tuple(sessions[start])) for start in starts]


def _start(grain: Grain, day: date) -> date:
    """The first day of the span that holds `day`; weeks begin on Monday (ISO 8601)."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day.replace(month=1, day=1)


def _starts(grain: Grain, first: date, last: date) -> list[date]:
    longest = {Grain.WEEK: 7, Grain.MONTH: 31, Grain.YEAR: 366}[grain]
    starts = [_start(grain, first)]
    while (following := _start(grain, starts[-1] + timedelta(days=longest))) <= last:
        starts.append(following)
    return starts


# --- left and right ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """All holds of one stretch on one side."""

    holds: int
    mean_seconds: float
    comfortable: float | None
    """Share of the holds that were told of, 0 to 1, that were comfortable; None when none was told of."""
    eases: int


def sides(past: Iterable[Past]) -> dict[str, dict[str, Side]]:
    """For each stretch with sides: "left" and "right", where there were holds."""
    holds: dict[tuple[str, str], list[tuple[Hold, Comfort]]] = defaultdict(list)
    eases: dict[tuple[str, str], int] = defaultdict(int)
    for session in past:
        for hold in session.counted:
            holds[hold.where.stretch, hold.where.side].append((hold, session.comfort(hold)))
        for ease in session.eases:
            eases[ease.where.stretch, ease.where.side] += 1
    found: dict[str, dict[str, Side]] = defaultdict(dict)
    for (stretch, side), held in sorted(holds.items()):
        if side:
            told = [comfort is Comfort.GOOD for _, comfort in held if comfort is not Comfort.UNKNOWN]
            found[stretch][side] = Side(len(held), fmean(hold.seconds or 0.0 for hold, _ in held), fmean(told) if told else None, eases[stretch, side])
    return dict(found)


# --- "how am I doing?" ------------------------------------------------------------------------------------------


def look_back(past: Iterable[Past], client: str, today: date) -> Progress:
    """What the coach knows of the last weeks of `client`: of sessions in which something was held."""
    past = list(past)
    own = [session for session in past if same_name(session.head.client, client) and session.counted]
    recent = [session for session in own if _weeks_ago(session, today) < WEEKS]
    earlier = [session for session in own if WEEKS <= _weeks_ago(session, today) < 2 * WEEKS]
    return Progress(
        weeks=WEEKS, sessions=len(recent), minutes=round(sum(session.held_seconds for session in recent) / 60),
        eases=sum(session.asked_eases for session in recent), trend=_trend(earlier, recent), before=len(own) - len(recent), screened=screened_lately(past, client, today))


SCREENING_DAYS = 14
"""So long a full screening may stand behind a shorter one; see docs/decisions/people.md."""
_WELL = frozenset({"completed", "finished-early"})


def screened_lately(past: Iterable[Past], client: str, today: date) -> bool:
    """Whether `client` has passed a full screening in the last two weeks, and every session since has ended well.

    A session that ended in a stop, in pain, with a "yes" in the screening or in no known way makes the next screening a
    full one. Nobody without a name is known.
    """
    if not client.strip():
        return False
    own = [session for session in past if same_name(session.head.client, client)]
    for session in reversed(own):
        if session.outcome not in _WELL or not session.screened or not 0 <= (today - session.day).days < SCREENING_DAYS:
            return False
        if session.fully_screened:
            return True
    return False


def _weeks_ago(session: Past, today: date) -> float:
    return max(0, (today - session.day).days) / 7


def _trend(earlier: Sequence[Past], recent: Sequence[Past]) -> Trend:
    """Of the mean length of a hold."""
    if min(len(earlier), len(recent)) < TREND_SESSIONS:
        return Trend.UNKNOWN
    then, now = (fmean(hold.seconds or 0.0 for session in sessions for hold in session.counted) for sessions in (earlier, recent))
    if now >= then * TREND_RATIO:
        return Trend.LONGER
    return Trend.SHORTER if now <= then / TREND_RATIO else Trend.SAME
