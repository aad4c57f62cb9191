"""What can end a component, besides an exception of its own."""


class AegisError(Exception):
    """Base class. The text says what happened and what to do."""


class OutsideAegisError(AegisError):
    """The environment lacks what Aegis gives to the components that it launches."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            f"{variable} is not set, so this program was not started by Aegis. "
            "Attach it to a session (aegisctl session attach), or set AEGIS_SOCKET and AEGIS_SESSION_TOKEN."
        )


class RefusedError(AegisError):
    """Aegis has refused the registration. Trying again would give the same answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"registration refused: {code}: {message}")
        self.code = code


class ConnectionLostError(AegisError):
    """The control connection is of no use any more. The SDK connects again; no program sees this error."""
