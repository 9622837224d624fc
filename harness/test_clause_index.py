# SPDX-License-Identifier: BSD-3-Clause
"""The maker of the clause index: digests, comparison, and the search for copied sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parent.parent / "conformance" / "rules"
sys.path.insert(0, str(RULES))

import catalogue  # noqa: E402
import index  # noqa: E402

COLUMNS = ("key", "role", "level", "normative", "legacy", "section", "title", "label", "since")
SENTENCE = "one two three four five six seven eight nine ten"


def table(path: Path, rows: dict[str, str]) -> Path:
    """A table as the specification's, of clauses with the given texts."""
    lines = ["\t".join((*COLUMNS, "text"))]
    for key, text in rows.items():
        fields = (key, "device", "MUST", "1", "0", "2.1", "Title", "sec:label", "1.0", text)
        lines.append("\t".join(fields))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def normative(tmp_path: Path) -> Path:
    rows = {"content:001": SENTENCE, "net:001": "another device type", "transport-pci:001": 'a "b"'}
    return table(tmp_path / "normative.tsv", rows)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return table(tmp_path / "draft.tsv", {"draft:001": "of old"})


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RULES / "index.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_digest_folds_white_space() -> None:
    assert index.digest("a b c") == "0e9f64031fcb2bc7"
    assert index.digest("  a\tb \n c ") == index.digest("a b c")
    assert index.digest("a b c") != index.digest("a b d")


def test_kept_columns_are_what_the_catalogue_reads() -> None:
    assert index.COLUMNS == catalogue.INDEX_COLUMNS


def test_index_holds_core_and_draft_without_text(normative: Path, draft: Path) -> None:
    result = run("--normative", normative, "--draft", draft)
    assert result.returncode == 0
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == ["key", "content:001", "transport-pci:001", "draft:001"]
    assert lines[1][-1] == index.digest(SENTENCE)
    assert "two three" not in result.stdout


def test_same_tables_make_no_difference(normative: Path, draft: Path, tmp_path: Path) -> None:
    kept = tmp_path / "clauses.tsv"
    kept.write_text(run("--normative", normative, "--draft", draft).stdout, encoding="utf-8")
    result = run("--normative", normative, "--draft", draft, "--check", "--index", kept)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"transport-pci:001": 'a "b"'}, "removed content:001"),
        ({"content:001": SENTENCE, "content:002": "new", "transport-pci:001": 'a "b"'},
         "added content:002"),
        ({"content:001": SENTENCE + " more", "transport-pci:001": 'a "b"'},
         "changed content:001: digest"),
    ],
    ids=["removed", "added", "changed"],
)
def test_check_names_the_clause(
    normative: Path, draft: Path, tmp_path: Path, rows: dict[str, str], said: str
) -> None:
    kept = tmp_path / "clauses.tsv"
    kept.write_text(run("--normative", normative, "--draft", draft).stdout, encoding="utf-8")
    table(normative, rows)
    result = run("--normative", normative, "--draft", draft, "--check", "--index", kept)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stdout.startswith(said)


def test_check_sees_a_moved_clause(normative: Path, draft: Path, tmp_path: Path) -> None:
    kept = tmp_path / "clauses.tsv"
    made = run("--normative", normative, "--draft", draft).stdout
    kept.write_text(made.replace("\t2.1\t", "\t2.9\t", 1), encoding="utf-8")
    result = run("--normative", normative, "--draft", draft, "--check", "--index", kept)
    assert (result.returncode, result.stdout) == (1, "changed content:001: section 2.9 -> 2.1\n")


COPIES = {
    "eight words": "three four five six seven eight nine ten",
    "all of it, in capitals": SENTENCE.upper(),
    "with markup": r"three \field{four} five-six \emph{seven} `eight` (nine, ten)",
    "over lines": "three four five six \\\n    seven eight nine ten",
}


@pytest.mark.parametrize("text", COPIES.values(), ids=list(COPIES))
def test_copied_run_is_reported(normative: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "rules").mkdir()
    chapter = tmp_path / "rules" / "subject.toml"
    chapter.write_text(f'title = "x"\nsays = """{text}"""\n', encoding="utf-8")
    result = run("--normative", normative, "--copied", chapter.parent)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stdout.startswith("subject.toml:2: content:001: ")
    assert result.stdout.endswith("three four five six seven eight nine ten\n")


FRESH = {
    "seven words": "four five six seven eight nine ten",
    "broken run": "one two three four five other six seven eight nine ten",
}


@pytest.mark.parametrize("text", FRESH.values(), ids=list(FRESH))
def test_short_run_is_no_copy(normative: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "rules").mkdir()
    chapter = tmp_path / "rules" / "subject.toml"
    chapter.write_text(f'title = "x"\nsays = "{text}"\n', encoding="utf-8")
    result = run("--normative", normative, "--copied", chapter.parent)
    assert (result.returncode, result.stdout) == (0, "")


def test_two_copies_are_two_lines(normative: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    chapter = tmp_path / "rules" / "subject.toml"
    chapter.write_text(f"# {SENTENCE}\n# and again\n# {SENTENCE}\n", encoding="utf-8")
    result = run("--normative", normative, "--copied", chapter.parent)
    assert [line.split(":")[1] for line in result.stdout.splitlines()] == ["1", "3"]


def test_unusable_input_is_one_sentence(
    normative: Path, draft: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.tsv"
    bad.write_text("key\trole\n", encoding="utf-8")
    short = tmp_path / "short.tsv"
    short.write_text(draft.read_text(encoding="utf-8") + "draft:002\tdevice\n", encoding="utf-8")
    twice = table(tmp_path / "twice.tsv", {"draft:001": "a"})
    twice.write_text(twice.read_text(encoding="utf-8") * 2, encoding="utf-8")
    cases: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        (("--normative", tmp_path / "absent.tsv", "--draft", draft), "absent.tsv"),
        (("--normative", bad, "--draft", draft), "no column"),
        (("--normative", normative, "--draft", short), "short.tsv:3: wrong number of columns"),
        (("--normative", normative, "--draft", twice), "repeated keys: draft:001"),
        (("--normative", normative, "--copied", tmp_path / "nowhere"), "no TOML files"),
        (("--normative", normative), "--draft FILE is needed"),
    )
    for arguments, said in cases:
        result = run(*arguments)
        assert result.returncode == 2
        assert said in result.stderr.splitlines()[-1]
