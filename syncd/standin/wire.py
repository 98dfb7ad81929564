"""Answers that break off, drip, burst or lie on the wire, written past the server library."""

import asyncio
import base64
import socket
import struct
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from syncd.standin.faults import Answer

MIB = 2**20
CLOSED_UNANSWERED = 444  # what logs of a well-known server note for it


async def drip(request: web.Request, answer: "Answer", seconds: float, size: int) -> web.StreamResponse:
    """`size` bytes every so many seconds."""
    response = await _begin(request, answer, len(answer.body))
    for start in range(0, len(answer.body), size):
        await response.write(answer.body[start : start + size])
        await asyncio.sleep(seconds)
    return response


async def cut(request: web.Request, answer: "Answer", at: float) -> web.StreamResponse:
    """A true Content-Length and then too little."""
    head = _head(answer, **{"Content-Length": str(len(answer.body))})
    return _raw(request, head + answer.body[: _bytes(answer, at)], answer.status)


async def cut_chunked(request: web.Request, answer: "Answer", at: float) -> web.StreamResponse:
    """Chunks without the last one."""
    part = answer.body[: _bytes(answer, at)]
    chunk = b"%x\r\n%s\r\n" % (len(part), part) if part else b""
    return _raw(request, _head(answer, **{"Transfer-Encoding": "chunked"}) + chunk, answer.status)


async def close_delimited(request: web.Request, answer: "Answer") -> web.StreamResponse:
    """Neither length nor chunks: the end of the connection is the end of the body."""
    return _raw(request, _head(answer, version="1.0", Connection="close") + answer.body, answer.status)


async def reset(request: web.Request, answer: "Answer", at: float) -> web.StreamResponse:
    """Part of the body, then RST."""
    transport = _transport(request)
    head = _head(answer, **{"Content-Length": str(len(answer.body))})
    transport.write(head + answer.body[: _bytes(answer, at)])
    # What was written leaves first; closing with no linger makes the kernel send RST instead of FIN.
    await asyncio.sleep(0.02)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return web.Response(status=answer.status)


async def drop(request: web.Request, _answer: "Answer") -> web.StreamResponse:
    """Closes without an answer."""
    return _raw(request, b"", CLOSED_UNANSWERED)


async def gzip_bomb(_request: web.Request, answer: "Answer", megabytes: int) -> web.StreamResponse:
    """`[`, blanks, `]`: one gzip member whose full flushes make every megabyte the same few bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = b" " * MIB
    packed = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    packed += (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes
    packed += packer.compress(b"]") + packer.flush(zlib.Z_FINISH)
    checksum = zlib.crc32(b"[")
    for _ in range(megabytes):
        checksum = zlib.crc32(block, checksum)
    checksum = zlib.crc32(b"]", checksum)
    size = (megabytes * MIB + 2) % 2**32
    body = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed + struct.pack("<II", checksum, size)
    return web.Response(status=200, body=body, headers=answer.headers | {"Content-Encoding": "gzip"})


async def huge(request: web.Request, answer: "Answer", megabytes: int) -> web.StreamResponse:
    """An array with megabytes of blanks."""
    response = await _begin(request, answer, megabytes * MIB + 2)
    await response.write(b"[")
    for _ in range(megabytes):
        await response.write(b" " * MIB)
    await response.write(b"]")
    return response


async def echo(request: web.Request, answer: "Answer", status: int) -> web.StreamResponse:
    """The request's credentials in an error's text, plain and encoded."""
    header = request.headers.get("Authorization", "")
    plain = base64.b64decode(header.partition(" ")[2] or b"").decode("utf-8", "replace")
    return web.Response(
        status=status,
        text=f"Refused: {request.path_qs} {header} ({plain})",
        headers={"Date": answer.headers.get("Date", "")},
    )


async def _begin(request: web.Request, answer: "Answer", length: int) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = length
    await response.prepare(request)
    return response


def _raw(request: web.Request, data: bytes, status: int) -> web.StreamResponse:
    transport = _transport(request)
    if data:
        transport.write(data)
    transport.close()
    # The server library finds the connection closing and writes nothing; the status is for the log.
    return web.Response(status=status)


def _head(answer: "Answer", *, version: str = "1.1", **headers: str) -> bytes:
    lines = [f"HTTP/{version} {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (answer.headers | headers).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _bytes(answer: "Answer", at: float) -> int:
    return int(at * len(answer.body)) if 0 < at < 1 else int(at)


def _transport(request: web.Request) -> asyncio.Transport:
    if not isinstance(request.transport, asyncio.Transport):
        raise ConnectionResetError
    return request.transport
