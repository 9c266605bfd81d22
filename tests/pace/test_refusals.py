from __future__ import annotations

import heapq
from random import Random

from ecomscraper.pace.refusals import Refusals, Refused


def test_a_burst_is_one_event(clock):
    refusals = Refusals(clock)
    sent = [clock.now + number / 100 for number in range(8)]
    clock.pass_(1)

    events = []
    for sent_at in sent:
        events.append(refusals.refused(sent_at))
        clock.pass_(0.01)

    assert events == [Refused(1001.0, 1)] + [None] * 7


def test_what_is_sent_after_an_event_counts_again(clock):
    refusals = Refusals(clock)
    refusals.refused(clock.now)
    clock.pass_(5)
    second_sent = clock.now
    clock.pass_(1)

    assert refusals.refused(second_sent) == Refused(1006.0, 2)


def test_an_answer_ends_the_row(clock):
    refusals = Refusals(clock)
    refusals.refused(clock.now)
    clock.pass_(1)
    refusals.answered(clock.now)
    clock.pass_(1)

    assert refusals.refused(clock.now) == Refused(1002.0, 1)


def test_an_answer_to_what_was_sent_before_does_not(clock):
    refusals = Refusals(clock)
    sent_before = clock.now
    clock.pass_(1)
    refusals.refused(sent_before)
    refusals.answered(sent_before)
    clock.pass_(1)

    assert refusals.refused(clock.now).in_a_row == 2


def test_ten_bursts_of_hundreds_of_refusals_are_ten_events(clock):
    """A shop refuses in ten phases of 5 s; requests go every 10 ms and are answered after 0 to 300 ms."""
    rng = Random(3)
    refusals = Refusals(clock)
    answers, events, refused = [], 0, 0
    held_until = 0.0
    start = clock.now
    while clock.now < start + 200:
        if clock.now >= held_until:
            refused_phase = (clock.now - start) % 20 < 5
            heapq.heappush(answers, (clock.now + rng.uniform(0, 0.3), clock.now, refused_phase))
        while answers and answers[0][0] <= clock.now:
            _, sent_at, is_refused = heapq.heappop(answers)
            if is_refused:
                refused += 1
                if refusals.refused(sent_at):
                    events += 1
                    held_until = clock.now + 6
            else:
                refusals.answered(sent_at)
        clock.pass_(0.01)

    assert events == 10
    assert refused > 50
