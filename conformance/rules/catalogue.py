# SPDX-License-Identifier: BSD-3-Clause
"""The rule catalogue, loaded.

`load(directory)` reads the index of clauses and every chapter, and raises CatalogueError with one
line, naming file and rule, for each thing that is malformed. What is well formed but wrong, such as
a clause that no rule covers, is the business of audit.py.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROFILES = ("draft-2013", "1.0", "1.1", "1.2", "1.3", "1.4")
ROLES = ("device", "driver")
LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
KINDS = ("clause", "robustness")

# How the function under examination is reached, or what it is:
#   modern            through the structures that its capabilities name (a transitional one too)
#   legacy            through the legacy interface (of a transitional or of a legacy function)
#   transitional      it has both faces
#   non-transitional  it has only the modern face
INTERFACES = ("modern", "legacy", "transitional", "non-transitional")
FEATURES = (
    "NOTIFY_ON_EMPTY", "ANY_LAYOUT", "INDIRECT_DESC", "EVENT_IDX", "VERSION_1",
    "ACCESS_PLATFORM", "RING_PACKED", "IN_ORDER", "ORDER_PLATFORM", "SR_IOV",
    "NOTIFICATION_DATA", "NOTIF_CONFIG_DATA", "RING_RESET", "ADMIN_VQ", "SUSPEND",
)
STRUCTURES = (
    "msix", "shared-memory", "vendor-data", "device-config", "pci-window", "queues", "config-type",
)

INDEX = "clauses.tsv"
INDEX_COLUMNS = (
    "key", "role", "level", "normative", "legacy", "section", "label", "since", "digest",
)
CHAPTER_KEYS = {"title", "section", "area", "rule", "excused"}
RULE_KEYS = {
    "id", "role", "level", "kind", "clauses", "since", "until", "says", "reading", "excuse",
    "applies",
}
APPLIES_KEYS = {"interface", "offered", "has"}
EXCUSED_KEYS = {"clauses", "reason"}

WORDS = r"[a-z]+(?:-[a-z]+)*"
RULE_ID = re.compile(rf"(?:driver\.)?{WORDS}(?:\.{WORDS})+")
AREA = re.compile(rf"{WORDS}(?:\.{WORDS})?")
DIGEST = re.compile(r"[0-9a-f]{16}")
SAYS_LIMIT = 300


class CatalogueError(Exception):
    """What is malformed, one line each: file, rule, complaint."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Clause:
    """One normative sentence of the specification, without its text."""

    key: str
    role: str
    level: str
    normative: bool
    legacy: bool
    section: str
    label: str
    since: str
    digest: str

    @property
    def draft(self) -> bool:
        return self.key.startswith("draft:")

    @property
    def roles(self) -> tuple[str, ...]:
        return ROLES if self.role == "both" else (self.role,)

    @property
    def required(self) -> bool:
        """Needs a rule or a reason: all of the draft, and all that is more than a permission."""
        return self.draft or self.level != "MAY"


@dataclass(frozen=True)
class Applies:
    """The conditions of a rule; all of them have to hold for it to mean anything."""

    interface: str | None = None
    offered: tuple[str, ...] = ()
    has: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One obligation that an observer can judge on its own."""

    file: str
    id: str
    role: str
    level: str
    kind: str
    clauses: tuple[str, ...]
    since: str
    until: str | None
    says: str
    reading: str | None
    excuse: str | None
    applies: Applies

    @property
    def strength(self) -> str:
        return strength(self.level)

    @property
    def symbol(self) -> str:
        """The rule's name in C."""
        return "VS_RULE_" + re.sub(r"[.-]", "_", self.id).upper()


@dataclass(frozen=True)
class Excuse:
    """Clauses that no rule covers, and why."""

    file: str
    clauses: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Chapter:
    """One file of the catalogue: the rules of one heading, in order."""

    file: str
    title: str
    section: str  # of the heading; "" where the specification has none
    area: str
    rules: tuple[Rule, ...]
    excused: tuple[Excuse, ...]


@dataclass(frozen=True)
class Catalogue:
    clauses: dict[str, Clause]
    chapters: tuple[Chapter, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for chapter in self.chapters for rule in chapter.rules)

    @property
    def excused(self) -> tuple[Excuse, ...]:
        return tuple(excuse for chapter in self.chapters for excuse in chapter.excused)


def strength(level: str) -> str:
    """MUST, SHOULD or MAY, whether or not it is negated."""
    return level.partition(" ")[0]


@dataclass
class _Table:
    """A TOML table with the complaints about it."""

    where: str
    values: dict[str, object]
    problems: list[str] = field(default_factory=list)

    def complain(self, text: str) -> None:
        self.problems.append(f"{self.where}: {text}")

    def known(self, keys: set[str]) -> None:
        for key in sorted(set(self.values) - keys):
            self.complain(f"unknown key {key!r}")

    def text(self, key: str, default: str | None = None) -> str:
        """A string that has to be there, unless there is a default."""
        value = self.values.get(key, default)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.complain(f"{key} has to be a string with something in it")
        return ""

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(key, default)
        if value and value not in choices:
            self.complain(f"{key} {value!r} is not one of {', '.join(choices)}")
        return value

    def names(self, key: str, choices: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of different strings; an absent one is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(f"{key} has to be a list of strings")
            return ()
        if len(set(value)) != len(value):
            self.complain(f"{key} names something twice")
        for item in value:
            if choices is not None and item not in choices:
                self.complain(f"{key} {item!r} is not one of {', '.join(choices)}")
        return tuple(value)

    def tables(self, key: str) -> list[dict[str, object]]:
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.complain(f"{key} has to be an array of tables")
        return []


def read_index(path: Path) -> tuple[dict[str, Clause], list[str]]:
    """The clauses by key, in order, and what is malformed in their index."""
    clauses: dict[str, Clause] = {}
    problems = []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(rows, ())) != INDEX_COLUMNS:
            return {}, [f"{path.name}: the header is not {' '.join(INDEX_COLUMNS)}"]
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if len(row) != len(INDEX_COLUMNS):
                problems.append(f"{where}: wrong number of columns")
                continue
            key, role, level, normative, legacy, section, label, since, digest = row
            if key in clauses:
                problems.append(f"{where}: {key} stands twice")
            if role not in (*ROLES, "both") or level not in (*LEVELS, "MAY"):
                problems.append(f"{where}: {key} has role {role!r} and level {level!r}")
            if since not in PROFILES:
                problems.append(f"{where}: {key} is since {since!r}")
            if not DIGEST.fullmatch(digest):
                problems.append(f"{where}: {key} has digest {digest!r}")
            clauses[key] = Clause(key, role, level, normative == "1", legacy == "1", section,
                                  label, since, digest)
    return clauses, problems


