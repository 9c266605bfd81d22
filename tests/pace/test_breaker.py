from __future__ import annotations

import heapq
from itertools import pairwise
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomscraper.pace.breaker import Breaker, Closed, GivenUp, Opened, State

PROBES = {"failures_in_a_row": 3, "pause_seconds": 10.0, "pause_cap_seconds": 40.0, "patience_seconds": 100.0}


def breaker(clock, **differences):
    return Breaker(**PROBES | differences, clock=clock)


def fail(site, clock, times=1):
    """Sends and fails so many requests one after the other; the last event."""
    event = None
    for _ in range(times):
        assert site.admit()
        event = site.failed(clock.now)
    return event


def test_it_opens_after_so_many_failures_in_a_row(clock):
    site = breaker(clock)

    assert fail(site, clock, 2) is None
    assert (site.state, site.wait_seconds()) == (State.CLOSED, 0)
    assert fail(site, clock) == Opened(at=1000.0, failures=3, pause_seconds=10.0)
    assert (site.state, site.wait_seconds(), site.admit()) == (State.OPEN, 10.0, False)


def test_an_answer_between_failures_begins_the_row_anew(clock):
    site = breaker(clock)
    for _ in range(100):
        fail(site, clock, 2)
        assert site.succeeded(clock.now) is None
    assert site.state is State.CLOSED


def test_one_probe_goes_after_the_pause_and_closes_it(clock):
    site = breaker(clock)
    fail(site, clock, 3)
    clock.pass_(9.9)
    assert not site.admit()
    clock.pass_(0.1)

    assert site.admit()
    assert site.state is State.HALF_OPEN
    assert not site.admit()
    sent_at = clock.now
    clock.pass_(2)
    assert site.succeeded(sent_at) == Closed(at=1012.0, after_seconds=12.0)
    assert [site.admit() for _ in range(5)] == [True] * 5


def test_each_probe_that_fails_doubles_the_pause_up_to_the_cap(clock):
    site = breaker(clock, patience_seconds=1000.0)
    pauses = [fail(site, clock, 3).pause_seconds]
    for _ in range(4):
        clock.pass_(site.wait_seconds())
        pauses.append(fail(site, clock).pause_seconds)

    assert pauses == [10.0, 20.0, 40.0, 40.0, 40.0]


def test_it_is_given_up_by_the_probe_at_the_end_of_the_patience(clock):
    """Probes at 10, 30 and 70 s; the next pause would end at 110 s and is cut to the patience of 100 s."""
    site = breaker(clock)
    events = [fail(site, clock, 3)]
    while site.state is not State.GIVEN_UP:
        clock.pass_(site.wait_seconds())
        events.append(fail(site, clock))

    assert [event.pause_seconds for event in events[:-1]] == [10.0, 20.0, 40.0, 30.0]
    assert events[-1] == GivenUp(at=1100.0, after_seconds=100.0, failures=7)
    assert (site.wait_seconds(), site.admit()) == (inf, False)
    assert site.succeeded(clock.now) is None
    assert site.failed(clock.now) is None
    assert site.state is State.GIVEN_UP


def test_what_was_under_way_when_it_opened_says_nothing_new(clock):
    site = breaker(clock)
    sent_before = clock.now
    clock.pass_(1)
    fail(site, clock, 3)

    assert site.failed(sent_before) is None
    assert site.succeeded(sent_before) is None
    assert (site.state, site.wait_seconds()) == (State.OPEN, 10.0)

    clock.pass_(10)
    assert site.admit()
    assert site.failed(sent_before) is None
    assert site.succeeded(sent_before) is None
    assert site.state is State.HALF_OPEN


def test_failures_from_before_it_closed_do_not_open_it_again(clock):
    site = breaker(clock)
    sent_before = clock.now
    fail(site, clock, 3)
    clock.pass_(10)
    site.admit()
    clock.pass_(1)
    site.succeeded(clock.now)

    assert [site.failed(sent_before) for _ in range(10)] == [None] * 10
    assert site.state is State.CLOSED


def test_after_it_closed_the_pauses_and_the_patience_begin_anew(clock):
    site = breaker(clock)
    fail(site, clock, 3)
    for _ in range(2):
        clock.pass_(site.wait_seconds())
        fail(site, clock)
    clock.pass_(site.wait_seconds())
    site.admit()
    site.succeeded(clock.now)

    assert fail(site, clock, 3) == Opened(clock.now, failures=3, pause_seconds=10.0)


