"""Laws of the order and of the set algebra, and of both text forms."""

from __future__ import annotations

import copy
import pickle

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stackbridge.hub.versions import ANY, NONE, Version, VersionSet

laws = settings(max_examples=150, deadline=None)

_PARTS = st.one_of(
    st.integers(0, 12).map(str),
    st.sampled_from(
        ["a", "b", "z", "Z", "rc", "alpha", "beta", "final", "main", "develop", "x", "2024a"]
    ),
)
VERSIONS = st.one_of(
    st.lists(st.tuples(_PARTS, st.sampled_from([".", "-", "_", ""])), min_size=1, max_size=4).map(
        lambda parts: "".join(a + b for a, b in parts[:-1]) + parts[-1][0]
    ),
    st.sampled_from(["git.abc=1.2", "git.main", "f" * 40, "1.2", "1.3", "1.2.0", "1.3rc1"]),
).map(Version)


@st.composite
def _between(draw: st.DrawFn) -> VersionSet:
    low, high = sorted((draw(VERSIONS), draw(VERSIONS)))
    return VersionSet.between(low, high)


SETS = st.recursive(
    st.one_of(
        st.just(ANY),
        st.just(NONE),
        VERSIONS.map(VersionSet.exactly),
        VERSIONS.map(VersionSet.prefix),
        VERSIONS.map(VersionSet.at_least),
        VERSIONS.map(VersionSet.above),
        VERSIONS.map(VersionSet.at_most),
        VERSIONS.map(VersionSet.below),
        _between(),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] | p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] & p[1]),
        inner.map(lambda s: ~s),
    ),
    max_leaves=4,
)


@laws
@given(VERSIONS, VERSIONS, VERSIONS)
def test_order_is_total(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert (a <= b) == (a < b or a == b)
    assert (a >= b) == (not a < b)
    if a <= b <= c:
        assert a <= c
    if a == b:
        assert hash(a) == hash(b)


@laws
@given(VERSIONS)
def test_text_comes_back(a: Version) -> None:
    assert Version(str(a)) == a
    assert pickle.loads(pickle.dumps(a)) == a
    assert copy.deepcopy(a) == a


@laws
@given(SETS, SETS, VERSIONS)
def test_operators_mean_membership(a: VersionSet, b: VersionSet, v: Version) -> None:
    assert (v in (a & b)) == (v in a and v in b)
    assert (v in (a | b)) == (v in a or v in b)
    assert (v in (a - b)) == (v in a and v not in b)
    assert (v in ~a) == (v not in a)
    if a <= b and v in a:
        assert v in b


@laws
@given(SETS, SETS, SETS)
def test_boolean_algebra(a: VersionSet, b: VersionSet, c: VersionSet) -> None:
    assert (a & b, a | b) == (b & a, b | a)
    assert (a & b) & c == a & (b & c)
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a | (b & c) == (a | b) & (a | c)
    assert ~(a & b) == ~a | ~b
    assert ~(a | b) == ~a & ~b
    assert ~~a == a
    assert (a & ~a, a | ~a) == (NONE, ANY)
    assert (a & ANY, a | NONE, a & a, a | a) == (a, a, a, a)
    assert (a & NONE, a | ANY) == (NONE, ANY)


@laws
@given(SETS, SETS, SETS)
def test_subsets_are_a_partial_order(a: VersionSet, b: VersionSet, c: VersionSet) -> None:
    assert NONE <= a <= ANY
    assert (a <= b <= a) == (a == b)
    if a <= b <= c:
        assert a <= c
    assert (a & b) <= a <= (a | b)
    assert (a < b) == (a <= b and a != b)
    assert a.intersects(b) == (not (a & b).is_empty)
    assert hash(a) == hash(~~a)


@laws
@given(SETS)
@example(VersionSet.below("2.0"))
@example(VersionSet.prefix("develop"))
@example(~VersionSet.exactly("1.2"))
def test_comparators_come_back(a: VersionSet) -> None:
    text = a.comparators()
    assert (text is None) == a.is_empty
    if text is not None:
        assert VersionSet.parse(text) == a


@laws
@given(SETS)
@example(VersionSet.at_most("1.4"))
def test_ranges_come_back_or_are_refused(a: VersionSet) -> None:
    text = a.ranges()
    if text is not None:
        assert VersionSet.from_ranges(text) == a


@laws
@given(VERSIONS, VERSIONS)
def test_prefix_and_point(a: Version, b: Version) -> None:
    prefix, point = VersionSet.prefix(a), VersionSet.exactly(a)
    assert a in point
    assert point <= prefix
    assert point.exact == a
    assert prefix.prefixed == a
    assert (b in point) == (a == b)
    assert b.starts_with(a) == (b in prefix)


@laws
@given(VERSIONS)
def test_four_comparisons_cover_the_line(a: Version) -> None:
    s = VersionSet
    assert s.below(a) | s.exactly(a) | s.above(a) == ANY
    assert s.at_most(a) == ~s.above(a)
    assert s.at_least(a) == ~s.below(a)
    assert s.between(a, a) == s.prefix(a)
    assert s.between(None, None) == ANY
