"""Splits a stream of newline-delimited JSON into lines, without ever holding more than one line and one chunk."""


class LineSplitter:
    """A line that is too long comes out as None once, and its rest is skipped. Lines are counted by the caller."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that this chunk completes, blank ones too."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        lines: list[bytes | None] = []
        for line in whole:
            if self._skipping:
                self._skipping = False
            else:
                lines.append(line if len(line) <= self._max_bytes else None)
        if self._skipping:
            self._rest = b""
        elif len(self._rest) > self._max_bytes:
            self._rest = b""
            self._skipping = True
            lines.append(None)
        return lines

    def finish(self) -> list[bytes | None]:
        """The last line, if it did not end in a newline."""
        return [self._rest] if self._rest and not self._skipping else []
