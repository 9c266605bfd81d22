"""A list of proxies in virtual time."""

from __future__ import annotations

from collections import Counter
from math import inf
from random import Random

import pytest

from ecomscraper.proxies.rotation import STRIKES_OF_A_GATEWAY, Rotation, RotationLimits

LIMITS = RotationLimits(
    most_requests=2, delay_seconds=0.0, rest_seconds=10.0, rest_cap_seconds=60.0, patience_seconds=30.0
)


class World:
    """Rotation and clock."""

    def __init__(self, *labels: str, **limits: float) -> None:
        self.now = 1000.0
        given = {name: getattr(LIMITS, name) for name in LIMITS.__slots__} | limits
        self.rotation = Rotation(labels, RotationLimits(**given), clock=lambda: self.now, rng=Random(7))

    def served(self, label: str | None = None) -> str:
        """One request that is served."""
        label = self.rotation.take() if label is None else label
        assert label is not None
        self.rotation.ended(label, 0.1)
        self.rotation.served(label)
        return label


def test_turns_are_even() -> None:
    world = World("a", "b", "c")

    assert set(Counter(world.served() for _ in range(300)).values()) == {100}


def test_no_more_in_flight_by_one_than_allowed() -> None:
    world = World("a", "b")
    taken = [world.rotation.take() for _ in range(5)]

    assert Counter(taken) == {"a": 2, "b": 2, None: 1}
    assert world.rotation.wait_seconds() == 0  # until one ends
    world.rotation.ended("a", 0.1)
    assert world.rotation.take() == "a"


def test_a_delay_of_each() -> None:
    world = World("a", "b", delay_seconds=3.0)
    world.served()
    world.now += 1
    world.served()

    assert world.rotation.take() is None
    assert world.rotation.wait_seconds() == 2.0
    world.now += 2.0
    assert world.rotation.take() is not None
    assert world.rotation.take() is None


def test_one_that_fails_rests_and_is_tried_by_one_request() -> None:
    world = World("a", "b")
    assert world.rotation.failed("a")
    assert {world.served() for _ in range(10)} == {"b"}

    world.now += 10.0

    assert Counter(world.rotation.take() for _ in range(4)) == {"a": 1, "b": 2, None: 1}
    world.rotation.ended("a", 0.1)
    world.rotation.served("a")
    assert [world.rotation.take(), world.rotation.take()] == ["a", "a"]


def test_each_failure_after_a_rest_doubles_it_up_to_the_cap() -> None:
    world = World("a")
    rests = []
    for _ in range(6):
        assert world.rotation.failed("a")
        rests.append(world.rotation.proxies["a"].next_check - world.now)
        world.now += 60.0
        assert world.rotation.take() == "a"
        world.rotation.ended("a", None)

    for rest, most in zip(rests, [10, 20, 40, 60, 60, 60], strict=True):
        assert most / 2 <= rest <= most
    world.served("a")
    assert world.rotation.failed("a")
    assert world.rotation.proxies["a"].next_check - world.now <= 10.0


def test_a_doubtful_failure_is_forgiven_once_to_one_that_served() -> None:
    world = World("a", "b")
    world.served("a")

    assert not world.rotation.struck("a")
    world.served("a")
    assert not world.rotation.struck("a")
    assert world.rotation.struck("a")
    assert world.rotation.struck("b")  # it never served


def test_a_gateway_has_many_exits() -> None:
    world = World("gate")

    said = [world.rotation.struck("gate", STRIKES_OF_A_GATEWAY) for _ in range(STRIKES_OF_A_GATEWAY)]

    assert said == [False] * (STRIKES_OF_A_GATEWAY - 1) + [True]


def test_what_ends_while_it_rests_does_not_lengthen_the_rest() -> None:
    world = World("a")
    assert world.rotation.failed("a")
    until = world.rotation.proxies["a"].next_check

    assert not world.rotation.failed("a")
    world.rotation.served("a")

    assert world.rotation.proxies["a"].next_check == until
    assert world.rotation.take() is None


def test_a_page_goes_by_another_one() -> None:
    world = World("a", "b", "c")

    assert {world.rotation.take(avoid={"a", "b"}) for _ in range(2)} == {"c"}
    assert world.rotation.take(avoid={"a", "b", "c"}) in {"a", "b"}


def test_who_is_wanted_is_waited_for_while_it_serves() -> None:
    world = World("a", "b")

    assert [world.rotation.take(wanted="a") for _ in range(3)] == ["a", "a", None]
    world.rotation.failed("a")
    assert world.rotation.take(wanted="a") == "b"


def test_none_left() -> None:
    world = World("a", "b")
    assert world.rotation.failed("a")
    assert world.rotation.failed("b")
    assert world.rotation.take() is None
    first = world.rotation.wait_seconds()
    assert 5.0 <= first <= 10.0

    looked_again = 0
    while (wait := world.rotation.wait_seconds()) != inf:
        world.now += wait
        while (label := world.rotation.take()) is not None:
            looked_again += 1
            world.rotation.ended(label, None)
            world.rotation.failed(label)

    assert world.now - 1000.0 == pytest.approx(30.0)
    assert looked_again >= 2


def test_patience_begins_anew_with_each_page() -> None:
    world = World("a")
    world.rotation.failed("a")
    world.now += 29.0
    world.served()
    world.rotation.failed("a")
    world.now += 29.0

    assert world.rotation.take() == "a"
    world.rotation.ended("a", None)
    world.rotation.failed("a")
    assert world.rotation.wait_seconds() == pytest.approx(1.0)


def test_nobody_is_given_up_for_a_pause_of_the_crawl() -> None:
    world = World("a", "b")
    world.rotation.failed("a")
    world.now += 3600.0

    assert world.rotation.take() is not None


def test_none_is_left_only_when_all_have_failed() -> None:
    world = World("a", "b")
    for _ in range(10):
        world.now += 60.0
        world.rotation.take(wanted="a")
        world.rotation.ended("a", None)
        world.rotation.failed("a")

    assert world.rotation.take() == "b"


def test_a_page_that_everyone_refuses_is_nobodys_fault() -> None:
    world = World("a")
    world.rotation.failed("a")

    world.rotation.acquit("a")

    assert [world.rotation.take(), world.rotation.take()] == ["a", "a"]


def test_a_changed_list() -> None:
    world = World("a", "b")
    world.rotation.failed("a")
    taken = world.rotation.take()
    assert taken == "b"

    world.rotation.update(["a", "c"])
    world.rotation.ended("b", 0.1)
    world.rotation.served("b")
    assert not world.rotation.struck("b")

    assert {world.rotation.take() for _ in range(2)} == {"c"}
    assert world.rotation.take() is None  # `a` still rests


def test_no_limit_of_one_proxy_holds_for_a_gateway() -> None:
    world = World("gate", delay_seconds=3.0)
    world.rotation.update(["gate"], ["gate"])

    assert [world.rotation.take() for _ in range(9)] == ["gate"] * 9
    world.rotation.failed("gate")
    world.now += 60.0
    assert world.rotation.take() is None  # nine are under way, and it is tried by one
