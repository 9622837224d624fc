# SPDX-License-Identifier: BSD-3-Clause
"""The settings of mock devices: which of them a quirk applies to, as it says in `needs`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from pytest_virtspec.program import Line

CLASSES = ("blk", "net", "console", "rng")

# What can be told apart from outside: interface, ring format, byte order of the guest.
FACES = (
    {"interface": "modern", "ring": "split", "endian": "little"},
    {"interface": "modern", "ring": "packed", "endian": "little"},
    {"interface": "transitional", "ring": "split", "endian": "little"},
    {"interface": "transitional", "ring": "split", "endian": "big"},
    {"interface": "legacy", "ring": "split", "endian": "little"},
    {"interface": "legacy", "ring": "split", "endian": "big"},
)
USUAL = FACES[0]

# Several of them at once, which shows nothing that they do not show one by one.
MIXED_FACES = (
    {"interface": "transitional", "ring": "packed", "endian": "little"},
    {"interface": "transitional", "ring": "packed", "endian": "big"},
)


def target(name: str, settings: dict[str, str], quirks: tuple[str, ...] = ()) -> str:
    """A target, without the settings that are so anyway."""
    words = [f"{key}={value}" for key, value in settings.items() if USUAL.get(key) != value]
    return ",".join([f"mock:{name}", *words, *(f"quirk={quirk}" for quirk in quirks)])


@dataclass(frozen=True)
class Needs:
    """A quirk's `needs`, taken apart: alternatives for each key, the usual one first."""

    classes: tuple[str, ...]
    settings: dict[str, tuple[str, ...]]
    quirks: tuple[str, ...]

    @staticmethod
    def of(quirk: Line) -> Needs:
        head, *words = (quirk["needs"] or "mock:").removeprefix("mock:").split(",")
        keys = [word.split("=", 1) for word in words]
        return Needs(tuple(head.split("|")) if head else CLASSES,
                     {key: tuple(value.split("|")) for key, value in keys if key != "quirk"},
                     tuple(value for key, value in keys if key == "quirk"))

    def fits(self, face: dict[str, str]) -> bool:
        return all(face.get(key) in values for key, values in self.settings.items())

    def home(self) -> str:
        """The mock on which the quirk shows all that it says."""
        return target(self.classes[0], {key: values[0] for key, values in self.settings.items()},
                      self.quirks)

    def everywhere(self) -> Iterator[str]:
        """Every mock that it applies to."""
        for name, face in product(self.classes, FACES):
            if self.fits(face):
                yield target(name, face, self.quirks)


def with_values(base: str, quirk: Line) -> Iterator[str]:
    """That mock with the quirk, once for each of its values."""
    for value in quirk["values"] or [None]:
        yield f"{base},quirk={quirk['quirk']}" + (f"={value}" if value is not None else "")
