"""The session: a pure state machine from events to commands. `handle(event, now)` and `deadline` are all there is.

`handle` asks the guard (`voicecoach.core.safety`) first. What the guard does not take goes to the part of the present phase
and, if that has no use for it, to the general conversation. Parts answer with moves; only this file makes them.
"""

from __future__ import annotations

import math
from dataclasses import replace

from voicecoach.core.dosing import Dosage, Rules
from voicecoach.core.floor import Floor
from voicecoach.core.household import NOBODY_ELSE, Cast, Household, Seats, Turn
from voicecoach.core.parts.approach import Approach
from voicecoach.core.parts.base import STAY, Cause, Course, End, Go, LetGo, Move, Part, Pause, Resume, TakeBack
from voicecoach.core.parts.between import Between
from voicecoach.core.parts.check_in import CheckIn
from voicecoach.core.parts.farewell import Farewell
from voicecoach.core.parts.force import Strain
from voicecoach.core.parts.hold import Hold
from voicecoach.core.parts.latched import Paused, Released
from voicecoach.core.parts.screening import Screening
from voicecoach.core.parts.turn import OFFERED, TurnOver
from voicecoach.core.parts.warm_up import WarmUp
from voicecoach.core.parts.who import Who
from voicecoach.core.phases import FORCE, LATCHED, Phase, Phases, Step
from voicecoach.core.plan import Bout, Plan
from voicecoach.core.progress import NOTHING_YET, Progress
from voicecoach.core.safety import HEARING_TIMEOUT, Situation, Verdict, judge
from voicecoach.core.speech import Speech
from voicecoach.core.talk import converse
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.fitting import fit
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import (
    Alive,
    Command,
    Dictated,
    Earcon,
    Event,
    Heard,
    LineFinished,
    LineStarted,
    Lost,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

CANNOT_SPEAK = "safety.cannot-speak"
"""The line that says that the coach cannot go on and that the partner lets go."""
BACK = {Phase.WHO: Step.BACK_TO_WHO, Phase.SCREEN: Step.BACK_TO_SCREEN, Phase.WARM_UP: Step.BACK_TO_WARM_UP, Phase.TURN: Step.BACK_TO_TURN}
"""The way back out of a break, by where it began; from anywhere else it is `Step.BACK_TO_NEXT`."""
RETURN = {Phase.WARM_UP: Step.NOT_WARM, Phase.RELEASED: Step.RELEASED, Phase.PAUSED: Step.PAUSED}
"""The way back to where a word was confirmed that was not meant."""
EARS = (Source.MICROPHONE, Source.RECOGNISER)


class Session:
    """One session of two people.

    Feed it every event with the time at which it happened, do what it returns, and call it with `TimePassed` at
    `deadline`. It never reads a clock, never blocks and never fails on input: any event may come at any time.
    """

    def __init__(self, script: Script, program: Program, client: str = "", partner: str = "", patience: float = 8.0,  # noqa: PLR0913, PLR0917 - a recipe
                 speech: Speech | None = None, earcons: str = "few", progress: Progress = NOTHING_YET, rules: Rules | None = None,
                 household: Household = NOBODY_ELSE, seats: Seats | None = None) -> None:
        """Prepare a session.

        Args:
            script: every word of it.
            program: its course.
            client: the name of the person who is stretched; empty: the language's word for the role.
            partner: the name of the person who helps; the same.
            patience: seconds of silence before a question is asked again.
            speech: how the coach speaks, until somebody asks for another way.
            earcons: which of the short sounds are wanted, a key of `voicecoach.core.chimes.CHOICES`.
            progress: what is known of the client's last weeks, for "how am I doing?" and for today's dose.
            rules: how the dose follows what the client says; None: it stays as the program has it.
            household: who else there is, and what is asked about them.
            seats: for a further turn of a sitting: who plays which part now; goes before the names and the speech above.
        """
        script = fit(script, program)
        respelled = {person.name: person.say.lower() for person in household.people if person.say}
        self._floor = Floor(script, seats.speech if seats else speech, earcons, seats.spoken if seats else 0, respelled)
        self._floor.patience = patience
        cast = seats.cast if seats else Cast(replace(household.person(client, self._floor.speech.client), progress=progress),
                                             household.person(partner, self._floor.speech.partner))
        self._floor.name(cast.client, cast.partner)
        if seats:
            household = replace(household, asks=False)
        self._turn = seats.turn if seats else 1
        self._turn_began: float | None = None if household.asks or seats else 0.0
        self._plan = Plan(program, script)
        self._phases = Phases()
        course = self._course = Course(script, program, self._plan, self._floor, rules, cast, household)
        strain = Strain()
        self._released, self._farewell, self._turn_over = Released(course), Farewell(course), TurnOver(course)
        self._between = Between(course)
        self._parts: dict[Phase, Part] = {
            Phase.WHO: Who(course), Phase.TURN: self._turn_over,
            Phase.SCREEN: Screening(course), Phase.WARM_UP: WarmUp(course), Phase.NEXT: self._between,
            Phase.STRETCH: Approach(course, strain), Phase.HOLD: Hold(course, strain), Phase.CHECK_IN: CheckIn(course, strain),
            Phase.RELEASED: self._released, Phase.PAUSED: Paused(course), Phase.DONE: self._farewell,
        }
        self._back = Step.BACK_TO_SCREEN
        self._alive: dict[Source, float] | None = None
        self._finished = False

    # --- what the world sees ---

    @property
    def phase(self) -> Phase:
        """The present phase."""
        return self._phases.phase

    @property
    def bout(self) -> Bout | None:
        """The repetition under way or coming next; None when all are done."""
        return self._plan.current

    @property
    def ends(self) -> float | None:
        """When what is being counted down ends: a hold, a rest, the warm-up; None when nothing is."""
        return self._part.ends

    @property
    def dosage(self) -> Dosage | None:
        """The dose of `bout`."""
        return self._plan.dosage

    @property
    def cast(self) -> Cast:
        """Who is stretched and who helps, as far as it is known."""
        return self._course.cast

    @property
    def turn(self) -> Turn | None:
        """This turn, for those who watch it; None while nobody knows who is stretched."""
        if self._turn_began is None:
            return None
        return Turn(self._turn, self._turn_began, self.cast.client.name, self.cast.partner.name)

    @property
    def changes_places(self) -> bool:
        """Once it is over: the two go on, with the other one lying down."""
        return self._turn_over.change and self._farewell.outcome in OFFERED

    @property
    def spoken(self) -> int:
        """How many lines have been ordered."""
        return self._floor.utterances

    @property
    def names(self) -> dict[str, str]:
        """What the coach calls the "client" and the "partner"."""
        return self._floor.names

    @property
    def fault_line(self) -> Say:
        """What is to be said when not the session but something around it fails; one of the safety lines."""
        return self._floor.worded(CANNOT_SPEAK, {})

    @property
    def speech(self) -> Speech:
        """How the coach speaks now."""
        return self._floor.speech

    @property
    def outcome(self) -> Outcome | None:
        """How the session ended, once it has."""
        return self._farewell.outcome if self._finished else None

    @property
    def deadline(self) -> float | None:
        """When to call `handle` with `TimePassed` unless something happens before; None when that is never."""
        if self._finished or self._alive is None:
            return None
        clocks = [self._floor.deadline]
        if not self._released.deaf and self.phase is not Phase.DONE:
            # A hair later than the limit, so that the limit is passed when the call comes.
            clocks.append(min(self._alive.values()) + HEARING_TIMEOUT + 0.001)
        return min((clock for clock in clocks if clock is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take one event and return what has to be done, in order.

        Args:
            event: what happened.
            now: when, in seconds on the caller's clock. A time before the last one counts as the last one.
        """
        if self._finished or (self._alive is None and not isinstance(event, Started)):
            return []
        self._floor.begin(now)
        if self._alive is None:
            self._alive = dict.fromkeys(EARS, self._floor.now)
            if self._turn > 1:
                self._turn_began = self._floor.now
            self._make(Go(Step.ASK_WHO) if self._course.household.asks else self._part.enter())
            return self._floor.commands()
        verdict = judge(event, self._situation())
        self._note(event)
        if isinstance(event, Heard) and not self._clear(event, verdict):
            return self._floor.commands()
        if not self._guard(verdict):
            self._coach(event)
        return self._floor.commands()

    # --- guard ---

    def _situation(self) -> Situation:
        floor = self._floor
        return Situation(
            phase=self.phase, speaking=floor.speaking, mentioned=floor.mentioned, places=floor.named_places, loading=floor.loading, expected=floor.expected,
            silent_for=floor.now - min((self._alive or {}).values(), default=floor.now),
            pushed=self._part.pushed, deaf=self._released.deaf, line_overdue=floor.overdue,
        )

    def _note(self, event: Event) -> None:
        """Keep the facts of the house, whatever the guard makes of the event."""
        match event:
            case Alive(source) if self._alive is not None and source in self._alive:
                self._alive[source] = self._floor.now
            case Lost(source) if self._alive is not None and source in self._alive:
                self._alive[source] = -math.inf
            case LineStarted(utterance):
                self._floor.line_started(utterance)
            case LineFinished(utterance):
                self._floor.line_finished(utterance)

    def _clear(self, heard: Heard, verdict: Verdict) -> bool:
        """Whether `heard` stands alone; a second, different answer to a question that is still sounding muddles both."""
        if heard.intent in RELEASE:
            self._floor.question.drop()
        elif verdict in {Verdict.COACH, Verdict.DOUBT}:
            return self._floor.question.note(heard, self._floor.now, sure=verdict is Verdict.COACH)
        return True

    def _guard(self, verdict: Verdict) -> bool:
        """Act on `verdict`; True when nothing is left for the coach to do."""
        match verdict:
            case Verdict.COACH:
                return False
            case Verdict.DOUBT:
                self._floor.acknowledge(Earcon.NOT_UNDERSTOOD)
                self._make(self._part.doubted())
            case Verdict.LET_GO:
                self._make(LetGo(Cause.STOP))
            case Verdict.EASE:
                self._make(self._part.ease())
            case Verdict.END_FOR_PAIN:
                self._end(Outcome.PAIN, "safety.pain")
            case Verdict.DEAF:
                self._released.deaf = True
                self._make(LetGo(Cause.DEAF))
            case Verdict.BUTTON_LOST:
                self._make(LetGo(Cause.BUTTON_LOST))
            case Verdict.MUTE:
                self._end(Outcome.CANNOT_SPEAK, CANNOT_SPEAK)
        return True

    # --- coach ---

    @property
    def _part(self) -> Part:
        return self._parts[self.phase]

    def _coach(self, event: Event) -> None:
        match event:
            case Heard():
                self._floor.acknowledge(Earcon.HEARD)
                self._make(self._part.heard(event) or converse(event, self._part))
            case Unclear() | Dictated():
                self._unclear(event)
            case LineFinished():
                self._line_finished()
            case TimePassed():
                self._clocks()
            case Alive(Source.BUTTON):
                if self.phase is Phase.RELEASED:
                    self._floor.remind("released.button-back")
            case Alive() if self.phase is Phase.RELEASED and self._released.deaf and self._hears():
                self._make(self._released.hears_again())
        if self.phase is Phase.DONE and (self._floor.quiet or self._floor.overdue):
            self._finished = True
            self._floor.finish(self._farewell.outcome)

    def _unclear(self, event: Unclear | Dictated) -> None:
        if isinstance(event, Dictated) and self._part.dictated(event):
            return
        if self._floor.asking:
            self._floor.acknowledge(Earcon.NOT_UNDERSTOOD)
        self._make(self._part.unclear())

    def _hears(self) -> bool:
        return self._alive is not None and self._floor.now - min(self._alive.values()) <= HEARING_TIMEOUT

    def _line_finished(self) -> None:
        """If it was a question: what was said while it sounded counts now, or is asked for again."""
        if answer := self._floor.early_answer():
            self._make(self._part.heard(answer) or STAY)
        elif self._floor.quiet and self._floor.question.take_doubt():
            self._make(self._part.doubted())

    def _clocks(self) -> None:
        """At most one clock a call; one that is due as well makes the deadline come again at once."""
        if self._floor.alarm_due:
            self._floor.alarm = None
            self._make(self._part.alarm())
        elif self._floor.silence_due:
            self._floor.wait(None)
            self._make(self._part.silence())

    # --- moves ---

    def _make(self, move: Move) -> None:
        """Carry out `move` and those that follow from it."""
        while move is not STAY:
            match move:
                case Go(step):
                    move = self._take(step)
                case LetGo(cause):
                    move = self._let_go(cause)
                case Pause():
                    move = self._pause()
                case Resume():
                    # In the questions and among the people "go back" leads to an answer.
                    self._plan.way_back = self.phase if self._back in {Step.BACK_TO_NEXT, Step.BACK_TO_WARM_UP} else None
                    move = self._take(self._back)
                case TakeBack():
                    move = self._take_back()
                case End(outcome):
                    self._end(outcome)
                    return
                case _:
                    return

    def _take(self, step: Step) -> Move:
        self._part.leave()
        self._floor.question.close()
        if self.phase not in LATCHED:
            self._back = BACK.get(self.phase, Step.BACK_TO_NEXT)
        if step is Step.NAMED:
            self._turn_began = self._floor.now
            self._between.know_client()
        self._phases.take(step)
        if self.phase in LATCHED:
            self._plan.way_back = None
        back = step in {*BACK.values(), Step.BACK_TO_NEXT, Step.NOT_WARM}
        return self._part.resume() if back else self._part.enter()

    def _let_go(self, cause: Cause) -> Move:
        """Silence, then the release line, then everything else: nothing may come between a stop and its answer."""
        self._plan.wants_less(here=self.phase in FORCE and cause in {Cause.STOP, Cause.SILENCE})
        self._floor.hush()
        self._floor.say(cause.value)
        self._floor.chime(Earcon.RELEASE)
        if self.phase is Phase.DONE:
            # Whoever says stop now has had enough for today.
            self._farewell.change = self._turn_over.change = False
            return self._farewell.resume()
        return self._take(Step.RELEASED)

    def _pause(self) -> Move:
        if self.phase in LATCHED:
            return STAY
        self._take_force_away("safety.pause" if self.phase in FORCE else "")
        return self._take(Step.PAUSED)

    def _take_back(self) -> Move:
        way, self._plan.way_back = self._plan.way_back, None
        self._take_force_away("safety.pause" if self.phase in FORCE else "")
        return self._take(RETURN[way]) if way else STAY

    def _take_force_away(self, safety_line: str) -> None:
        """At once, if there may be any; else only what the coach was saying makes room."""
        if safety_line:
            self._floor.hush()
            self._floor.say(safety_line)
            self._floor.chime(Earcon.RELEASE)
        else:
            self._floor.cut()

    def _may_change(self, outcome: Outcome) -> bool:
        """A turn that ended well, after something was held, may be followed by the other person's."""
        steps = {Phase.SCREEN, Phase.WHO, Phase.WARM_UP, Phase.RELEASED, Phase.TURN, Phase.DONE}
        return outcome in OFFERED and self._course.household.swaps and self.phase not in steps and self._plan.tally.holds > 0

    def _end(self, outcome: Outcome, safety_line: str = "") -> None:
        self._take_force_away(safety_line or ("safety.pause" if self.phase in FORCE else ""))
        if self._may_change(outcome):
            self._turn_over.outcome = outcome
            self._make(Go(Step.TURN_OVER))
            return
        if self.phase is Phase.DONE:
            self._make(self._farewell.instead(outcome))
            return
        self._farewell.outcome, self._farewell.change = outcome, self._turn_over.change
        self._take(Step.ENDED)
