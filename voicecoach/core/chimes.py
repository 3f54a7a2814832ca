"""When an earcon sounds: the rules that keep it short of words, and always behind a line that takes force away. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from voicecoach.language.line_keys import relieves
from voicecoach.vocabulary import Chime, Command, Earcon, Say

CHOICES: Mapping[str, frozenset[Earcon]] = {
    "all": frozenset(Earcon),
    "few": frozenset({Earcon.NOT_UNDERSTOOD, Earcon.RELEASE, Earcon.HALF, Earcon.END}),
    "none": frozenset(),
}
"""The values of the setting ``earcons``. "few" leaves out the two that sound at every turn."""

STATEMENTS = frozenset({"", "rest", "warm-up", "cool-down"})
"""Grammars in which nothing is asked: the end of a line there gives the floor to nobody."""


class Chimes:
    """Which earcons are wanted, and which one the present call of `Session.handle` owes."""

    def __init__(self, choice: str) -> None:
        self._wanted = CHOICES[choice]
        self._owed: Earcon | None = None
        self._puzzled = False
        """The people know already that they were not understood, since the coach's last line."""

    def begin(self) -> None:
        """A new event is being handled."""
        self._owed = None

    def wanted(self, earcon: Earcon) -> bool:
        """Whether this one is switched on."""
        return earcon in self._wanted

    def owe(self, earcon: Earcon) -> None:
        """Answer the event with `earcon`, before any words, if that is harmless: see `settle`."""
        if earcon is Earcon.NOT_UNDERSTOOD:
            if self._puzzled:
                return
            self._puzzled = True
        self._owed = earcon

    def spoken(self) -> None:
        """The coach says something new."""
        self._puzzled = False

    def settle(self, commands: list[Command], volume: float) -> None:
        """Put the earcon that is owed before the coach's words, but never before words that take force away."""
        if self._owed is None or not self.wanted(self._owed):
            return
        lines = [index for index, command in enumerate(commands) if isinstance(command, Say)]
        if not any(isinstance(command, Say) and relieves(command.key) for command in commands):
            commands.insert(lines[0] if lines else len(commands), Chime(self._owed, volume))
        self._owed = None
