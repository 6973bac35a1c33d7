"""The server under the vendors, spoken to over raw sockets."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from sandbox import server


@pytest.fixture
def address(serve: Callable[[Flask], str]) -> tuple[str, int]:
    """This will serve an app that reads nothing, or everything."""
    app = Flask(__name__)

    def read() -> ResponseReturnValue:
        return request.get_data()

    app.add_url_rule("/deaf", "deaf", lambda: "deaf", methods=["POST"])
    app.add_url_rule("/read", "read", read, methods=["POST"])
    app.add_url_rule("/empty", "empty", lambda: ("", 204))
    port = int(serve(app).rpartition(":")[2])
    return "127.0.0.1", port


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    """This will speak to it over one connection."""
    with closing(http.client.HTTPConnection(*address, timeout=5)) as connection:
        yield connection


def test_it_keeps_the_connection_even_after_an_unread_body(client: http.client.HTTPConnection) -> None:
    answers, sockets = [], []

    for method, path, body in [("POST", "/deaf", b"x" * 100_000), ("GET", "/empty", None), ("POST", "/read", b"hi")]:
        client.request(method, path, body)
        sockets.append(client.sock)
        answers.append(client.getresponse().read())

    assert answers == [b"deaf", b"", b"hi"]
    assert len({id(one) for one in sockets}) == 1


def test_it_reads_a_chunked_body(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/read", iter([b"in ", b"parts"]), encode_chunked=True)

    assert client.getresponse().read() == b"in parts"


def test_it_closes_when_the_client_asks(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/read", b"bye", headers={"Connection": "close"})

    assert client.getresponse().headers["Connection"] == "close"


def test_it_answers_head_without_a_body(client: http.client.HTTPConnection) -> None:
    client.request("HEAD", "/empty")

    assert client.getresponse().status == 204


def test_it_refuses_a_length_that_is_no_number(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=5) as raw:
        raw.sendall(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: lots\r\n\r\n")

        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_a_taken_port_is_an_error(address: tuple[str, int]) -> None:
    with pytest.raises(OSError, match="in use"):
        server.make(Flask(__name__), port=address[1])
