"""Every setting we change, in the order of a request's journey, each with Scrapy's default and our reason.

Settings that begin with ECOM_ are ours; each can also be set by an environment variable of the same name.
"""

from __future__ import annotations

import os
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg

from ecomscraper import __version__
from ecomscraper.pace.transient import TRANSIENT

BOT_NAME = "ecomscraper"
SPIDER_MODULES = ["ecomscraper.spiders"]
NEWSPIDER_MODULE = "ecomscraper.spiders"
COMMANDS_MODULE = "ecomscraper.commands"  # our `crawl` with exit codes, `site`, `demo`

# ---- where things are ----

_cfg = closest_scrapy_cfg()
_home = Path(_cfg).parent if _cfg else Path.cwd()
ECOM_DATA_DIR = os.environ.get("ECOM_DATA_DIR") or str(_home / "data")  # database, locks, reports
ECOM_DATABASE_URL = (
    os.environ.get("ECOM_DATABASE_URL") or ""
)  # "": ecomscraper.sqlite3 in ECOM_DATA_DIR; or postgresql://…
ECOM_SITES_DIR = os.environ.get("ECOM_SITES_DIR") or ""  # profiles of your own, over the shipped ones
ECOM_SAVED_PAGES_DIR = ""  # before saved_pages in ECOM_SITES_DIR, and tests/saved_pages beside scrapy.cfg

# ---- who we are, and what we may ----

USER_AGENT = (  # default "Scrapy/… (+https://scrapy.org)": a shop should know whom to write to
    f"ecomscraper/{__version__} (+https://pypi.org/project/ecomscraper/)"
)
ROBOTSTXT_OBEY = True  # default False: a shop's word counts; a profile may differ, with a reason
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False: prices from an impostor are worth nothing
COOKIES_ENABLED = (
    False  # default True: a listing needs none, and a jar tells strangers who we are; a profile may differ
)
TELNETCONSOLE_ENABLED = False  # default True: a door that nobody uses
REMOTE_CONTROL_ENABLED = False  # default True: it runs any Python sent to a local port
REFERER_ENABLED = True  # default True: the redirect middleware leans on it

# ---- where we go ----

REDIRECT_MAX_TIMES = 10  # default 20: https, www, slash, language, canonical name are five; twice that is a loop
METAREFRESH_ENABLED = False  # default True: a second door, past the rule of `reach`, and it parses every page
ECOM_REACH_URL_BYTES = 8000  # of a redirect's target: what every server must take (RFC 9110 §4.1)
ECOM_REACH_PRIVATE_HOSTS = ""  # named hosts that sound public and are at private addresses, with their ports

# ---- by which way ----

ECOM_PROXIES: object = {}  # lists by name, of URLs or of a file: {"mine": "data/proxies.txt", "gate": ["http://…"]}
ECOM_PROXIES_LIST = ""  # the list that everything goes out by, and nothing without it; a profile names its own
ECOM_PROXIES_STICKY = "no"  # "page": its redirects go by the same proxy; "crawl": one proxy for as long as it serves
ECOM_PROXIES_EACH_REQUESTS = 4  # in flight by one proxy, within the site's own limit
ECOM_PROXIES_EACH_DELAY_SECONDS = 0.0  # between two requests by one proxy, beside the site's own delay
ECOM_PROXIES_REST_SECONDS = 15.0  # a proxy that fails or is refused rests up to this; each time again doubles it …
ECOM_PROXIES_REST_CAP_SECONDS = 600.0  # … up to this
ECOM_PROXIES_CHECK_URL = "https://example.com/"  # what `scrapy proxies check` asks for, without a site
ECOM_PROXIES_PATIENCE_SECONDS = 30.0  # with all of them failing and tried again; then the crawl ends, resumable

# ---- how fast ----

