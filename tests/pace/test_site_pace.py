"""All the rules of a site's pace together, in virtual time, against shops that refuse, ration and fall silent."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import pairwise
from math import ceil, inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomscraper.pace.breaker import Closed, GivenUp, Opened
from ecomscraper.pace.site_pace import AskedToWait, PaceLimits, SitePace
from ecomscraper.pace.spacing import Distances, PauseAfter, Rate

EPOCH = 1_800_000_000.0  # our wall clock when the monotonic one says 0
LIMITS = {
    "base_seconds": 1.0,
    "cap_seconds": 60.0,
    "longest_wait_seconds": 600.0,
    "budget_share": 0.2,
    "budget_window_seconds": 60.0,
    "budget_least": 300,
    "breaker_failures": 15,
    "breaker_pause_seconds": 5.0,
    "breaker_pause_cap_seconds": 60.0,
    "breaker_patience_seconds": 300.0,
}
PATIENT = {"breaker_failures": 1_000_000}
NO_ANSWER = 0


def site_pace(clock, distances=None, seed=1, **differences):
    return SitePace(
        PaceLimits(**LIMITS | differences),
        distances or Distances(),
        clock=clock,
        wall=lambda: EPOCH + clock.now,
        rng=Random(seed),
    )


@dataclass
class Answer:
    status: int = 200
    headers: dict = field(default_factory=dict)
    asks: float = 0.0  # seconds of rest, as the shop means it


class Crawl:
    """Sends requests as the downloader does, `seats` at once; `shop(now)` gives each one's answer."""

    def __init__(self, clock, pace, shop, *, seats=8, seed=1, slowest=0.5):
        self.clock, self.pace, self.shop, self.seats, self.slowest = clock, pace, shop, seats, slowest
        self.rng = Random(seed)
        self.sent = []
        self.rests = []  # (from, to) of each rest that the shop asked for
        self.events = []
        self.statuses = []
        self._under_way = []

    def run(self, requests):
        while len(self.statuses) < requests:
            while len(self._under_way) < self.seats and self.pace.wait_seconds() == 0:
                self._send()
            wait = self.pace.wait_seconds()
            if self._under_way and (
                len(self._under_way) == self.seats or self._under_way[0][0] <= self.clock.now + wait
            ):
                self._receive()
            elif wait == inf:
                return self
            else:
                self.clock.pass_(wait)
        return self

    def _send(self):
        sent_at = self.pace.sent(is_retry=False)
        assert sent_at == self.clock.now
        self.sent.append(sent_at)
        arrives = self.clock.now + self.rng.uniform(0.001, self.slowest)
        heapq.heappush(self._under_way, (arrives, len(self.sent), sent_at))

    def _receive(self):
        self.clock.now, _, sent_at = heapq.heappop(self._under_way)
        answer = self.shop(self.clock.now)
        self.statuses.append(answer.status)
        if answer.status == NO_ANSWER:
            self.events += self.pace.failed(sent_at)
        else:
            self.events += self.pace.answered(sent_at, answer.status, answer.headers)
        if answer.asks:
            self.rests.append((self.clock.now, self.clock.now + answer.asks))

    def sent_in_a_rest(self):
        sent = sorted(self.sent)
        return [(rest, each) for rest in self.rests for each in sent if rest[0] < each < rest[1] - 1e-6]


def refusal(rng, now, skew):
    """A refusal in any form, of a shop whose clock is wrong by `skew` seconds."""
    server_now = EPOCH + now + skew
    asks = rng.choice([1, 2, 5, 30])
    date = formatdate(server_now, usegmt=True)
    headers = rng.choice(
        [
            {"retry-after": str(asks)},
            {"retry-after": formatdate(int(server_now) + asks, usegmt=True), "date": date},
            {"ratelimit": f'"default";r=0;t={asks}'},
            {"ratelimit": f"limit=10, remaining=0, reset={asks}"},
            {"ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": str(asks)},
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(server_now) + asks), "date": date},
            {"x-ratelimit-reset-after": f"{asks}.0"},
            {"retry-after": "0", "ratelimit": f'"default";r=0;t={asks}'},
        ]
    )
    return Answer(rng.choice([429, 503]), headers, asks)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 0.6), skew=st.sampled_from([-3600, -7, 0, 3600]))
def test_nothing_is_sent_in_a_rest_that_the_shop_asked_for(new_clock, seed, share, skew):
    clock, rng = new_clock(), Random(seed)
    pace = site_pace(clock, seed=seed, **PATIENT)
    crawl = Crawl(
        clock, pace, lambda now: refusal(rng, now, skew) if rng.random() < share else Answer(), seats=16, seed=seed
    ).run(1000)

    assert len(crawl.rests) == sum(status != 200 for status in crawl.statuses)
    assert crawl.rests
    assert crawl.sent_in_a_rest() == []


