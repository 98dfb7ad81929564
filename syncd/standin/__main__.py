"""`python -m syncd.standin trackops`: a stand-in as a process of its own. Its first line of output is its URL."""

import argparse
import asyncio
import signal

from syncd.standin.bulk import Bulk
from syncd.standin.server import Server, StandIn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m syncd.standin", description="A stand-in vendor on loopback, until SIGTERM or SIGINT."
    )
    parser.add_argument("vendor", choices=["trackops"])
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same rows")
    parser.add_argument("--cases", type=int, default=60, help="the size of the account")
    parser.add_argument(
        "--rows", action="append", default=[], metavar="COLLECTION=N", help="the exact size of one collection"
    )
    parser.add_argument("--rate", type=float, default=None, help="requests allowed a second; without it no limit")
    parser.add_argument("--bulk", type=int, default=None, metavar="N", help="N prepared records a collection instead")
    return parser.parse_args()


def _server(arguments: argparse.Namespace) -> Server:
    if arguments.bulk is not None:
        return Bulk(arguments.bulk, seed=arguments.seed, port=arguments.port)
    rows = {name: int(number) for name, _, number in (text.partition("=") for text in arguments.rows)}
    return StandIn.trackops(
        seed=arguments.seed, cases=arguments.cases, rows=rows, rate=arguments.rate, port=arguments.port
    )


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _server(arguments) as server:
        print(server.url, flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
