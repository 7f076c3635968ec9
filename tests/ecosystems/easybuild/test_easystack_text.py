"""Easystack text <-> `Easystack`: what EasyBuild accepts, drops and refuses."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stackbridge.ecosystems.easybuild.easystack import (
    Easystack,
    Entry,
    Option,
    emit,
    parse,
    without_comments,
)
from stackbridge.ecosystems.easybuild.yaml_nodes import Comments
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "easystacks"


def as_easybuild(text: str) -> list[tuple[str, dict[str, Any] | None]]:
    """What EasyBuild's own parser makes of a text."""
    easystack = pytest.importorskip("easybuild.framework.easystack")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        found = easystack.parse_easystack(file.name).ec_opt_tuples
    return [(name, options or None) for name, options in found]


def as_ours(easystack: Easystack) -> list[tuple[str, dict[str, Any] | None]]:
    def value(option: Option) -> object:
        return list(option.value) if isinstance(option.value, tuple) else option.value

    return [
        (e.easyconfig, {o.name: value(o) for o in e.options} or None) for e in easystack.entries
    ]


ACCEPTED = {
    "plain": "easyconfigs:\n  - a-1.0.eb\n  - b-1.0\n",
    "empty": "easyconfigs: []\n",
    "path": "easyconfigs:\n  - /some/where/a-1.0.eb\n",
    "null options": "easyconfigs:\n- a-1.0.eb:\n- b-1.0.eb:\n    options:\n- c.eb: {}\n",
    "options": (
        "easyconfigs:\n- a-1.0:\n    options:\n      robot: false\n      from-pr: 123\n"
        "      rebuild: True\n      amend: [x=1, y=2]\n      from-commit: '0123'\n      k: ~\n"
    ),
    "flow": "{easyconfigs: [a-1.0.eb, {b-1.0: {options: {force: yes}}}]}",
    "anchors": (
        "easyconfigs:\n- a.eb:\n    options: &o\n      robot: false\n- b.eb:\n    options: *o\n"
        "- c.eb:\n    options:\n      <<: *o\n      force: true\n"
    ),
    "date": "easyconfigs:\n- a.eb:\n    options:\n      x: 'y # no comment'\n",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_reads_what_easybuild_reads(text: str) -> None:
    easystack, notices = parse(text, "s.yaml")
    assert as_ours(easystack) == as_easybuild(text)
    assert notices == ()
    assert as_easybuild(emit(easystack)) == as_easybuild(text)


DROPPED = {
    "a number": ("easyconfigs:\n- 1.0\n- a.eb\n", "easyconfigs[0]"),
    "null": ("easyconfigs:\n- a.eb\n-\n", "easyconfigs[1]"),
    "a list": ("easyconfigs:\n- a.eb\n- [b.eb]\n", "easyconfigs[1]"),
    "robot at the top": ("robot: true\neasyconfigs:\n- a.eb\n", "robot"),
    "a version at the top": ("easybuild_version: 5.0\neasyconfigs: [a.eb]\n", "easybuild_version"),
    "any key at the top": ("easyconfigs: [a.eb]\nfoo:\n  bar: 1\n", "foo"),
    "a repeated key": (
        "easyconfigs:\n- a.eb:\n    options:\n      force: true\n      force: false\n",
        "force",
    ),
}


@pytest.mark.parametrize(("text", "subject"), DROPPED.values(), ids=DROPPED)
def test_what_easybuild_drops_in_silence_is_a_notice(text: str, subject: str) -> None:
    easystack, notices = parse(text, "s.yaml")
    assert as_ours(easystack) == as_easybuild(text)
    assert [(n.code, n.subject) for n in notices] == [(Code.SETTING_IGNORED, subject)]
    assert notices[0].where.line is not None


@pytest.mark.parametrize("value", ["1", "1.0"])
def test_the_figure_one_is_written_as_text(value: str) -> None:
    """EasyBuild takes 1 for true and would pass `--max-parallel` without its value."""
    options = pytest.importorskip("easybuild.tools.options")
    text = f"easyconfigs:\n- a.eb:\n    options:\n      max-parallel: {value}\n"
    assert options.opts_dict_to_eb_opts(as_easybuild(text)[0][1]) == ["--max-parallel"]
    easystack, notices = parse(text)
    assert [n.code for n in notices] == [Code.SETTING_UPGRADED]
    written = as_easybuild(emit(easystack))[0][1]
    assert options.opts_dict_to_eb_opts(written) == [f"--max-parallel={value}"]


def test_the_text_true_becomes_true() -> None:
    text = "easyconfigs:\n- a.eb:\n    options:\n      rebuild: 'True'\n"
    easystack, notices = parse(text)
    assert easystack.entries[0].options[0].value is True
    assert [n.code for n in notices] == [Code.SETTING_UPGRADED]


REFUSED = {
    "no key": "foo: 1\n",
    "software": "software:\n  GROMACS:\n    toolchains: {}\n",
    "text": "hello",
    "empty": "",
    "list": "- a.eb\n",
    "not a list": "easyconfigs: a.eb\n",
    "a mapping": "easyconfigs: {a: b}\n",
    "two keys": "easyconfigs:\n- a.eb:\n  options:\n    robot: false\n",
    "a key that is no text": "easyconfigs:\n- 1.0:\n    options: {}\n",
    "another key": "easyconfigs:\n- a.eb:\n    option: {}\n",
    "options a list": "easyconfigs:\n- a.eb:\n    options: [robot]\n",
    "an option a mapping": "easyconfigs:\n- a.eb:\n    options: {x: {y: 1}}\n",
    "a dashed option": "easyconfigs:\n- a.eb:\n    options: {--robot: true}\n",
    "an option with a blank": "easyconfigs:\n- a.eb:\n    options: {'robot --force': true}\n",
    "a python tag": "easyconfigs: !!python/object/apply:os.getcwd []\n",
    "a python scalar": "easyconfigs: [!!python/name:os.getcwd '']\n",
    "a tag": "easyconfigs: [!mine a.eb]\n",
    "binary": "easyconfigs: [!!binary aGVsbG8=]\n",
    "two documents": "easyconfigs: []\n---\neasyconfigs: []\n",
    "broken": "easyconfigs: [a.eb\n",
    "a tab": "easyconfigs:\n\t- a.eb\n",
    "deep": "easyconfigs: " + "[" * 3000,
    "no anchor": "easyconfigs: [*a]\n",
    "an endless alias": "easyconfigs: &a [*a]\n",
    "control character": 'easyconfigs: ["a\\x00b.eb"]\n',
    "new line": 'easyconfigs: ["a\\nb.eb"]\n',
    "a bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a]\neasyconfigs:\n- e.eb:\n    options: {x: *b}\n",
    "not printable": "easyconfigs: [a\x07.eb]\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused_with_a_place(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "s.yaml")
    assert caught.value.file == "s.yaml"
    assert caught.value.message


def test_comments_stay_where_they_stood() -> None:
    text = """\
# the head

## twice
easyconfigs:  # here
  # above a
  - a.eb  # behind a

  # above b
  # twice
  - b.eb:
      # above options
      options:  # at options
        # above robot
        robot: false  # behind robot
  #! shebang-like
  - 'c # no comment.eb'
# the foot
"""
    easystack, notices = parse(text)
    assert notices == ()
    assert easystack.entries[1].comments == Comments(before=(None, "above b", "twice"))
    assert easystack.entries[2].easyconfig == "c # no comment.eb"
    assert emit(easystack) == text


names = st.text(
    st.characters(min_codepoint=32, blacklist_characters="\x7f", blacklist_categories=("Cs", "Cc")),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() != "" and text.isprintable())
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12).filter(lambda n: n != 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x != 1),
    st.text(st.characters(codec="utf-8"), max_size=20).filter(
        lambda text: text.lower() not in ("true", "false")
    ),
)
comment_lines = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)).map(
    lambda text: text.strip().lstrip("#").strip() or "x"
)
comments = st.builds(
    Comments,
    before=st.lists(st.none() | comment_lines, max_size=3).map(tuple),
    inline=st.none() | comment_lines,
)
option_names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
options = st.builds(
    Option,
    name=option_names,
    value=scalars | st.lists(scalars, max_size=3).map(tuple),
    comments=comments,
)
entries = st.builds(
    Entry,
    easyconfig=names.map(lambda text: text + ".eb"),
    options=st.lists(options, max_size=3, unique_by=lambda o: o.name).map(tuple),
    comments=comments,
)


