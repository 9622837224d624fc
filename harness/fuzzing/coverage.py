# SPDX-License-Identifier: BSD-3-Clause
"""Which lines the corpora reach: the replaying programs of the preset `cov`, llvm-profdata and
llvm-cov. FOLDER/coverage has lines.txt (what is not reached), summary.json and html/."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .layout import ROOT, Target, Trouble, build
from .process import environment, run
from .store import Store, empty_folder, write_json

REPLAY_SECONDS = 600
TOOL_SECONDS = 600
COMPILED_IN = ROOT / "build/cov"
WANTED = 0.95
# What has to be reached, and its files.
AREAS = {
    "capability parser": ("conformance/driver/caps.c",),
    "rings": ("conformance/driver/split.c", "conformance/driver/packed.c",
              "mock-device/model/split.c", "mock-device/model/packed.c",
              "mock-device/model/ring.c", "mock-device/model/chain.c"),
    "register model": ("mock-device/model/bar.c", "mock-device/model/common.c",
                       "mock-device/model/config.c", "mock-device/model/features.c",
                       "mock-device/model/fields.c", "mock-device/model/interrupt.c",
                       "mock-device/model/legacy.c", "mock-device/model/msix.c",
                       "mock-device/model/queue.c", "mock-device/model/status.c"),
}

Lines = dict[str, dict[int, int]]  # file → line → times that it was executed


def tool(name: str) -> str:
    found = shutil.which(f"{name}-14") or shutil.which(name)
    if not found:
        raise Trouble(f"there is no {name}: ci/setup fuzz installs it")
    return found


def call(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=TOOL_SECONDS,
                          check=False)
    if done.returncode:
        raise Trouble(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def profile(store: Store, target: Target, folder: Path) -> Path | None:
    """Replays the corpus of a target; where its counters are."""
    home = store.home(target)
    raw = folder / f"{target.name}.profraw"
    env = environment(store.folder, home.scratch) | {"LLVM_PROFILE_FILE": str(raw)}
    folders = [path for path in (home.corpus, home.seeds, *target.stored) if path.is_dir()]
    ended = run([str(program(target)), *map(str, folders)], REPLAY_SECONDS, env)
    if ended.status:
        raise Trouble(f"{target.name}: replaying for coverage ended with {ended.status}: "
                      f"{ended.text.strip()[-500:]}")
    return raw if raw.exists() else None


def program(target: Target) -> Path:
    return ROOT / f"build/cov/bin/fuzz-{target.base}"


def parse_lcov(text: str) -> Lines:
    """The counts of lcov's format, files as the sources call them."""
    result: Lines = {}
    counts: dict[int, int] = {}
    for line in text.splitlines():
        word, _, rest = line.partition(":")
        if word == "SF":
            counts = result.setdefault(source_name(rest), {})
        elif word == "DA":
            number, count = (int(part) for part in rest.split(",")[:2])
            counts[number] = max(counts.get(number, 0), count)
    return result


def source_name(path: str) -> str:
    """A file as the sources call it: compilers are given absolute names, or (by ccache) those seen
    from where they work."""
    made = Path(os.path.normpath(COMPILED_IN / path))
    return str(made.relative_to(ROOT)) if made.is_relative_to(ROOT) else path


def ranges(numbers: Iterable[int]) -> str:
    """1, 2, 3, 5 → 1-3, 5."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def count(lines: Lines, files: Iterable[str]) -> tuple[int, int]:
    """Lines reached and lines, of these files."""
    of_files = [lines.get(name, {}) for name in files]
    return (sum(count > 0 for counts in of_files for count in counts.values()),
            sum(len(counts) for counts in of_files))


def judge(lines: Lines) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The areas, as data and as words."""
    areas, words = {}, []
    for area, files in AREAS.items():
        reached, all_ = count(lines, files)
        share = reached / all_ if all_ else 0.0
        absent = [name for name in files if not lines.get(name)]
        well = share >= WANTED and not absent
        missed = {name: ranges(line for line, n in lines[name].items() if not n)
                  for name in files if name in lines and 0 in lines[name].values()}
        areas[area] = {"reached": reached, "lines": all_, "share": share, "well": well,
                       "absent": absent, "missed": missed}
        words.append(f"{'reached' if well else 'BELOW 95 %'}: {area}, {reached} of {all_} lines, "
                     f"{100 * share:.1f} %")
        words += [f"    {name}: in no target" for name in absent]
        words += [f"    {name}: not reached {numbers}" for name, numbers in missed.items()]
    return areas, words


def tell_files(lines: Lines) -> list[str]:
    """Every file with its share and the lines that are not reached."""
    words = []
    for name in sorted(lines):
        if not lines[name] or name.startswith("fuzz/support"):
            continue
        reached, all_ = count(lines, [name])
        words.append(f"{100 * reached / all_:5.1f} %  {reached:5d} of {all_:5d}  {name}")
        missed = ranges(line for line, n in lines[name].items() if not n)
        if missed and reached:
            words.append(f"          not reached: {missed}")
    return words


def report(store: Store, targets: list[Target], build_first: bool = True) -> dict[str, Any]:
    """Measures, writes FOLDER/coverage, and gives what a summary says of it."""
    if build_first:
        build("cov", sorted({f"fuzz-{one.base}" for one in targets}))
    made = empty_folder(store.folder / "coverage.new")
    raw = [path for one in targets if (path := profile(store, one, made))]
    merged = made / "merged.profdata"
    call([tool("llvm-profdata"), "merge", "-sparse", *map(str, raw), "-o", str(merged)])
    for path in raw:
        path.unlink()
    programs = [str(program(one)) for one in targets]
    objects = [programs[0], *(f"-object={one}" for one in programs[1:])]
    common = [*objects, f"-instr-profile={merged}", f"-compilation-dir={COMPILED_IN}"]
    cov = tool("llvm-cov")
    lines = parse_lcov(call([cov, "export", "-format=lcov", *common]))
    call([cov, "show", "-format=html", f"-output-dir={made / 'html'}", "-show-line-counts-or-regions",
          *common])
    areas, words = judge(lines)
    (made / "lines.txt").write_text("\n".join(words + [""] + tell_files(lines)) + "\n",
                                    encoding="utf-8")
    files = {name: dict(zip(("reached", "lines"), count(lines, [name]))) for name in sorted(lines)}
    write_json(made / "summary.json", {"areas": areas, "files": files})
    last = store.folder / "coverage"
    if last.exists():
        shutil.rmtree(last)
    made.rename(last)
    return {"areas": areas, "lines": words}
