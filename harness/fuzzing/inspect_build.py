# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong with an output folder for OSS-Fuzz. The service refuses targets that do not start,
that die of their own seeds, or that are instrumented too little or for another sanitizer; here a
target also has to need no library that the runner lacks, to take each of its seeds, and to know its
dictionary and its options."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from .layout import ROOT, target_names
from .process import Ended, run

SECONDS = 120
FEW = 4  # executions of a first start
AFL_SECONDS = 10
EDGES_LEAST = 100
# Calls into a sanitizer's runtime: the least of a build for it, the most of one for another.
CALLS = {"asan": ("address", 1000, 0), "ubsan": ("undefined", 168, 200), "msan": ("memory", 1000, 3)}
# What a bare system has, and the C++ library, which the engine is written for.
LIBRARIES = re.compile(r"^(linux-vdso|ld-linux-x86-64|lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|resolv))\.so")
NEEDED = re.compile(r"\(NEEDED\).*\[(.*)\]")
EDGES = re.compile(r"INFO: Loaded \d+ modules? .*\((\d+) (?:inline 8-bit )?(?:counters|guards)\)|"
                   r"INFO: Loaded \d+ modules? +\((\d+) ")
ENTRY = re.compile(r'^\s*[\w.@-]*\s*=?\s*".*"\s*$', re.MULTILINE)


def start(env: dict[str, str], command: list[str], seconds: float = SECONDS,
          **more: str) -> Ended:
    """Runs something as the runner does: with next to nothing in the environment."""
    bare = {"PATH": env["PATH"], "HOME": env["HOME"],
            "UBSAN_OPTIONS": env.get("UBSAN_OPTIONS", "")} | more
    return run(command, seconds, bare)


def libraries(program: Path) -> list[str]:
    told = subprocess.run(["readelf", "-d", program], text=True, capture_output=True, check=False)
    return [f"needs {name}, which the runner has not" for name in NEEDED.findall(told.stdout)
            if not LIBRARIES.match(name)]


def instrumented(program: Path, sanitizer: str) -> list[str]:
    """Calls to sanitizers, counted in the machine code."""
    told = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], text=True,
                          capture_output=True, check=False).stdout
    found = []
    for word, (its, least, most) in CALLS.items():
        count = len(re.findall(rf"\bcallq?\s+[0-9a-f]+ <__{word}", told))
        if its == sanitizer and count < least:
            found.append(f"only {count} calls of {word}")
        if its != sanitizer and sanitizer != "coverage" and count > most:
            found.append(f"{count} calls of {word} in a build for {sanitizer}")
    return found


def unpack(program: Path, folder: Path) -> list[Path]:
    seeds = program.with_name(f"{program.name}_seed_corpus.zip")
    if seeds.exists():
        with zipfile.ZipFile(seeds) as archive:
            archive.extractall(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def expected(program: Path) -> int:
    """Inputs that are stored for it; it has at least one more, of its own."""
    stored = ROOT / "corpus" / program.name.removeprefix("fuzz-")
    return 1 + len({path.name for path in stored.rglob("*") if path.is_file()})


def dictionary(env: dict[str, str], program: Path) -> list[str]:
    words = program.with_name(f"{program.name}.dict")
    source = ROOT / "corpus" / f"{program.name.removeprefix('fuzz-')}.dict"
    if not words.exists():
        return ["its dictionary is missing"] if source.exists() else []
    entries = len(ENTRY.findall(words.read_text(encoding="utf-8")))
    ended = start(env, [str(program), f"-dict={words}", f"-runs={FEW}"])
    if f"Dictionary: {entries} entries" not in ended.text:
        return [f"it does not take the {entries} entries of its dictionary: {ended.text[-300:]}"]
    return []


def options(env: dict[str, str], program: Path) -> list[str]:
    path = program.with_name(f"{program.name}.options")
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    if not parser.has_section("libfuzzer"):
        return ["it has no options for libFuzzer"]
    flags = [f"-{key}={value}" for key, value in parser.items("libfuzzer") if key != "dict"]
    ended = start(env, [str(program), *flags, "-seed=1337", f"-runs={FEW}"])
    if ended.status or "WARNING: unrecognized flag" in ended.text:
        return [f"it does not take its options: {ended.text[-300:]}"]
    return []


def libfuzzer(env: dict[str, str], program: Path, seeds: list[Path], folder: Path) -> list[str]:
    found = []
    first = start(env, [str(program), "-seed=1337", f"-runs={FEW}"])
    if f"Done {FEW} runs" not in first.text:
        found.append(f"it does not start: {first.text[-300:]}")
    edges = [int(a or b) for a, b in EDGES.findall(first.text)]
    if env["SANITIZER"] != "coverage" and sum(edges) < EDGES_LEAST:
        found.append(f"only {sum(edges)} edges are instrumented")
    each = start(env, [str(program), *map(str, seeds)])
    taken = len(re.findall(r"^Executed ", each.text, re.MULTILINE))
    if each.status or taken != len(seeds):
        found.append(f"it took {taken} of its {len(seeds)} seeds: {each.text[-300:]}")
    whole = start(env, [str(program), "-runs=0", str(folder)])
    if whole.status:
        found.append(f"its seeds together: {whole.text[-300:]}")
    return found + dictionary(env, program) + options(env, program)


def afl(env: dict[str, str], program: Path, seeds: list[Path], folder: Path) -> list[str]:
    found = []
    each = start(env, [str(program), *map(str, seeds)])
    taken = each.text.count("Execution successful")
    full = sum(path.stat().st_size > 0 for path in seeds)  # the driver leaves empty ones out
    if each.status or taken != full:
        found.append(f"it took {taken} of its {full} seeds: {each.text[-300:]}")
    fuzzer = shutil.which("afl-fuzz") or "afl-fuzz"
    output = folder.with_name(f"{folder.name}-afl")
    ended = start(env, [fuzzer, "-i", str(folder), "-o", str(output), "-V", str(AFL_SECONDS), "--",
                        str(program)], SECONDS, AFL_NO_UI="1", AFL_SKIP_CPUFREQ="1",
                  AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1", AFL_NO_AFFINITY="1",
                  AFL_FORKSRV_INIT_TMOUT="30000")
    if "All set and ready to" not in ended.text:
        found.append(f"afl-fuzz does not start it: {ended.text[-500:]}")
    return found


def inspect(env: dict[str, str], program: Path) -> list[str]:
    """What is wrong with one target."""
    found = libraries(program) + instrumented(program, env["SANITIZER"])
    with tempfile.TemporaryDirectory(prefix="virtspec-seeds-") as name:
        folder = Path(name) / "seeds"
        folder.mkdir()
        seeds = unpack(program, folder)
        if len(seeds) < expected(program):
            found.append(f"{len(seeds)} seeds where {expected(program)} are stored")
        engine = afl if env["FUZZING_ENGINE"] == "afl" else libfuzzer
        return found + engine(env, program, seeds, folder)


def complaints(env: dict[str, str]) -> dict[str, list[str]]:
    """By target; an empty list where all is well."""
    out = Path(env["OUT"])
    result = {}
    for name in target_names():
        if name == "empty":
            continue
        program = out / f"fuzz-{name}"
        result[program.name] = (inspect(env, program) if os.access(program, os.X_OK)
                                else ["it was not built"])
    return result
