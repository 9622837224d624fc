#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turn the rule catalogue into the C table and enum that the program is built with.

Writes rule_ids.h (enum vs_rule_id) and rule_table.c (vs_rules, vs_clauses) into --output. A file
that would not change is left alone, so that a new sentence does not build everything again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from catalogue import PROFILES, Catalogue, CatalogueError, Clause, load

HEADER = "/* SPDX-License-Identifier: BSD-3-Clause */\n/* Made from the catalogue. */\n"
PROFILE = {name: "VS_PROFILE_" + name.upper().replace(".", "_").replace("-", "_")
           for name in PROFILES}


def c_string(text: str | None) -> str:
    """A C string literal; JSON's escapes are C's for the ASCII that the catalogue is made of."""
    return "NULL" if text is None else json.dumps(" ".join(text.split()), ensure_ascii=True)


def c_name(prefix: str, word: str) -> str:
    return prefix + word.upper().replace(" ", "_").replace("-", "_").replace(".", "_")


def bitmask(prefix: str, names: tuple[str, ...]) -> str:
    return " | ".join(c_name(prefix, name) for name in names) or "0"


def clause_row(clause: Clause, excuse: str | None) -> str:
    return (f"\t{{ {c_string(clause.key)}, {c_string(clause.section)}, "
            f"{c_name('VS_ROLE_', clause.role)}, {c_name('VS_LEVEL_', clause.level)}, "
            f"{'true' if clause.required and clause.normative else 'false'}, "
            f"{c_string(excuse)} }},")


def rule_rows(catalogue: Catalogue) -> list[str]:
    positions = {key: i for i, key in enumerate(catalogue.clauses)}
    rows = []
    for chapter in catalogue.chapters:
        for rule in chapter.rules:
            keys = ", ".join(str(positions[key]) for key in rule.clauses)
            offered = ", ".join("VIRTIO_F_" + name for name in rule.applies.offered)
            fields = {
                "id": c_string(rule.id),
                "section": c_string(chapter.section),
                "title": c_string(chapter.title),
                "says": c_string(rule.says),
                "reading": c_string(rule.reading),
                "excuse": c_string(rule.excuse),
                "clauses": f"(const uint16_t[]){{ {keys} }}" if keys else "NULL",
                "clause_count": str(len(rule.clauses)),
                "offered": f"(const uint8_t[]){{ {offered} }}" if offered else "NULL",
                "offered_count": str(len(rule.applies.offered)),
                "role": c_name("VS_ROLE_", rule.role),
                "level": c_name("VS_LEVEL_", rule.level),
                "since": PROFILE[rule.since],
                "until": PROFILE[rule.until or PROFILES[-1]],
                "interface": c_name("VS_INTERFACE_", rule.applies.interface or "any"),
                "has": bitmask("VS_HAS_", rule.applies.has),
                "robustness": "true" if rule.kind == "robustness" else "false",
            }
            body = "".join(f"\t\t.{name} = {value},\n" for name, value in fields.items())
            rows.append(f"\t[{rule.symbol}] = {{\n{body}\t}},")
    return rows


def ids_header(catalogue: Catalogue) -> str:
    names = "".join(f"\t{rule.symbol},\n" for rule in catalogue.rules)
    return (f"{HEADER}#ifndef VS_RULE_IDS_H\n#define VS_RULE_IDS_H\n\n"
            f"enum vs_rule_id {{\n{names}\tVS_RULE_COUNT,\n}};\n\n#endif\n")


def table_source(catalogue: Catalogue) -> str:
    excuses = {key: excuse.reason for excuse in catalogue.excused for key in excuse.clauses}
    clauses = "\n".join(clause_row(clause, excuses.get(key))
                        for key, clause in catalogue.clauses.items())
    rules = "\n".join(rule_rows(catalogue))
    return (f'{HEADER}#include "rules/rules.h"\n#include "spec/virtio.h"\n\n'
            f"const struct vs_clause vs_clauses[] = {{\n{clauses}\n}};\n\n"
            "const size_t vs_clause_count = sizeof(vs_clauses) / sizeof(vs_clauses[0]);\n\n"
            f"const struct vs_rule vs_rules[VS_RULE_COUNT] = {{\n{rules}\n}};\n")


def write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for the C files")
    parser.add_argument("--rules", type=Path, default=Path(__file__).parent,
                        help="folder of the catalogue (this one)")
    arguments = parser.parse_args()
    try:
        catalogue = load(arguments.rules)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    arguments.output.mkdir(parents=True, exist_ok=True)
    write(arguments.output / "rule_ids.h", ids_header(catalogue))
    write(arguments.output / "rule_table.c", table_source(catalogue))
    return 0


if __name__ == "__main__":
    sys.exit(main())
