"""How an easyconfig is laid out: parameters in groups, each with its term, and comments.

`read_layout` takes a text apart, `Layout.data()` is what a manifest holds under
`extensions.easybuild`, and `rendering` makes a file of it again. The original text is not
kept. Loops, conditions and the file's own variables come back as their values; what
depends on the architecture as one value for each.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackbridge.ecosystems.easybuild.easyconfigs.terms import (
    ROWS,
    NotPlainError,
    Term,
    add,
    literal,
    structural,
    value_of,
)
from stackbridge.ecosystems.easybuild.language.constants import (
    PARAMETER_ALTERNATIVES,
    constants_for,
)
from stackbridge.ecosystems.easybuild.language.conversion import CONVERTED, convert
from stackbridge.ecosystems.easybuild.language.evaluate import Evaluated, evaluate, is_local, parse
from stackbridge.ecosystems.easybuild.language.expressions import value_of as evaluated_expression
from stackbridge.ecosystems.easybuild.language.state import MissingError, Run
from stackbridge.errors import InputError
from stackbridge.hub.notices import Code, Notice, Place

__all__ = ["Comment", "Layout", "Parameter", "read_layout"]

SIDES = frozenset({"before", "beside", "after", "opening"})
OTHER_ARCHITECTURES = ("aarch64", "riscv64", "ppc64le")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `name` is its usual name."""

    name: str
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Lines of comment, each with its `#`; empty for a blank line.

    `side` is before, beside, after, or opening (behind an opening bracket). `path` is the
    parameter and the way into its value
    (`("dependencies", 2)`), empty for the file.
    """

    side: str
    path: tuple[str | int, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An easyconfig: groups of parameters, a blank line between them, and the comments."""

    groups: tuple[tuple[Parameter, ...], ...]
    comments: tuple[Comment, ...] = ()

    def parameters(self) -> dict[str, Term]:
        """All parameters with their terms, in order."""
        return {item.name: item.term for group in self.groups for item in group}

    def data(self) -> dict[str, Any]:
        """Plain data: `parameters` (a list of groups) and `comments`."""
        found: dict[str, Any] = {
            "parameters": [{item.name: item.term for item in group} for group in self.groups]
        }
        if self.comments:
            found["comments"] = [
                {comment.side: _path_text(comment.path), "text": list(comment.lines)}
                for comment in self.comments
            ]
        return found

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Layout:
        """The layout of plain data; InputError for what has not the shape of `data()`."""
        try:
            groups = tuple(
                tuple(Parameter(name=str(name), term=term) for name, term in group.items())
                for group in data["parameters"]
            )
            comments = []
            for entry in data.get("comments", ()):
                (side,) = set(entry) & SIDES
                lines = entry["text"]
                lines = [lines] if isinstance(lines, str) else lines
                path = _path(entry[side] or "")
                comments.append(Comment(side=side, path=path, lines=tuple(map(str, lines))))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"`extensions.easybuild` has not the shape of an easyconfig: {error}",
                hint="`parameters` is a list of mappings, `comments` a list of "
                "{before|beside|after|opening: PATH, text: [...]}",
            ) from error
        return Layout(groups=groups, comments=tuple(comments))


