"""`scrapy demo`: the demo shop alone, for trying out a crawl, a limit or a fault."""

from __future__ import annotations

import argparse
import errno
import sys
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

if TYPE_CHECKING:
    from ecomscraper.demo.faults import FaultPlan
    from ecomscraper.demo.options import ShopOptions


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Serve the demo shop on this machine"

    def long_desc(self) -> str:
        return (
            "Serve the demo shop on this machine until Ctrl-C: 188 products on 12 pages, slow or faulty on "
            "request. Other looks of it are below /t/<theme>/, APIs at /wp-json/wc/store/v1/products, /products.json, "
            "/api/items, /api/cursor, /api/linked and /api/product/7, addresses in /sitemap.xml. "
            "GET /_demo/counts says what it was asked, GET /_demo/plan which pages are faulty."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        shop = parser.add_argument_group("Shop")
        shop.add_argument("--port", type=_port, default=8000, help="default 8000; 0 takes a free one")
        shop.add_argument("--products", type=int, default=188, metavar="N", help="default 188, 16 a page")
        shop.add_argument("--seed", type=int, default=1, metavar="N", help="of catalogue, latency and faults")
        shop.add_argument(
            "--theme", default="woocommerce", metavar="NAME", help="the look at its root; wrong ones name all there are"
        )
        shop.add_argument(
            "--version", type=int, default=1, metavar="N", help="2: later, with products added, gone and changed"
        )
        shop.add_argument("--small", action="store_true", help="pages of about 12 kB, not 75 to 115 kB")
        shop.add_argument(
            "--robots", default="allow", metavar="RULES", help="allow, disallow, a status (503) or a file"
        )
        load = parser.add_argument_group("Slowness and limits")
        load.add_argument("--latency", type=float, default=0, metavar="S", help="seconds before each answer")
        load.add_argument(
            "--latency-random", type=float, default=0, metavar="S", help="and a random part from 0 to this"
        )
        load.add_argument("--knee", type=int, default=0, metavar="N", help="slower with more than N requests in flight")
        load.add_argument(
            "--knee-latency", type=float, default=0.05, metavar="S", help="seconds for each one beyond it"
        )
        load.add_argument("--rate", type=float, default=0, metavar="N", help="more than N requests a second answer 429")
        load.add_argument("--rate-burst", type=int, default=10, metavar="N", help="so many at once are free")
        load.add_argument("--rate-silent", action="store_true", help="the 429 has no header that says how long to wait")
        load.add_argument(
            "--halve-after", type=int, default=0, metavar="N", help="after N requests half the knee and half the rate"
        )
        faults = parser.add_argument_group("Faults")
        faults.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="FAULT@WHERE",
            help="such as status=503:first=2@10%%, reset@3-7,12 or hang@/robots.txt; may be repeated",
        )
        faults.add_argument("--faults", metavar="FILE", help="a plan of faults in TOML or JSON")
        faults.add_argument("--list-faults", action="store_true", help="say which there are, and end")
        faults.add_argument(
            "--past-end",
            choices=("404", "soft-404", "repeat", "endless"),
            default="404",
            help="what pages beyond the last one answer",
        )
        faults.add_argument(
            "--endless", dest="past_end", action="store_const", const="endless", help="--past-end endless"
        )
        faults.add_argument(
            "--grow", type=_growth, default=(0, 0), metavar="N@M", help="N new products after M listing pages"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument: {' '.join(args)}")
        if opts.list_faults:
            _print_faults()
            return
        import asyncio

        try:
            options = _shop_options(opts)
        except OSError as error:
            self._refuse(f"{error.filename}: {error.strerror}")
            return
        except ValueError as error:
            self._refuse(str(error))
            return
        try:
            asyncio.run(_serve(options, opts.port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            self._refuse(f"port {opts.port} {reason}; choose another, or 0 for a free one")

    def _refuse(self, problem: str) -> None:
        print(f"scrapy demo: {problem}", file=sys.stderr)
        self.exitcode = 2


async def _serve(options: ShopOptions, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    import asyncio
    import signal

    from ecomscraper.demo.addresses import LISTING_PATH
    from ecomscraper.demo.shop import DemoShop

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    shop = DemoShop(options)
    port = await shop.start(port=port)
    try:
        catalogue = shop.catalogue
        print(
            f"Demo shop: http://127.0.0.1:{port}{LISTING_PATH} · {catalogue.total} products"
            f" on {catalogue.pages} pages · Ctrl-C stops it",
            flush=True,
        )
        await stopped.wait()
    finally:
        await shop.stop()


def _shop_options(opts: argparse.Namespace) -> ShopOptions:
    """Raises ValueError or OSError that says what is wrong."""
    from ecomscraper.demo.options import PastEnd, ShopOptions

    robots, robots_status = _robots(opts.robots)
    return ShopOptions(
        products=opts.products,
        seed=opts.seed,
        small=opts.small,
        theme=opts.theme,
        version=opts.version,
        latency_seconds=opts.latency,
        latency_random_seconds=opts.latency_random,
        robots=robots,
        robots_status=robots_status,
        past_end=PastEnd(opts.past_end),
        faults=_fault_plan(opts),
        knee_in_flight=opts.knee,
        knee_seconds=opts.knee_latency,
        rate_per_second=opts.rate,
        rate_burst=opts.rate_burst,
        rate_told=not opts.rate_silent,
        halved_after_requests=opts.halve_after,
        grow_products=opts.grow[0],
        grow_after_requests=opts.grow[1],
    )


def _robots(text: str) -> tuple[str, int]:
    """Text and status of robots.txt."""
    from pathlib import Path

    from ecomscraper.demo.options import ROBOTS_ALLOW_ALL, ROBOTS_DISALLOW_ALL

    if text == "allow":
        return ROBOTS_ALLOW_ALL, 200
    if text == "disallow":
        return ROBOTS_DISALLOW_ALL, 200
    if text.isdigit():
        return "", int(text)
    if not Path(text).is_file():
        raise ValueError(f"--robots {text}: neither allow nor disallow nor a status nor a file")
    return Path(text).read_text(encoding="utf-8"), 200


def _fault_plan(opts: argparse.Namespace) -> FaultPlan:
    from pathlib import Path

    from ecomscraper.demo.fault_file import read_fault_plan
    from ecomscraper.demo.faults import FaultPlan, FaultRule

    rules = tuple(FaultRule.parse(text) for text in opts.fault)
    if not opts.faults:
        return FaultPlan(rules, opts.seed)
    plan = read_fault_plan(Path(opts.faults), opts.seed)
    return FaultPlan(rules + plan.rules, plan.seed)


def _print_faults() -> None:
    from ecomscraper.demo.fault_kinds import FAULT_KINDS

    for kind in FAULT_KINDS.values():
        parameters = "".join(f":{name}={value}" for name, value in kind.parameters.items())
        print(f"{kind.name}{parameters}\n    {kind.meaning}; ends as {kind.reason or 'stored'}")


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, which is 0 to 65535")
    return int(text)


def _growth(text: str) -> tuple[int, int]:
    products, _, after = text.partition("@")
    if not (products.isdecimal() and after.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not PRODUCTS@PAGES, such as 3@50")
    return int(products), int(after)
