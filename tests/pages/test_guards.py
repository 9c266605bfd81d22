"""Pages that would stop the parser are refused, and large honest ones are not."""

from __future__ import annotations

import re
import time

import parsel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ecomscraper.demo.faults import Fault
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.spoilt import spoilt
from ecomscraper.demo.storefront import Storefront
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.guards import PageLimits, PageRefused, check_page, is_light, most_open
from ecomscraper.pages.nesting import CLOSED_BY, ROOTS, TooDeep, check_nesting
from ecomscraper.pages.tags import _pattern as pattern
from ecomscraper.pages.tags import ordinary_tags
from ecomscraper.verdict.reasons import REASONS

LIMITS = PageLimits()
SVG = b"<svg><title>bag</title>" + b'<path d="M3 6h18l-2 12H5z"/>' * 3000 + b"</svg>"


def reason(page: bytes, limits: PageLimits = LIMITS) -> str | None:
    try:
        check_page(page, limits)
    except PageRefused as refusal:
        return refusal.reason
    return None


def attributes(count: int) -> bytes:
    return b"".join(b' a%d="0"' % number for number in range(count))


def test_limits_are_exact() -> None:
    limits = PageLimits(depth=50, attributes=20)
    assert reason(b"<div>" * 48, limits) is None
    assert reason(b"<div>" * 49, limits) == "too_deep"
    assert reason(b"<p%b>" % attributes(20), limits) is None
    assert reason(b"<p%b>" % attributes(21), limits) == "too_many_attributes"
    assert reason(b"<script%b></script>" % attributes(21), limits) == "too_many_attributes"


def test_a_refusal_says_what_was_found() -> None:
    with pytest.raises(PageRefused, match=r"^too_deep: more than 1000 elements inside each other$"):
        check_page(b"<div>" * 5000, LIMITS)
    with pytest.raises(PageRefused, match=r"^too_many_attributes: more than 500 attributes in <p a0=") as caught:
        check_page(b"<p%b>" % attributes(501), LIMITS)
    assert isinstance(caught.value, ValueError)
    assert {"too_deep", "too_many_attributes"} < REASONS.keys()
    assert len(caught.value.detail) < 100


@pytest.mark.parametrize(("kind", "why"), [("deep", "too_deep"), ("many_attributes", "too_many_attributes")])
def test_the_demo_shops_hostile_pages_are_refused(kind: str, why: str) -> None:
    right = Storefront(ShopOptions()).answer("/ecommerce/")
    assert reason(right.document.body) is None
    wrong = spoilt(Fault.parse(kind), right)
    assert wrong is not None
    assert reason(wrong.document.body) == why


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (b"<div>" * 1_000_000, "too_deep"),
        (b"<DIV>" * 2000, "too_deep"),
        (b"<span><div></span></div>" * 2000, "too_deep"),  # </span> does not reach over the div
        (b"<div></span>" * 2000, "too_deep"),
        (b"<li><a>" * 1001, "too_deep"),
        (b"<x-y>" * 2000, "too_deep"),
        (b"<ul><li>" * 501, "too_deep"),
        (b"<div title='</div>'>" * 2000, "too_deep"),
        (b"<div><!-- </div> -->" * 2000, "too_deep"),
        (b"<div><script></div></script>" * 2000, "too_deep"),
        (b"<d\0iv>" * 2000, "too_deep"),
        (("<div>" * 2000).encode("utf-16"), "too_deep"),
        (b"<b><div>" + b"<span>" * 256 + b"</b>" * 100_000, "too_deep"),  # 25 million steps for nothing
        (b"<p%b>" % attributes(50_000), "too_many_attributes"),
        (b"<p" + b" a" * 1000, "too_many_attributes"),
        (b"<p" + b"/a" * 1000, "too_many_attributes"),
        (b"<p" + b' a=">"' * 1000 + b">", "too_many_attributes"),
        (b"<p" + b" a='<b>'" * 1000 + b">", "too_many_attributes"),
        (b'<p a"b' + b" c" * 1000 + b">", "too_many_attributes"),  # a quote in a name opens nothing
        (b"</p%b>" % attributes(1000), "too_many_attributes"),
        (b"<script><!--<script></script><textarea>--></script><p%b>" % attributes(1000), "too_many_attributes"),
        (b"<!--><p%b>-->" % attributes(1000), "too_many_attributes"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_hostile_pages_are_refused(page: bytes, why: str) -> None:
    assert reason(page) == why


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<p>" * 100_000,
        b"<p>x</p>" * 200_000,
        b"<ul>" + b"<li>x" * 100_000 + b"</ul>",
        b"<table>" + b"<tr><td>x<td>y" * 30_000 + b"</table>",
        b"<select>" + b"<option>x" * 100_000 + b"</select>",
        b"<dl>" + b"<dt>x</dt><dd>y</dd>" * 30_000 + b"</dl>",
        b"<br>" * 100_000 + b"<img src=x>" * 100_000 + b"<input>" * 100_000 + b"<hr><link><meta>" * 10_000,
        b"<BR>" * 10_000,
        b"<div data-json='" + b'{"a": 1, "b": "x > y"} ' * 10_000 + b"'>",
        b'<img src="data:image/png;base64,' + b"iVBORw0KGgo=" * 90_000 + b'">',
        b"<script>" + b'x = "<div a b c>";' * 10_000 + b"</script>",
        b"<script>" + b"if (a<b) c = d;" * 10_000 + b"</script>",
        b"<script><!--\n" + b"<div>" * 10_000 + b"\n//--></script>",
        b"<style>" + b"<div>" * 10_000 + b"</style>",
        b"<textarea>" + b"<div>" * 10_000 + b"</textarea>",
        b"<!--" + b"<div>" * 10_000 + b"-->",
        b"<svg><![CDATA[" + b" x " * 10_000 + b"]]></svg>",
        SVG,
        b"<p>" + b"1 < 2 <3 << " * 100_000,
        b"<p title='" + b"a " * 10_000 + b"'>",
        b"<div class=\"" + b"[&>p]:mt-2 " * 1000 + b'">',
        b"<div" + b" " * 100_000 + b">",
        (b"<div>" * 30 + b"<p>text</p>" + b"</div>" * 30) * 1000,
    ],
    ids=lambda page: repr(page)[:30],
)  # fmt: skip
def test_large_honest_pages_pass(page: bytes) -> None:
    assert reason(page) is None


