#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is well formed but wrong in the catalogue.

Clauses that no rule covers, strengths and profiles that do not fit those of the clauses, excuses
beyond their bounds. As a program: prints them for the catalogue beside it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from catalogue import PROFILES, Catalogue, CatalogueError, Clause, Rule, load, strength

# How many rules and clauses may stay untested because nobody outside can see them.
EXCUSE_LIMITS = {"device": 8, "device, core": 3, "driver": 20}
CORE_SECTION = re.compile(r"(?:2\.[1-6]|3|4\.1|6)(?:\.|$)")


def core(clause: Clause) -> bool:
    """Whether a clause stands where next to nothing may be excused."""
    return not clause.draft and not clause.legacy and bool(CORE_SECTION.match(clause.section))


def _carries(rule: Rule, clause: Clause) -> bool:
    """Whether a rule binds in every profile that has the clause, and as strongly."""
    return (
        PROFILES.index(rule.since) <= PROFILES.index(clause.since)
        and (rule.until is None or clause.draft)
        and rule.strength == strength(clause.level)
    )


def _coverage(catalogue: Catalogue) -> Iterator[str]:
    """Every clause that binds needs a rule of its role that carries it, or a reason."""
    rules: dict[str, list[Rule]] = {}
    for rule in catalogue.rules:
        for key in rule.clauses:
            rules.setdefault(key, []).append(rule)
    excused = {key: excuse for excuse in catalogue.excused for key in excuse.clauses}
    for key, excuse in excused.items():
        if key in rules:
            yield f"{excuse.file}: {key} is excused and covered by {rules[key][0].id}"
    for clause in catalogue.clauses.values():
        if not clause.required or clause.key in excused:
            continue
        carrying = {rule.role for rule in rules.get(clause.key, ()) if _carries(rule, clause)}
        for role in clause.roles:
            if role not in carrying:
                yield (f"{clause.key}: no {role} rule covers it as a {clause.level} "
                       f"since {clause.since}")


def _fit(rule: Rule, clause: Clause) -> Iterator[str]:
    where = f"{rule.file}: {rule.id}"
    if rule.role not in clause.roles:
        yield f"{where}: a {rule.role} rule covers {clause.key} of role {clause.role}"
    if rule.strength == strength(clause.level):
        return
    # A sentence may hold a SHOULD beside its MUST: the weaker half is a rule of its own, which
    # says so; coverage asks for the stronger half as well.
    if (rule.strength, strength(clause.level)) != ("SHOULD", "MUST") or not rule.reading:
        yield f"{where}: a {rule.level} rule covers {clause.key} of level {clause.level}"


def _profiles(rule: Rule, clauses: list[Clause]) -> Iterator[str]:
    where = f"{rule.file}: {rule.id}"
    since = PROFILES.index(rule.since)
    if rule.until is not None:
        if PROFILES.index(rule.until) < since:
            yield f"{where}: until {rule.until} is older than since {rule.since}"
        if rule.until == PROFILES[-1]:
            yield f"{where}: until {rule.until} is the newest profile and says nothing"
    if clauses:
        oldest = min((clause.since for clause in clauses), key=PROFILES.index)
        if rule.since != oldest and not rule.reading:
            yield (f"{where}: since {rule.since}, but the oldest clause is since {oldest} "
                   "and no reading says why")


def _excuses(catalogue: Catalogue) -> Iterator[str]:
    """How much is left untested, against the bounds."""
    counts = dict.fromkeys(EXCUSE_LIMITS, 0)
    entries = [
        (rule.role, [catalogue.clauses[key] for key in rule.clauses])
        for rule in catalogue.rules if rule.excuse
    ]
    entries += [
        (role, [catalogue.clauses[key]])
        for excuse in catalogue.excused for key in excuse.clauses
        for role in catalogue.clauses[key].roles
    ]
    for role, clauses in entries:
        counts[role] += 1
        if role == "device" and any(core(clause) for clause in clauses):
            counts["device, core"] += 1
    for name, limit in EXCUSE_LIMITS.items():
        if counts[name] > limit:
            yield f"{counts[name]} excuses ({name}), more than {limit}"


def audit(catalogue: Catalogue) -> list[str]:
    """What is wrong with a well-formed catalogue, one line each."""
    problems = list(_coverage(catalogue))
    for rule in catalogue.rules:
        clauses = [catalogue.clauses[key] for key in rule.clauses]
        for clause in clauses:
            problems += _fit(rule, clause)
        problems += _profiles(rule, clauses)
    return problems + list(_excuses(catalogue))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Audit a rule catalogue.",
        epilog="Exit status: 0 all is well, 1 something is wrong with the catalogue.",
    )
    parser.add_argument("directory", type=Path, nargs="?", default=Path(__file__).resolve().parent,
                        help="where the catalogue lies (default: beside this program)")
    try:
        problems = audit(load(parser.parse_args(argv).directory))
    except CatalogueError as error:
        problems = error.problems
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
