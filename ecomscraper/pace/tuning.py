"""Finds a shop's limits on purpose: more and more requests at once, until more bring nothing or are refused.

After the first refusal the rate that the shop lets pass is looked for, from below: what came before it tells the
content of a bucket as well, what is served between it and a second one does not (see rate_ceiling.py). In the end the
rate that was found is kept for a while: it is advised when it was served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, inf
from statistics import median

from ecomscraper.pace.knee import Level, Line, fitted
from ecomscraper.pace.rate_ceiling import UNDER, RateCeiling
from ecomscraper.pace.throttle import Ending, Outcome

STEP = 1.3  # times as many at once on each step
LEAST_ANSWERS = 20  # on a step …
ROUNDS = 3  # … and so many times the requests at once …
LEAST_SECONDS = 2.0  # … and so long, as a bucket hides for a while that its rate is exceeded …
PLENTY = 80  # … or so many answers, if they are ROUNDS as well
MOST_SECONDS = 10.0  # of a step: then FEWEST are enough
FEWEST = 5
ALL_SECONDS = 100.0  # of all steps
HOPE = 3.0  # squared standard errors, see knee.fitted: while it climbs …
DOUBT = 0.5  # … and for the advice
BEHIND = 0.75  # of the requests at once is the knee, when it is far enough behind …
SURE_STEPS = 2  # … on so many steps in a row
RATE_ANSWERS = 150  # after the first refusal: without another one, what was served then is the rate
RATE_REFUSALS = 3  # are the last of them in any case, and fewer if LEAST_ANSWERS were between two
SURE_ANSWERS = 250  # at the rate that was found: the two or four refusals before are under 1 % then …
LESS = 0.9  # … and where one of them was refused, at so much of it
FAILING = 0.1  # of a step's requests may fail


@dataclass(slots=True)
class Step:
    """What was seen with so many requests at once."""

    at_once: int
    since: float
    latencies: list[float] = field(default_factory=list)  # of requests that were sent on this step, in seconds
    answered_at: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    beside: int = 0  # the sum of how many were under way with each, itself counted

    @property
    def per_second(self) -> float:
        """Answers a second, between the first and the last; 0 where there are too few."""
        if len(self.answered_at) < FEWEST:  # those of one burst come in no time
            return 0.0
        return (len(self.answered_at) - 1) / max(self.answered_at[-1] - self.answered_at[0], 1e-6)

    def latency_seconds(self, share: float) -> float:
        """So slow was that share of the answers at most. Raises ValueError where there are none."""
        if not self.latencies:
            raise ValueError("no answers")
        return sorted(self.latencies)[ceil(share * len(self.latencies)) - 1]

    @property
    def is_failing(self) -> bool:
        return self.failed >= FEWEST and self.failed > FAILING * (len(self.latencies) + self.failed)

    def is_full(self, at: float) -> bool:
        """Whether enough was seen."""
        answers, seconds = len(self.latencies), at - self.since
        if seconds >= MOST_SECONDS:
            return answers >= FEWEST
        if answers < max(LEAST_ANSWERS, ROUNDS * self.at_once):
            return False
        return seconds >= LEAST_SECONDS or answers >= PLENTY


@dataclass(frozen=True, slots=True)
class Advice:
    """The limits that serve best, and why."""

    concurrency: int
    delay_seconds: float
    why: str


class Tuning:
    """Takes a throttle's place: at most `most` at once, at most `requests` in all; then `is_done`.

    Times are those of one monotonic clock, in seconds. Waits are kept by whoever sends.
    """

    def __init__(self, most: int, requests: int, on_step: Callable[[Step], None] = lambda step: None) -> None:
        self._on_step = on_step  # is told of each step when it is over
        self.steps: list[Step] = []
        self.why = "starting"
        self.is_done = False
        self._most = most
        self._requests = requests
        self.sent_in_all = 0
        self._in_flight = 0
        self._rate = RateCeiling()
        self._refused_at = -inf
        self._refusals = 0
        self._answers = 0  # since the last refusal
        self._served_rate: float | None = None  # a second: what the shop surely lets pass
        self._found = ""  # why it was looked for no longer: now it is kept for a while
        self._line: Line | None = None
        self._behind = 0  # steps in a row beyond the knee
        self._levels = _levels(most)
        self.concurrency = next(self._levels)
        self._before = 1  # the last number that was served without refusal

    @property
    def spacing_seconds(self) -> float:
        if self._found and self._served_rate:
            return _rounded_up(1 / self._served_rate)
        return 1 / self._rate.per_second

    @property
    def was_refused(self) -> bool:
        return self._refusals > 0

    def state(self) -> dict[str, float | int | str | None]:
        """As a throttle's, but nothing to be remembered."""
        return {"concurrency": self.concurrency, "why": self.why}

    def sent(self, at: float) -> int:
        if not self.steps:
            self._begin(at)
        self.sent_in_all += 1
        self._in_flight += 1
        if self.sent_in_all >= self._requests and not self.is_done:
            self._end(f"{self._requests} requests were sent")
        return self._in_flight

    def held(self, seconds: float) -> None:
        self._rate.held(seconds)

    def lag(self, at: float, seconds: float) -> None:
        """A step has answers enough to bear it."""

    def finished(self, outcome: Outcome) -> None:
        self._in_flight -= 1
        if outcome.at > self.steps[0].since + ALL_SECONDS and not self.is_done:
            self._end(f"{ALL_SECONDS:g} s are over")
        step = next(each for each in reversed(self.steps) if each.since <= outcome.sent_at)
        if outcome.ending is Ending.SERVED:
            self._rate.served(outcome.at, outcome.sent_at)
        if self.is_done:
            return
        match outcome.ending:
            case Ending.SERVED:
                self._served(step, outcome)
            case Ending.REFUSED:
                step.refused += 1
                self._refused(outcome)
            case Ending.FAILED:
                step.failed += 1
                if step.is_failing:
                    self.steps.remove(step)
                    self._end(f"with {step.at_once} at once {step.failed} requests failed")

    def advice(self) -> Advice | None:
        """None where no step was seen to its end, nor a rate after a refusal."""
        if self.was_refused:
            rate = self._served_rate
            if rate is None:
                return None
            return Advice(self._before, _rounded_up(1 / rate), f"more were refused, {rate:.3g} a second were not")
        line, highest = self._line, self._before
        if line is None:
            return None
        if line.enough > highest:
            return Advice(highest, 0.0, f"so many at once are served as fast as fewer; {self.why}")
        return Advice(
            max(1, round(line.enough)),
            0.0,
            f"beyond {line.knee:.3g} at once each waits {line.seconds_each * 1000:.0f} ms longer for each other one",
        )

    def _served(self, step: Step, outcome: Outcome) -> None:
        if self.was_refused:
            if outcome.sent_at > self._refused_at:
                self._answers += 1
            if self._found:
                if self._answers >= SURE_ANSWERS:
                    self._end(self._found)
            elif self._answers >= RATE_ANSWERS:
                self._note_rate(outcome.at)
                self._end(f"{RATE_ANSWERS} answers without another refusal")
            return
        if step is not self.steps[-1]:
            return
        step.latencies.append(outcome.seconds)
        step.answered_at.append(outcome.at)
        step.beside += outcome.beside
        if step.is_full(outcome.at):
            self._judge(step, outcome.at)

    def _judge(self, step: Step, at: float) -> None:
        self._on_step(step)
        self._before = step.at_once
        levels = {each.at_once: _level(each) for each in self.steps}
        self._line = fitted(levels, DOUBT)
        self._behind = self._behind + 1 if fitted(levels, HOPE).enough <= BEHIND * step.at_once else 0
        following = next(self._levels, None)
        if step.beside * 2 < step.at_once * len(step.latencies):
            self._end("requests are kept so far apart that more at once change nothing")
        elif self._behind == SURE_STEPS:
            self._end("more at once bring nothing")
        elif following is None:
            self._end(f"more than {self._most} at once were not tried")
        else:
            self.concurrency = following
            self._begin(at)

    def _refused(self, outcome: Outcome) -> None:
        if outcome.sent_at <= self._refused_at:
            return  # one of a burst
        if self._found and self._served_rate:
            self._served_rate *= LESS
        elif self.was_refused:
            self._note_rate(outcome.at)
        else:
            self._on_step(self.steps[-1])
        self._refusals += 1
        self._rate.refused(outcome.at)
        self.concurrency = self._before
        self.why = "refused: looking for the rate"
        if self._found or self._answers >= LEAST_ANSWERS or self._refusals == RATE_REFUSALS:
            self._is_found(f"refused {self._refusals} times")
        self._refused_at, self._answers = outcome.at, 0

    def _is_found(self, why: str) -> None:
        if self._served_rate is None:
            self._end(why)
            return
        self._found = self._found or why
        self.why = f"{why}: seeing whether {self._served_rate:.3g} a second are served"

    def _note_rate(self, at: float) -> None:
        """What was served since a refusal flowed into the shop's bucket since, but for the rest of one request."""
        rate = UNDER * (self._answers - 1) / (at - self._refused_at)
        if rate > 0:
            self._served_rate = max(rate, self._served_rate or 0.0)

    def _begin(self, at: float) -> None:
        self.steps.append(Step(self.concurrency, at))
        self.why = f"trying {self.concurrency} at once"

    def _end(self, why: str) -> None:
        self.is_done = True
        self.concurrency = 0  # nothing more is sent
        self.why = why


def _levels(most: int) -> Iterator[int]:
    level = 1
    while level < most:
        yield level
        level = max(level + 1, round(level * STEP))
    yield most


def _level(step: Step) -> Level:
    level = Level()
    usual = median(step.latencies)
    for seconds in step.latencies:
        level.add(min(seconds, 4 * usual))  # one that hung is no load
    return level


def _rounded_up(seconds: float) -> float:
    """To milliseconds."""
    return ceil(seconds * 1000) / 1000
