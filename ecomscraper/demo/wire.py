"""Faults below HTTP: raw bytes on the connection, which is then closed, reset or left alone.

Whatever would last for ever is bounded, and ends at once when the client leaves: the handler is cancelled then.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.faults import Fault

_CHUNK_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds: close sends RST and drops what is unsent


class Wire:
    """One connection, on which one answer goes wrong; it is of no use afterwards."""

    def __init__(self, transport: asyncio.Transport, drain: Callable[[], Awaitable[None]]) -> None:
        self._transport = transport
        self._drain = drain

    async def write(self, data: bytes) -> None:
        """Send it, at the speed of the client. Raises ConnectionError when the client has gone."""
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(data)
        await self._drain()

    def head(self, answer: Answer, *framing: str) -> None:
        """Send status line and headers, with `framing` in place of an honest length."""
        lines = (f"HTTP/1.1 {answer.status} OK", f"Content-Type: {answer.content_type}", *framing)
        self._transport.write("\r\n".join((*lines, "", "")).encode())

    def close(self) -> None:
        """Send what is buffered, then FIN."""
        self._transport.close()

    def reset(self) -> None:
        """Send RST."""
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def half_close(self) -> None:
        """Send FIN, and go on listening."""
        self._transport.write_eof()


Misbehaviour = Callable[[Wire, Answer, Fault], Awaitable[None]]


def misbehaviour(fault: Fault) -> Misbehaviour | None:
    """What is done with the connection instead of answering, or None if the fault is of another sort."""
    return _MISBEHAVIOURS.get(fault.kind.name)


def _half(answer: Answer) -> bytes:
    body = answer.document.body
    return body[: len(body) // 2]


def _declared(answer: Answer) -> str:
    return f"Content-Length: {len(answer.document.body)}"


async def _hang(wire: Wire, answer: Answer, fault: Fault) -> None:
    await asyncio.sleep(float(fault.parameters["seconds"]))
    wire.reset()


async def _reset(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.reset()


async def _reset_body(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, _declared(answer))
    await wire.write(_half(answer))
    wire.reset()


async def _close(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.close()


async def _close_headers(wire: Wire, answer: Answer, fault: Fault) -> None:
    await wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/ht")
    wire.close()


async def _half_close(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.half_close()
    await asyncio.sleep(float(fault.parameters["seconds"]))


async def _truncated(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, _declared(answer))
    await wire.write(_half(answer))
    wire.close()


async def _cut(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, "Connection: close")
    await wire.write(_half(answer))
    wire.close()


async def _cut_chunked(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, "Transfer-Encoding: chunked")
    half = _half(answer)
    await wire.write(f"{len(half):x}\r\n".encode() + half + b"\r\n")
    wire.close()


async def _short_length(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, f"Content-Length: {len(_half(answer))}")
    await wire.write(answer.document.body)
    wire.close()


async def _no_length(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, "Connection: close")
    await wire.write(answer.document.body)
    wire.close()


async def _bad_length(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, "Content-Length: twelve")
    await wire.write(answer.document.body)
    wire.close()


async def _garbage(wire: Wire, answer: Answer, fault: Fault) -> None:
    await wire.write(random.Random(0).randbytes(2_000) + b"\r\n\r\n")
    wire.close()


async def _stalled(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, _declared(answer))
    await wire.write(_half(answer))
    await asyncio.sleep(float(fault.parameters["seconds"]))
    wire.reset()


async def _drip(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, _declared(answer))
    for byte in answer.document.body:
        await wire.write(bytes((byte,)))
        await asyncio.sleep(1 / int(fault.parameters["bytes_per_second"]))
    wire.close()


async def _endless(wire: Wire, answer: Answer, fault: Fault) -> None:
    wire.head(answer, "Connection: close")
    await wire.write(_half(answer))
    filler = b"<p>and more</p>\n" * (_CHUNK_BYTES // 16)
    for _ in range(int(fault.parameters["bytes"]) // _CHUNK_BYTES):
        await wire.write(filler)
    wire.reset()


async def _endless_headers(wire: Wire, answer: Answer, fault: Fault) -> None:
    await wire.write(b"HTTP/1.1 200 OK\r\n")
    line = b"X-More: " + b"m" * 1014 + b"\r\n"
    for _ in range(int(fault.parameters["bytes"]) // _CHUNK_BYTES):
        await wire.write(line * (_CHUNK_BYTES // len(line)))
    wire.reset()


_MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "hang": _hang,
    "reset": _reset,
    "reset_body": _reset_body,
    "close": _close,
    "close_headers": _close_headers,
    "half_close": _half_close,
    "truncated": _truncated,
    "cut": _cut,
    "cut_chunked": _cut_chunked,
    "short_length": _short_length,
    "no_length": _no_length,
    "bad_length": _bad_length,
    "garbage": _garbage,
    "stalled": _stalled,
    "drip": _drip,
    "endless": _endless,
    "endless_headers": _endless_headers,
}
