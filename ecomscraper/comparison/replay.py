"""Serves pages that were fetched before: `python -m ecomscraper.comparison.replay pages.json 0.05`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from aiohttp import web


async def serve(pages: list[str], latency_seconds: float) -> None:
    """Page N at `/N`, until the process is ended; says its address on the first line."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(latency_seconds)
        response = web.Response(text=pages[int(request.match_info["number"])], content_type="text/html")
        response.enable_compression()
        return response

    app = web.Application()
    app.router.add_get("/robots.txt", lambda _: _nothing())
    app.router.add_get(r"/{number:\d+}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}/\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def _nothing() -> web.Response:
    return web.Response(status=404)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), float(sys.argv[2])))