def test_a_probe_that_is_lost_is_followed_by_another_after_the_longest_pause(clock):
    site = breaker(clock)
    fail(site, clock, 3)
    clock.pass_(10)
    assert site.admit()
    assert site.wait_seconds() == 40.0
    clock.pass_(40)

    assert site.admit()
    assert isinstance(site.succeeded(clock.now), Closed)


def test_a_probe_that_fails_after_the_next_one_was_sent_counts(clock):
    site = breaker(clock)
    fail(site, clock, 3)
    clock.pass_(10)
    assert site.admit()
    first_sent = clock.now
    clock.pass_(40)
    assert site.admit()
    second_sent = clock.now
    clock.pass_(1)

    assert site.failed(first_sent) == Opened(clock.now, failures=4, pause_seconds=20.0)
    assert site.failed(second_sent) is None


@pytest.mark.parametrize(
    "nonsense",
    [
        {"failures_in_a_row": 0},
        {"pause_seconds": 0},
        {"pause_cap_seconds": 5},
        {"patience_seconds": 0},
    ],
)
def test_nonsense_is_refused(clock, nonsense):
    with pytest.raises(ValueError, match="must be"):
        breaker(clock, **nonsense)


class Crawl:
    """Sends `pages` to a shop that is down at times, at most 16 at once, each try answered after 0.01 to 0.5 s."""

    def __init__(self, clock, site, is_up, pages, seed):
        self.clock, self.site, self.is_up, self.pages, self.rng = clock, site, is_up, pages, Random(seed)
        self.stored = self.in_vain = 0
        self.sent_while_broken = 0
        self.events = []

    def run(self):
        answers = []
        while self.stored < self.pages and self.site.state is not State.GIVEN_UP:
            while len(answers) < min(16, self.pages - self.stored) and self.site.admit():
                self.sent_while_broken += self.site.state is not State.CLOSED
                arrives = self.clock.now + self.rng.uniform(0.01, 0.5)
                heapq.heappush(answers, (arrives, self.clock.now, self.is_up(self.clock.now)))
            if answers:
                self.clock.now, sent_at, answered = heapq.heappop(answers)
                self.settle(sent_at, answered)
            else:
                self.clock.pass_(self.site.wait_seconds())
        return self

    def settle(self, sent_at, answered):
        self.stored += answered
        self.in_vain += not answered
        event = (self.site.succeeded if answered else self.site.failed)(sent_at)
        if event:
            self.events.append(event)


def test_a_shop_that_comes_back_within_the_patience_is_crawled_whole(clock):
    """Down from 1020 to 1080 s in a crawl of 5,000 pages. In vain: what was under way while late answers to earlier
    requests still broke the row, and three probes."""
    site = breaker(clock)
    crawl = Crawl(clock, site, lambda now: not 1020 <= now < 1080, 5000, seed=1).run()

    assert crawl.stored == 5000
    assert crawl.in_vain <= 30
    assert isinstance(crawl.events[-1], Closed)
    assert 60 <= crawl.events[-1].after_seconds <= 100


def test_a_shop_that_is_gone_is_given_up_after_few_requests_in_vain(clock):
    site = breaker(clock, failures_in_a_row=10, pause_seconds=5.0, pause_cap_seconds=60.0, patience_seconds=300.0)
    crawl = Crawl(clock, site, lambda now: now < 1020, 5000, seed=2).run()

    assert isinstance(crawl.events[-1], GivenUp)
    assert crawl.in_vain <= 50
    assert 300 <= crawl.events[-1].after_seconds <= 301


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), up_share=st.floats(0.05, 0.95), limit=st.integers(1, 20))
def test_while_it_is_broken_requests_go_one_at_a_time_and_a_pause_apart(new_clock, seed, up_share, limit):
    """A shop that goes up and down every 30 s by chance: between two probes there is always the pause."""
    clock = new_clock()
    rng = Random(seed)
    phases = [rng.random() < up_share for _ in range(10_000)]
    site = breaker(clock, failures_in_a_row=limit, patience_seconds=2000.0)
    probes = []
    admit = site.admit

    def watched():
        was = site.state
        admitted = admit()
        if admitted and was is not State.CLOSED:
            probes.append(clock.now)
        return admitted

    site.admit = watched
    crawl = Crawl(clock, site, lambda now: phases[int(now // 30) % 10_000], 3000, seed).run()

    opened = [event.at for event in crawl.events if isinstance(event, Opened)]
    given_up = site.state is State.GIVEN_UP
    full_pauses = probes[:-1] if given_up else probes  # the patience cuts the last one
    assert all(later - earlier >= 10.0 for earlier, later in pairwise(full_pauses))
    assert len(opened) - given_up <= len(probes) <= len(opened)
    assert given_up or crawl.stored == 3000
