"""What an easystack does not say of the stack as a whole.

Wishes about compiler, MPI and mathematics, rules on dependencies, targets, and the settings
of other tools. Each is said once, not for every package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from stackbridge.ecosystems.easybuild.choosing.accounting import Account
from stackbridge.ecosystems.easybuild.choosing.candidates import holds
from stackbridge.ecosystems.easybuild.choosing.catalog_names import Named
from stackbridge.ecosystems.easybuild.choosing.parts import Part
from stackbridge.ecosystems.easybuild.choosing.release import Generation, Offer
from stackbridge.ecosystems.easybuild.choosing.requests import Requests
from stackbridge.ecosystems.easybuild.choosing.wording import short, shown
from stackbridge.hub.notices import Code, Notice, Place
from stackbridge.hub.package import Extensions, Package
from stackbridge.hub.stack import Rule, Stack

__all__ = [
    "StackAccount",
    "foreign_settings",
    "gpus_unused",
    "optarch",
    "targets_of",
    "toolchain_unused",
]


class StackAccount:
    """Notices for one stack, after all of its requests."""

    def __init__(self, stack: Stack, account: Callable[[Generation | None], Account]) -> None:
        self.stack = stack
        self.of = account

    def notices(
        self,
        wanted: Requests,
        files: Sequence[str],
        parts: Sequence[Part],
        accounts: Sequence[Account],
    ) -> list[Notice]:
        """Rules, targets and settings that belong to no single request.

        `accounts` are those of all generations that were used.
        """
        found: list[Notice] = []
        for account in accounts:
            if account.unversioned and account.generation is not None:
                found.append(
                    Notice(
                        code=Code.VERSION_ASSUMED,
                        subject=self.stack.name,
                        what=f"{account.unversioned} packages leave their version open"
                        if account.unversioned > 1
                        else "1 package leaves its version open",
                        why="any that they allow will do",
                        instead=f"the newest in {account.generation}, or what others there need",
                    )
                )
        for part in parts:
            found += self._part(wanted, files, part)
        found += self._wishes_on_all()
        found += self._targets(wanted)
        found += self._settings()
        return list({(n.code, n.subject, n.what, n.why, n.where): n for n in found}.values())

    def _part(self, wanted: Requests, files: Sequence[str], part: Part) -> Iterator[Notice]:
        """Wishes and rules that one generation leaves open."""
        self.account = self.of(part.generation)
        compilers = {
            request.group
            for request in wanted.requests
            if request.number in part.numbers
            and not any(wish.role == "compiler" for wish in request.wishes)
        }
        seen: set[tuple[str, str, str]] = set()
        groups = [
            (group, wish)
            for group, wishes in wanted.by_group.items()
            if group in {r.group for r in wanted.requests if r.number in part.numbers}
            for wish in wishes
        ]
        for group, wish in [*((None, wish) for wish in wanted.wishes), *groups]:
            key = (wish.role, wish.name, str(wish.versions))
            # packages which name their compiler are not asked for another
            mine = bool(compilers) if group is None else group in compilers
            if key not in seen and (wish.role != "compiler" or mine):
                seen.add(key)
                subject = self.stack.name if group is None else group
                yield from self.account.wish(subject, wish, None, part.generation)
        offers = {
            offer.name: offer
            for file in files
            if file and (offer := self.account.release.file(file)) is not None
        }
        for rule in wanted.rules:
            yield from self._rule(rule, offers, part.generation)

    def _wishes_on_all(self) -> Iterator[Notice]:
        """Features for everything: they count where an easyconfig shows them."""
        rules = (*self.stack.rules, *(rule for group in self.stack.groups for rule in group.rules))
        for rule in rules:
            if rule.subject != "*" or rule.when is not None or rule.strength == "conflict":
                continue
            features = " ".join(shown(f) for choice in rule.choices for f in choice.features)
            if features:
                yield Notice(
                    code=Code.FEATURE_ASSUMED,
                    subject="*",
                    what=f"`{features}` is wished for all packages",
                    why="no easyconfig says which features it could have",
                    instead="those that show it are taken before others",
                    where=rule.place,
                )

    def _rule(
        self, rule: Rule, offers: Mapping[str, Offer], generation: Generation
    ) -> Iterator[Notice]:
        """A rule on a package which is nobody's request: it speaks of dependencies."""
        named = self.account.naming(rule.subject)
        lost: list[str] = []
        why = "an easystack has no rules"
        bare = Package(target=choice.target) if (choice := _only(rule)) else None
        if choice is not None and choice == bare:
            return  # a target is said once for the stack
        if rule.strength == "conflict" or rule.when is not None or not rule.choices:
            lost = [rule.strength]
        elif named.how in ("unknown", "absent"):
            why = f"EasyBuild has no `{rule.subject}`, so nothing depends on it there"
            lost = [short(choice) for choice in rule.choices]
        else:
            offer = self._generations_own(named, generation)
            if offer is None:
                lost = [text for choice in rule.choices if (text := short(choice))]
                why = f"`{rule.subject}` is not part of {generation}"
            else:
                lost = list(self._broken(rule, offer, generation))
                why = f"EasyBuild's dependencies use `{offer.file}`"
        if lost:
            yield Notice(
                code=Code.RULE_LOST if rule.when is None else Code.CONDITION_LOST,
                subject=rule.subject,
                what=f"the rule ({rule.strength}) `{', '.join(lost)}` on `{rule.subject}` is "
                "not said",
                why=why,
                where=rule.place,
            )

    def _generations_own(self, named: Named, generation: Generation) -> Offer | None:
        levels = frozenset(generation.levels)
        best: tuple[int, Offer] | None = None
        for name in named.software:
            for offer in self.account.release.offers(name):
                if offer.toolchain in levels and not offer.suffix.text:
                    demand = self.account.release.demand(name, offer.version, levels)
                    if best is None or demand > best[0]:
                        best = (demand, offer)
        return best[1] if best else None

    def _broken(self, rule: Rule, offer: Offer, generation: Generation) -> Iterator[str]:
        judge = self.account.judge(generation)
        for choice in rule.choices:
            if choice.name is not None and self.account.naming(choice.name).software[:1] != (
                offer.name,
            ):
                yield short(choice)
                continue
            if not holds(offer.version, choice.versions):
                yield f"@{choice.versions}"
            for feature in choice.features:
                if judge(feature, offer).outcome in (
                    "lost",
                    "approximated",
                ):
                    yield shown(feature)
            if choice.flags:
                yield " ".join(flag.name for flag in choice.flags)

    def _targets(self, wanted: Requests) -> Iterator[Notice]:
        for target in targets_of(self.stack, wanted):
            yield Notice(
                code=Code.TARGET_BY_OPTION,
                subject=target,
                what=f"`target={target}` is not said by an entry",
                why="EasyBuild builds for the machine it runs on; a target is an option of `eb`",
                instead=f"`--optarch={optarch(target)}`, in the comment at the top",
            )
        if self.stack.os is not None:
            yield Notice(
                code=Code.TARGET_LOST,
                subject=self.stack.os,
                what=f"the operating system `{self.stack.os}` is not in the easystack",
                why="EasyBuild builds for the system it runs on",
            )

    def _settings(self) -> Iterator[Notice]:
        stack = self.stack
        yield from foreign_settings(stack.name, stack.extensions, stack.place)
        for group in stack.groups:
            yield from foreign_settings(f"group `{group.name}`", group.extensions, group.place)
        if stack.unify is not None:
            yield Notice(
                code=Code.SETTING_IGNORED,
                subject="unify",
                what=f"`{stack.unify}` is not said",
                why="each entry of an easystack is one build, and names it",
                where=stack.place,
            )
        if self.stack.container is not None:
            yield Notice(
                code=Code.SETTING_IGNORED,
                subject="container",
                what="the container is left out",
                why="an easystack describes installations; write a Dockerfile for an image",
            )


