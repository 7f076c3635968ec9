"""Graphs as text, DOT, SVG, JSON and GraphML."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from stackbridge.hub.resolution import Edge, Node, Resolution, Root
from stackbridge.reports.graph import (
    RENDERERS,
    render_dot,
    render_graphml,
    render_json,
    render_svg,
    render_text,
)
from stackbridge.resolver.graph import from_resolution

HOSTILE = '"];x[label="<script>&\\\x1b\n'


def made(*edges: tuple[str, str], roots: tuple[str, ...] = ("a",)) -> nx.DiGraph[str]:
    keys = sorted({key for edge in edges for key in edge} | set(roots))
    return from_resolution(
        Resolution(
            nodes=tuple(Node(key=key, name=f"n{key}", version="1.0") for key in keys),
            edges=tuple(Edge(parent=a, child=b, kinds=("build",)) for a, b in edges),
            roots=tuple(Root(key=key) for key in roots),
        )
    )


DIAMOND = (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e"))


def test_text() -> None:
    assert render_text(made(*DIAMOND)) == (
        "5 packages, 5 dependencies, 3 deep\n"
        "\n"
        "na 1.0\n"
        "  nb 1.0\n"
        "    nd 1.0\n"
        "      ne 1.0\n"
        "  nc 1.0\n"
        "    nd 1.0 (above)\n"
    )


def test_text_of_a_cycle_ends() -> None:
    text = render_text(made(("a", "b"), ("b", "a")))
    assert "cycle: a <-> b" in text


def test_dot_is_quoted() -> None:
    text = render_dot(made((HOSTILE, "b"), roots=(HOSTILE,)))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "X", text)
    assert "script" not in bare
    assert bare.splitlines()[3] == "  X [label=X, peripheries=2];"


def test_json() -> None:
    data = json.loads(render_json(made(*DIAMOND)))
    assert data["order"] == ["e", "d", "b", "c", "a"]
    assert (data["nodes"], data["edges"], data["depth"]) == (5, 5, 3)
    again = nx.node_link_graph(data["graph"], edges="links")
    assert set(again.edges) == set(DIAMOND)


def test_graphml_is_read_back() -> None:
    text = render_graphml(made(*DIAMOND))
    again = nx.read_graphml(io.BytesIO(text.encode()))
    assert set(again.edges) == set(DIAMOND)
    assert again.nodes["a"]["name"] == "na"


@pytest.mark.parametrize("edges", [DIAMOND, (("a", "b"), ("b", "a")), ()])
def test_svg_holds_every_node_inside_its_frame(edges: tuple[tuple[str, str], ...]) -> None:
    graph = made(*edges)
    root = ET.fromstring(render_svg(graph))
    name = "{http://www.w3.org/2000/svg}"
    boxes = root.findall(f"{name}g/{name}rect")
    assert len(boxes) == len(graph)
    assert len(root.findall(f"{name}path")) == graph.number_of_edges()
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    corners = set()
    for box in boxes:
        x, y = float(box.get("x", -1)), float(box.get("y", -1))
        assert 0 <= x <= width - float(box.get("width", 0))
        assert 0 <= y <= height - 24
        corners.add((x, y))
    assert len(corners) == len(boxes)


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_hostile_names_do_no_harm(name: str) -> None:
    text = RENDERERS[name](made((HOSTILE, "b"), roots=(HOSTILE,)))
    assert "\x1b" not in text
    if name in ("svg", "graphml"):
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
        assert "script" not in tags
