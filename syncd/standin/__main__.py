"""`python -m syncd.standin VENDOR`: a stand-in as a process of its own. Its first line of output is its URL."""

import argparse
import asyncio
import dataclasses
import json
import signal
from importlib import import_module
from typing import Any

from syncd.standin import control
from syncd.standin.bulk import Bulk
from syncd.standin.server import Server, StandIn

SIZE = {"trackops": "cases", "trackunit": "units", "itrack": "trackers", "trackier": "campaigns"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m syncd.standin", description="A stand-in vendor on loopback, until SIGTERM or SIGINT."
    )
    parser.add_argument("vendor", choices=list(SIZE))
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same rows")
    parser.add_argument(
        "--size", type=int, default=None, help="the size of the account: cases, units, trackers or campaigns"
    )
    parser.add_argument("--rate", type=float, default=None, help="requests allowed a second; without it no limit")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="how long every answer takes")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=JSON", help="an option of the account, or a setting"
    )
    only = parser.add_argument_group("trackops only")
    only.add_argument("--cases", type=int, default=60, help="the same as --size")
    only.add_argument(
        "--rows", action="append", default=[], metavar="COLLECTION=N", help="the exact size of one collection"
    )
    only.add_argument("--bulk", type=int, default=None, metavar="N", help="N prepared records a collection instead")
    return parser.parse_args()


def _server(arguments: argparse.Namespace) -> Server:
    if arguments.bulk is not None:
        return Bulk(arguments.bulk, seed=arguments.seed, port=arguments.port)
    given = {name: json.loads(value) for name, _, value in (one.partition("=") for one in arguments.set)}
    options: dict[str, Any] = {"seed": arguments.seed, "rate": arguments.rate, "port": arguments.port}
    if arguments.vendor == "trackops":
        options["cases"] = arguments.cases
        options["rows"] = {name: int(number) for name, _, number in (text.partition("=") for text in arguments.rows)}
    if arguments.size is not None:
        options[SIZE[arguments.vendor]] = arguments.size
    settings = import_module(f"syncd.standin.{arguments.vendor}").Settings
    known = {one.name for one in dataclasses.fields(settings)}
    make: Any = getattr(StandIn, arguments.vendor)
    server: StandIn = make(**options, **{name: value for name, value in given.items() if name not in known})
    for name in known & given.keys():
        control.change_setting(server.settings, name, given[name])
    if hasattr(server.settings, "latency"):
        server.settings.latency = arguments.latency
    elif arguments.latency:
        server.switch.delay(arguments.latency)
    return server


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _server(arguments) as server:
        print(server.url, flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
