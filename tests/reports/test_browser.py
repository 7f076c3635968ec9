"""Both report pages in a real browser: Debian's Chromium, which `.ci/run` installs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from stackbridge.ecosystems import Delivered
from stackbridge.hub.notices import MEANING, Code, Notice, Place
from stackbridge.reports.html import render_check
from stackbridge.reports.translation import Conversion, Side, rows_of, translation_view
from stackbridge.reports.translation_pages import render_html

api = pytest.importorskip("playwright.sync_api")
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no chromium; `.ci/run` installs Debian's"),
    pytest.mark.xdist_group("browser"),
]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&`</td></table>\x1b[31m"
PATIENCE = 120_000  # milliseconds; a busy machine may take long, and that is no failure
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as play:
        # Chromium refuses its sandbox to root.
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        opened = play.chromium.launch(
            executable_path=PROGRAM, args=[*root, "--disable-dev-shm-usage"], timeout=PATIENCE
        )
        yield opened
        opened.close()


@dataclass
class Seen:
    """An open page with everything that it asked for or complained about."""

    page: Any
    address: str
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self) -> int:
        return int(self.page.locator("tr[data-row]:visible").count())

    def shown(self) -> str:
        return str(self.page.locator("#shown").inner_text())

    def assert_quiet(self) -> None:
        assert self.problems == []
        assert self.requests == [self.address]


@pytest.fixture
def look(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens HTML from a file, without any network; the page must have stayed quiet in the end."""
    contexts: list[Any] = []
    seen: list[Seen] = []

    def opened(html: str, **options: Any) -> Seen:
        file = tmp_path / f"{len(seen)}.html"
        file.write_text(html, encoding="utf-8")
        options.setdefault("viewport", WIDE)
        context = browser.new_context(offline=True, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        one = Seen(context.new_page(), file.as_uri())
        one.page.on("console", lambda message: one.problems.append(message.text))
        one.page.on("pageerror", lambda error: one.problems.append(str(error)))
        one.page.on("dialog", lambda dialog: one.problems.append(dialog.message))
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.goto(one.address)
        seen.append(one)
        return one

    yield opened
    for one in seen:
        one.assert_quiet()
    for context in contexts:
        context.close()


def stack(size: int = 12, name: str = "package") -> dict[str, Any]:
    """A translation with every outcome and many kinds of notice."""
    hows = ("exact", "bundle", "generated", "approximated", "lost", "generated")
    notices = [Notice(code=Code.TOOLCHAIN_CHOSEN, subject="foss-2024a", what="chosen", why="best")]
    delivered = []
    for number in range(size):
        how, subject, place = hows[number % 6], f"{name}-{number}", Place(line=number + 2)
        codes: tuple[Code, ...] = ()
        if how == "lost":
            codes = (Code.PACKAGE_LOST,)
        elif how == "approximated":
            codes = (Code.FEATURE_LOST, Code.VERSION_APPROXIMATED)
        elif how == "generated":
            codes = (Code.STEP_SKIPPED, Code.PACKAGE_GENERATED, Code.STEP_ASSUMED)
        notices += [
            Notice(
                code=code,
                subject=subject,
                what=f"what became of {subject}",
                why="a reason",
                instead="something",
                where=place,
            )
            for code in codes
        ]
        delivered.append(
            Delivered(
                subject=f"{subject} +mpi",
                how=how,  # type: ignore[arg-type]
                kinds=tuple(
                    c.value for c in codes if MEANING[c][0].value in ("lost", "approximated")
                ),
                name="" if how == "lost" else subject.title(),
                version="1.2",
                evidence=f"{subject}.eb",
                place=place,
            )
        )
    notices.append(
        Notice(code=Code.PACKAGE_GENERATED, subject="deeper", what="generated", why="none there")
    )
    return translation_view(
        version="1",
        source=Side(name="spack.yaml", format="spack", title="Spack environment"),
        target=Side(name="out/", format="easystack", title="EasyBuild easystack"),
        conversions=[
            Conversion(
                source="spack.yaml",
                rows=rows_of(None, delivered, notices),
                notices=tuple(notices),
            )
        ],
        files={"easystack.yaml": "", **{f"e/{name}-{n}.eb": "" for n in range(size)}},
        evidence=lambda _names, asked, _delivered: {
            "tier": "checksum", "against": f"spack:{asked}", "count": 2, "detail": "x.tar.gz",
        },
    )  # fmt: skip


def hostile_stack() -> dict[str, Any]:
    data = stack(6)
    for row in data["packages"]:
        row.update(asked=HOSTILE, package=HOSTILE, name=HOSTILE, version=HOSTILE, file=HOSTILE)
        row["evidence"]["detail"] = HOSTILE
    for notice in data["notices"]:
        notice.update(subject=HOSTILE, what=HOSTILE, why=HOSTILE, instead=HOSTILE)
    for side in ("source", "target"):
        data[side] = dict.fromkeys(data[side], HOSTILE)
    data["errors"] = [{"source": HOSTILE, "message": HOSTILE}]
    data["files"] = [{"path": HOSTILE, "bytes": 1}] * 2
    return data


@pytest.fixture(params=["check", "translation"])
def html(request: pytest.FixtureRequest, view: dict[str, Any]) -> str:
    return render_check(view) if request.param == "check" else render_html(stack())


def test_filters_of_the_check(look: Any, view: dict[str, Any]) -> None:
    seen = look(render_check(view))
    assert seen.rows() == 5
    seen.page.get_by_label("Verdict", exact=True).select_option("blocked")
    assert seen.rows() == 1
    assert seen.shown() == "1 of 5 shown"
    seen.page.get_by_role("button", name="Clear").click()
    assert seen.rows() == 5
    seen.page.get_by_label("Find").fill("cray-mpich")
    assert seen.rows() == 1


def test_filters_of_a_translation(look: Any) -> None:
    seen = look(render_html(stack()))
    page = seen.page
    assert seen.shown() == "12 of 12 shown"
    page.get_by_label("Outcome", exact=True).select_option("generated")
    assert seen.rows() == 4
    page.get_by_label("Find").fill("package-8 MPI")
    assert seen.rows() == 1
    page.get_by_role("button", name="Clear").click()
    assert seen.shown() == "12 of 12 shown"
    page.get_by_label("Notice", exact=True).select_option("step-skipped")
    assert seen.rows() == 4
    page.get_by_label("Outcome", exact=True).select_option("lost")
    assert seen.shown() == "0 of 12 shown"


def test_figures_and_names_lead_into_the_table(look: Any) -> None:
    seen = look(render_html(stack()))
    page = seen.page
    page.get_by_role("link", name="lost", exact=False).first.click()
    assert seen.shown() == "2 of 12 shown"
    page.get_by_role("link", name="in the table (feature-lost)").click()
    assert seen.shown() == "2 of 12 shown"
    assert page.get_by_label("Outcome", exact=True).input_value() == ""
    # a row that the filters hide appears when a link leads to it
    page.get_by_role("link", name="package-4", exact=True).click()
    assert page.locator("#p4").is_visible()
    assert seen.shown() == "12 of 12 shown"
    page.get_by_role("link", name="8 packages differ").click()
    assert seen.shown() == "8 of 12 shown"
    assert page.get_by_label("Attention", exact=True).input_value() == "needed"


def test_rows_can_be_put_in_order(look: Any) -> None:
    seen = look(render_html(stack()))
    order = seen.page.get_by_label("Order")

    def column() -> list[str]:
        return [text.split()[0] for text in seen.page.locator("tr[data-row] th").all_inner_texts()]

    before = column()
    order.select_option("rank")
    assert column()[:4] == ["package-4", "package-10", "package-3", "package-9"]
    order.select_option("name")
    assert column() == sorted(before, key=lambda name: int(name.split("-")[1]))
    order.select_option("")
    assert column() == before


def test_everything_is_reached_by_the_keyboard(look: Any) -> None:
    seen = look(render_html(stack()))
    page = seen.page

    def focused() -> str:
        return str(
            page.evaluate(
                "(e => e.id || e.className || e.textContent.trim() || e.tagName)"
                "(document.activeElement)"
            )
        )

    page.keyboard.press("Tab")
    assert focused() == "skip"
    page.keyboard.press("Enter")
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        met.append(focused())
        if met[-1] == "find":
            break
    assert met[-1] == "find"
    page.keyboard.type("package-2")
    assert seen.shown() == "1 of 12 shown"
    for name in ("how", "look", "kind", "order"):
        page.keyboard.press("Tab")
        assert focused() == name
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Clear
    assert seen.shown() == "12 of 12 shown"
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "SUMMARY":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentNode.open") is True


AXE = "axe_playwright_python"


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", NARROW)], ids=["light", "dark"]
)
def test_it_is_accessible(look: Any, html: str, scheme: str, size: dict[str, int]) -> None:
    pytest.importorskip(AXE)
    seen = look(html, viewport=size, color_scheme=scheme)
    seen.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    seen.page.evaluate(resources.files(AXE).joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = seen.page.evaluate("axe.run()")
    assert found["passes"]
    assert [
        (rule["id"], [node["html"][:200] for node in rule["nodes"][:3]])
        for rule in found["violations"]
    ] == []


def test_a_narrow_screen_needs_no_sideways_scrolling(look: Any) -> None:
    """WCAG 1.4.10: 320 pixels are enough; the rows are cards, and still rows to a reader."""
    seen = look(render_html(stack()), viewport=NARROW)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.get_by_role("row").count() == 13
    assert seen.page.get_by_role("rowheader").count() == 12
    assert seen.page.get_by_role("columnheader").count() == 4
    assert seen.page.get_by_role("cell").count() == 36


def test_dark_is_dark(look: Any, html: str) -> None:
    def paper(scheme: str) -> int:
        seen = look(html, color_scheme=scheme)
        color = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in color[4:-1].split(","))

    assert paper("dark") < 150
    assert paper("light") > 700


