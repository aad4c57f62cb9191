"""The hash that tells whether two components saw the same stream."""

import hashlib

PIECE_BYTES = 1 << 20


class StreamHash:
    """H0 = 32 zero bytes, Hk = SHA-256(Hk-1 + SHA-256(piece k)) over pieces of 1 MiB, as Aegis reports it for a run."""

    def __init__(self) -> None:
        self._chain = bytes(32)
        self._piece = hashlib.sha256()
        self._in_piece = 0

    def update(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            part = view[: PIECE_BYTES - self._in_piece]
            self._piece.update(part)
            self._in_piece += len(part)
            view = view[len(part) :]
            if self._in_piece == PIECE_BYTES:
                self._chain = self._linked()
                self._piece = hashlib.sha256()
                self._in_piece = 0

    def hexdigest(self) -> str:
        """Of everything so far."""
        return (self._linked() if self._in_piece else self._chain).hex()

    def _linked(self) -> bytes:
        return hashlib.sha256(self._chain + self._piece.digest()).digest()