def _path_text(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f"[{step!r}]" if text else step
    return text


def _path(text: str) -> tuple[str | int, ...]:
    if not text:
        return ()
    name, bracket, rest = text.partition("[")
    steps: list[str | int] = [name]
    if bracket:
        node = ast.parse("x[" + rest, mode="eval").body
        found: list[str | int] = []
        while isinstance(node, ast.Subscript):
            step = ast.literal_eval(node.slice)
            if not isinstance(step, (str, int)):
                raise ValueError(text)  # noqa: TRY004
            found.append(step)
            node = node.value
        steps += reversed(found)
    return tuple(steps)


# --- reading -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Spot:
    """Where a parameter's value was written, so that its comments find their places."""

    name: str
    node: ast.expr
    offset: int  # entries before, when the list was added to


def read_layout(
    text: str, file: str | None = None, *, environment: Mapping[str, str] | None = None
) -> tuple[Layout, Evaluated, tuple[Notice, ...]]:
    """Take an easyconfig apart.

    Returns the layout, the values for x86_64, and a notice for each comment that could not
    stay exactly where it stood and for what could not be evaluated. Raises InputError as
    `evaluate` does.
    """
    evaluated = evaluate(text, file, environment=environment)
    if evaluated.cut is not None:
        text = "\n".join(text.splitlines()[: evaluated.cut - 1]) + "\n"
    tree = parse(text, file)
    others = _others(text, file, environment, evaluated)
    reader = _Reader(text, tree, evaluated, others)
    reader.walk()
    layout, notices = reader.layout(file)
    return layout, evaluated, evaluated.notices + notices


def _others(
    text: str, file: str | None, environment: Mapping[str, str] | None, evaluated: Evaluated
) -> dict[str, dict[str, Any]]:
    """The values for the other architectures, where the file asks for one."""
    if "ARCH" not in evaluated.constants:
        return {}
    found = {}
    for architecture in OTHER_ARCHITECTURES:
        try:
            other = evaluate(text, file, architecture=architecture, environment=environment)
        except InputError:
            continue  # the file does not support it, and neither will ours
        found[architecture] = other.values
    return found


class _Reader:
    """One pass over the statements."""

    def __init__(
        self,
        text: str,
        tree: ast.Module,
        evaluated: Evaluated,
        others: dict[str, dict[str, Any]],
    ) -> None:
        self.text_lines = text.splitlines()
        self.tree = tree
        self.values = evaluated.values
        self.others = others
        # What some architecture only sets counts as well.
        self.names = dict.fromkeys(name for v in (self.values, *others.values()) for name in v)
        self.constants = constants_for("x86_64")
        self.terms: dict[str, Term] = {}
        self.spots: dict[str, list[_Spot]] = {}
        self.order: dict[str, int] = {}  # parameter -> line of its first statement
        self.owners: list[tuple[int, int, str | None]] = []  # lines of a statement, its name
        self.comments = _comments(text)
        run = Run(self.constants, {})
        run.names.update(self.values)
        self.run = run

    def evaluate(self, node: ast.expr) -> Any:
        try:
            return evaluated_expression(self.run, node)
        except (MissingError, Exception) as error:
            raise NotPlainError(str(error)) from error

    def walk(self) -> None:
        for node in self.tree.body:
            name = None
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name):
                    name = self.assigned(target.id, node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                name = self.augmented(node.target.id, node)
            if name is None:
                # Whatever it changes has no term any more, only its value.
                for changed in _changed(node):
                    self.terms.pop(changed, None)
                    self.spots.pop(changed, None)
                    if changed in self.names and not is_local(changed):
                        self.order.setdefault(changed, node.lineno)
            self.owners.append((node.lineno, node.end_lineno or node.lineno, name))

    def assigned(self, name: str, node: ast.expr) -> str:
        name = PARAMETER_ALTERNATIVES.get(name, name)
        self.order.setdefault(name, node.lineno)
        try:
            self.terms[name] = structural(
                node, self.constants, self.terms, self.evaluate, rows=name in ROWS
            )
            self.spots[name] = [_Spot(name, node, 0)]
        except NotPlainError:
            self.terms.pop(name, None)
            self.spots.pop(name, None)
        return name

    def augmented(self, name: str, node: ast.AugAssign) -> str | None:
        name = PARAMETER_ALTERNATIVES.get(name, name)
        before = self.terms.get(name)
        if before is None or not isinstance(node.op, ast.Add):
            return None
        try:
            more = structural(
                node.value, self.constants, self.terms, self.evaluate, rows=name in ROWS
            )
            self.terms[name] = add(before, more)
        except NotPlainError:
            return None
        offset = len(before) if isinstance(before, list) else 0
        self.spots.setdefault(name, []).append(_Spot(name, node.value, offset))
        return name

    # --- terms held against the values ----------------------------------------------------

    def term(self, name: str) -> tuple[Term, bool]:
        """The term of a parameter, and whether it has the structure of the text."""
        rows = name in ROWS
        if name in self.terms and name in self.values and self.holds(name, self.terms[name]):
            return self.terms[name], True
        cases = {
            architecture: literal(values[name], rows=rows)
            for architecture, values in {"x86_64": self.values, **self.others}.items()
            if name in values
        }
        if len(cases) <= len(self.others):  # some architecture does without it
            return {"architecture": cases}, False
        usual = max(cases.values(), key=list(cases.values()).count)
        different = {key: term for key, term in cases.items() if term != usual}
        if different:
            return {"architecture": {**different, "otherwise": usual}}, False
        return usual, False

    def holds(self, name: str, term: Term) -> bool:
        """Whether a term gives the value on every architecture."""
        for architecture, values in {"x86_64": self.values, **self.others}.items():
            constants = constants_for(architecture)
            try:
                value = value_of(term, constants, rows=name in ROWS)
                if name in CONVERTED:
                    value = convert(name, value)
            except (KeyError, TypeError, ValueError, AttributeError):
                return False
            if not same(value, values.get(name)):
                return False
        return True

    # --- the layout -----------------------------------------------------------------------

    def layout(self, file: str | None) -> tuple[Layout, tuple[Notice, ...]]:
        wanted = [name for name in self.names if not is_local(name)]
        names = sorted((n for n in wanted if n in self.order), key=self.order.__getitem__)
        names += [name for name in wanted if name not in self.order]
        terms = {name: self.term(name) for name in names}
        comments, notices = self.placed(names, {n for n, (_, kept) in terms.items() if kept}, file)
        groups: list[list[Parameter]] = []
        for name in names:
            if not groups or self.breaks(groups[-1][-1].name, name):
                groups.append([])
            groups[-1].append(Parameter(name=name, term=terms[name][0]))
        found = Layout(
            groups=tuple(tuple(group) for group in groups if group), comments=tuple(comments)
        )
        return found, tuple(notices)

    def breaks(self, before: str, name: str) -> bool:
        """Whether a blank line stands between two parameters, or between their comments."""
        start = self.order.get(name, 0)
        at = self.order.get(before)
        ends = [
            last
            for first, last, owner in self.owners
            if first < start and (owner == before or first == at)
        ]
        between = self.text_lines[max(ends, default=start) : start - 1]
        return any(not line.strip() for line in between)

    def placed(
        self, names: list[str], kept: set[str], file: str | None
    ) -> tuple[list[Comment], list[Notice]]:
        """Each comment with its place."""
        found: dict[tuple[str, tuple[str | int, ...]], list[str]] = {}
        notices: list[Notice] = []
        last: dict[tuple[str, tuple[str | int, ...]], int] = {}
        for line, column, comment in self.comments:
            alone = not self.text_lines[line - 1][:column].strip()
            owner = next((o for o in self.owners if o[0] <= line <= o[1]), None)
            place: tuple[str, tuple[str | int, ...]] | None = None
            moved = False
            if owner is None or (alone and line < owner[0]):
                place = self.before(names, line)
                if found.get(place) and not self.text_lines[line - 2].strip():
                    found[place].append("")
                last[place] = line
            else:
                name = owner[2]
                if name in kept and name is not None:
                    place = self.inside(name, line, column, alone=alone)
                    if place is not None and place[0] == "within":
                        # Between the pieces of one text, which come back as a whole.
                        moved, place = True, ("before", place[1])
                if place is None:
                    moved = True
                    place = ("before", (name,)) if name in names and name else None
                    place = place or self.before(names, owner[1])
            lines = found.setdefault(place, [])
            lines.append(comment)
            if moved:
                notices.append(
                    Notice(
                        code=Code.COMMENT_MOVED,
                        subject=comment.lstrip("# ")[:60],
                        what="the comment was moved",
                        why="it stood in a statement that comes back as its value",
                        instead=f"it stands {place[0]} `{_path_text(place[1])}`",
                        where=Place(file=file, line=line),
                    )
                )
        for place, line in last.items():
            if place[0] == "before" and not self.text_lines[line].strip():
                found[place].append("")
        return [
            Comment(side=side, path=path, lines=tuple(lines))
            for (side, path), lines in found.items()
        ], notices

    def before(self, names: list[str], line: int) -> tuple[str, tuple[str | int, ...]]:
        """The next parameter after a line; the file's end when there is none."""
        later = [name for name in names if self.order.get(name, 0) > line]
        return ("before", (later[0],)) if later else ("after", ())

    def inside(
        self, name: str, line: int, column: int, *, alone: bool
    ) -> tuple[str, tuple[str | int, ...]] | None:
        """The place of a comment within a parameter's value, or None when it has none."""
        for spot in self.spots.get(name, ()):
            node = spot.node
            first, last = node.lineno, node.end_lineno or node.lineno
            if not first <= line <= last:
                continue
            if not alone and line == last and column >= (node.end_col_offset or 0):
                return "beside", (name,)
            steps = _descend(node, line, column, alone=alone)
            if steps is None:
                return None
            side, path = steps
            if path and isinstance(path[0], int):
                path = (path[0] + spot.offset, *path[1:])
            return side, (name, *path)
        # Between the name and the value, or after it.
        return ("beside", (name,)) if not alone else None


def _descend(
    node: ast.expr, line: int, column: int, *, alone: bool
) -> tuple[str, tuple[str | int, ...]] | None:
    """The way into nested brackets, down to the entry a comment belongs to."""
    entries: list[tuple[str | int, ast.expr, int]]
    if isinstance(node, (ast.List, ast.Tuple)):
        entries = [(index, item, item.lineno) for index, item in enumerate(node.elts)]
    elif isinstance(node, ast.Dict):
        entries = []
        for key, item in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            entries.append((key.value, item, key.lineno))
    else:
        return None
    for step, item, _ in entries:
        start = (item.lineno, item.col_offset)
        end = (item.end_lineno or item.lineno, item.end_col_offset or 0)
        if start < (line, column) < end:
            deeper = _descend(item, line, column, alone=alone)
            return ("within", (step,)) if deeper is None else (deeper[0], (step, *deeper[1]))
    if alone:
        following = [step for step, _, first in entries if first > line]
        if following:
            return "before", (following[0],)
        return "after", (entries[-1][0],) if entries else ()
    same_line = [step for step, item, _ in entries if (item.end_lineno or 0) == line]
    if same_line:
        return "beside", (same_line[-1],)
    if line == node.lineno:
        return "opening", ()
    return None


def _comments(text: str) -> list[tuple[int, int, str]]:
    """Every comment: line (from 1), column (from 0), text with its `#`."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found.append((token.start[0], token.start[1], token.string.rstrip()))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass  # the syntax tree stands; what is left is blank
    return found


def _changed(node: ast.stmt) -> set[str]:
    """Names which a statement may change, by assignment or by calling a method."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and (
            isinstance(part.ctx, (ast.Store, ast.Del))
            or isinstance(node, (ast.Expr, ast.For, ast.If))
        ):
            found.add(PARAMETER_ALTERNATIVES.get(part.id, part.id))
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                found.add(PARAMETER_ALTERNATIVES.get(part.id, part.id))
    return found


def same(left: Any, right: Any) -> bool:
    """Equal in value and in type, all the way down."""
    if isinstance(left, str) and isinstance(right, str):
        return str(left) == str(right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        kinds = isinstance(left, tuple) == isinstance(right, tuple)
        return kinds and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return bool(left == right)