CONCURRENT_REQUESTS = 16  # default 16
CONCURRENT_REQUESTS_PER_DOMAIN = 8  # default 8: the most a shop without a profile sees at once
DOWNLOADER = "ecomscraper.pace.downloader.Downloader"  # default does not keep the limits, nor any wait
DOWNLOAD_DELAY = 0  # default 0: a profile sets it
DOWNLOAD_DELAY_JITTER = 0  # default ±50 %: a delay of 2 s must not be 1 s; the next one adds, and takes nothing away
ECOM_PACE_RANDOM_EXTRA_SECONDS = 0.0  # each delay grows by a random part of this
ECOM_PACE_PAUSE_AFTER_REQUESTS = 0  # after so many requests, 0 for never …
ECOM_PACE_PAUSE_SECONDS = 30.0  # … nothing is sent for so long
ECOM_THROTTLE = (
    "adaptive"  # finds what serves best within the limits above; "auto": AutoThrottle; "fixed": as they stand
)
ECOM_TIMEOUT_CONNECT_SECONDS = 10.0  # until the connection stands, name server included; Scrapy has the total only
ECOM_TIMEOUT_READ_SECONDS = 15.0  # without a byte of the answer: a page that is being made takes 5, not 15
DOWNLOAD_TIMEOUT = 30  # default 180 s: a page that takes longer is tried again sooner than waited for

# ---- when something fails ----

RETRY_TIMES = 4  # default 2: with back-off a fourth try costs seconds, not a ban
RETRY_HTTP_CODES = sorted(int(reason[5:]) for reason in TRANSIENT if reason.startswith("http_"))
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # default ERROR for each page: the verdict and the database tell them all
ECOM_PACE_BACKOFF_BASE_SECONDS = 1.0  # the first retry waits up to this, the next up to twice as long …
ECOM_PACE_BACKOFF_CAP_SECONDS = 60.0  # … and none longer than this
ECOM_PACE_ALSO_TRANSIENT = ""  # more statuses that pass, for example "403"; a profile sets it
ECOM_PACE_LONGEST_WAIT_SECONDS = 600.0  # a shop that asks for more ends the crawl, resumable
ECOM_PACE_BUDGET_SHARE = 0.2  # of the requests of a window may be retries …
ECOM_PACE_BUDGET_WINDOW_SECONDS = 60.0
ECOM_PACE_BUDGET_LEAST = 300  # … but so many of them always
ECOM_PACE_BREAKER_FAILURES = 15  # in a row, until the site is left alone
ECOM_PACE_BREAKER_PAUSE_SECONDS = 5.0  # then one request tries it; each failure doubles the pause …
ECOM_PACE_BREAKER_PAUSE_CAP_SECONDS = 60.0  # … up to this
ECOM_PACE_BREAKER_PATIENCE_SECONDS = 300.0  # after that the site is given up, and the crawl is resumable

# ---- our own machine: beyond a threshold fewer pages are under way ----

ECOM_MACHINE_MEMORY_BYTES = 2 * 1024**3  # resident memory of this process; 0: not looked at
ECOM_MACHINE_LAG_SECONDS = 1.0  # that the event loop is late
ECOM_MACHINE_FILES_SHARE = 0.9  # of the open files that the system allows

# ---- how much ----

DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # default 1 GiB: a listing page has 0.1 MB, a bomb more
DOWNLOAD_WARNSIZE = 0  # default 32 MiB: above our limit
ECOM_DOWNLOAD_HEADERS_BYTES = 64 * 1024  # status line and headers of one answer; Scrapy has no limit
DOWNLOAD_HANDLERS = {  # default connects to any address, has one time limit, and waits for headers without end
    "http": "ecomscraper.reach.download_handler.HTTP11DownloadHandler",
    "https": "ecomscraper.reach.download_handler.HTTP11DownloadHandler",
}
ECOM_PAGES_DEPTH = 1000  # elements inside each other: a parser drops what is deeper than 2048 without a word
ECOM_PAGES_ATTRIBUTES = 500  # in one tag: parsing takes the square of it, 50,000 stop everything for seconds
CONCURRENT_ITEMS = 2  # default 100 tasks are started for each response; a page is one bundle

