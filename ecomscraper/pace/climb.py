"""Moves the number of requests at once to the knee: doubling first, then looking below and above from time to time."""

from __future__ import annotations

from collections import deque
from math import ceil, inf, log, sqrt

from ecomscraper.pace.knee import Level, Line, fitted

START = 6  # as browsers do
SHORT_JOB = 2 * START  # requests: so many go out before the first answers are judged, whatever these say
DOUBT = 2.0  # squared standard errors by which a line may fit worse than the best, and be hoped for
GROWTH = 1.3  # times the highest level that was seen, while there is no knee in sight
LOOK_UP = 1.3  # the level to compare with is higher by this factor: what was once too much may not be any more …
LOOK_DOWN = 1.25  # … or lower by this one, which costs goodput, so only …
LEAST_BELOW = 12  # … where fewer answers are known from there
LEAST_LOOK = 3  # at once: a look at one instead of two would cost half of the goodput
LEAST_BLOCK = 12  # answers at a level, before it is judged; at least twice as many as there are at once
CALM_BLOCKS = 12  # at most, between two looks
MEMORY_ANSWERS = 400  # after so many, what was seen counts half
CHANGED = 1.4  # times the expected latency, or a part of it: the shop is another one
SURE = 3.0  # standard errors
SETTLE = 1.0  # times the usual latency: what is sent sooner after a change meets the load of before
OUTLIER = 4.0  # times the usual latency is as much as one answer may count
USUAL_ANSWERS = 20  # that the usual latency looks back


