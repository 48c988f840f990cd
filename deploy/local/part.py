"""What the supervisor needs to know of a part, and nothing about what it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """One process that is kept alive.

    `environment` is whole: nothing is added but the supervisor's mark. `ready` is asked a few times a second, from a
    thread of the part's own, and may block for a second or two. `stop_s` is how long the part may take to end after
    SIGTERM before it is killed. `probe_url` answers 200 while the part is ready, for those that have such an address.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    address: str = ""
    stop_s: float = 4.0
    probe_url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
