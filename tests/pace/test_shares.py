"""Workers come, go, pause and die in any order: what they may send together never exceeds the limit."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.shares import Share, fair_share, next_claim


@pytest.mark.parametrize(
    ("limit", "wanting", "shares"),
    [
        (16, [3], [16]),
        (16, [3, 9, 12], [6, 5, 5]),
        (8, [1, 2, 3, 4], [2, 2, 2, 2]),
        (2, [5, 6, 7], [1, 1, 0]),
        (1, [7, 2], [0, 1]),
    ],
)
def test_a_limit_is_shared_evenly_and_the_longest_there_come_first(
    limit: int, wanting: list[int], shares: list[int]
) -> None:
    assert [fair_share(limit, me, wanting) for me in wanting] == shares


def test_who_wants_nothing_has_no_share() -> None:
    assert fair_share(16, 4, [1, 2]) == 0


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a limit of 0: must be ≥ 1"):
        fair_share(0, 1, [1])


@pytest.mark.parametrize(
    ("fair", "holding", "others", "expected"),
    [
        (8, 0, 0, (8, 8)),  # the first one takes all
        (4, 0, 8, (0, 0)),  # a newcomer waits for the others
        (4, 8, 0, (8, 4)),  # who has too much sends no more, and still claims what is under way
        (4, 6, 0, (6, 4)),
        (4, 4, 0, (4, 4)),  # now the claim is what it should be
        (4, 0, 6, (2, 2)),  # a newcomer takes what is free already
        (0, 3, 5, (3, 0)),  # who has nothing to do gives up all that is not under way
    ],
)
def test_a_claim_grows_by_what_is_free_and_shrinks_by_what_has_ended(
    fair: int, holding: int, others: int, expected: tuple[int, int]
) -> None:
    assert next_claim(8, fair, holding, others) == expected


def test_distances_and_other_limits_follow_the_seats() -> None:
    assert (Share(4, 16).stretch, Share(16, 16).stretch) == (4.0, 1.0)
    assert (Share(4, 16).of(8), Share(4, 16).of(2), Share(0, 16).of(8)) == (2, 0, 0)
    assert (Share(8, 16).seats_for(4, 4), Share(8, 16).seats_for(1, 3), Share(8, 16).seats_for(0, 3)) == (16, 6, 0)


def test_no_more_workers_share_than_another_limit_bears() -> None:
    assert [fair_share(16, me, [1, 2, 3], most_workers=2) for me in (1, 2, 3)] == [8, 8, 0]


@given(st.integers(1, 40), st.integers(1, 10), st.lists(st.integers(0, 40), max_size=8))
def test_parts_of_another_limit_never_add_up_to_more_than_it(limit: int, other: int, seats: list[int]) -> None:
    while sum(seats) > limit:
        seats.pop()
    shares = [Share(each, limit) for each in seats]
    assert sum(share.of(other) for share in shares) <= other
    assert all(share.seats_for(share.of(other), other) <= share.seats for share in shares)


@dataclass
class Worker:
    claim: int = 0  # in the database
    bound: int = 0  # what it keeps to
    in_flight: int = 0
    wants: bool = True
    is_alive: bool = True


STEPS = st.lists(
    st.tuples(st.sampled_from(["join", "beat", "send", "end", "idle", "die", "expire"]), st.integers(0, 9))
)


@given(st.integers(1, 12), STEPS)
def test_no_order_of_events_breaks_the_limit(limit: int, steps: list[tuple[str, int]]) -> None:
    workers: dict[int, Worker] = {}
    for number, (event, which) in enumerate(steps):
        if event == "join":
            workers[number] = Worker()
        elif workers:
            one = list(workers)[which % len(workers)]
            _happen(event, one, workers, limit)
        assert sum(worker.in_flight for worker in workers.values()) <= limit
        assert sum(worker.claim for worker in workers.values()) <= limit


@given(st.integers(1, 12), st.integers(1, 5))
def test_all_that_is_free_is_shared_out_in_the_end(limit: int, count: int) -> None:
    workers = {number: Worker() for number in range(count)}
    for _ in range(3):
        for number in workers:
            _happen("beat", number, workers, limit)
    assert [worker.bound for worker in workers.values()] == [fair_share(limit, each, workers) for each in workers]


def _happen(event: str, number: int, workers: dict[int, Worker], limit: int) -> None:
    worker = workers[number]
    if event == "expire" and not worker.is_alive:
        del workers[number]  # its lease ended, and with it what it had under way
    elif not worker.is_alive:
        return
    elif event == "die":
        worker.is_alive = False
    elif event == "idle":
        worker.wants = not worker.wants
    elif event == "send" and worker.in_flight < worker.bound:
        worker.in_flight += 1
    elif event == "end" and worker.in_flight:
        worker.in_flight -= 1
    elif event == "beat":
        wanting = [each for each, other in workers.items() if other.is_alive and other.wants]
        others = sum(other.claim for each, other in workers.items() if each != number)
        holding = max(worker.bound, worker.in_flight)
        worker.claim, worker.bound = next_claim(limit, fair_share(limit, number, wanting), holding, others)