def _applies(parent: _Table) -> Applies:
    value = parent.values.get("applies", {})
    if not isinstance(value, dict):
        parent.complain("applies has to be a table")
        return Applies()
    table = _Table(f"{parent.where}: applies", value, parent.problems)
    table.known(APPLIES_KEYS)
    interface = table.choice("interface", INTERFACES) if "interface" in value else None
    return Applies(interface, table.names("offered", FEATURES), table.names("has", STRUCTURES))


def _rule(file: str, area: str, values: dict[str, object], problems: list[str]) -> Rule:
    name = values.get("id")
    table = _Table(f"{file}: {name or '(a rule without id)'}", values, problems)
    table.known(RULE_KEYS)
    rule = Rule(
        file=file,
        id=table.text("id"),
        role=table.choice("role", ROLES),
        level=table.choice("level", LEVELS),
        kind=table.choice("kind", KINDS, "clause"),
        clauses=table.names("clauses"),
        since=table.choice("since", PROFILES, "1.0"),
        until=table.choice("until", PROFILES) if "until" in values else None,
        says=table.text("says"),
        reading=table.optional("reading"),
        excuse=table.optional("excuse"),
        applies=_applies(table),
    )
    if not RULE_ID.fullmatch(rule.id):
        table.complain("an id is made of dotted lower-case words and hyphens, without digits")
    prefix = f"driver.{area}." if rule.role == "driver" else f"{area}."
    if not rule.id.startswith(prefix):
        table.complain(f"a {rule.role} rule of this file starts with {prefix!r}")
    if len(rule.says) > SAYS_LIMIT:
        table.complain(f"says has {len(rule.says)} characters, more than {SAYS_LIMIT}")
    if rule.kind == "robustness" and strength(rule.level) != "SHOULD":
        table.complain("a rule of kind robustness is no stronger than SHOULD")
    if "clauses" not in values or bool(rule.clauses) != (rule.kind == "clause"):
        table.complain("a rule of kind clause names clauses, one of kind robustness has []")
    return rule


def _chapter(path: Path, problems: list[str]) -> Chapter:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: {error}")
        return Chapter(path.name, "", "", "", (), ())
    table = _Table(path.name, values, problems)
    table.known(CHAPTER_KEYS)
    title, area = table.text("title"), table.text("area")
    if area and not AREA.fullmatch(area):
        table.complain(f"area {area!r} is not made of one or two dotted words")
    rules = [_rule(path.name, area, item, problems) for item in table.tables("rule")]
    excused = []
    for item in table.tables("excused"):
        entry = _Table(f"{path.name}: excused", item, problems)
        entry.known(EXCUSED_KEYS)
        excused.append(Excuse(path.name, entry.names("clauses"), entry.text("reason")))
        if not excused[-1].clauses:
            entry.complain("clauses has to name what is excused")
    section = table.optional("section") or ""
    return Chapter(path.name, title, section, area, tuple(rules), tuple(excused))


def _repeated(chapters: list[Chapter]) -> Iterator[str]:
    """Ids, names in C and areas that stand twice."""
    areas: dict[str, str] = {}
    symbols: dict[str, str] = {}
    for chapter in chapters:
        if chapter.area in areas:
            yield f"{chapter.file}: area {chapter.area!r} belongs to {areas[chapter.area]}"
        areas[chapter.area] = chapter.file
        for rule in chapter.rules:
            where = f"{rule.file}: {rule.id}"
            if rule.symbol in symbols:
                yield f"{where}: the id, or its name in C, repeats {symbols[rule.symbol]}"
            symbols[rule.symbol] = where


def load(directory: Path) -> Catalogue:
    """The catalogue of a directory, or CatalogueError with everything that is malformed."""
    try:
        clauses, problems = read_index(directory / INDEX)
    except OSError as error:
        raise CatalogueError([str(error)]) from error
    chapters = [_chapter(path, problems) for path in sorted(directory.glob("*.toml"))]
    if not chapters:
        problems.append(f"{directory}: no TOML files")
    problems += _repeated(chapters)
    for chapter in chapters:
        named = [(f"{chapter.file}: {rule.id}", rule.clauses) for rule in chapter.rules]
        named += [(f"{chapter.file}: excused", excuse.clauses) for excuse in chapter.excused]
        for where, keys in named:
            problems += [f"{where}: unknown clause {key}" for key in keys if key not in clauses]
    if problems:
        raise CatalogueError(problems)
    return Catalogue(clauses, tuple(chapters))