def gpus_unused(stack: Stack) -> Notice:
    """GPUs are named, and nothing in the stack uses one."""
    return Notice(
        code=Code.GPU_LOST,
        subject=", ".join(stack.gpus),
        what=f"nothing is built for {', '.join(stack.gpus)}",
        why="no chosen easyconfig uses CUDA, for which alone architectures can be said",
        where=stack.place,
    )


def toolchain_unused(stack: Stack) -> Notice:
    """Every package names a toolchain of its own."""
    return Notice(
        code=Code.SETTING_IGNORED,
        subject=str(stack.toolchain),
        what=f"the stack's toolchain `{stack.toolchain}` is not used",
        why="every entry names its own",
        where=stack.place,
    )


def foreign_settings(where: str, extensions: Extensions, place: Place) -> Iterator[Notice]:
    """One notice for each setting of another ecosystem; comments are none."""
    for ecosystem, settings in extensions.items():
        if ecosystem == "easybuild":
            continue
        for name in settings if isinstance(settings, Mapping) else (ecosystem,):
            if name == "layout":
                continue  # how a text was written, not what it says
            comment = name == "comments"
            yield Notice(
                code=Code.COMMENT_LOST if comment else Code.SETTING_LOST,
                subject=str(name),
                what=f"{ecosystem}'s `{name}` of {where} is left out",
                why="an easystack has comments of its own"
                if comment
                else f"what {ecosystem} alone knows is not understood here",
                where=place,
            )


def _only(rule: Rule) -> Package | None:
    return rule.choices[0] if len(rule.choices) == 1 and rule.when is None else None


def targets_of(stack: Stack, wanted: Requests) -> tuple[str, ...]:
    """Every target that the stack names, in order."""
    targets = dict.fromkeys((*stack.targets, *wanted.targets))
    for rule in stack.rules:
        for choice in rule.choices:
            if choice.target:
                targets.setdefault(choice.target)
    return tuple(targets)


def optarch(target: str) -> str:
    """The value of `--optarch` for an archspec name: what GCC calls it."""
    name = target.split(":", maxsplit=1)[0] or target.rsplit(":", maxsplit=1)[-1]
    if name in ("x86_64", "aarch64", "ppc64le", "riscv64"):
        return "GENERIC"
    from archspec.cpu import TARGETS

    known = TARGETS.get(name)
    if known is None:
        return f"GCC:march={name}"
    try:
        flags = known.optimization_flags("gcc", "13.0.0")
    except ValueError:
        flags = ""
    first = str(flags).split(" ", maxsplit=1)[0].lstrip("-") or f"march={name}"
    return f"GCC:{first}"