# ---- pages into items into the ledger ----

DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # default filters: the ledger's key does that
ITEM_PROCESSOR = "ecomscraper.pipelines.processor.PageProcessor"  # default takes items one after the other
ITEM_PIPELINES = {
    "ecomscraper.pipelines.clean.CleanPipeline": 100,
    "ecomscraper.pipelines.validate.ValidatePipeline": 200,
    "ecomscraper.pipelines.store.StorePipeline": 900,  # yours go between
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "ecomscraper.robots.middleware.RobotsTxtMiddleware": 100,
    "ecomscraper.identity.middleware.IdentityMiddleware": 390,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "ecomscraper.pace.retry.RetryMiddleware": 550,  # default tries again within milliseconds
    "ecomscraper.scrapy_fixes.close_delimited.CloseDelimitedMiddleware": 585,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "ecomscraper.scrapy_fixes.decompression.HttpCompressionMiddleware": 590,  # default stores half a page
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "ecomscraper.reach.redirects.RedirectMiddleware": 600,  # default follows to any host
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "ecomscraper.scrapy_fixes.cookies.CookiesMiddleware": 700,  # default asks the Internet for a list
    "ecomscraper.demo.middleware.DemoShopMiddleware": 740,  # just before the middlewares of proxies
    "ecomscraper.proxies.middleware.ProxyMiddleware": 745,
}
EXTENSIONS = {
    "ecomscraper.engine.extension.EngineExtension": -5,  # default starts CONCURRENT_ITEMS + 1 tasks for each page
    "ecomscraper.ledger.extension.LedgerExtension": 0,
    "ecomscraper.workers.extension.WorkerExtension": 3,
    "ecomscraper.pace.extension.OwnMachineExtension": 5,
    "ecomscraper.pace.throttle_extension.ThrottleExtension": 6,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "ecomscraper.feeds.exporter.LedgerFeeds": 10,
    "ecomscraper.verdict.extension.VerdictExtension": 20,
    "scrapy.extensions.logstats.LogStats": None,
    "ecomscraper.progress.extension.ProgressExtension": 30,  # default tells neither how many are left nor what failed
    "ecomscraper.metrics.extension.MetricsExtension": 40,
    "ecomscraper.notice.extension.NoticeExtension": 50,
    "ecomscraper.report.extension.ReportExtension": 60,
}
ECOM_ARCHIVE = False  # True keeps each answer, packed, for `scrapy crawls reparse`: a tenth of what the pages have
ECOM_LEDGER_BATCH_PAGES = 500  # pages in one transaction at most
ECOM_LEDGER_BATCH_SECONDS = 0.5  # a page waits this long for its transaction at most: what a kill costs
ECOM_LEDGER_BUFFER_PAGES = 2000  # pages fetched and not yet written: beyond it the crawl waits
ECOM_LEDGER_PATIENCE_SECONDS = 40.0  # how long a locked, full or absent database is tried before the crawl stops
ECOM_LEDGER_BUSY = "refuse"  # or "wait": when another crawl holds the host
ECOM_WORKERS_LEASE_SECONDS = 60.0  # a worker that is silent for so long is dead: others get its pages and its share of
# the limits; at least twice DOWNLOAD_TIMEOUT, so that what it sent has ended by then

# ---- feeds ----

