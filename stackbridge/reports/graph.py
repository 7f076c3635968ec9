"""A dependency graph as text, DOT, SVG, JSON or GraphML."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from stackbridge.reports.terminal import printable
from stackbridge.resolver.graph import facts, order

if TYPE_CHECKING:
    from stackbridge.resolver.graph import Graph

__all__ = ["RENDERERS", "render_dot", "render_graphml", "render_json", "render_svg", "render_text"]


def label(graph: Graph, key: str) -> str:
    """Name and version of a node."""
    data = graph.nodes[key]
    text = f"{data['name']} {data['version']}".strip()
    return printable(text)


def render_text(graph: Graph) -> str:
    """Figures, then a tree for each root; what was shown before is marked `(above)`."""
    figures = facts(graph)
    depth = "has cycles" if figures.depth is None else f"{figures.depth} deep"
    lines = [f"{figures.nodes} packages, {figures.edges} dependencies, {depth}"]
    for circle in figures.cycles:
        lines.append(f"cycle: {printable(' <-> '.join(circle))}")
    seen: set[str] = set()
    roots = figures.roots or tuple(sorted(k for k, degree in graph.in_degree() if not degree))
    for root in roots:
        lines.append("")
        stack = [(root, 0)]
        while stack:
            key, depth_here = stack.pop()
            kinds = ""
            again = key in seen and graph.out_degree(key) > 0
            lines.append(f"{'  ' * depth_here}{label(graph, key)}{kinds}{' (above)' * again}")
            if key in seen:
                continue
            seen.add(key)
            stack += [(child, depth_here + 1) for child in sorted(graph[key], reverse=True)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def render_dot(graph: Graph) -> str:
    """Graphviz's language; roots have a double outline, build-only edges are dashed."""
    lines = ["digraph stack {", "  rankdir=LR;", "  node [shape=box];"]
    for key in sorted(graph):
        extra = ", peripheries=2" if graph.nodes[key]["root"] else ""
        lines.append(f"  {_quoted(key)} [label={_quoted(label(graph, key))}{extra}];")
    for parent, child, data in sorted(graph.edges(data=True), key=lambda edge: edge[:2]):
        style = " [style=dashed]" if data["kinds"] == "build" else ""
        lines.append(f"  {_quoted(parent)} -> {_quoted(child)}{style};")
    return "\n".join([*lines, "}"]) + "\n"


def render_json(graph: Graph) -> str:
    """Figures, build order, and nodes and edges in networkx's node-link form."""
    import networkx as nx

    figures = facts(graph)
    data = {
        "nodes": figures.nodes,
        "edges": figures.edges,
        "roots": list(figures.roots),
        "depth": figures.depth,
        "cycles": [list(circle) for circle in figures.cycles],
        "order": list(order(graph)),
        "graph": nx.node_link_data(graph, edges="links"),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def render_graphml(graph: Graph) -> str:
    """GraphML, as networkx writes it, without characters which XML can't hold."""
    import networkx as nx

    safe = nx.relabel_nodes(graph, {key: printable(key) for key in graph})
    for _, data in safe.nodes(data=True):
        data["name"], data["version"] = printable(data["name"]), printable(data["version"])
    for *_, data in safe.edges(data=True):
        data["kinds"], data["provides"] = printable(data["kinds"]), printable(data["provides"])
    target = io.BytesIO()
    nx.write_graphml_xml(safe, target)
    return target.getvalue().decode() + "\n"


def render_svg(graph: Graph) -> str:
    """A picture: roots on the left, each package to the right of all that need it."""
    from html import escape

    import networkx as nx

    condensed = nx.condensation(graph)
    column: dict[str, int] = {}
    for part in nx.topological_sort(condensed):
        above = [
            column[next(iter(condensed.nodes[parent]["members"]))]
            for parent in condensed.predecessors(part)
        ]
        for key in condensed.nodes[part]["members"]:
            column[key] = max(above, default=-1) + 1
    columns: dict[int, list[str]] = {}
    for key in sorted(column, key=lambda k: (column[k], graph.nodes[k]["name"], k)):
        columns.setdefault(column[key], []).append(key)
    texts = {key: label(graph, key) for key in graph}
    widths = {c: max(len(texts[k]) for k in keys) * 7 + 20 for c, keys in columns.items()}
    left: dict[int, int] = {}
    x = 20
    for c in sorted(columns):
        left[c] = x
        x += widths[c] + 60
    tallest = max((len(keys) for keys in columns.values()), default=1)
    height = tallest * 34 + 40
    place = {
        key: (left[c], 20 + (tallest - len(keys)) * 17 + index * 34)
        for c, keys in columns.items()
        for index, key in enumerate(keys)
    }
    edges, boxes = [], []
    for parent, child, data in sorted(graph.edges(data=True), key=lambda edge: edge[:2]):
        x1, y1 = place[parent][0] + widths[column[parent]], place[parent][1] + 12
        x2, y2 = place[child][0], place[child][1] + 12
        dash = ' stroke-dasharray="4 3"' if data["kinds"] == "build" else ""
        edges.append(
            f'<path d="M{x1} {y1}C{x1 + 30} {y1} {x2 - 30} {y2} {x2} {y2}"'
            f' fill="none" stroke="#8a94a3"{dash}/>'
        )
    for key in sorted(graph):
        px, py = place[key]
        root = bool(graph.nodes[key]["root"])
        boxes.append(
            f'<g><title>{escape(printable(key))}</title><rect x="{px}" y="{py}" rx="4" '
            f'width="{widths[column[key]]}" height="24" fill="{"#dcebfa" if root else "#f4f5f7"}" '
            f'stroke="#3c4654" stroke-width="{2 if root else 1}"/>'
            f'<text x="{px + 10}" y="{py + 16}">{escape(texts[key])}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(x, 40)} {height}" '
        f'width="{max(x, 40)}" height="{height}" role="img" '
        'font-family="monospace" font-size="11.5">'
        "<title>Dependency graph</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(edges)}{"".join(boxes)}</svg>\n'
    )


RENDERERS = {
    "text": render_text,
    "dot": render_dot,
    "svg": render_svg,
    "json": render_json,
    "graphml": render_graphml,
}
