"""The check's page: escaped, self-contained, accessible. `test_browser.py` looks at it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

from stackbridge.reports.html import render_check
from stackbridge.reports.page import SCRIPT, STYLE

VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Tags with attributes, text, and whether they are nested well."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_it_is_well_formed(view: dict[str, Any]) -> None:
    page = Page(render_check(view))
    assert page.open == []
    assert "use cray-mpich" in page.text


def test_hostile_names_stay_text(hostile_view: dict[str, Any]) -> None:
    source = render_check(hostile_view)
    page = Page(source)
    assert page.open == []
    assert len(page.all("script")) == 1
    assert page.raw["script"] == SCRIPT
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in source
    assert "\x00" not in source
    allowed = {"lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "role",
               "title", "aria-hidden", "aria-label", "aria-labelledby", "tabindex", "scope",
               "data-verdict", "data-row", "data-key", "for", "type", "autocomplete", "value", "hidden"}  # fmt: skip
    assert {key for _, attributes in page.tags for key in attributes} <= allowed


def test_nothing_comes_from_elsewhere(view: dict[str, Any]) -> None:
    page = Page(render_check(view))
    for _, attributes in page.tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?:", STYLE + SCRIPT)


def test_the_policy_allows_only_its_own_style_and_script(view: dict[str, Any]) -> None:
    page = Page(render_check(view))
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv")]
    assert policy is not None
    assert "default-src 'none'" in policy
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not any(key.startswith("on") or key == "style" for _, a in page.tags for key in a)


def test_accessibility_basics(view: dict[str, Any]) -> None:
    page = Page(render_check(view))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("caption")) == len(page.all("table")) == 2
    assert all(a.get("scope") in ("row", "col") for a in page.all("th"))
    identifiers = [a["id"] for _, a in page.tags if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.tags:
        if label := attributes.get("aria-labelledby"):
            assert label in identifiers
    assert len(page.all("label")) == len(page.all("input")) + len(page.all("select"))
    # the verdict is a word, not only a color or a sign
    assert page.text.count("blocked") >= 2


def luminance(color: str) -> float:
    color = color.lstrip("#")
    if len(color) == 3:
        color = "".join(2 * c for c in color)
    parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colors_have_contrast_in_both_schemes() -> None:
    """WCAG 2.1, 1.4.3: at least 4.5 to 1 against the background."""
    schemes = re.findall(r":root\{(.*?)\}", STYLE, re.DOTALL)
    assert len(schemes) == 3  # light, dark, paper
    for scheme in schemes:
        colors = dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", scheme))
        for behind in ("paper", "card"):
            paper = luminance(colors[behind])
            for name in ("ink", "dim", "link", "ready", "buildable", "unknown", "changes-needed",
                         "blocked"):  # fmt: skip
                ink = luminance(colors[name])
                high, low = max(ink, paper), min(ink, paper)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (behind, name)
