"""A change of the dose, said aloud with its reason, and what the client makes of it.

Less is in force from the moment when it is told, and a clear "no" gives the old dose back. More is in force only after a
clear "yes": a "no", silence, any break and any other way out leave everything as it was.
"""

from __future__ import annotations

from voicecoach.core.dosing import Bounds, Proposal, Reason, What, bounds_of, proposals, standing, today
from voicecoach.core.parts.base import Course
from voicecoach.vocabulary import Heard, Intent

TOLD: dict[tuple[What, bool], str] = {
    ("hold_seconds", True): "dose.longer", ("repetitions", True): "dose.again", ("deepenings", True): "dose.further",
    ("hold_seconds", False): "dose.shorter", ("repetitions", False): "dose.fewer", ("deepenings", False): "dose.nearer",
}
"""The line that tells a change, by what it is of and whether there is more of it."""


class Offer:
    """What is proposed before a repetition; `Between` opens it and passes on what is said."""

    def __init__(self, course: Course) -> None:
        """Take up the last time's doses, unless the client is still to be asked for; then `know_client` has to be called."""
        self._course = course
        self._floor, self._plan, self._rules = course.floor, course.plan, course.rules
        self._bounds: dict[str, Bounds] = {}
        self._coming: dict[str, Proposal] = {}
        self._open: Proposal | None = None
        self._prompts = 0
        self._rest = 0.0
        self._reads_back, self._sure = course.script.language.read_back, False
        """A recogniser that may take anything for an answer is asked twice before anything is more than it would be."""
        if not course.household.asks:
            self.know_client()

    def know_client(self) -> None:
        """Take up the doses of the client's last time, each of which was agreed to then, and think of today's."""
        if self._rules is None:
            return
        course = self._course
        self._bounds = bounds_of(course.program, self._rules.least_repetitions)
        for stretch, bounds in self._bounds.items():
            self._plan.change(stretch, bounds.own, standing(bounds, course.progress.earlier, stretch))
        self._coming = proposals(self._rules, self._bounds, course.progress.earlier)

    def open(self, rest: float) -> None:
        """Propose what there is to propose for the repetition that comes, which has just been announced.

        Args:
            rest: seconds that pass before it, once the proposal has been answered.
        """
        self._open = self._next()
        if self._open is None:
            return
        self._rest, self._prompts, self._sure = rest, 0, not self._reads_back
        if not self._open.up:
            self._plan.change(self._open.stretch, self._open.old, self._open.new)
        self._floor.listen("dose", Intent.YES if self._open.up else Intent.NO)
        self._tell(self._open)
        self._floor.say("dose.choice")
        self._floor.ask("dose.ask")
        self._floor.wait(self._floor.patience)

    def _next(self) -> Proposal | None:
        bout = self._plan.current
        if self._rules is None or bout is None or bout.stretch.id not in self._bounds:
            return None
        stretch = bout.stretch.id
        if self._plan.unease and self._plan.dosage:
            self._plan.unease = False
            new = today(self._rules, self._bounds[stretch], self._plan.dosage)
            return Proposal(stretch, self._plan.dosage, new, Reason.TODAY) if new != self._plan.dosage else None
        proposal = self._coming.get(stretch)
        return None if proposal is None or (proposal.up and not self._plan.carefree) else proposal

    def _tell(self, proposal: Proposal) -> None:
        self._floor.say(f"dose.because-{proposal.reason}")
        for what, by in proposal.old.differences(proposal.new):
            self._floor.say(TOLD[what, by > 0], seconds=proposal.new.hold_seconds)

    def heard(self, heard: Heard) -> bool:
        """Whether `heard` was about the proposal and has been dealt with."""
        if self._open is None:
            return False
        match heard.intent:
            case Intent.YES | Intent.NO | Intent.UNSURE:
                if self._floor.answers(heard):
                    self._answered(heard.intent, self._open)
            case Intent.NEXT if not self._floor.quiet:
                pass  # whatever changes is first told to its end
            case Intent.WHY:
                self._floor.say(f"dose.because-{self._open.reason}")
                self._ask_again()
            case Intent.EASE:
                # Whoever says "too much" here wants no more than before; what else the word means, `Between` knows.
                self._floor.cut()
                self._settle(agreed=not self._open.up, told=self._open.up)
                return False
            case _:
                return False
        return True

    def _answered(self, answer: Intent, proposal: Proposal) -> None:
        heavier = answer is (Intent.YES if proposal.up else Intent.NO)
        if heavier and not self._sure:
            self._sure = True
            self._floor.ask("dose.sure")
            self._floor.wait(self._floor.patience)
        else:
            self._settle(agreed=heavier is proposal.up)

    def _settle(self, *, agreed: bool, told: bool = True) -> None:
        """The proposal has been answered: `Between` goes on with the rest."""
        proposal = self._open
        if proposal is None:
            return
        if agreed and proposal.up:
            self._plan.change(proposal.stretch, proposal.old, proposal.new)
        elif not agreed and not proposal.up:
            self._plan.change(proposal.stretch, proposal.new, proposal.old)
        if told:
            self._floor.say("dose.agreed" if agreed else "dose.kept")
        self._forget(proposal)
        self._floor.listen("rest")
        self._floor.wait(self._rest)

    def _forget(self, proposal: Proposal) -> None:
        self._open = None
        self._coming.pop(proposal.stretch, None)

    def _ask_again(self) -> None:
        # The question that is open: a second "yes" must be one to the second question.
        self._floor.say("dose.sure" if self._reads_back and self._sure else "dose.ask")
        self._floor.wait(self._floor.patience)

    def unclear(self) -> None:
        """Something was said that is no answer."""
        if self._open and self._floor.quiet and not self._prompts:
            self._prompts = 1
            self._floor.remind("help.dose")
            self._floor.wait(self._floor.patience)

    def silence(self) -> bool:
        """Whether the silence was about the proposal: it agrees to less, and after another question it declines more."""
        if self._open is None:
            return False
        if self._open.up and not self._prompts:
            self._prompts = 1
            self._floor.say("help.dose")
            self._ask_again()
        else:
            self._settle(agreed=not self._open.up, told=self._open.up)
        return True

    def close(self) -> None:
        """Something else came before an answer: more is not done; less is, and is told anew if the break came into the telling."""
        proposal = self._open
        if proposal is None:
            return
        told = self._floor.question.heard
        self._forget(proposal)
        if not proposal.up and not told:
            self._plan.change(proposal.stretch, proposal.new, proposal.old)
            self._coming[proposal.stretch] = proposal