def test_print_shows_all_of_it(look: Any) -> None:
    seen = look(render_html(stack()), color_scheme="dark")
    page = seen.page
    page.get_by_label("Find").fill("package-11")
    assert seen.rows() == 1
    page.emulate_media(media="print")
    assert seen.rows() == 12
    assert not page.locator("form").is_visible()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    # what is folded on the screen stands on paper
    assert page.evaluate(
        "[...document.querySelectorAll('details:not(.fold)')].every((d) => "
        "[...d.children].every((c) => c.getBoundingClientRect().height > 0))"
    )
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_it_reads_without_a_script(look: Any, html: str) -> None:
    seen = look(html, java_script_enabled=False)
    assert seen.rows() in (5, 12)
    assert not seen.page.locator("form").is_visible()


def test_hostile_names_are_text(look: Any, hostile_view: dict[str, Any]) -> None:
    for page in (render_check(hostile_view), render_html(hostile_stack())):
        seen = look(page)
        assert seen.page.locator("script").count() == 1
        assert seen.page.locator("img").count() == 0
        assert "<script>alert(" in seen.page.locator("main").inner_text()


def test_a_large_stack_is_filtered_and_ordered(look: Any) -> None:
    seen = look(render_html(stack(size=276)))
    assert seen.shown() == "276 of 276 shown"
    seen.page.get_by_label("Outcome", exact=True).select_option("lost")
    assert seen.shown() == "46 of 276 shown"
    seen.page.get_by_label("Order").select_option("rank")
    assert seen.rows() == 46


def test_the_page_of_a_real_translation(look: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from stackbridge.cli.app import cli

    recipe = Path(__file__).parents[2] / "recipes" / "e4s-subset.yaml"
    for name in ("r.html", "r.json"):
        done = CliRunner().invoke(
            cli,
            ["convert", str(recipe), "-t", "easystack", "-o", os.devnull,
             "--report", str(tmp_path / name)],
        )  # fmt: skip
        assert done.exit_code == 0, done.output
    data = json.loads((tmp_path / "r.json").read_text())
    seen = look((tmp_path / "r.html").read_text())
    assert seen.rows() == data["summary"]["asked"] == len(data["packages"])
    met = {row["how"] for row in data["packages"]}
    assert len(met) > 1
    for how in met:
        seen.page.get_by_label("Outcome", exact=True).select_option(how)
        assert seen.rows() == data["summary"][how]
