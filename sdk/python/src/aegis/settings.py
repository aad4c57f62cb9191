"""What Aegis tells a component through its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import OutsideAegisError


@dataclass(frozen=True)
class Settings:
    socket: str
    """Path of the control socket."""
    token: str
    """Opens the session at REGISTER. Secret: it is not in the repr, and must not be in a log."""
    component_id: str
    """Empty when the component was started by hand: it is given one."""
    name: str
    mode: str
    """`historical` or `realtime`, empty when unknown."""
    session: str

    def __repr__(self) -> str:
        return f"Settings(socket={self.socket!r}, component_id={self.component_id!r}, name={self.name!r})"

    @staticmethod
    def from_environment(default_name: str, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises OutsideAegisError when the socket or the token is missing."""
        socket = environment.get("AEGIS_SOCKET") or environment.get("AEGIS_COMPONENT_SOCKET")
        if not socket:
            raise OutsideAegisError("AEGIS_SOCKET")
        token = environment.get("AEGIS_SESSION_TOKEN")
        if not token:
            raise OutsideAegisError("AEGIS_SESSION_TOKEN")
        return Settings(
            socket=socket,
            token=token,
            component_id=environment.get("AEGIS_COMPONENT_ID", ""),
            name=environment.get("AEGIS_COMPONENT_NAME") or default_name,
            mode=environment.get("AEGIS_MODE", ""),
            session=environment.get("AEGIS_SESSION", ""),
        )
