"""Answers every GET with its name, pid and the path. Run as a program it is a task; standard library only.

``answerer.py NAME MODE``: ``good``; ``ends`` (at once, with status 3); ``sick`` (503 to health checks); ``fails`` (503
to all others); ``elsewhere`` (on a port of its own, and where it should only when it gets SIGUSR1).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys


async def serve(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mode: str = "good") -> None:
    try:
        while line := await reader.readline():
            path = line.split()[1].decode() if len(line.split()) > 1 else "/"
            while (await reader.readline()).strip():
                pass
            delay = float(path.rpartition("wait=")[2]) if "wait=" in path else 0.0
            await asyncio.sleep(delay)
            is_bad = (mode, path == "/healthz") in (("sick", True), ("fails", False))
            status = "503 Sick" if is_bad else "200 OK"
            body = json.dumps({"name": name, "upstream": name, "pid": os.getpid(), "path": path}).encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main(name: str, mode: str) -> None:
    print(f"{name} begins", flush=True)  # noqa: T201 - its log is looked at
    if mode == "ends":
        raise SystemExit(3)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    port = int(os.environ["PORT"])
    if mode == "elsewhere":
        comes = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, comes.set)
        await asyncio.start_server(lambda reader, writer: serve(name, reader, writer), "127.0.0.1", 0)
        await comes.wait()
    server = await asyncio.start_server(lambda reader, writer: serve(name, reader, writer, mode), "127.0.0.1", port)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
