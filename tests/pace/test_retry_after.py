"""Against RFC 9110 §10.2.3 and §5.6.7, and draft-ietf-httpapi-ratelimit-headers from -00 to -11."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.retry_after import LONGEST_SECONDS, AskedWait, asked_wait, asking_headers

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC).timestamp()


def http_date(seconds_from_now, now=NOW):
    return format_datetime(datetime.fromtimestamp(now + seconds_from_now, UTC), usegmt=True)


def wait(status=429, cap_seconds=3600.0, now=NOW, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked_wait(status, names, now=now, cap_seconds=cap_seconds)


def seconds(status=429, **headers):
    asked = wait(status, **headers)
    return asked and asked.seconds


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("0120", 120.0),
        ("120, 60", 120.0),
        ("0", None),
        ("0.0", None),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("120s", None),
        ("0x10", None),
        ("१२", None),
        ("9" * 400, LONGEST_SECONDS),
        (str(2**31 + 1), LONGEST_SECONDS),
    ],
)
def test_retry_after_in_seconds(value, wanted):
    assert seconds(retry_after=value) == wanted


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 01 Mar 2026 12:02:00 GMT",
        "Sunday, 01-Mar-26 12:02:00 GMT",
        "Sun Mar  1 12:02:00 2026",
        "Sun, 01 Mar 2026 14:02:00 +0200",
    ],
)
def test_retry_after_in_each_form_of_a_date(date):
    assert wait(retry_after=date) == AskedWait(120.0, "Retry-After", beyond_cap=False)


@pytest.fixture
def elsewhere(monkeypatch):
    """Our machine is not in Greenwich."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_date_without_a_zone_is_utc():
    assert seconds(retry_after="Sun Mar  1 12:02:00 2026") == 120.0


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 01 Mar 2026 12:00:00 GMT",
        "Sun, 01 Mar 2026 11:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Tue, 31 Feb 2026 10:00:00 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Sun, 99 Xyz 2026 99:99:99 GMT",
        "tomorrow",
    ],
)
def test_a_date_that_is_now_past_or_none_asks_for_nothing(value):
    assert wait(retry_after=value) is None


@pytest.mark.parametrize("skew_seconds", [-86_400, -300, -1, 0, 1, 300, 86_400])
def test_a_date_is_measured_on_the_clock_of_the_server(skew_seconds):
    asked = wait(date=http_date(skew_seconds), retry_after=http_date(skew_seconds + 90))

    assert asked == AskedWait(90.0, "Retry-After", beyond_cap=False)


def test_without_a_date_header_or_with_a_broken_one_our_clock_counts():
    assert seconds(retry_after=http_date(90)) == 90.0
    assert seconds(retry_after=http_date(90), date="yesterday") == 90.0


@pytest.mark.parametrize(("cap", "beyond"), [(119.9, True), (120.0, False), (3600.0, False)])
def test_a_wait_beyond_the_cap_is_told_whole(cap, beyond):
    assert wait(retry_after="120", cap_seconds=cap) == AskedWait(120.0, "Retry-After", beyond_cap=beyond)


@pytest.mark.parametrize("status", [200, 202, 301, 403, 413, 429, 500, 503])
def test_retry_after_counts_on_every_status(status):
    assert seconds(status, retry_after="7") == 7.0


@pytest.mark.parametrize("status", [200, 301, 403, 429, 503])
@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"ratelimit": '"default";r=0;t=30'}, 30.0),
        ({"ratelimit": '"default";r=0;t=0'}, None),
        ({"ratelimit": '"default";r=0'}, None),
        ({"ratelimit": '"default";r=50;t=30'}, None),
        ({"ratelimit": '"burst";r=0;t=5, "daily";r=3;t=900'}, 5.0),
        ({"ratelimit": '"burst";r=0;t=5, "daily";r=0;t=900'}, 900.0),
        ({"ratelimit": '"problemPolicy";r=0;t=10;pk=:QXBwLTk5OQ==:'}, 10.0),
        ({"ratelimit": '"default";r=0', "ratelimit_policy": '"default";q=100;w=60'}, 60.0),
        ({"ratelimit": '"default";r=0', "ratelimit_policy": '"other";q=100;w=60'}, None),
        ({"ratelimit": '"default";r=0;t=30 seconds'}, None),
        ({"ratelimit_policy": '"default";q=0;w=60'}, None),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50.0),
        ({"ratelimit": "limit=100, remaining=1, reset=50"}, None),
        ({"ratelimit_limit": "100", "ratelimit_remaining": "0", "ratelimit_reset": "50"}, 50.0),
        ({"ratelimit_limit": "100", "ratelimit_remaining": "1", "ratelimit_reset": "50"}, None),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "0"}, None),
        ({"ratelimit_remaining": "0"}, None),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "50"}, 50.0),
        ({"x_ratelimit_remaining": "0.0", "x_ratelimit_reset": "50.5"}, 50.5),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) + 50)}, 50.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str((int(NOW) + 50) * 1000)}, 50.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) - 50)}, None),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "Sun, 01 Mar 2026 12:00:50 GMT"}, 50.0),
        ({"x_rate_limit_remaining": "0", "x_rate_limit_reset": str(int(NOW) + 900)}, 900.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset_after": "1.25", "x_ratelimit_reset": "9"}, 1.25),
        ({"x_ratelimit_remaining": "-1", "x_ratelimit_reset": "soon"}, None),
        ({"x_ratelimit_remaining": "none", "ratelimit_reset": "later"}, None),
    ],
)
def test_a_quota_that_is_used_up(status, headers, wanted):
    assert seconds(status, **headers) == wanted


