import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.failure import Failure
from deploy.local.ports import DRAWN_FROM, HOST, choose, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_with_a_listener_is_taken(taken: int) -> None:
    assert not is_free(taken)


def test_a_port_on_all_addresses_is_taken() -> None:
    with socket.socket() as server:
        server.bind(("", 0))
        server.listen()
        assert not is_free(server.getsockname()[1])


def test_usual_ports_are_taken_where_they_are_free() -> None:
    assert choose({"kafka": 9092, "database": 27017}, {}, {}, lambda _port: True) == {"kafka": 9092, "database": 27017}


def test_the_last_port_goes_before_the_usual_one() -> None:
    assert choose({"kafka": 9092}, {}, {"kafka": 20123}, lambda _port: True) == {"kafka": 20123}


def test_the_usual_port_serves_when_the_last_one_is_taken() -> None:
    assert choose({"kafka": 9092}, {}, {"kafka": 20123}, lambda port: port != 20123) == {"kafka": 9092}


def test_a_taken_usual_port_is_replaced(taken: int) -> None:
    port = choose({"kafka": taken}, {}, {})["kafka"]
    assert port != taken
    assert port in DRAWN_FROM


def test_a_named_port_that_is_taken_is_a_failure_that_names_it(taken: int) -> None:
    with pytest.raises(Failure, match=f"Port {taken} for kafka"):
        choose({"kafka": 9092}, {"kafka": taken}, {})


def test_a_named_port_is_kept_from_the_others() -> None:
    chosen = choose({"a": 9092, "b": 9093}, {"b": 9092}, {}, lambda _port: True)
    assert chosen["b"] == 9092
    assert chosen["a"] != 9092


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.none() | st.integers(1024, 1030), max_size=8),
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1024, 1030), max_size=8),
    st.frozensets(st.integers(1024, 1030)),
)
def test_no_two_parts_share_a_port(usual: dict[str, int | None], last: dict[str, int], taken: frozenset[int]) -> None:
    chosen = choose(usual, {}, last, lambda port: port not in taken)
    assert chosen.keys() == usual.keys()
    assert len(set(chosen.values())) == len(chosen)
    assert not taken & set(chosen.values())
