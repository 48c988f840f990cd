"""The bound on what is in flight: submissions in this process's memory, by count and by bytes.

Neither client library bounds its own buffer usefully, so an outage of the broker would end in an out-of-memory kill.
Above the bound the answer is 503 and Retry-After; a phone keeps what it could not send.
"""


class Gate:
    """Not for use from several threads."""

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self.count = 0
        self.bytes = 0

    def enter(self) -> "Place | None":
        """Takes a place; None if there is none."""
        if self.count >= self._max_count or self.bytes >= self._max_bytes:
            return None
        self.count += 1
        return Place(self)

    def grow(self, size: int) -> bool:
        """Takes `size` bytes more. False, and nothing taken, if they are not there."""
        if self.bytes + size > self._max_bytes:
            return False
        self.bytes += size
        return True

    def leave(self, size: int, count: int = 1) -> None:
        """Gives back places, and the bytes that were taken for them."""
        if count > self.count or size > self.bytes:
            raise ValueError("more left the gate than had entered")
        self.count -= count
        self.bytes -= size


class Place:
    """One submission's place at the gate, and the bytes it holds. Belongs to the request until it is handed over."""

    __slots__ = ("_gate", "_mine", "size")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._mine = True
        self.size = 0

    def grow_to(self, size: int) -> bool:
        """False, and nothing taken, if there is no room for so much."""
        if size > self.size:
            if not self._gate.grow(size - self.size):
                return False
            self.size = size
        return True

    def hand_over(self) -> int:
        """Whoever takes it gives back the bytes that are returned, and the place, by `Gate.leave`."""
        self._mine = False
        return self.size

    def leave(self) -> None:
        """Gives the place back, unless it was handed over."""
        if self._mine:
            self._mine = False
            self._gate.leave(self.size)
