"""The transcript as a display: what happens in a session as scenes, for whoever draws them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from voicecoach.core.phases import Phase
from voicecoach.records.transcript import Running, Transcript
from voicecoach.view.display import Scene, seconds_until
from voicecoach.vocabulary import Chime, Dictated, Heard, Outcome, Say, Unclear

WITH_A_STRETCH = frozenset({Phase.NEXT, Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN})
"""Phases in which it matters which stretch and side it is."""


class LiveDisplay(Transcript):
    """Keeps the scene of a session, and gives it away when it has changed."""

    def __init__(self, show: Callable[[Scene], None], sides: Mapping[str, str], *, keys: bool, close: Callable[[], None] = lambda: None) -> None:
        """Begin.

        Args:
            show: is given every new scene.
            sides: the language's words for "left" and "right".
            keys: any key means stop.
            close: is called at the end.
        """
        super().__init__(None)
        self._show, self._sides, self._close = show, sides, close
        self._scene = Scene(keys=keys)
        self._shown: Scene | None = None
        self._ends: float | None = None

    def coach(self, _now: float, say: Say) -> None:
        """What the coach says stands until he says something else."""
        self._scene = replace(self._scene, caption=say.text)

    def chime(self, now: float, chime: Chime) -> None:
        """A sound is heard, and has nothing to be read."""

    def heard(self, _now: float, heard: Heard) -> None:
        """The last word that was understood; a sound of somebody's own has no words."""
        self._scene = replace(self._scene, heard=heard.words or heard.intent.value)

    def unclear(self, _now: float, _unclear: Unclear) -> None:
        """It was no word that makes sense now."""
        self._scene = replace(self._scene, heard="?")

    def dictated(self, _now: float, dictated: Dictated) -> None:
        """What an ear wrote; the coach asks whether it is right."""
        self._scene = replace(self._scene, heard=dictated.words or "?")

    def fault(self, _now: float, what: str) -> None:
        """Stands until the session goes on."""
        self._scene = replace(self._scene, trouble=what)

    def finished(self, now: float, outcome: Outcome) -> None:
        """The words of the end stand."""

    def moment(self, now: float, session: Running) -> None:
        """Show how the session stands, if that has changed."""
        phase, bout = session.phase, session.bout if session.phase in WITH_A_STRETCH else None
        self._ends = session.ends
        trouble = self._scene.trouble if phase is self._scene.phase or phase is Phase.RELEASED else ""
        self._scene = replace(self._scene, phase=phase, stretch=bout.stretch.name if bout else "", side=self._sides.get(bout.side, "") if bout else "",
                              seconds=seconds_until(self._ends, now), trouble=trouble)
        if self._scene != self._shown:
            self._shown = self._scene
            self._show(self._scene)

    def next_moment(self, now: float) -> float | None:
        """When the count changes."""
        if self._ends is None or self._ends <= now:
            return None
        return self._ends - math.ceil(self._ends - now - 0.001) + 1

    def give_way(self) -> None:
        """The alarm writes on the screen: show nothing over it."""
        self._show = lambda _: None

    def close(self) -> None:
        """No more scenes."""
        self._close()