FEED_STORAGES = {  # default writes into the target itself
    "": "ecomscraper.feeds.atomic.AtomicFileStorage",
    "file": "ecomscraper.feeds.atomic.AtomicFileStorage",
}
FEED_EXPORTERS = {
    "json": "ecomscraper.feeds.json_rows.JsonItemExporter",  # default takes three times as long for the same
    "jsonlines": "ecomscraper.feeds.json_rows.JsonLinesItemExporter",
    "jsonl": "ecomscraper.feeds.json_rows.JsonLinesItemExporter",
    "jl": "ecomscraper.feeds.json_rows.JsonLinesItemExporter",
    "csv": "ecomscraper.feeds.spreadsheet.SafeCsvItemExporter",  # default lets cells run
    "xml": "ecomscraper.feeds.xml.FlatXmlItemExporter",  # default makes elements of any key
    "parquet": "ecomscraper.feeds.parquet.ParquetItemExporter",
    "xlsx": "ecomscraper.feeds.workbook.WorkbookItemExporter",
}
FEED_STORE_EMPTY = False  # default True: a crawl that fetched nothing leaves the old file
FEED_EXPORT_ENCODING = "utf-8"  # default escapes every letter that is not ASCII in JSON
FEED_EXPORT_INDENT = 0  # default None: one row a line can be read and compared

# ---- the demo shop, where it is embedded in a crawl ----

ECOM_DEMO_PRODUCTS = 188
ECOM_DEMO_SMALL = False  # pages of 9 kB instead of 90
ECOM_DEMO_LATENCY_SECONDS = 0.0
ECOM_DEMO_LATENCY_RANDOM_SECONDS = 0.0  # and a random part from 0 to this on top
ECOM_DEMO_ROBOTS = ""  # text of its robots.txt; "": everything is allowed
ECOM_DEMO_THEME = "woocommerce"  # the look at its root; all others are below /t/<theme>/ as well
ECOM_DEMO_VERSION = 1  # 2: the same shop later, 3 products added, 2 gone, 4 prices and 1 availability changed

# ---- jobs on Scrapyd ----

ECOM_JOBS_NODES = "http://127.0.0.1:6800"  # each Scrapyd that may run crawls, with commas between
ECOM_JOBS_USERNAME = os.environ.get("SCRAPYD_USERNAME") or ""  # Scrapyd's own names: one file of secrets for both
ECOM_JOBS_PASSWORD = os.environ.get("SCRAPYD_PASSWORD") or ""  # -s is refused: it would stand in the list of processes

# ---- the screen ----

LOG_LEVEL = "INFO"  # default DEBUG: a line for each request and item
STATS_DUMP = False  # default True: the verdict says it; -s STATS_DUMP=True brings it back
ECOM_PROGRESS = (  # "off": no block that moves
    "off" if os.environ.get("NO_COLOR") else "auto"  # https://no-color.org
)
LOGSTATS_INTERVAL = 60.0  # default 60 s: without a terminal a line tells how far we are, 0: none
ECOM_LOG_FORMAT = "text"  # or "json": a line is an object, for machines
LOG_FORMATTER = "scrapy.logformatter.LogFormatter"

# ---- for those who watch from afar ----

ECOM_METRICS_PORT = ""  # http://127.0.0.1:PORT/metrics for Prometheus, extra "metrics"; 0: a free port; "": none
ECOM_NOTIFY = ""  # a command, or the http(s) address of a hook: gets JSON when a crawl is not complete, or worse …
ECOM_NOTIFY_WORSE_SHARE = 0.1  # … than the last ones by more than this share: rows, fields, failures
ECOM_NOTIFY_SECONDS = 10.0  # that the command, or one of three tries of the hook, may take
ECOM_REPORT = ""  # a file, a folder, or 1 for reports in ECOM_DATA_DIR: how each crawl went, as HTML, extra "report"

# ---- the machine room ----

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# uvloop, libcurl and zlib-ng where they are installed, and the parts in `engine/`; "scrapy": its own
ECOM_ENGINE = "fast"
ECOM_ENGINE_CLIENT = "curl"  # where pycurl is installed and the engine is fast; or "twisted": Scrapy's

in_environment = [name for name in os.environ if name.startswith("ECOM_")]
for _name in [name for name in in_environment if name in globals()]:
    globals()[_name] = os.environ[_name]
