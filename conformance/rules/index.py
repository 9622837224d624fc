#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the index of clauses from the specification's tables, and hold the catalogue against them.

The catalogue names clauses by key and carries none of their text; what it keeps is a digest of
each, so that a new edition of the specification shows clause by clause where rules need another
look. The tables themselves are not part of this project.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).resolve().parent
COLUMNS = ("key", "role", "level", "normative", "legacy", "section", "label", "since", "digest")
CORE = ("content", "split-ring", "packed-ring", "shared-mem", "transport-pci")
DRAFT = ("draft",)
COPY_LENGTH = 8

Row = dict[str, str]


class TableError(Exception):
    """A table is not in the form this program reads."""


def fold(text: str) -> str:
    """One space for every run of white space, none at the ends."""
    return " ".join(text.split())


def digest(text: str) -> str:
    """What the index keeps of a clause's text: 16 hexadecimal digits."""
    return hashlib.sha256(fold(text).encode("utf-8")).hexdigest()[:16]


def read_table(path: Path, required: Iterable[str]) -> list[Row]:
    """All rows of a tab-separated file with a header; quotation marks mean nothing in it."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = set(required) - set(reader.fieldnames or ())
        if missing:
            raise TableError(f"{path}: no column {', '.join(sorted(missing))}")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise TableError(f"{path}:{reader.line_num}: wrong number of columns")
            rows.append(row)
        return rows


def make(normative: Path, draft: Path) -> list[Row]:
    """The index: the core chapters in the table's order, then the draft."""
    source = (*COLUMNS[:-1], "text")
    rows = []
    for path, files in ((normative, CORE), (draft, DRAFT)):
        for row in read_table(path, source):
            if row["key"].partition(":")[0] in files:
                rows.append({**row, "digest": digest(row["text"])})
    keys = [row["key"] for row in rows]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise TableError(f"repeated keys: {', '.join(twice)}")
    return [{column: row[column] for column in COLUMNS} for row in rows]


def write(rows: Iterable[Row], stream: TextIO) -> None:
    """Print the index as the file it is kept in."""
    print("\t".join(COLUMNS), file=stream)
    for row in rows:
        print("\t".join(row[column] for column in COLUMNS), file=stream)


def differences(old: Iterable[Row], new: Iterable[Row]) -> Iterator[str]:
    """One line per clause that was removed, added or changed, with what changed of it."""
    before = {row["key"]: row for row in old}
    after = {row["key"]: row for row in new}
    for key in before:
        if key not in after:
            yield f"removed {key} (section {before[key]['section']})"
    for key, row in after.items():
        if key not in before:
            yield f"added {key} ({row['role']} {row['level']}, section {row['section']})"
            continue
        for column in COLUMNS[1:]:
            if before[key][column] != row[column]:
                yield f"changed {key}: {column} {before[key][column]} -> {row[column]}"


def words(text: str) -> list[tuple[str, int]]:
    """The words of a text, case folded and free of markup, each with its line number."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = re.sub(r"\\[a-zA-Z]+", " ", line).casefold()
        found += [(word, number) for word in re.findall(r"[a-z0-9_]+", plain)]
    return found


def copied(clauses: Iterable[Row], text: str) -> Iterator[tuple[int, str, str]]:
    """Every run of words that a text shares with a clause: line, clause key, the words."""
    grams: dict[tuple[str, ...], set[str]] = {}
    for clause in clauses:
        said = [word for word, _ in words(clause["text"])]
        for start in range(len(said) - COPY_LENGTH + 1):
            grams.setdefault(tuple(said[start : start + COPY_LENGTH]), set()).add(clause["key"])
    ours = words(text)
    runs: dict[str, list[tuple[int, int]]] = {}
    for start in range(len(ours) - COPY_LENGTH + 1):
        window = tuple(word for word, _ in ours[start : start + COPY_LENGTH])
        for key in grams.get(window, ()):
            of_key = runs.setdefault(key, [])
            first = start
            if of_key and of_key[-1][1] == start + COPY_LENGTH - 1:
                first = of_key.pop()[0]
            of_key.append((first, start + COPY_LENGTH))
    for first, last, key in sorted((*run, key) for key, found in runs.items() for run in found):
        yield ours[first][1], key, " ".join(word for word, _ in ours[first:last])


def report_copies(normative: Path, directory: Path) -> int:
    """Print what the catalogue's files share with the specification; how many runs there were."""
    clauses = read_table(normative, ("key", "text"))
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise TableError(f"{directory}: no TOML files")
    count = 0
    for path in files:
        for line, key, run in copied(clauses, path.read_text(encoding="utf-8")):
            print(f"{path.name}:{line}: {key}: {run}")
            count += 1
    return count


def report_differences(rows: list[Row], kept: Path) -> int:
    """Print how the kept index differs from the tables; how many lines that took."""
    count = 0
    for line in differences(read_table(kept, COLUMNS), rows):
        print(line)
        count += 1
    return count


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Make clauses.tsv from the specification's tables, or compare with it.",
        epilog="Exit status: 0 all is well, 1 differences or copies were found, 2 cannot run.",
    )
    parser.add_argument("--normative", type=Path, metavar="FILE", required=True,
                        help="table of the specification's normative sentences")
    parser.add_argument("--draft", type=Path, metavar="FILE",
                        help="table of the 2013 draft's requirements (not needed for --copied)")
    parser.add_argument("--index", type=Path, metavar="FILE", default=HERE / "clauses.tsv",
                        help="index that --check reads (default: the one beside this program)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true",
                      help="print what was added, removed or changed against the kept index")
    mode.add_argument("--copied", type=Path, metavar="TOMLDIR",
                      help=f"report runs of {COPY_LENGTH} or more words that the TOML files of a "
                           "directory share with a clause")
    options = parser.parse_args(argv)
    if options.draft is None and options.copied is None:
        parser.error("--draft FILE is needed to make or check the index")
    return options


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    try:
        if options.copied is not None:
            return 1 if report_copies(options.normative, options.copied) else 0
        rows = make(options.normative, options.draft)
        if options.check:
            return 1 if report_differences(rows, options.index) else 0
        write(rows, sys.stdout)
    except (OSError, TableError) as error:
        print(f"index.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
