"""Which CONFIGURE the component has to take, and which one is answered. Pure: neither sockets nor threads."""

from __future__ import annotations

from dataclasses import dataclass

from .protocol import Configuration


@dataclass(frozen=True)
class Asked:
    """A CONFIGURE of Aegis."""

    message_id: str
    configuration: Configuration
    running: bool
    """It came to a component that was RUNNING, not on its way there."""


@dataclass(frozen=True)
class Answer:
    asked: Asked
    problem: str
    """Why the component refuses it; empty when it has taken it."""


class Configuring:
    """The component is given one configuration at a time. What comes meanwhile waits; only the newest is answered."""

    def __init__(self) -> None:
        self._taken: Configuration | None = None
        self._asked: Asked | None = None
        self._given = False
        """The component is taking one, perhaps of a connection that is gone."""

    def ask(self, asked: Asked) -> Asked | Answer | None:
        """What is to be done: give it to the component, answer it, or wait."""
        self._asked = asked
        return self._next()

    def answer(self, asked: Asked, problem: str = "") -> Asked | Answer | None:
        """The component has taken or refused what it was given."""
        self._given = False
        if problem == "":
            self._taken = asked.configuration
        return self._answer(problem) if self._asked == asked else self._next()

    def lost(self) -> None:
        """Nobody waits for an answer any more: the next connection brings a CONFIGURE of its own."""
        self._asked = None

    def _next(self) -> Asked | Answer | None:
        if self._asked is None or self._given:
            return None
        if not self._asked.running and self._asked.configuration == self._taken:
            return self._answer("")
        self._given = True
        return self._asked

    def _answer(self, problem: str) -> Answer | None:
        asked, self._asked = self._asked, None
        return None if asked is None else Answer(asked, problem)
