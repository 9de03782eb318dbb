"""A server that sends back what it gets, on 127.0.0.1, made with one of Python's event loops.

    python3 bench/peers/echo.py uvloop-protocol echo      bytes as they come
    python3 bench/peers/echo.py asyncio-streams frames    messages of 64 bytes, one after the other

The first word is asyncio-streams, uvloop-streams, uvloop-protocol or gevent. Prints its port and
serves until its standard input ends. Without the package that it needs it ends with code 3.
"""

import asyncio
import os
import socket
import sys
import threading

FRAME = 64
BACKLOG = 16384
HOST = "127.0.0.1"


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Frames(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def data_received(self, data):
        data = self.rest + data if self.rest else data
        whole = len(data) // FRAME * FRAME
        frames = [data[i : i + FRAME] for i in range(0, whole, FRAME)]
        self.rest = data[whole:]
        self.transport.writelines(frames)


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def frames(reader, writer):
    try:
        while True:
            writer.write(await reader.readexactly(FRAME))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def serve(style, work):
    if style == "protocol":
        protocol = Echo if work == "echo" else Frames
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, HOST, 0, backlog=BACKLOG)
    else:
        handler = echo if work == "echo" else frames
        server = await asyncio.start_server(handler, HOST, 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def serve_by_gevent():
    from gevent.server import StreamServer

    def handle(connection, _):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            pass

    server = StreamServer((HOST, 0), handle, backlog=BACKLOG)
    server.start()
    print(server.server_port, flush=True)
    server.serve_forever()


def end_with_input():
    """Ends the process when its parent has, whatever the loop does."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    known = ("asyncio-streams", "uvloop-streams", "uvloop-protocol", "gevent")
    if len(sys.argv) != 3 or sys.argv[1] not in known or sys.argv[2] not in ("echo", "frames"):
        sys.exit(__doc__)
    kind, what = sys.argv[1:]
    try:
        if kind.startswith("uvloop"):
            import uvloop

            uvloop.install()
        elif kind == "gevent":
            import gevent
    except ImportError:
        sys.exit(3)
    threading.Thread(target=end_with_input, daemon=True).start()
    if kind == "gevent":
        serve_by_gevent()
    else:
        asyncio.run(serve(kind.split("-")[1], what))
