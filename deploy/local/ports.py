"""Which ports the parts listen on, all of them on the loopback address.

A port that the user has named is taken or it is an error. Any other is the one of the last time if that is free, else
the well-known one, else one drawn from a range below the ports that systems give to outgoing connections: out of that
range a client that keeps trying to reach a broker that is down can by chance be given the broker's own port.
"""

import random
import socket
from collections.abc import Callable, Mapping

from deploy.local.failure import Failure

HOST = "127.0.0.1"

DRAWN_FROM = range(20_000, 30_000)
"""Outgoing connections start at 32,768 on Linux and at 49,152 on macOS."""


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on the loopback address or on all."""
    with socket.socket() as client:
        client.settimeout(1)
        if client.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger are no obstacle
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(
    usual: Mapping[str, int | None],
    named: Mapping[str, int],
    last: Mapping[str, int],
    free: Callable[[int], bool] = is_free,
) -> dict[str, int]:
    """A port for each name of `usual`, no two alike. A usual port of None means: any.

    Raises `Failure` if a port of `named` is taken.
    """
    chosen: dict[str, int] = {}
    for name in sorted(usual, key=lambda name: name not in named):
        taken = set(chosen.values()) | set(named.values())
        if name in named:
            if not free(named[name]):
                raise Failure(
                    f"Port {named[name]} for {name} is taken by another program: name another one, or none, so that "
                    "a free one is found."
                )
            chosen[name] = named[name]
            continue
        for port in (last.get(name), usual[name]):
            if port is not None and port not in taken and free(port):
                chosen[name] = port
                break
        else:
            chosen[name] = _draw(taken, free)
    return chosen


def _draw(taken: set[int], free: Callable[[int], bool]) -> int:
    for port in random.sample(DRAWN_FROM, k=200):
        if port not in taken and free(port):
            return port
    raise Failure(f"No free port was found between {DRAWN_FROM.start} and {DRAWN_FROM.stop}: end some other servers.")
