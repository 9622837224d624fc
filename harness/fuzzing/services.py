# SPDX-License-Identifier: BSD-3-Clause
"""ci/oss-fuzz/try: runs build.sh as OSS-Fuzz and ClusterFuzzLite do, and looks at what it made as
they do, more closely."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .inspect_build import complaints
from .layout import ROOT, Trouble

BUILD_SECONDS = 3600
AFL = Path("/usr/lib/afl")

ALWAYS = "-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
CHECKED = ("bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,"
           "signed-integer-overflow,vla-bound,vptr")
FLAGS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": f"-fsanitize={CHECKED},unsigned-integer-overflow -fno-sanitize-recover={CHECKED}",
    "coverage": "-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl "
                "-Wl,-lm -Wno-unused-command-line-argument",
}
# Engine and sanitizer, as the services pair them.
KINDS = {
    "address": ("libfuzzer", "address"),
    "undefined": ("libfuzzer", "undefined"),
    "coverage": ("libfuzzer", "coverage"),
    "afl": ("afl", "address"),
}


def compilers(engine: str) -> tuple[str, str, str]:
    """CC, CXX and what is linked in."""
    if engine == "libfuzzer":
        return "clang", "clang++", "-fsanitize=fuzzer"
    found = shutil.which("afl-clang-fast")
    driver = AFL / "libAFLDriver.a"
    if not found or not driver.exists():
        raise Trouble("there is no AFL++ with its driver; Debian has it in the package afl++")
    return found, f"{found}++", str(driver)


def service_environment(kind: str, folder: Path) -> dict[str, str]:
    """What build.sh finds set, and nothing else."""
    engine, sanitizer = KINDS[kind]
    cc, cxx, library = compilers(engine)
    flags = f"{ALWAYS} {FLAGS[sanitizer]}"
    if engine == "libfuzzer" and sanitizer != "coverage":
        flags += " -fsanitize=fuzzer-no-link"
    made = {
        "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "SRC": str(folder / "src"),
        "WORK": str(folder / "work"), "OUT": str(folder / "out"), "CC": cc, "CXX": cxx,
        "CFLAGS": flags, "CXXFLAGS": flags, "LIB_FUZZING_ENGINE": library,
        "FUZZING_ENGINE": engine, "SANITIZER": sanitizer, "ARCHITECTURE": "x86_64",
        "FUZZING_LANGUAGE": "c", "UBSAN_OPTIONS": "silence_unsigned_overflow=1",
    }
    if engine == "afl":
        made |= {"AFL_QUIET": "1", "ASAN_OPTIONS": "detect_leaks=0:symbolize=0:"
                 "detect_odr_violation=0:abort_on_error=1"}
    # Nothing of the result depends on it.
    made |= {name: value for name, value in os.environ.items()
             if name.startswith("CCACHE_") or name == "CMAKE_C_COMPILER_LAUNCHER"}
    return made


def build(kind: str, folder: Path) -> dict[str, str]:
    """Runs build.sh with the sources where the service has them; its environment."""
    env = service_environment(kind, folder)
    for name in ("HOME", "SRC", "WORK", "OUT"):
        Path(env[name]).mkdir(parents=True, exist_ok=True)
    source = Path(env["SRC"]) / "virtspec"
    if not source.exists():
        source.symlink_to(ROOT)
    shutil.copy(ROOT / "ci/oss-fuzz/build.sh", env["SRC"])
    done = subprocess.run(["bash", "-eux", f"{env['SRC']}/build.sh"], env=env, cwd=source, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_SECONDS,
                          check=False)
    if done.returncode:
        raise Trouble(f"build.sh ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return env


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ci/oss-fuzz/try", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND",
                        help=f"of build: {', '.join(KINDS)} (default: all)")
    parser.add_argument("--folder", type=Path, metavar="FOLDER",
                        help="where it is built, and stays (default: a temporary one)")
    args = parser.parse_args(arguments)
    unknown = set(args.kinds) - set(KINDS)
    if unknown:
        parser.error(f"there is no build '{sorted(unknown)[0]}'; there are {', '.join(KINDS)}")
    bad = 0
    try:
        with tempfile.TemporaryDirectory(prefix="virtspec-oss-fuzz-") as temporary:
            for kind in args.kinds or KINDS:
                env = build(kind, (args.folder or Path(temporary)).resolve() / kind)
                found = complaints(env)
                bad += sum(map(len, found.values()))
                for name, words in found.items():
                    print(f"{kind}: {name}: {'; '.join(words) if words else 'well'}", flush=True)
    except Trouble as trouble:
        print(f"ci/oss-fuzz/try: {trouble}", file=sys.stderr)
        return 2
    return 1 if bad else 0
