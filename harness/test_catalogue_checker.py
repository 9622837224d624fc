# SPDX-License-Identifier: BSD-3-Clause
"""The catalogue's checker sees every fault that it is for.

A small catalogue is sound until something in it is broken on purpose; then the complaint has to
name what was broken.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parent.parent / "conformance" / "rules"
sys.path.insert(0, str(RULES))

import audit  # noqa: E402
import catalogue  # noqa: E402

CLAUSES = """\
content:001 driver MUST 1 0 2.1.1 1.0
content:002 device MUST 1 0 2.1.2 1.0
content:003 both MUST_NOT 1 1 2.2.3 1.1
content:004 device SHOULD 1 0 2.1.2 1.2
content:005 device MAY 1 0 2.1.2 1.0
content:006 device MUST 0 0 2.1.2 1.0
draft:001 device MUST 1 0 2.1 draft-2013
draft:002 device MAY 1 0 2.1 draft-2013
draft:003 device MUST 1 0 2.1 draft-2013
"""

CHAPTER = """\
# SPDX-License-Identifier: BSD-3-Clause

title = "A subject"
area = "pci.subject"

[[rule]]
id = "driver.pci.subject.first"
role = "driver"
level = "MUST"
clauses = ["content:001"]
says = "The driver does the first thing."

[[rule]]
id = "pci.subject.second"
role = "device"
level = "MUST"
clauses = ["content:002", "draft:001"]
since = "draft-2013"
says = "The device does the second thing."
applies = { interface = "modern", offered = ["RING_RESET"], has = ["msix"] }

[[rule]]
id = "pci.subject.third"
role = "device"
level = "MUST NOT"
clauses = ["content:003"]
since = "1.1"
says = "The device leaves the third thing."

[[rule]]
id = "driver.pci.subject.third"
role = "driver"
level = "MUST NOT"
clauses = ["content:003"]
since = "1.1"
says = "The driver leaves the third thing."

[[rule]]
id = "pci.subject.fourth"
role = "device"
level = "SHOULD"
clauses = ["content:004"]
since = "1.2"
says = "The device does the fourth thing."
excuse = "Nobody sees it."

[[rule]]
id = "pci.subject.fifth"
role = "device"
level = "MUST"
clauses = ["content:006"]
says = "The device does the fifth thing."

[[rule]]
id = "pci.subject.only-draft"
role = "device"
level = "MUST"
clauses = ["draft:003"]
since = "draft-2013"
until = "draft-2013"
says = "The device does as the draft says."

[[excused]]
clauses = ["draft:002"]
reason = "A permission."
"""

ROBUSTNESS = """\
title = "Robustness"
area = "robust"