@settings(max_examples=60, deadline=None)
@given(st.builds(Easystack, entries=st.lists(entries, max_size=4).map(tuple), header=comments))
def test_law_written_text_reads_back_as_the_same(easystack: Easystack) -> None:
    again, notices = parse(emit(easystack))
    assert without_comments(again) == without_comments(easystack)
    assert notices == ()
    assert again == easystack
    assert emit(again) == emit(easystack)
    assert yaml.safe_load(emit(easystack))["easyconfigs"] is not None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.text("easyconfigs:-[]{}&*!#\n a1.'\"|>%@", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for full in (text, "easyconfigs:\n" + text, "easyconfigs:\n- a.eb:\n    options:\n" + text):
        try:
            easystack, _ = parse(full, "s.yaml")
        except InputError:
            continue
        assert without_comments(parse(emit(easystack))[0]) == without_comments(easystack)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not here")
def test_corpus_comes_back_with_its_comments() -> None:
    files = sorted(CORPUS.rglob("*.y*ml"))
    assert len(files) > 100
    for file in files:
        text = file.read_text(encoding="utf-8")
        easystack, notices = parse(text, file.name)
        assert notices == ()
        written = emit(easystack)
        assert parse(written)[0] == easystack, file
        assert as_easybuild(written) == as_easybuild(text), file
        own = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
        assert [s for s in map(str.strip, written.splitlines()) if s.startswith("#")] == own
