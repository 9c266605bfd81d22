from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from ecomscraper.proxies.turns import Turns


def turns(*labels: str) -> Turns:
    made = Turns(Random(1))
    for label in labels:
        made.join(label)
    return made


def shares(made: Turns, count: int, **seconds: float) -> Counter[str]:
    """Who was chosen how often in `count` turns, each answered in its time and served."""
    chosen: Counter[str] = Counter()
    for turn in range(count):
        label = made.choose(list(seconds), float(turn))
        standing = made.standings[label]
        standing.in_flight -= 1
        standing.answered(seconds[label])
        standing.ended(served=True)
        chosen[label] += 1
    return chosen


def test_equals_get_equal_shares() -> None:
    assert set(shares(turns("a", "b", "c"), 999, a=0.1, b=0.1, c=0.1).values()) == {333}


def test_up_to_twice_the_usual_latency_all_are_equal() -> None:
    assert set(shares(turns("a", "b", "c"), 999, a=0.05, b=0.1, c=0.19).values()) == {333}


def test_a_slow_one_gets_less() -> None:
    found = shares(turns("a", "b", "c"), 1000, a=0.1, b=0.1, c=0.8)

    assert 95 <= found["c"] <= 120  # a quarter of an equal share: it takes four times what is still usual
    assert abs(found["a"] - found["b"]) <= 2


def test_one_that_fails_gets_less_until_it_is_served_again() -> None:
    made = turns("a", "b")
    for _ in range(50):
        made.standings["a"].ended(served=False)

    assert shares(made, 11, a=0.1, b=0.1)["a"] <= 2
    shares(made, 200, a=0.1, b=0.1)
    assert 95 <= shares(made, 200, a=0.1, b=0.1)["a"] <= 100


def test_who_comes_back_makes_up_for_nothing() -> None:
    made = turns("a", "b", "c")
    shares(made, 300, a=0.1, b=0.1)

    made.join("c")

    assert set(shares(made, 300, a=0.1, b=0.1, c=0.1).values()) <= {99, 100, 101}


def test_none_to_choose_from() -> None:
    with pytest.raises(ValueError, match="empty"):
        turns("a").choose([], 0.0)
