"""What a user sees when a manifest is wrong: place, what, hint; everything at once."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import jsonschema
import pytest

from stackbridge.ecosystems import Context, Input
from stackbridge.ecosystems.manifest import reader, validation
from stackbridge.errors import CollectedError, InputError
from stackbridge.hub.document import MAX_ERRORS, read
from stackbridge.yamltext import load, plain

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "schemas" / "manifest.schema.json").read_text(encoding="utf-8")
)
HEAD = "stackbridge: 1\nname: s\n"


def errors_of(text: str) -> tuple[str, ...]:
    with pytest.raises(CollectedError) as caught:
        read(text, "f.yaml")
    return tuple(str(error) for error in caught.value.errors)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name: s\n", "f.yaml:1:1: the key `stackbridge` is missing"),
        (
            "stackbridge: 2\nname: s\n",
            "f.yaml:1:14: stackbridge: only version 1 of the manifest is known\nhint: write 1",
        ),
        (
            HEAD + "pakages: [x]\n",
            "f.yaml:3:1: unknown key `pakages`\nhint: did you mean `packages`?",
        ),
        (
            HEAD + "packages:\n  - name: x\n    verison: 1.2\n",
            "f.yaml:5:5: packages[0]: unknown key `verison`\nhint: did you mean `version`?",
        ),
        (
            HEAD + "packages:\n  - name: x\n    version: '2:1'\n",
            (
                "f.yaml:5:14: packages[0].version: the range `2:1` is empty\n"
                'hint: such as "1.2", "=1.2.3", "1.2:1.4", ">=1.2,<2"'
            ),
        ),
        (
            HEAD + "packages:\n  - a ^b +c\n",
            (
                "f.yaml:4:10: packages[0]: it is not clear whose `+c` is in `a ^b +c`\n"
                "hint: write it before the first dependency if it is the package's; "
                "glue it to `b` or write `b[...]` if it is the dependency's"
            ),
        ),
        (
            HEAD + "packages:\n  - 'a b'\n",
            (
                "f.yaml:4:8: packages[0]: there is a second name, `b`, in `a b`\n"
                "hint: for a feature write `+b`, for a dependency `^b`"
            ),
        ),
        (
            HEAD + "packages:\n  - gromacs@2022: +mpi\n",
            (
                "f.yaml:4:5: packages[0]: a package with an open range needs quotes\n"
                "hint: a colon before a blank ends a key: write `@>=1.2` for `@1.2:`, or quote it all"
            ),
        ),
        (
            HEAD + "packages:\n  - +mpi\n",
            (
                "f.yaml:4:5: packages[0]: this package has no name\n"
                "hint: parts of packages belong into a matrix or a definition"
            ),
        ),
        (
            HEAD + "packages: gromacs\n",
            "f.yaml:3:11: packages: expected a list, found `gromacs`\nhint: begin items with `- `",
        ),
        (HEAD + "packages: [[a]]\n", "f.yaml:3:12: packages[0]: expected a mapping, found a list"),
        (HEAD + "os:\n", "f.yaml:3:4: os: expected text, found nothing"),
        (
            HEAD + "unify: togehter\n",
            "f.yaml:3:8: unify: `togehter` is not known here\nhint: did you mean `together`?",
        ),
        (
            HEAD + "packages:\n  - {package: x, version: 1}\n",
            (
                "f.yaml:4:18: packages[0]: `version` can't stand beside `package`\n"
                "hint: say it in the short form, or all of it in the long form (`name:`)"
            ),
        ),
        (
            HEAD + "packages:\n  - {name: x, explicit: on}\n",
            "f.yaml:4:25: packages[0].explicit: expected `true` or `false`",
        ),
        (
            HEAD + "packages:\n  - {name: x, dependencies: ['+a']}\n",
            (
                "f.yaml:4:30: packages[0].dependencies[0]: that is not one dependency\n"
                "hint: such as `^fftw@3.3`, `%gcc@13`"
            ),
        ),
        (
            HEAD + "packages:\n  - {name: x, flags: {cflag: '-g'}}\n",
            "f.yaml:4:23: packages[0].flags: unknown key `cflag`\nhint: did you mean `cflags`?",
        ),
        (
            HEAD + "toolchain: foss 2024a\n",
            (
                "f.yaml:3:12: toolchain: `foss 2024a` is no toolchain\n"
                "hint: such as `foss-2024a`, `system`"
            ),
        ),
        (
            HEAD + "rules:\n  - for: mpi\n",
            (
                "f.yaml:4:5: rules[0]: the rule says nothing\n"
                "hint: write one of `require`, `prefer`, `conflict`, `default`"
            ),
        ),
        (
            HEAD + "rules:\n  - {for: mpi, require: a, prefer: b}\n",
            (
                "f.yaml:4:5: rules[0]: the rule says two things\n"
                "hint: write one of `require`, `prefer`, `conflict`, `default`"
            ),
        ),
        ("[a]\n", "f.yaml:1:1: expected a mapping, found a list"),
        ("", "f.yaml:1:1: expected a mapping, found nothing"),
    ],
)
def test_one_mistake(text: str, error: str) -> None:
    assert errors_of(text) == (error,)


def test_all_mistakes_are_shown_in_the_order_of_lines() -> None:
    text = HEAD + "unify: x\npackages:\n  - a b\n  - name: x\n    verison: 1\ntoolchain: a b\n"
    with pytest.raises(CollectedError) as caught:
        read(text, "f.yaml")
    lines = [error.line for error in caught.value.errors]
    assert lines == [3, 5, 7, 8]
    assert str(caught.value).count("f.yaml:") == 4
    assert caught.value.exit_code == 2
    assert len(errors_of(HEAD + "packages: [" + "a b, " * 100 + "]")) == MAX_ERRORS


def test_another_process_can_hand_the_mistakes_back() -> None:
    with pytest.raises(CollectedError) as caught:
        read("name: s\nunify: x\n", "f.yaml")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert [error.line for error in again.errors] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "name: s\n",
        HEAD + "pakages: [x]\n",
        HEAD + "packages:\n  - {name: x, verison: 1}\n",
        HEAD + "packages:\n  - {package: x, version: 1}\n",
        HEAD + "packages: {a: b}\n",
        HEAD + "unify: x\n",
        HEAD + "rules: [{for: mpi}]\n",
        HEAD + "rules: [{for: mpi, require: a, prefer: b}]\n",
        HEAD + "groups: [{name: x}]\n",
        HEAD + "packages: [{use: x, as: y}]\n",
        HEAD + "packages: [{matrix: [[a]], exclud: [b]}]\n",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert errors_of(text)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(plain(load(text)))


def test_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        read(HEAD + "packages:\n  - %gcc\n", "f.yaml")
    assert str(caught.value).startswith("f.yaml:4:5: not valid YAML")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "definitions: {comp: [gcc]}\npackages: [{use: compilers}]\n",
            (
                "f.yaml:4:12: `compilers` is not defined\n"
                "hint: a definition stands before its use; there are: `comp`"
            ),
        ),
        (
            "packages: [{use: compilers}]\n",
            (
                "f.yaml:3:12: `compilers` is not defined\n"
                "hint: nothing is defined here; copy the definitions from the file that has them"
            ),
        ),
        (
            "groups:\n  - {name: one, packages: [a]}\n  - {name: two, needs: onne, packages: [b]}\n",
            "f.yaml:5:5: the group `two` needs `onne`, which is none\nhint: did you mean `one`?",
        ),
        (
            "groups:\n  - {name: one, packages: [a]}\n  - {name: one, packages: [b]}\n",
            "f.yaml:5:5: the group `one` is described twice",
        ),
        (
            "packages:\n  - matrix: [[a@1], ['@2']]\n",
            (
                "f.yaml:4:5: a combination of this matrix contradicts itself: "
                "versions `1` and `2` have nothing in common"
            ),
        ),
    ],
)
def test_what_validation_finds(text: str, error: str) -> None:
    reading = reader.read(Input(text=HEAD + text, file="f.yaml"), Context())
    notices, errors = validation.check("manifest", None, reading, Context())
    assert notices == ()
    assert [str(found) for found in errors] == [error]