class Climb:
    """`level` is how many may be under way now, `base` how many between looks; 1 ≤ both ≤ `most`. Tell each answer.

    An answer counts for the level at which its request was sent, so late ones do not blame the wrong one. Times are
    those of one monotonic clock, in seconds.
    """

    def __init__(self, most: int, start: int = START, *, doubling: bool = True, why: str = "starting") -> None:
        self.most = most
        self.base = self.level = max(1, min(start, most))
        self.doubling = doubling and self.base < most
        self.why = why
        self.is_idle = False  # half of the seats were free, when the last answer was sent
        self.usual = 0.0  # latency, in seconds
        self._levels: dict[int, Level] = {}
        self._line: Line | None = None
        self._visits: deque[tuple[float, int]] = deque([(-inf, self.base)], maxlen=4)  # since when, which level
        self._block = Level()  # what was seen since the level was set
        self._ignore_before = -inf
        self._calm = 1  # blocks between two looks
        self._waited = 1  # blocks since the last look
        self._before_loss = 0
        self._before_short_job = 0

    @property
    def settled(self) -> int:
        """`base`, or what it was before a cut or a leap that no answer has spoken to yet."""
        return self._before_loss or self._before_short_job or self.base

    def answered(self, at: float, sent_at: float, load: int) -> None:
        """A request was served; `load` were under way with it, without those that hang.

        Where half of the seats are free, it tells nothing.
        """
        if self._before_loss:
            self._recover(at, sent_at)
            return
        level = self._level_at(sent_at)
        if level is None:
            return
        self.is_idle = load * 2 < level
        if self.is_idle or sent_at < self._ignore_before:
            return
        seconds = at - sent_at
        usual = self.usual or seconds
        seconds = min(seconds, OUTLIER * usual)
        self.usual = usual + (seconds - usual) / USUAL_ANSWERS
        self._levels.setdefault(level, Level()).add(seconds)
        if sent_at < self._visits[-1][0]:
            return
        self._block.add(seconds)
        if self._block.served >= self._least_block:
            self._judge(at)

    def failed(self, at: float, sent_at: float) -> None:
        """A request failed. One that took far longer than answers do tells of a past that others have told of."""
        level = self._level_at(sent_at)
        if level in self._levels and at - sent_at < OUTLIER * self.usual:
            self._levels[level].failed += 1

    def lose(self, at: float, share: float, why: str) -> None:
        """Cut to `share` of the level, until the next answer shows that it was not the load."""
        before = self.settled
        self.settle(at, int(self.base * share), why)
        self._before_loss = before

    def settle(self, at: float, level: int, why: str) -> None:
        """End the doubling and go on from `level`, with nothing known."""
        self.doubling = False
        self._before_loss = self._before_short_job = 0
        self._forget(level, at, why)

    def left(self, requests: int, at: float) -> None:
        """No more than so many are to come, with those under way: a short job is over before it teaches anything."""
        if self.base < requests <= SHORT_JOB and self.doubling and self._line is None:
            self._before_short_job = self.settled
            self.base = min(requests, self.most)
            self.why = "the few that are left at once"
            self._visit(self.base, at)

    def limit(self, most: int, at: float) -> None:
        """From now on `most` is the limit; where the last one stood in the way, it is on its way up again."""
        if most > self.most and self.base == self.most:
            self.doubling = True
        self.most = most
        self.base = min(self.base, most)
        if self.level > most or self.doubling:
            self._visit(min(self.level, most), at)

    def ignore_sent_before(self, at: float) -> None:
        """What was sent before `at` tells nothing of the shop."""
        self._ignore_before = at

    @property
    def _least_block(self) -> int:
        """How many answers are judged together."""
        if self._before_short_job:
            return self.level + 1  # more than there are, if it is the short job that it was said to be
        return self.level if self.doubling else max(LEAST_BLOCK, 2 * self.level)

    def _recover(self, at: float, sent_at: float) -> None:
        if sent_at < self._visits[-1][0]:
            return  # it was sent before the cut
        before, self._before_loss = self._before_loss, 0
        if at - sent_at < OUTLIER * self.usual:
            self._forget(before, at, "as before: it was not the load that failed")

    def _level_at(self, sent_at: float) -> int | None:
        """The level at which a request was sent; None where that is forgotten, or the shop had not got used to it."""
        for since, level in reversed(self._visits):
            if sent_at >= since:
                return level if self.doubling or sent_at >= since + SETTLE * self.usual else None
        return None

    def _judge(self, at: float) -> None:
        """A block is full: where is the knee, and what is to be looked at next?"""
        self._before_short_job = 0
        if self._has_changed():
            self._forget(self.base, at, "looking again: latency is another")
            return
        for level in self._levels.values():
            level.fade(0.5 ** (self._block.served / MEMORY_ANSWERS))
        self._line = line = fitted(self._levels, DOUBT)
        wanted = max(1, self._wanted(line))
        if wanted > self.most:
            wanted, self.why = self.most, f"at the limit of {self.most}: so many at once are served as fast as fewer"
        if abs(wanted - self.base) > max(1, self.base // 8):
            self._calm = 1
        self.base = wanted
        self.doubling = self.doubling and self.level < self.most
        self._visit(self.base if self.doubling else self._next(), at)

    def _wanted(self, line: Line) -> int:
        lowest, highest = min(self._levels), max(self._levels)
        if line.best <= highest:
            self.doubling = False
            self.why = f"at the knee: beyond {line.knee:g} at once each waits {line.seconds_each * 1000:.0f} ms longer"
            return int(line.best)  # the line's knee is the highest that may be
        if self.doubling:
            self.why = f"doubling: {highest} at once are served as fast as fewer"
            return 2 * self.level
        if highest > 1 and lowest * LOOK_DOWN > highest + 1:
            return self.base  # too close to tell
        self.why = f"climbing: {highest} at once are served as fast as {lowest}"
        return ceil(highest * GROWTH)

    def _next(self) -> int:
        self._waited += 1
        if self._waited <= self._calm or self.base < LEAST_LOOK:
            return self.base
        self._waited = 0
        lower = max(1, min(self.base - 1, int(self.base / LOOK_DOWN)))
        if self._answers_about(lower) < LEAST_BELOW:
            return lower
        self._calm = min(CALM_BLOCKS, 2 * self._calm)
        return min(self.most, ceil(self.base * LOOK_UP))

    def _answers_about(self, lower: int) -> float:
        """How many are known from about that level, so far that it need not be looked at."""
        nearest, farthest = (self.base + lower) // 2, lower / LOOK_DOWN
        return sum(seen.served for level, seen in self._levels.items() if farthest <= level <= nearest)

    def _has_changed(self) -> bool:
        """Whether this block is surely another than what was known."""
        block, known = self._block, self._levels[self.level]
        if self.doubling or len(self._levels) < 2:
            return False
        if known.served >= 3 * block.served:
            expected = known.mean
        elif self._line is not None and self._line.knee < inf:
            expected = self._line.seconds(self.level)
        else:
            return False
        error = sqrt(block.squares) / block.served / block.mean
        return abs(log(block.mean / expected)) > max(log(CHANGED), SURE * error)

    def _forget(self, level: int, at: float, why: str) -> None:
        self.base = max(1, min(level, self.most))
        self.why = why
        self._levels.clear()
        self._visits.clear()
        self._line = None
        self._calm = self._waited = 1
        self._visit(self.base, at)

    def _visit(self, level: int, at: float) -> None:
        if level != self.level or not self._visits:
            self.level = level
            self._visits.append((at, level))
        self._block = Level()