[[rule]]
id = "robust.blow"
role = "device"
level = "SHOULD"
kind = "robustness"
clauses = []
says = "The device survives a blow."
"""


def index_text(rows: Iterable[str]) -> str:
    lines = ["\t".join(catalogue.INDEX_COLUMNS)]
    for row in rows:
        key, role, level, normative, legacy, section, since = row.split()
        label, digest = f"sec:{section}", "0123456789abcdef"
        lines.append("\t".join(
            (key, role, level.replace("_", " "), normative, legacy, section, label, since, digest)
        ))
    return "\n".join(lines) + "\n"


def problems(directory: Path) -> list[str]:
    """Everything that loading or auditing a catalogue complains about."""
    try:
        return audit.audit(catalogue.load(directory))
    except catalogue.CatalogueError as error:
        return error.problems


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    (tmp_path / "clauses.tsv").write_text(index_text(CLAUSES.splitlines()), encoding="utf-8")
    (tmp_path / "subject.toml").write_text(CHAPTER, encoding="utf-8")
    (tmp_path / "robustness.toml").write_text(ROBUSTNESS, encoding="utf-8")
    return tmp_path


def test_sandbox_is_sound(sandbox: Path) -> None:
    assert problems(sandbox) == []


SECOND = 'id = "pci.subject.second"'
SECOND_CLAUSES = 'clauses = ["content:002", "draft:001"]\nsince = "draft-2013"'
FOURTH = 'level = "SHOULD"\nclauses = ["content:004"]\nsince = "1.2"'
OF_SECOND = "subject.toml: pci.subject.second: "

# What is replaced in the chapter, by what, and the complaint that has to follow.
BROKEN_CHAPTER = {
    "not TOML": ('title = "A subject"', "title = A subject", "subject.toml: Invalid value"),
    "no title": ('title = "A subject"\n', "", "subject.toml: title has to be"),
    "empty title": ('title = "A subject"', 'title = " "', "subject.toml: title has to be"),
    "odd area": ('area = "pci.subject"', 'area = "PCI"', "area 'PCI' is not made of"),
    "area twice": ('area = "pci.subject"', 'area = "robust"', "belongs to robustness.toml"),
    "unknown key of a chapter": ('area = "pci', 'sort = 1\narea = "pci', "unknown key 'sort'"),
    "unknown key of a rule": (SECOND, SECOND + "\nkey = 1", OF_SECOND + "unknown key 'key'"),
    "unknown condition": ("{ interface", "{ on = 1, interface", "applies: unknown key 'on'"),
    "unknown key of an excuse": ("reason = ", "why = 1\nreason = ", "unknown key 'why'"),
    "no id": (SECOND + "\n", "", "(a rule without id): id has to be"),
    "digit in id": ("pci.subject.second", "pci.subject.nr-2", "an id is made of"),
    "capital in id": ("pci.subject.second", "pci.subject.Second", "an id is made of"),
    "double hyphen in id": ("pci.subject.second", "pci.subject.a--b", "an id is made of"),
    "empty part of id": ("pci.subject.second", "pci.subject..second", "an id is made of"),
    "id of another area": ("pci.subject.second", "pci.other.second", "starts with 'pci.subject.'"),
    "driver id of a device": (SECOND, 'id = "driver.pci.subject.second"', "a device rule of this"),
    "device id of a driver": ('"driver.pci.subject.first"', '"pci.subject.first"',
                              "a driver rule of this file starts with 'driver.pci.subject.'"),
    "repeated id": (SECOND, 'id = "pci.subject.third"',
                    "repeats subject.toml: pci.subject.third"),
    "unknown role": ('role = "driver"\nlevel = "MUST"', 'role = "guest"\nlevel = "MUST"',
                     "role 'guest' is not one of"),
    "unknown level": (FOURTH, FOURTH.replace("SHOULD", "MAY"), "level 'MAY' is not one of"),
    "unknown kind": (SECOND, SECOND + '\nkind = "both"', OF_SECOND + "kind 'both' is not one of"),
    "unknown clause": ('"content:002"', '"content:999"', OF_SECOND + "unknown clause content:999"),
    "unknown clause excused": ('"draft:002"', '"draft:999"', "excused: unknown clause draft:999"),
    "clause twice": ('"content:002"', '"content:002", "content:002"', "names something twice"),
    "clauses no list": ('["content:001"]', '"content:001"', "clauses has to be a list of strings"),
    "no clauses": (SECOND_CLAUSES, 'since = "draft-2013"', OF_SECOND + "a rule of kind clause"),
    "empty clauses": (SECOND_CLAUSES, "clauses = []", OF_SECOND + "a rule of kind clause"),
    "nothing excused": ('clauses = ["draft:002"]', "clauses = []", "has to name what is excused"),
    "unknown since": (SECOND_CLAUSES, SECOND_CLAUSES.replace("draft-2013", "0.9"),
                      OF_SECOND + "since '0.9' is not one of"),
    "unknown until": ('until = "draft-2013"', 'until = "2.0"', "until '2.0' is not one of"),
    "until before since": ('since = "draft-2013"\nuntil = "draft-2013"',
                           'since = "1.0"\nuntil = "draft-2013"\nreading = "Later."',
                           "until draft-2013 is older than since 1.0"),
    "until for ever": ('until = "draft-2013"', 'until = "1.4"', "until 1.4 is the newest profile"),
    "nothing said": ('"The device does the second thing."', '""', OF_SECOND + "says has to be"),
    "too much said": ('"The device does the second thing."', f'"{"much " * 70}"',
                      OF_SECOND + "says has 349 characters"),
    "empty reading": (SECOND, SECOND + '\nreading = ""', OF_SECOND + "reading has to be"),
    "empty excuse": ('excuse = "Nobody sees it."', 'excuse = ""', "fourth: excuse has to be"),
    "unknown interface": ('"modern"', '"future"', "applies: interface 'future' is not one of"),
    "unknown feature": ('"RING_RESET"', '"VIRTIO_F_RING_RESET"', "offered 'VIRTIO_F_RING_RESET'"),
    "unknown structure": ('["msix"]', '["msi"]', "applies: has 'msi' is not one of"),
    "applies no table": ('applies = { interface = "modern", offered = ["RING_RESET"], '
                         'has = ["msix"] }', 'applies = "modern"', "applies has to be a table"),
    "rules no tables": (CHAPTER[CHAPTER.index("[[rule]]"):], 'rule = "all"\n',
                        "rule has to be an array of tables"),
    "uncovered": ('clauses = ["content:001"]', 'clauses = ["content:003"]',
                  "content:001: no driver rule covers it as a MUST since 1.0"),
    "uncovered prose": ('clauses = ["content:006"]', 'clauses = ["content:002"]',
                        "content:006: no device rule covers it"),
    "uncovered draft": ('"content:002", "draft:001"', '"content:002"',
                        "draft:001: no device rule covers it"),
    "uncovered permission of the draft": (CHAPTER[CHAPTER.index("[[excused]]"):], "",
                                          "draft:002: no device rule covers it as a MAY"),
    "one half of both uncovered": ('role = "driver"\nlevel = "MUST NOT"\nclauses = ["content:003"]',
                                   'role = "driver"\nlevel = "MUST"\nclauses = ["content:001"]',
                                   "content:003: no driver rule covers it as a MUST NOT"),
    "covered too late": ('clauses = ["content:006"]',
                         'clauses = ["content:006"]\nsince = "1.3"\nreading = "Later."',
                         "content:006: no device rule covers it as a MUST since 1.0"),
    "covered not for long": ('clauses = ["content:006"]',
                             'clauses = ["content:006"]\nuntil = "1.2"',
                             "content:006: no device rule covers it as a MUST since 1.0"),
    "covered by the weaker half only": (
        'level = "MUST"\nclauses = ["content:006"]',
        'level = "SHOULD"\nclauses = ["content:006"]\nreading = "Half."',
        "content:006: no device rule covers it as a MUST since 1.0"),
    "excused and covered": ('["draft:002"]', '["draft:002", "content:002"]',
                            "content:002 is excused and covered by pci.subject.second"),
    "role of another": ('clauses = ["content:001"]', 'clauses = ["content:001", "content:002"]',
                        "first: a driver rule covers content:002 of role device"),
    "too weak": (SECOND_CLAUSES, SECOND_CLAUSES.replace('"content:002", ', '"content:002", '
                 '"content:004", '), "a MUST rule covers content:004 of level SHOULD"),
    "weaker half without reading": (FOURTH, FOURTH.replace('"content:004"',
                                    '"content:004", "content:002"').replace("1.2", "1.0"),
                                    "a SHOULD rule covers content:002 of level MUST"),
    "permission covered": ('clauses = ["content:006"]', 'clauses = ["content:006", "content:005"]',
                           "a MUST rule covers content:005 of level MAY"),
    "since too old": ('clauses = ["content:004"]\nsince = "1.2"',
                      'clauses = ["content:004"]\nsince = "1.0"',
                      "since 1.0, but the oldest clause is since 1.2"),
    "since too young": ('clauses = ["content:006"]', 'clauses = ["content:006"]\nsince = "1.1"',
                        "since 1.1, but the oldest clause is since 1.0"),
}


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN_CHAPTER.values(),
                         ids=list(BROKEN_CHAPTER))
def test_broken_chapter_is_seen(sandbox: Path, old: str, new: str, complaint: str) -> None:
    assert old in CHAPTER
    (sandbox / "subject.toml").write_text(CHAPTER.replace(old, new, 1), encoding="utf-8")
    assert [line for line in problems(sandbox) if complaint in line]


BROKEN_INDEX = {
    "other header": ("key\trole", "name\trole", "clauses.tsv: the header is not"),
    "too few columns": ("\t0123456789abcdef", "", "clauses.tsv:2: wrong number of columns"),
    "short digest": ("0123456789abcdef", "0123456789abcde", "content:001 has digest"),
    "text for digest": ("0123456789abcdef", "The driver must", "content:001 has digest"),
    "key twice": ("content:002", "content:001", "content:001 stands twice"),
    "unknown role": ("content:001\tdriver", "content:001\tguest", "role 'guest'"),
    "unknown level": ("driver\tMUST", "driver\tCAN", "level 'CAN'"),
    "unknown since": ("\t1.0\t", "\t0.9\t", "content:001 is since '0.9'"),
}


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN_INDEX.values(), ids=list(BROKEN_INDEX))
def test_broken_index_is_seen(sandbox: Path, old: str, new: str, complaint: str) -> None:
    text = (sandbox / "clauses.tsv").read_text(encoding="utf-8")
    assert old in text
    (sandbox / "clauses.tsv").write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [line for line in problems(sandbox) if complaint in line]


BROKEN_ROBUSTNESS = {
    "too strong": ('"SHOULD"', '"MUST"', "a rule of kind robustness is no stronger than SHOULD"),
    "with clauses": ("clauses = []", 'clauses = ["content:004"]', "one of kind robustness has []"),
    "clauses left out": ("clauses = []\n", "", "one of kind robustness has []"),
}


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN_ROBUSTNESS.values(),
                         ids=list(BROKEN_ROBUSTNESS))
def test_broken_robustness_is_seen(sandbox: Path, old: str, new: str, complaint: str) -> None:
    assert old in ROBUSTNESS
    (sandbox / "robustness.toml").write_text(ROBUSTNESS.replace(old, new, 1), encoding="utf-8")
    assert [line for line in problems(sandbox) if complaint in line]


def test_same_name_in_c_is_seen(sandbox: Path) -> None:
    text = CHAPTER.replace("subject.third", "subject.x-y").replace("subject.fourth", "subject.x.y")
    (sandbox / "subject.toml").write_text(text, encoding="utf-8")
    assert [line for line in problems(sandbox)
            if "pci.subject.x.y: the id, or its name in C, repeats" in line]


def test_missing_index_is_seen(sandbox: Path) -> None:
    (sandbox / "clauses.tsv").unlink()
    assert "clauses.tsv" in problems(sandbox)[0]


def test_empty_directory_is_seen(sandbox: Path) -> None:
    for path in sandbox.glob("*.toml"):
        path.unlink()
    assert "no TOML files" in problems(sandbox)[0]


def test_all_problems_at_once(sandbox: Path) -> None:
    text = CHAPTER.replace('"content:002"', '"content:999"').replace('"A subject"', '""')
    (sandbox / "subject.toml").write_text(text, encoding="utf-8")
    assert len(problems(sandbox)) == 2


def test_weaker_half_is_accepted(sandbox: Path) -> None:
    """A MUST sentence may have its SHOULD half as a rule of its own, beside the stronger one."""
    half = CHAPTER[CHAPTER.index("[[rule]]\nid = \"pci.subject.fifth"):]
    half = half[: half.index("[[rule]]", 1)].replace("fifth", "half").replace("MUST", "SHOULD")
    text = CHAPTER.replace("[[excused]]", half + 'reading = "The weaker half."\n\n[[excused]]')
    (sandbox / "subject.toml").write_text(text, encoding="utf-8")
    assert problems(sandbox) == []


def excuse_many(sandbox: Path, role: str, section: str, count: int) -> None:
    """Add as many clauses of a section, each with a rule that excuses it."""
    keys = [f"many:{number:03d}" for number in range(count)]
    rows = [f"{key} {role} MUST 1 0 {section} 1.0" for key in keys]
    index = index_text(CLAUSES.splitlines() + rows)
    (sandbox / "clauses.tsv").write_text(index, encoding="utf-8")
    prefix = "driver.many" if role == "driver" else "many"
    chapter = ['title = "Many"', 'area = "many"']
    for number, key in enumerate(keys):
        name = "abcdefghijklmnopqrstuvwxyz"[number]
        chapter.append(f'[[rule]]\nid = "{prefix}.{name}"\nrole = "{role}"\nlevel = "MUST"\n'
                       f'clauses = ["{key}"]\nsays = "It is so."\nexcuse = "Unseen."')
    (sandbox / "many.toml").write_text("\n".join(chapter) + "\n", encoding="utf-8")


# The sandbox itself excuses a device rule of section 2.1.2 and a device clause of the draft.
EXCUSES = {
    "device": ("device", "2.10", 6, "9 excuses (device), more than 8"),
    "device, core": ("device", "4.1.4", 2, "4 excuses (device, core), more than 3"),
    "driver": ("driver", "2.1.1", 20, "21 excuses (driver), more than 20"),
}


@pytest.mark.parametrize(("role", "section", "most", "complaint"), EXCUSES.values(),
                         ids=list(EXCUSES))
def test_excuses_are_counted(
    sandbox: Path, role: str, section: str, most: int, complaint: str
) -> None:
    excuse_many(sandbox, role, section, most)
    assert problems(sandbox) == []
    excuse_many(sandbox, role, section, most + 1)
    assert problems(sandbox) == [complaint]


@pytest.mark.parametrize("section", ["2.1", "2.6.1.1.1", "3.4.2", "4.1.4.3.1", "6.2"])
def test_sections_of_the_core(sandbox: Path, section: str) -> None:
    excuse_many(sandbox, "device", section, 3)
    assert problems(sandbox) == [EXCUSES["device, core"][-1]]


@pytest.mark.parametrize("section", ["2.7.1", "2.10.2", "2.16", "4.10", "5.2", "30.1", "60"])
def test_sections_outside_the_core(sandbox: Path, section: str) -> None:
    excuse_many(sandbox, "device", section, 6)
    assert problems(sandbox) == []


def run_audit(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RULES / "audit.py"), str(directory)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_program_tells_by_its_exit_status(sandbox: Path) -> None:
    result = run_audit(sandbox)
    assert (result.returncode, result.stderr) == (0, "")
    excuse_many(sandbox, "driver", "2.1.1", 21)
    result = run_audit(sandbox)
    assert (result.returncode, result.stderr) == (1, "21 excuses (driver), more than 20\n")
    (sandbox / "clauses.tsv").unlink()
    assert run_audit(sandbox).returncode == 1
