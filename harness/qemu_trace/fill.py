# SPDX-License-Identifier: BSD-3-Clause
"""Bytes of configuration space that no driver read, so that what was read can be understood.

A driver reads what it needs: hardly one reads cap_len, some no lengths. The device has them all, and
what QEMU has in them follows from the rest. Nothing that was read is changed.
"""

from __future__ import annotations

from . import registers as pci
from .image import Bar, Capability, Image

Structures = dict[int, tuple[int, int]]  # type, or -1 for the MSI-X table: BAR and offset


def _length(cap: Capability, caps: list[Capability], bars: list[Bar | None]) -> int:
    """Up to what lies next in its BAR."""
    bar = bars[cap.bar] if cap.bar < pci.BARS else None
    ends = [other.offset for other in caps if other.type in pci.CAP_SIZES
            and other.type != pci.WINDOW and other.bar == cap.bar and other.offset > cap.offset]
    return (min(ends) if ends else bar.size if bar else cap.offset) - cap.offset


def _structure(image: Image, cap: Capability, caps: list[Capability],
               bars: list[Bar | None]) -> None:
    size = pci.CAP_SIZES.get(cap.type)
    if size is None:
        return
    image.put(cap.place + pci.VIRTIO_CAP_LEN, 1, size, keep=True)
    if cap.type == pci.WINDOW:
        return
    if not image.knows(cap.place + pci.VIRTIO_LENGTH, 4):
        image.put(cap.place + pci.VIRTIO_LENGTH, 4, max(_length(cap, caps, bars), 0), keep=True)
    if cap.type == pci.NOTIFY and not image.knows(cap.place + pci.VIRTIO_MULTIPLIER, 4):
        image.put(cap.place + pci.VIRTIO_MULTIPLIER, 4, pci.QEMU_MULTIPLIER, keep=True)


def _msix(image: Image, cap: Capability, seen: Structures) -> None:
    """Without these, its table would seem to lie over BAR 0."""
    bar, offset = seen.get(-1, (1, 0))
    image.put(cap.place + pci.MSIX_TABLE, 4, offset | bar, keep=True)
    image.put(cap.place + pci.MSIX_PBA, 4, (offset + pci.REGION_ALIGN // 2) | bar, keep=True)


def _build(image: Image, seen: Structures) -> None:
    """A list for a driver that knows by itself where everything is."""
    place, last = pci.HEADER_SIZE, pci.CAP_POINTER
    for kind, (bar, offset) in sorted(seen.items()):
        size = pci.CAP_SIZES[kind] if kind >= 0 else 12
        image.put(last, 1, place)
        image.put(place, 2, pci.CAP_VENDOR if kind >= 0 else pci.CAP_MSIX)
        if kind >= 0:
            image.put(place + pci.VIRTIO_CFG_TYPE, 1, kind)
            image.put(place + pci.VIRTIO_BAR, 1, bar)
            image.put(place + pci.VIRTIO_OFFSET, 4, offset)
        last = place + pci.CAP_NEXT
        place += size


def fill(image: Image, bars: list[Bar | None], seen: Structures) -> bytes:
    """The whole image. `seen` is where accesses went to, by the names of QEMU's regions."""
    image = image.copy()
    device = image.get(pci.DEVICE, 2)
    if device in pci.TRANSITIONAL_TYPES and not image.knows(pci.SUBSYSTEM, 2):
        image.put(pci.SUBSYSTEM, 2, pci.TRANSITIONAL_TYPES[device])
    if not image.knows(pci.CAP_POINTER) and seen:
        _build(image, seen)
    caps = image.capabilities()
    for cap in caps:
        if cap.identity == pci.CAP_MSIX:
            _msix(image, cap, seen)
        else:
            _structure(image, cap, caps, bars)
    if caps and not image.knows(pci.STATUS):
        image.put(pci.STATUS, 1, pci.STATUS_CAP_LIST)
    return bytes(image.data)
