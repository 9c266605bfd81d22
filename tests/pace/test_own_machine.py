from __future__ import annotations

import resource
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.pace.extension import allow_files
from ecomscraper.pace.own_machine import CALM_READINGS, MachineLimits, MachineReading, Window

MIB = 2**20
LIMITS = MachineLimits(memory_bytes=500 * MIB, lag_seconds=1.0, files_share=0.9)
CALM = MachineReading(memory_bytes=100 * MIB, lag_seconds=0.01, open_files=50, most_files=1024)
SHORT_OF = {
    "memory": MachineReading(501 * MIB, 0.0, 50, 1024),
    "time": MachineReading(100 * MIB, 1.01, 50, 1024),
    "files": MachineReading(100 * MIB, 0.0, 922, 1024),
}


def test_a_calm_machine_changes_nothing():
    window = Window(16, LIMITS)

    assert [window.judge(CALM) for _ in range(100)] == [None] * 100
    assert window.size == 16


@pytest.mark.parametrize(
    ("short_of", "said"),
    [
        ("memory", "this process uses 501 MiB of memory: 8 pages at once instead of 16"),
        ("time", "this process is busy, its event loop 1.0 s late: 8 pages at once instead of 16"),
        ("files", "922 of 1024 files are open: 8 pages at once instead of 16"),
    ],
)
def test_a_shortage_halves_the_window_and_says_why(short_of, said):
    window = Window(16, LIMITS)

    assert window.judge(SHORT_OF[short_of]) == said
    assert window.size == 8


def test_thresholds_themselves_are_no_shortage():
    window = Window(16, MachineLimits(memory_bytes=500 * MIB, lag_seconds=1.0, files_share=0.5))

    assert window.judge(MachineReading(500 * MIB, 1.0, 512, 1024)) is None


def test_what_is_not_known_or_not_looked_at_is_no_shortage():
    window = Window(16, MachineLimits(memory_bytes=0, lag_seconds=1.0, files_share=0.9))

    assert window.judge(MachineReading(10**12, 0.0, None, None)) is None
    assert window.judge(MachineReading(None, 0.0, None, 1024)) is None


def test_it_shrinks_to_one_page_and_says_no_more_then():
    window = Window(16, LIMITS)
    said = [window.judge(SHORT_OF["memory"]) for _ in range(6)]

    assert [text is not None for text in said] == [True] * 4 + [False] * 2
    assert window.size == 1


def test_it_grows_back_step_by_step_after_calm_readings():
    window = Window(12, LIMITS)
    for _ in range(4):
        window.judge(SHORT_OF["time"])
    sizes = []
    for _ in range(5 * CALM_READINGS):
        window.judge(CALM)
        sizes.append(window.size)

    assert sizes == [1] * 4 + [2] * 5 + [4] * 5 + [8] * 5 + [12] * 6


def test_a_shortage_begins_the_calm_anew():
    window = Window(16, LIMITS)
    window.judge(SHORT_OF["time"])
    for _ in range(CALM_READINGS - 1):
        assert window.judge(CALM) is None
    window.judge(SHORT_OF["time"])

    assert [window.judge(CALM) for _ in range(CALM_READINGS - 1)] == [None] * (CALM_READINGS - 1)
    assert window.judge(CALM) == "this machine has room again: 8 pages at once"


@given(full=st.integers(1, 1000), seed=st.integers(0, 1000), shortages=st.floats(0, 1))
def test_whatever_comes_it_stays_between_one_and_full_and_tells_each_change(full, seed, shortages):
    rng = Random(seed)
    window = Window(full, LIMITS)
    for _ in range(200):
        before = window.size
        said = window.judge(rng.choice(list(SHORT_OF.values())) if rng.random() < shortages else CALM)
        assert 1 <= window.size <= full
        assert (said is not None) == (window.size != before)


@pytest.fixture
def file_limit():
    """Sets the soft limit of open files for a test, and puts it back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda new_soft: resource.setrlimit(resource.RLIMIT_NOFILE, (new_soft, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_of_open_files_is_raised_as_far_as_needed_and_never_lowered(file_limit):
    file_limit(600)
    allow_files(700)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 700
    allow_files(650)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 700


def test_more_files_than_the_system_allows_are_refused():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("the system has no limit")

    with pytest.raises(ConfigurationError, match=f"needs {hard + 1} open files, the system allows {hard}"):
        allow_files(hard + 1)