def test_each_burst_is_one_event_and_the_last_refusal_of_it_counts(clock):
    """The shop refuses for 0.3 s, every 10 s, and asks for 2 s each time."""
    start = clock.now

    def shop(now):
        return Answer(429, {"retry-after": "2"}, 2) if (now - start) % 10 < 0.3 else Answer()

    crawl = Crawl(clock, site_pace(clock), shop, slowest=0.2).run(3000)

    bursts = {int((begin - start) // 10) for begin, _ in crawl.rests}
    assert len(crawl.rests) > 4 * len(bursts)
    assert crawl.events == [AskedToWait(2.0, "http_429", "Retry-After")] * len(bursts)
    assert crawl.sent_in_a_rest() == []


def test_a_quota_that_is_used_up_is_waited_for_though_the_answers_are_good(clock):
    """20 requests in each window of 10 s. What was under way when the quota ended is told once, and refused."""
    asked = {}

    def shop(now):
        window = int(now // 10)
        asked[window] = asked.get(window, 0) + 1
        left, asks = 20 - asked[window], ceil((window + 1) * 10 - now)
        headers = {"ratelimit": f'"w";r={max(left, 0)};t={asks}'}
        return Answer(200 if left >= 0 else 429, headers, asks if left <= 0 else 0.0)

    crawl = Crawl(clock, site_pace(clock, **PATIENT), shop).run(2000)

    assert crawl.sent_in_a_rest() == []
    windows = len(asked)
    told = [event for event in crawl.events if event.reason == "http_200"]
    assert windows - 1 <= len(told) <= windows
    assert len(crawl.events) <= 2 * windows
    assert crawl.statuses.count(429) <= 8 * windows
    assert crawl.statuses.count(200) >= 20 * (windows - 1)


def test_a_quota_that_is_not_used_up_costs_nothing(clock):
    headers = {"ratelimit": '"w";r=1;t=30', "x-ratelimit-remaining": "3", "x-ratelimit-reset": "60"}
    crawl = Crawl(clock, site_pace(clock), lambda now: Answer(headers=headers)).run(1000)

    assert crawl.events == []
    assert clock.now - 1000.0 < 1000 * 0.25 / 8 * 1.2  # eight at once, a quarter of a second each


def test_429_without_a_wait_is_backed_off_from_and_an_answer_ends_that(clock):
    pace = site_pace(clock)
    waits = []
    for _ in range(9):
        clock.pass_(pace.wait_seconds() + 0.001)
        waits += pace.answered(pace.sent(is_retry=False), 429, {"retry-after": "soon"})
        clock.pass_(0.001)
    for number, wait in enumerate(waits):
        ceiling = min(60.0, 2.0**number)
        assert ceiling / 2 <= wait.seconds <= ceiling
        assert (wait.reason, wait.said_by, wait.too_long) == ("http_429", "back-off", False)
    assert len(waits) == 9

    clock.pass_(pace.wait_seconds() + 0.001)
    assert pace.answered(pace.sent(is_retry=False), 200, {}) == []
    clock.pass_(0.001)
    (again,) = pace.answered(pace.sent(is_retry=False), 429, {})
    assert again.seconds <= 1.0


def test_two_503_are_the_fault_of_their_pages_and_the_third_is_the_sites(clock):
    pace = site_pace(clock)
    told = []
    for _ in range(5):
        clock.pass_(pace.wait_seconds() + 0.001)
        told.append(pace.answered(pace.sent(is_retry=False), 503, {}))
        clock.pass_(0.001)

    assert told[:2] == [[], []]
    assert [len(events) for events in told[2:]] == [1, 1, 1]
    assert 0.5 <= told[2][0].seconds <= 1.0
    assert 2.0 <= told[4][0].seconds <= 4.0


def test_403_is_a_refusal_where_the_profile_says_so(clock):
    strict, lenient = site_pace(clock), site_pace(clock, also_transient=frozenset({403}))
    for pace in (strict, lenient):
        pace.sent(is_retry=False)

    assert strict.answered(clock.now, 403, {}) == []
    assert [event.reason for event in lenient.answered(clock.now, 403, {})] == ["http_403"]


def test_a_wait_that_is_too_long_is_told_once_in_a_burst_and_kept(clock):
    """The shorter wait that the first of the burst asks for does not hide the longer one of the others."""
    pace = site_pace(clock)
    sent = [pace.sent(is_retry=False) for _ in range(4)]
    told = []
    for sent_at, seconds in zip(sent, (5, 601, 601, 7), strict=True):
        clock.pass_(0.1)
        told += pace.answered(sent_at, 429, {"retry-after": str(seconds)})

    assert [(event.seconds, event.too_long) for event in told] == [(5.0, False), (601.0, True)]
    assert pace.wait_seconds() == pytest.approx(601.0 - 0.1)


def test_a_shop_that_falls_silent_is_given_up_after_few_requests(clock):
    crawl = Crawl(clock, site_pace(clock), lambda now: Answer() if now < 1060 else Answer(NO_ANSWER)).run(100_000)

    assert isinstance(crawl.events[0], Opened)
    assert isinstance(crawl.events[-1], GivenUp)
    assert crawl.statuses.count(NO_ANSWER) <= 50
    assert crawl.pace.wait_seconds() == inf


@pytest.mark.parametrize("seats", [1, 2, 8, 16])
def test_a_shop_that_hangs_is_asked_one_at_a_time_and_given_up(clock, seats):
    """Each request takes 30 s to time out: far longer than the pauses between the probes."""
    pace = site_pace(clock)
    crawl = Crawl(clock, pace, lambda now: Answer(NO_ANSWER), seats=seats, slowest=30.0).run(1000)

    assert isinstance(crawl.events[-1], GivenUp)
    opened = crawl.events[0].at
    assert crawl.events[-1].at - opened <= 300 + 30 + 60
    probes = [sent_at for sent_at in crawl.sent if sent_at > opened]
    assert len(crawl.events) == 1 + len(probes)
    assert len(crawl.sent) <= 50


def test_a_shop_that_comes_back_is_crawled_on_at_full_speed(clock):
    crawl = Crawl(clock, site_pace(clock), lambda now: Answer(200 if not 1060 <= now < 1120 else 502)).run(10_000)

    assert [type(event) for event in crawl.events if isinstance(event, Closed | GivenUp)] == [Closed]
    back_at = crawl.events[-1].at
    assert back_at < 1120 + 60
    after = [sent for sent in crawl.sent if sent > back_at + 1]
    assert len(after) / (after[-1] - after[0]) == pytest.approx(8 / 0.25, rel=0.1)


def test_a_bad_page_now_and_then_stops_nothing(clock):
    """Every tenth page fails for good: no pause, no hold."""
    rng = Random(5)
    crawl = Crawl(
        clock, site_pace(clock), lambda now: Answer(rng.choice([500, NO_ANSWER]) if rng.random() < 0.1 else 200)
    ).run(5000)

    assert crawl.events == []
    assert len(crawl.statuses) == 5000


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    delay=st.floats(0.0, 2.0),
    extra=st.floats(0.0, 2.0),
    rate=st.tuples(st.integers(1, 20), st.floats(0.5, 30.0)),
    pause=st.tuples(st.integers(1, 30), st.floats(0.5, 20.0)),
)
def test_all_distances_are_kept_beside_the_rests(new_clock, seed, delay, extra, rate, pause):
    clock, rng = new_clock(), Random(seed)
    distances = Distances(delay, extra, (Rate(*rate),), PauseAfter(*pause))
    pace = site_pace(clock, distances, seed, **PATIENT)
    crawl = Crawl(clock, pace, lambda now: refusal(rng, now, 0) if rng.random() < 0.02 else Answer(), seed=seed).run(
        400
    )

    assert crawl.sent_in_a_rest() == []
    assert all(later - earlier >= delay - 1e-6 for earlier, later in pairwise(crawl.sent))
    requests, seconds = rate
    assert all(b - a >= seconds - 1e-6 for a, b in zip(crawl.sent, crawl.sent[requests:], strict=False))
    every, rest = pause
    breaks = [b - a >= rest - 1e-6 for a, b in pairwise(crawl.sent)]
    assert all(any(breaks[start : start + every]) for start in range(len(breaks) - every + 1))


def test_what_robots_txt_asks_for_holds_from_then_on(clock):
    pace = site_pace(clock)
    crawl = Crawl(clock, pace, lambda now: Answer()).run(100)
    asked_at, before = clock.now, len(crawl.sent)
    pace.spacing.distances = Distances(delay_seconds=0.5)
    crawl.run(200)

    assert crawl.sent[before] >= asked_at
    assert min(b - a for a, b in pairwise(crawl.sent[before - 1 :])) >= 0.5 - 1e-9


def test_a_date_is_held_against_our_clock_where_the_shop_tells_no_date(clock):
    pace = site_pace(clock)
    until = formatdate(EPOCH + clock.now + 20, usegmt=True)

    (wait,) = pace.answered(pace.sent(is_retry=False), 503, {"retry-after": until})
    assert wait == AskedToWait(20.0, "http_503", "Retry-After")


def test_what_is_sent_counts_for_the_budget(clock):
    pace = site_pace(clock, budget_share=0.5, budget_least=1)
    pace.sent(is_retry=True)
    assert pace.budget.wait_seconds() > 0
    for _ in range(3):
        pace.sent(is_retry=False)
    assert pace.budget.wait_seconds() == 0