@pytest.mark.parametrize(("status", "wanted"), [(429, 50.0), (503, 50.0), (200, None), (403, None)])
@pytest.mark.parametrize("family", ["ratelimit", "x_ratelimit", "x_rate_limit"])
def test_a_refusal_says_that_the_quota_is_used_up(family, status, wanted):
    assert seconds(status, **{f"{family}_limit": "10", f"{family}_reset": "50"}) == wanted


def test_a_quota_that_has_some_left_is_not_what_a_refusal_is_about():
    assert wait(429, x_ratelimit_remaining="7", x_ratelimit_reset="50") is None


def test_an_epoch_is_measured_on_the_clock_of_the_server():
    headers = {"date": http_date(5000), "x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) + 5030)}
    assert seconds(200, **headers) == 30.0


def test_retry_after_comes_first_and_only_0_gives_way():
    quota = {"ratelimit": '"default";r=0;t=30'}
    assert wait(**quota, retry_after="5") == AskedWait(5.0, "Retry-After", beyond_cap=False)
    assert wait(**quota, retry_after="0") == AskedWait(30.0, "RateLimit", beyond_cap=False)


def test_the_longest_of_several_families_counts():
    asked = wait(
        200,
        ratelimit='"default";r=0;t=30',
        x_ratelimit_remaining="0",
        x_ratelimit_reset="40",
    )
    assert asked == AskedWait(40.0, "x-ratelimit-reset", beyond_cap=False)


NAMES = st.sampled_from(
    [
        "retry-after",
        "date",
        "ratelimit",
        "ratelimit-policy",
        *(
            f"{family}-{part}"
            for family in ("ratelimit", "x-ratelimit", "x-rate-limit")
            for part in ("limit", "remaining", "reset", "reset-after")
        ),
    ]
)
VALUES = st.one_of(
    st.text(),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: format_datetime(moment, usegmt=True)),
    st.datetimes().map(lambda moment: moment.strftime("%a %b %d %H:%M:%S %Y")),
    st.tuples(st.integers(0, 2), st.integers(0, 10**20)).map(lambda rt: f'"default";r={rt[0]};t={rt[1]}'),
    st.tuples(st.integers(0, 2), st.integers(0, 10**20)).map(lambda rt: f"limit=9, remaining={rt[0]}, reset={rt[1]}"),
    st.text(alphabet='"0123456789;,=rtw -+:GMT', max_size=60),
)


@given(
    status=st.integers(100, 599),
    headers=st.dictionaries(NAMES, VALUES),
    now=st.floats(0, 4e9),
    cap_seconds=st.floats(0, 1e6),
)
def test_anything_in_a_sane_wait_out(status, headers, now, cap_seconds):
    asked = asked_wait(status, headers, now=now, cap_seconds=cap_seconds)

    if asked is not None:
        assert 0 < asked.seconds <= LONGEST_SECONDS
        assert asked.beyond_cap == (asked.seconds > cap_seconds)
        assert asked.field.lower() in {"retry-after", "ratelimit"} or asked.field.endswith("-reset")


@given(st.integers(1, 2**31), st.integers(-(10**9), 10**9))
def test_seconds_and_dates_mean_the_same_on_any_clock(delay, skew):
    server_now = int(NOW) + skew
    by_date = asked_wait(
        503,
        {"date": http_date(0, server_now), "retry-after": http_date(delay, server_now)},
        now=NOW,
        cap_seconds=60,
    )
    assert by_date == asked_wait(503, {"retry-after": str(delay)}, now=NOW, cap_seconds=60)


NAMES = st.sampled_from([
    "Retry-After", "Date", "RateLimit", "Ratelimit-Policy", "RateLimit-Remaining", "RateLimit-Reset",
    "X-RateLimit-Remaining", "X-Ratelimit-Reset", "X-Rate-Limit-Reset-After", "X-Rate-Limit-Remaining",
    "Content-Type", "Vary", "X-RateLimit-Limit",
])  # fmt: skip
VALUES = st.sampled_from([
    b"0", b"30", b"Sun, 01 Mar 2026 12:02:00 GMT", b'"default";r=0;t=30', b"limit=9, remaining=0, reset=7",
    b'"default";q=100;w=60', b"1772366460", b"text/html", b"",
])  # fmt: skip


@given(st.sampled_from([200, 404, 429, 503]), st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=2)))
def test_no_other_headers_have_a_say(status, headers):
    raw = {name.encode(): values for name, values in headers.items()}
    every = {name.lower(): b", ".join(values).decode() for name, values in headers.items()}

    assert asked_wait(status, asking_headers(raw.items()), now=NOW, cap_seconds=60.0) == asked_wait(
        status, every | {"retry-after": every.get("retry-after", "")}, now=NOW, cap_seconds=60.0
    )
