"""Follows the folder of keys while ingest runs: from a rotation on, records are sealed for the new key."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from services.runtime import keys
from services.runtime.faults import OperatorStop
from services.runtime.logs import logger
from services.runtime.sealing import Sealer

LOOK_S = 5.0
"""Between two looks at the folder. A platform that mounts a secret takes longer to bring a new file."""


class NewestKey:
    """`on_change` gets the sealer of a newer key. What is in use stays where the folder has nothing newer, or cannot be
    read: a public key seals as well in memory as on disk."""

    def __init__(self, folder: Path, in_use: str, on_change: Callable[[Sealer], None]) -> None:
        self._folder = folder
        self._in_use = in_use
        self._on_change = on_change
        self._known = {in_use}
        self._faults: str | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        try:
            found = keys.load_public(self._folder)
        except (OperatorStop, OSError, ValueError, TypeError) as fault:
            self._say(type(fault).__name__)
            return
        self._faults = None
        # One that was in use before is older: the file of the newest went.
        if found.sealing_id not in self._known:
            self._known.add(found.sealing_id)
            self._in_use = found.sealing_id
            self._on_change(Sealer(found.sealing_id, found.sealing))
            logger().info("sealing_key_changed", key_id=found.sealing_id)

    def _say(self, fault: str) -> None:
        """Once, and not every five seconds."""
        if fault != self._faults:
            self._faults = fault
            logger().warning("keys_not_readable", fault=fault, key_id=self._in_use)
