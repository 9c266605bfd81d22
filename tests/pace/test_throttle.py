"""The throttle, told of requests one by one: what it decides after which events, to the number."""

from __future__ import annotations

import pytest

from ecomscraper.pace.throttle import Ending, Outcome, Throttle, ThrottleLimits


class Site:
    """Tells a throttle of requests in rounds: as many at once as it allows, all answered after `seconds`."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self.now = 0.0

    def round(self, seconds: float, ending: Ending = Ending.SERVED, number: int | None = None) -> int:
        """How many were sent, a microsecond apart."""
        count = number or self.throttle.concurrency
        sent = []
        for _ in range(count):
            self.now += 1e-6
            sent.append((self.now, self.throttle.sent(self.now)))
        for sent_at, beside in sent:
            self.throttle.finished(Outcome(sent_at, sent_at + seconds, ending, beside))
        self.now += seconds
        return count


@pytest.fixture
def site() -> Site:
    return Site(Throttle(ThrottleLimits(concurrency=32)))


def test_doubles_while_answers_come_as_fast(site: Site) -> None:
    assert [site.round(0.1) for _ in range(4)] == [6, 12, 24, 32]


def test_never_goes_beyond_the_users_limit() -> None:
    site = Site(Throttle(ThrottleLimits(concurrency=7, spacing_seconds=0.5)))

    rounds = [site.round(0.1) for _ in range(60)]
    assert rounds[:2] == [6, 7]
    assert max(rounds) == 7
    assert site.throttle.spacing_seconds == 0.5


def test_limits_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="0 at once"):
        ThrottleLimits(concurrency=0)
    with pytest.raises(ValueError, match="-1 s apart"):
        ThrottleLimits(concurrency=1, spacing_seconds=-1)


def test_stops_where_twice_as_many_take_twice_as_long(site: Site) -> None:
    for _ in range(60):
        site.round(0.1 * max(1.0, site.throttle.concurrency / 8))

    assert 8 <= site.throttle.state()["concurrency"] <= 10
    assert site.throttle.why.startswith("at the knee: beyond 8")


def test_does_not_grow_while_half_of_the_seats_are_free(site: Site) -> None:
    for _ in range(20):
        site.round(0.1, number=2)

    assert site.throttle.concurrency == 6


@pytest.mark.parametrize(("left", "limit", "at_once"), [(5, 32, 6), (7, 32, 7), (12, 32, 12), (13, 32, 6), (12, 8, 8)])
def test_a_short_job_is_sent_at_once_and_teaches_nothing(left: int, limit: int, at_once: int) -> None:
    site = Site(Throttle(ThrottleLimits(limit)))
    site.round(0.1, number=1)  # robots.txt

    site.throttle.left(left, site.now)
    assert site.throttle.concurrency == at_once
    if at_once > 6:
        site.round(0.1, number=min(left, at_once))
        assert site.throttle.why == "the few that are left at once"
    state = site.throttle.state()
    assert (state["concurrency"], state["doubling"]) == (6, True)


def test_a_job_that_was_called_short_and_goes_on_is_judged_after_all(site: Site) -> None:
    site.throttle.left(12, site.now)

    assert [site.round(0.1) for _ in range(4)] == [12, 12, 24, 32]
    assert site.throttle.state()["concurrency"] == 32


def test_what_a_shop_refused_is_not_sent_at_once_because_it_is_little(site: Site) -> None:
    site.round(0.1, Ending.REFUSED)
    site.round(0.1)

    before = site.throttle.concurrency
    site.throttle.left(12, site.now)
    assert site.throttle.concurrency == before == 3


def test_a_knee_that_is_known_holds_for_short_jobs_too() -> None:
    throttle = Throttle.from_memory(ThrottleLimits(32), {"concurrency": 8, "limit": 32, "doubling": False}, 0)

    throttle.left(12, 0.0)
    assert throttle.concurrency == 8


def test_a_burst_of_refusals_is_one_event_and_then_one_request_tries(site: Site) -> None:
    site.round(0.1)
    site.round(0.1, Ending.REFUSED)

    assert (site.throttle.concurrency, site.throttle.why) == (1, "refused: one at a time until an answer comes")
    assert site.throttle.spacing_seconds == 0.25
    ceiling = site.throttle.state()["ceiling_per_second"]
    site.round(0.1)
    assert site.throttle.concurrency == 6  # half of the 12 that were refused
    assert site.throttle.spacing_seconds == pytest.approx(1 / ceiling, rel=0.1)


def test_no_rate_is_known_before_the_first_refusal(site: Site) -> None:
    site.round(0.1)

    assert site.throttle.spacing_seconds == 0
    assert site.throttle.state()["ceiling_per_second"] is None
    assert site.throttle.state()["rate_per_second"] is None


def test_failures_that_nobody_overtook_cut_once(site: Site) -> None:
    for _ in range(2):
        site.round(0.1)
    site.round(30, Ending.FAILED)

    assert site.throttle.concurrency == 16  # 0.7 of 24
    site.round(0.1)
    assert site.throttle.state()["concurrency"] == 24
    assert site.throttle.why == "as before: it was not the load that failed"


def test_a_request_that_hangs_takes_no_seat_from_others(site: Site) -> None:
    site.throttle.sent(0.0)
    site.now = 0.1
    for _ in range(30):
        site.round(0.1, number=4)

    assert site.throttle.state()["hanging"] == 1
    before = site.throttle.concurrency
    site.throttle.finished(Outcome(0.0, site.now, Ending.FAILED, 1))
    assert site.throttle.concurrency == before - 1


def test_hanging_requests_and_others_stay_within_the_users_limit() -> None:
    site = Site(Throttle(ThrottleLimits(concurrency=4)))
    site.throttle.sent(0.0)
    site.now = 0.1
    allowed = []
    for _ in range(30):
        site.round(0.1, number=3)
        allowed.append(site.throttle.concurrency)

    assert site.throttle.state()["hanging"] == 1
    assert max(allowed) == 4


def test_what_was_under_way_while_we_were_late_does_not_count(site: Site) -> None:
    sent = [(at, site.throttle.sent(at)) for at in (0.0, 1e-6, 2e-6, 3e-6)]
    for sent_at, beside in sent[:1]:
        site.throttle.finished(Outcome(sent_at, 0.1, Ending.SERVED, beside))
    site.throttle.lag(1.0, 0.9)
    for sent_at, beside in sent[1:]:
        site.throttle.finished(Outcome(sent_at, 1.0, Ending.SERVED, beside))

    assert site.throttle.concurrency == 6
    assert site.throttle.state()["latency_seconds"] == 0.1


def test_what_we_dropped_ourselves_says_nothing(site: Site) -> None:
    site.round(0.1, Ending.DROPPED)

    assert site.throttle.state()["latency_seconds"] == 0
    assert site.throttle.concurrency == 6


def test_an_outcome_of_no_request_is_an_error(site: Site) -> None:
    with pytest.raises(ValueError, match="sent at 5"):
        site.throttle.finished(Outcome(5.0, 6.0, Ending.SERVED, 1))


@pytest.mark.parametrize(
    ("age_days", "concurrency", "rate"),
    [(0, 20, 9.7), (7, 13, 9.7), (70, 6, None)],
)
def test_begins_near_what_was_learnt(age_days: float, concurrency: int, rate: float | None) -> None:
    known = {"concurrency": 20, "rate_per_second": 10.0}
    throttle = Throttle.from_memory(ThrottleLimits(32), known, age_seconds=age_days * 86400)

    assert throttle.concurrency == concurrency
    assert throttle.state()["ceiling_per_second"] == rate


def test_memory_does_not_lift_the_users_limit() -> None:
    throttle = Throttle.from_memory(ThrottleLimits(3, 0.5), {"concurrency": 20, "rate_per_second": 10.0}, 0)

    assert (throttle.concurrency, throttle.spacing_seconds) == (3, 0.5)


def test_a_memory_of_nothing_is_as_none() -> None:
    throttle = Throttle.from_memory(ThrottleLimits(32), {}, 0)

    assert (throttle.concurrency, throttle.spacing_seconds) == (6, 0)


def test_at_a_limit_of_two_it_does_not_look_at_one() -> None:
    site = Site(Throttle(ThrottleLimits(2)))

    assert {site.round(0.1) for _ in range(100)} == {2}
    assert site.throttle.why == "at the limit of 2: so many at once are served as fast as fewer"


def test_memory_of_a_limit_that_was_reached_goes_on_doubling() -> None:
    known = {"concurrency": 4, "limit": 4, "seats": None, "rate_per_second": None}
    site = Site(Throttle.from_memory(ThrottleLimits(32), known, age_seconds=0))

    assert site.throttle.why == "as an earlier crawl found it"
    assert [site.round(0.1) for _ in range(4)] == [4, 8, 16, 32]


def test_seats_are_remembered() -> None:
    known = {"concurrency": 20, "seats": 6, "limit": 32}

    assert Throttle.from_memory(ThrottleLimits(32), known, age_seconds=0).concurrency == 6


def test_looks_below_the_knee_only_where_that_is_forgotten(site: Site) -> None:
    rounds = [site.round(0.1 * max(1.0, site.throttle.concurrency / 8)) for _ in range(300)]

    assert set(rounds[12:50]) == {10, 13}  # it has been at 7 and 9 before
    assert set(rounds[50:]) == {8, 10, 13}
