"""`scrapy jobs list | schedule SPIDER | cancel JOB | log JOB`: crawls as jobs of one or several Scrapyds."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.utils.conf import arglist_to_dict, feed_process_params_from_cli

from ecomscraper.commands.table import print_table
from ecomscraper.exceptions import ArgumentError, ConfigurationError, EcomscraperError, NodeError

if TYPE_CHECKING:
    from ecomscraper.jobs.scrapyd_api import Job, Node

USAGE = "use `scrapy jobs list`, `schedule SPIDER -a site=…`, `cancel JOB` or `log JOB`"
HEAD = ("JOB", "NODE", "SPIDER", "STATE", "STARTED", "VERDICT")
OWN = ("ECOM_JOBS_NODES", "ECOM_JOBS_USERNAME", "ECOM_JOBS_PASSWORD")  # settings of this command, not of the job
MOST_FINISHED = 20  # shown of each node: each one's log is asked for its last line
MOST_VERDICT = 100  # characters in the table; --json gives all


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "list | schedule SPIDER [-a NAME=VALUE] [-s NAME=VALUE] [-O FILE] | cancel JOB | log JOB"

    def short_desc(self) -> str:
        return "Run crawls as jobs of Scrapyd"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="list: for machines")
        job = parser.add_argument_group("schedule")
        job.add_argument("-a", dest="arguments", action="append", default=[], metavar="NAME=VALUE")
        job.add_argument("-O", dest="outputs", action="append", default=[], metavar="FILE[:FORMAT]",
                         help="on the node; %%(site)s and %%(crawl)s give each job a file of its own")  # fmt: skip
        job.add_argument("--priority", type=float, default=0, metavar="N", help="larger ones come first; default 0")
        parser.add_argument("--project", default="ecomscraper", metavar="NAME", help="on Scrapyd; default ecomscraper")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self._run(args, opts)
        except EcomscraperError as error:
            _tell([error])
            self.exitcode = error.exit_code
        except BrokenPipeError:  # `| head` has seen enough
            sys.stderr.close()

    def _run(self, args: Sequence[str], opts: argparse.Namespace) -> None:
        wanted, *names = args or [""]
        if len(names) != {"list": 0, "schedule": 1, "cancel": 1, "log": 1}.get(wanted):
            raise ArgumentError(USAGE)
        there = self._nodes()
        if wanted == "list":
            self._list(there, opts)
        elif wanted == "schedule":
            self._schedule(there, names[0], opts)
        else:
            node, job = _find(there, opts.project, names[0])
            if wanted == "cancel":
                _cancel(node, job)
            else:
                print(node.log(job), end="")

    def _nodes(self) -> list[Node]:
        from scrapy.settings import SETTINGS_PRIORITIES

        from ecomscraper.jobs.scrapyd_api import Login, nodes

        assert self.settings is not None
        for name in OWN[1:]:
            if self.settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]:
                raise ConfigurationError(f"{name}: not with -s, which others can see; set SCRAPYD_{name[10:]}")
        username, password = self.settings["ECOM_JOBS_USERNAME"], self.settings["ECOM_JOBS_PASSWORD"]
        return nodes(self.settings["ECOM_JOBS_NODES"], Login(username, password) if username and password else None)

    def _list(self, there: Sequence[Node], opts: argparse.Namespace) -> None:
        found: list[tuple[Job, str]] = []
        failed: list[NodeError] = []
        for node in there:
            try:
                found += [(job, _verdict(node, job)) for job in _shown(node.jobs(opts.project), all_of=opts.json)]
            except NodeError as error:
                failed.append(error)
        if opts.json:
            print(json.dumps([{**asdict(job), "verdict": verdict} for job, verdict in found], indent=1))
        elif len(failed) < len(there):
            print_table([HEAD, *(_row(job, verdict) for job, verdict in found)])
        _tell(failed)
        self.exitcode = NodeError.exit_code if failed else 0

    def _schedule(self, there: Sequence[Node], spider: str, opts: argparse.Namespace) -> None:
        from ecomscraper.jobs.scrapyd_api import NewJob, least_busy

        settings = {name: value for name, value in _pairs(opts.set, "-s").items() if name not in OWN}
        if opts.outputs:
            settings["FEEDS"] = json.dumps(self._feeds(opts.outputs))
        job = NewJob(opts.project, spider, _pairs(opts.arguments, "-a"), settings, opts.priority)
        node, failed = least_busy(there)
        _tell(failed)
        print(f"job {node.schedule(job)} on {node.url}")

    def _feeds(self, outputs: Sequence[str]) -> Mapping[str, Any]:
        from ecomscraper.feeds.targets import check_names

        assert self.settings is not None
        try:
            feeds = feed_process_params_from_cli(self.settings, [], overwrite_output=list(outputs))
        except UsageError as error:
            raise ArgumentError(f"-O: {error}") from error
        check_names(feeds)
        return feeds


def _find(there: Sequence[Node], project: str, job_id: str) -> tuple[Node, Job]:
    failed: list[NodeError] = []
    for node in there:
        try:
            found = [job for job in node.jobs(project) if job.id == job_id]
        except NodeError as error:
            failed.append(error)
            continue
        if found:
            return node, found[0]
    _tell(failed)
    raise ArgumentError(f"no node knows the job {job_id}; `scrapy jobs list` shows them")


def _cancel(node: Node, job: Job) -> None:
    was = node.cancel(job)
    if was == "pending":
        print(f"job {job.id} is off the queue of {node.url}")
    elif was == "running":
        print(f"job {job.id} on {node.url} ends when its requests in flight have; -a resume=last goes on with it")
    else:
        print(f"job {job.id} on {node.url} has ended before")


def _shown(jobs: Sequence[Job], *, all_of: bool) -> list[Job]:
    finished = [job for job in jobs if job.state == "finished"]
    others = [job for job in jobs if job.state != "finished"]
    return [*others, *(finished if all_of else finished[:MOST_FINISHED])]


def _verdict(node: Node, job: Job) -> str:
    return node.last_words(job) if job.state == "finished" else ""


def _row(job: Job, verdict: str) -> tuple[str, ...]:
    from ecomscraper.pipelines.clean import clean_text

    words = clean_text(verdict)
    short = words if len(words) <= MOST_VERDICT else f"{words[: MOST_VERDICT - 1]}…"
    return (job.id, job.node, job.spider, job.state, (job.started_at or "-")[:19], short or "-")


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    try:
        pairs: dict[str, str] = arglist_to_dict(list(texts))
    except ValueError as error:
        raise ArgumentError(f"{option}: write {option} NAME=VALUE") from error
    return pairs


def _tell(errors: Iterable[EcomscraperError]) -> None:
    for error in errors:
        for line in str(error).splitlines():
            print(f"scrapy jobs: {line}", file=sys.stderr)