def test_a_page_at_the_limits_is_parsed_in_no_time() -> None:
    page = (b"<html><body>" + b"<div>" * 990 + b"<p%b>" % attributes(500) + b"</p>" + b"</div>" * 990).decode()
    check_page(page.encode(), LIMITS)
    start = time.process_time()
    assert len(parsel.Selector(text=page, type="html").css("div")) == 990
    assert time.process_time() - start < 0.3


ADVERSARIAL = [
    b"<", b"<a ", b'"', b"<!--", b"<!-", b"<!", b"<?", b"</", b"<a=", b"<a b=", b'<a b="', b"<a b='x", b"<a/", b"-",
    b"<script>", b"<script><!--", b"<script><!--<script>", b"<textarea>", b"</script ", b"<a\0", b"<title", b"<s",
    b"= ", b"--!", b"</b>", b"<br>", b"<a b=c", b"<a b='>'", b"<plaintext",
]  # fmt: skip


@pytest.mark.parametrize("piece", ADVERSARIAL, ids=repr)
@pytest.mark.parametrize("before", [b"", b"<p ", b"<p a='", b"<script>", b"<!--", b"<title>"], ids=repr)
def test_time_grows_with_the_page_and_not_faster(before: bytes, piece: bytes) -> None:
    """A quadratic check would take minutes here: the slowest linear one takes 0.1 s."""
    page = before + piece * (400_000 // len(piece))
    start = time.process_time()
    reason(page)
    assert time.process_time() - start < 2


TOKENS = (
    b"<", b"<a", b" b", b'="', b'"', b"='", b"'", b">", b"/", b"</a>", b"<script>", b"</script>", b"<p", b"<plaintext",
    b"<span x>", b"<3 ", b"<a b>", b'<a b="c">', b"\n", b"=", b"<!--", b"-->", b"<title>", b"</title>", b"x", b"-",
    b'<td a="<p b c d e f">', b"</b c>", b"<body", b"<html b>", b"</body>", b"<BODY/",
)  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(TOKENS)).map(b"".join))
def test_plain_tags_are_read_as_all_tags_are(page: bytes) -> None:
    """One tag after the other by the whole pattern, as far as no tag has more than two attributes."""
    piece = re.compile(rb"[^<]++|%b|<(?![a-zA-Z]|/[a-zA-Z])" % pattern(2, rb"/?+%b%b(?:>|/>|\Z)"))
    end = 0
    while match := piece.match(page, end):
        end = match.end()
    found = ordinary_tags(2).match(page)
    assert found is not None
    assert found.end() == end


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(TOKENS)).map(b"".join))
def test_tags_whose_attributes_are_merged_are_counted(page: bytes) -> None:
    """Up to the third of them, tag by tag, if nothing ends it sooner."""
    piece = re.compile(rb"[^<]++|%b|<(?![a-zA-Z]|/[a-zA-Z])" % pattern(2, rb"/?+%b%b(?:>|/>|\Z)"))
    end = merged = 0
    while (match := piece.match(page, end)) and (
        merged := merged + bool(re.match(rb"<(?i:html|body)[\s/]", match[0]))
    ) < 3:
        end = match.end()
    found = ordinary_tags(2, 2).match(page)
    assert found is not None
    assert found.end() == end


