from __future__ import annotations

from collections import deque
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.budget import RetryBudget


def budget(clock, share=0.1, window_seconds=20.0, least=3):
    return RetryBudget(share, window_seconds, least, clock)


def send(retry_budget, first_tries=0, retries=0):
    for _ in range(first_tries):
        retry_budget.sent(is_retry=False)
    for _ in range(retries):
        retry_budget.sent(is_retry=True)


def test_the_least_is_free(clock):
    spent = budget(clock)
    send(spent, retries=2)
    assert spent.wait_seconds() == 0
    send(spent, retries=1)
    assert spent.wait_seconds() > 0


def test_the_share_counts_all_requests(clock):
    """With 91 first tries 10 retries make 101 requests, and 10 ≤ 10.1; the eleventh would be 11 > 10.2."""
    spent = budget(clock)
    send(spent, first_tries=91, retries=9)
    assert spent.wait_seconds() == 0
    send(spent, retries=1)
    assert spent.wait_seconds() > 0


def test_a_place_is_free_again_when_the_oldest_retry_leaves_the_window(clock):
    spent = budget(clock)
    send(spent, retries=1)
    clock.pass_(5)
    send(spent, retries=2)

    assert spent.wait_seconds() == 15.0
    clock.pass_(14.5)
    assert spent.wait_seconds() == 0.5
    clock.pass_(0.5)
    assert spent.wait_seconds() == 0


def test_first_tries_leave_the_window_as_well(clock):
    spent = budget(clock)
    send(spent, first_tries=1000)
    clock.pass_(20)
    send(spent, retries=3)
    assert spent.wait_seconds() > 0


def test_a_share_of_0_leaves_the_least_and_of_1_everything(clock):
    nothing, everything = budget(clock, share=0, least=1), budget(clock, share=1, least=1)
    for spent in (nothing, everything):
        send(spent, first_tries=1000, retries=1)
    assert nothing.wait_seconds() > 0
    send(everything, retries=5000)
    assert everything.wait_seconds() == 0


@pytest.mark.parametrize("nonsense", [{"share": -0.1}, {"share": 1.1}, {"window_seconds": 0}, {"least": 0}])
def test_nonsense_is_refused(clock, nonsense):
    with pytest.raises(ValueError, match="must be"):
        budget(clock, **nonsense)


@given(
    share=st.sampled_from([0.0, 0.05, 0.1, 0.5]),
    least=st.integers(1, 5),
    failure_share=st.floats(0, 1),
    per_second=st.sampled_from([0.5, 10, 100]),
    seed=st.integers(0, 1000),
)
def test_no_window_ever_holds_more_retries_than_the_share(new_clock, share, least, failure_share, per_second, seed):
    """1,000 requests, of which each fails with a given chance; counted over every window that ends at a retry.

    The window that counts is the nineteen slices before the present one: the window minus one slice at least.
    """
    clock, rng = new_clock(), Random(seed)
    spent = budget(clock, share, 20.0, least)
    sent = deque()
    waiting = 0
    for _ in range(1000):
        clock.pass_(rng.expovariate(per_second))
        is_retry = waiting > 0 and spent.wait_seconds() == 0
        spent.sent(is_retry=is_retry)
        sent.append((clock.now, is_retry))
        waiting += (rng.random() < failure_share) - is_retry
        if is_retry:
            first_slice = clock.now // 1.0 - 19
            in_window = [retry for at, retry in sent if at // 1.0 >= first_slice]
            assert sum(in_window) <= max(least, share * len(in_window))


def test_a_crawl_whose_every_page_fails_once_ends(clock):
    """300 pages that each need one retry: the least lets 3 go in each 20 s, and no wait is endless."""
    spent = budget(clock)
    send(spent, first_tries=300)
    waits = 0
    for _ in range(300):
        while (wait := spent.wait_seconds()) > 0:
            assert wait <= 20.0
            clock.pass_(wait)
            waits += 1
        spent.sent(is_retry=True)

    assert waits > 0
    assert 1000 + 300 / 3 * 20 * 0.8 < clock.now < 1000 + 300 / 3 * 20 * 1.2


def test_those_who_wait_come_back_one_by_one_and_each_finds_room(clock):
    """50 retries at once where 10 may go in 20 s: 40 get a place, 2 s apart, none of them in vain."""
    spent = budget(clock, least=10)
    send(spent, retries=10)
    begin = clock.now
    places = sorted(begin + spent.place_seconds() for _ in range(40))

    assert places == [begin + 20.0 + 2.0 * number for number in range(40)]
    for place in places:
        clock.pass_(place - clock.now)
        assert spent.wait_seconds() == 0
        spent.sent(is_retry=True)


def test_a_busy_crawl_has_more_places(clock):
    spent = budget(clock, share=0.5, least=1)
    send(spent, first_tries=100, retries=100)

    assert [spent.place_seconds() for _ in range(3)] == pytest.approx([20.0, 20.2, 20.4])


def test_places_of_long_ago_are_no_reason_to_wait(clock):
    spent = budget(clock)
    send(spent, retries=3)
    spent.place_seconds()
    clock.pass_(1000)
    send(spent, retries=3)

    assert spent.place_seconds() == 20.0
