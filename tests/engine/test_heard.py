"""Whatever listens is told the same, and replies the same, as by Scrapy's own signal manager."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_twisted
from pydispatch.dispatcher import Any as Anything
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.signalmanager import SignalManager
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from ecomscraper.engine.heard import HeardSignals

ARGUMENTS = {"spider": "the spider", "item": 3, "response": None}


class Listens:
    def method(self, item: int, other: int = 7) -> Any:
        return item, other

    def takes_all(self, **kwargs: Any) -> Any:
        return sorted(kwargs)

    def calls_itself_item(item: Listens, response: None) -> Any:  # or it would be given another one
        return response

    def __call__(self, spider: str, signal: object) -> Any:
        return spider, type(signal)

    @classmethod
    def of_the_class(cls, response: None, sender: object) -> Any:
        return cls.__name__, response, sender


def takes_nothing() -> str:
    return "nothing"


def says_something() -> str:
    return "something"


def only_by_name(item: int, *, spider: str = "not given") -> Any:
    return item, spider


def wants_what_is_not_there(absent: int) -> None:
    """Never called."""


def breaks() -> None:
    raise RuntimeError("a bug")


def says_no() -> None:
    raise IgnoreRequest("no")


def stops() -> None:
    raise StopDownload(fail=False)


def gives_a_deferred() -> Deferred[str]:
    return succeed("later")


async def waits(item: int) -> int:
    return item


def gives_a_coroutine(item: int) -> Any:
    return waits(item)


async def breaks_later() -> None:
    raise RuntimeError("a bug")


PLAIN: list[Callable[..., Any]] = [
    Listens().method,
    Listens().takes_all,
    Listens().calls_itself_item,
    Listens(),
    Listens.of_the_class,
    takes_nothing,
    only_by_name,
    wants_what_is_not_there,
    breaks,
    says_no,
    stops,
    lambda *args, **kwargs: (args, len(kwargs)),
    partial(only_by_name, 3),
]
LATER: list[Callable[..., Any]] = [waits, gives_a_coroutine, breaks_later]


def shown(replies: list[tuple[Any, Any]]) -> list[Any]:
    return [(listener, _words(reply)) for listener, reply in replies]


def _words(reply: Any) -> Any:
    if isinstance(reply, Failure):
        return "failure", repr(reply.value)
    return repr(reply) if isinstance(reply, Exception) else reply


@pytest.fixture
def both() -> Iterator[Callable[..., list[SignalManager]]]:
    """`both(signal, *listeners)`: Scrapy's manager and ours, of one sender, to whom those listen until the end."""
    connected: list[tuple[Any, object]] = []
    managers: list[SignalManager] = [SignalManager("one crawler"), HeardSignals("one crawler")]

    def of(signal: object, *listeners: Any) -> list[SignalManager]:
        for listener in listeners:
            managers[0].connect(listener, signal, weak=False)
            connected.append((listener, signal))
        return managers

    yield of
    for listener, signal in connected:
        managers[0].disconnect(listener, signal, weak=False)


@pytest.mark.parametrize("listener", PLAIN)
@pytest.mark.parametrize("dont_log", [None, IgnoreRequest, (IgnoreRequest, RuntimeError)])
def test_each_kind_of_listener(both: Any, listener: Any, dont_log: Any, caplog: pytest.LogCaptureFixture) -> None:
    told, signal = [], object()
    for manager in both(signal, listener):
        caplog.clear()
        options = {} if dont_log is None else {"dont_log": dont_log}
        replies = manager.send_catch_log(signal, **ARGUMENTS, **options)
        lines = [
            (line.name, line.levelno, line.getMessage(), bool(line.exc_info))
            for line in caplog.records
            if line.name != "asyncio"
        ]
        told.append((shown(replies), lines))

    assert told[0] == told[1]


@pytest.mark.parametrize("listener", [each for each in PLAIN + LATER if not isinstance(each, Listens)])
@pytest_twisted.ensureDeferred
async def test_each_kind_of_listener_that_may_wait(both: Any, listener: Any, caplog: pytest.LogCaptureFixture) -> None:
    """But for objects that can be called, which Scrapy does not tell, as it wants their `__qualname__`."""
    told, signal = [], object()
    for manager in both(signal, listener, says_something):
        caplog.clear()
        sending = manager.send_catch_log_async(signal, **ARGUMENTS, dont_log=IgnoreRequest)
        told.append((shown(await deferred_from_coro(sending)), _of_signals(caplog)))

    assert told[0] == told[1]
    assert told[1][0][1] == (says_something, "something")


@pytest.mark.parametrize("listener", LATER)
@pytest_twisted.ensureDeferred
async def test_one_that_waits_alone(both: Any, listener: Any, caplog: pytest.LogCaptureFixture) -> None:
    told, signal = [], object()
    for manager in both(signal, listener):
        caplog.clear()
        sending = manager.send_catch_log_async(signal, **ARGUMENTS)
        told.append((shown(await deferred_from_coro(sending)), _of_signals(caplog)))

    assert told[0] == told[1]


def test_a_deferred_cannot_be_waited_for(both: Any, caplog: pytest.LogCaptureFixture) -> None:
    signal = object()
    for manager in both(signal, gives_a_deferred):
        caplog.clear()
        ((_, reply),) = manager.send_catch_log(signal)
        assert isinstance(reply, Deferred)
        ((name, level, line),) = [each for each in caplog.record_tuples if each[0] != "asyncio"]
        assert (name, level) == ("scrapy.utils.signal", logging.ERROR)
        assert line.startswith("Cannot return deferreds from signal handler: <function gives_a_deferred")


def test_who_listens_to_everything_is_told_once_and_last(both: Any) -> None:
    signal = object()
    both(signal, takes_nothing, only_by_name)
    for manager in both(Anything, takes_nothing, Listens.of_the_class):
        listeners = [listener for listener, _ in manager.send_catch_log(signal, **ARGUMENTS)]
        assert listeners == [takes_nothing, only_by_name, Listens.of_the_class]
        assert len(manager.send_catch_log(object(), **ARGUMENTS)) == 2


def test_who_is_gone_is_not_told() -> None:
    manager, listens, signal = HeardSignals("one crawler"), Listens(), object()
    manager.connect(listens.method, signal)
    assert [reply for _, reply in manager.send_catch_log(signal, item=1)] == [(1, 7)]
    del listens
    assert manager.send_catch_log(signal, item=1) == []


def _of_signals(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Without what a server of another test still says of a connection that was lost."""
    return [line.getMessage() for line in caplog.records if line.name != "asyncio"]