def test_a_page_of_many_bodies_is_not_lexbors() -> None:
    """It would compare each attribute with all before it: 188 kB took 3.5 s."""
    names = iter(range(10**6))
    bodies = [b"<body%b>" % b"".join(b" a%d" % next(names) for _ in range(40)) for _ in range(900)]
    few, many = b"<p>".join(bodies[:16]), b"".join(bodies)
    assert (check_page(few, LIMITS), is_light(few)) == (True, True)
    assert (check_page(few + bodies[16], LIMITS), is_light(few + bodies[16])) == (False, False)
    start = time.process_time()
    assert reason(many) is None
    parse_document(many)
    assert time.process_time() - start < 1
    assert reason(many + b"<p%b>" % attributes(501)) == "too_many_attributes"


# ---- against the parser itself ----

_NAMED = set(CLOSED_BY).union(*CLOSED_BY.values()) - {b"title", b"xmp"}  # their text is never parsed
_OTHERS = {"article", "button", "code", "em", "img", "label", "link", "path", "section", "source", "svg", "wbr", "x-y"}
TAGS = sorted(_OTHERS | {name.decode() for name in _NAMED} | {"br", "input", "meta"})
NOISE = (
    "text", "<!-- <div> -->", "<!-->", "<!--->", "<!doctype html>", "<script>'<div>'</script>", "<title><i></title>",
    "<script><!--<script></script><i>--></script>", "<style><b></style>", "<b/>", "<b a='>'>", '<i a"b>', "<u a=b/>",
    "</ x>", "</b a='>'>", "<b a = '>' b>", "<", "<3", "<!-- x --!>", "<b =\">", "<!---->", "<?php <b> ?>",
)  # fmt: skip
TAG = st.sampled_from(TAGS)
SOUP = st.lists(TAG.map("<{}>".format) | TAG.map("</{}>".format) | st.sampled_from(NOISE))


def parsed_depth(html: str) -> int:
    root = parsel.Selector(text=html, type="html").root
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def counted_depth(html: str) -> int:
    """The smallest limit that lets the page pass."""
    for limit in range(ROOTS, 1000):
        try:
            check_nesting(html.encode(), limit, most_steps=10**9)
        except TooDeep:
            continue
        return limit
    raise AssertionError(html)


LEAVES = st.sampled_from((
    "<b>x</b>", "<a href='x'>y</a>", '<a href="x">y</a>', "<div>", "</div>", "<li><a>x</a></li>", "<!-- <b>--></b>",
    '<!-- <b x="--><div><div>"></b>', "<div title='", "'>", '<p x="', '">', "<i>", "</i>", "<script><b>", "</script>",
    "<b>x</script></b>", "<p><b>x</b></p>", "<td>", "<b>x<i>y</i></b>", "<title><i>", "</title>", "<svg>", "<span>",
))  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(LEAVES, max_size=20).map("".join))
def test_no_more_is_open_than_without_leaves(html: str) -> None:
    page = html.encode()
    assert most_open(page, page.count(b"<")) + ROOTS >= counted_depth(html)


def test_what_hides_in_leaves_is_counted() -> None:
    leaves = b'<li><a href="x">y</a></li>' * 2000
    assert most_open(leaves, 4000) == 2
    assert reason(leaves) is None
    assert reason(leaves + b"<div>" * 999) == "too_deep"
    assert reason(b'<!-- <b x="-->' + b"<div>" * 999 + b'"></b>') == "too_deep"
    assert reason(b"<span>" * 990 + b"<!-- <b>--></b>" * 3000) == "too_deep"


@pytest.mark.parametrize("outer", TAGS)
def test_two_tags_nest_as_in_the_parser(outer: str) -> None:
    for inner in TAGS:
        html = f"<body><x-a><{outer}><{inner}><x-b>"
        assert counted_depth(html) == parsed_depth(html), html


@settings(max_examples=500)
@given(SOUP)
def test_nothing_is_nested_deeper_than_counted(pieces: list[str]) -> None:
    """Save the last leaf: what nothing can be inside of, such as a script, is not counted."""
    html = "<body><x-a>" + "".join(pieces) * 5
    assert counted_depth(html) + 1 >= parsed_depth(html)
