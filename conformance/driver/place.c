/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/place.h"

#include <inttypes.h>
#include <stdio.h>

#include "driver/legacy.h"
#include "spec/legacy.h"
#include "spec/virtio_pci.h"

static const char *header_name(uint64_t offset)
{
	static const struct {
		uint8_t offset;
		const char *name;
	} names[] = {
		{ PCI_VENDOR_ID, "vendor" },
		{ PCI_DEVICE_ID, "device" },
		{ PCI_COMMAND, "command" },
		{ PCI_STATUS, "status" },
		{ PCI_REVISION_ID, "revision" },
		{ PCI_HEADER_TYPE, "header_type" },
		{ PCI_BAR0, "bar0" },
		{ PCI_BAR0 + 4, "bar1" },
		{ PCI_BAR0 + 8, "bar2" },
		{ PCI_BAR0 + 12, "bar3" },
		{ PCI_BAR0 + 16, "bar4" },
		{ PCI_BAR0 + 20, "bar5" },
		{ PCI_SUBSYSTEM_VENDOR, "subsystem_vendor" },
		{ PCI_SUBSYSTEM_ID, "subsystem" },
		{ PCI_CAPABILITY_LIST, "capability_list" },
		{ PCI_INTERRUPT_PIN, "interrupt_pin" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].offset == offset)
			return names[i].name;
	return NULL;
}

static const char *structure_name(const struct vs_cap *cap)
{
	static const char *const names[] = {
		[VIRTIO_PCI_CAP_COMMON_CFG] = "common",
		[VIRTIO_PCI_CAP_NOTIFY_CFG] = "notify",
		[VIRTIO_PCI_CAP_ISR_CFG] = "isr",
		[VIRTIO_PCI_CAP_DEVICE_CFG] = "device",
		[VIRTIO_PCI_CAP_PCI_CFG] = "window",
		[VIRTIO_PCI_CAP_SHARED_MEMORY_CFG] = "shared",
		[VIRTIO_PCI_CAP_VENDOR_CFG] = "vendor",
	};

	return cap->cfg_type < sizeof(names) / sizeof(names[0]) ? names[cap->cfg_type] : NULL;
}

static void name_config(const struct vs_function *fn, uint64_t offset, char *text, size_t size)
{
	const char *name = header_name(offset);

	if (name) {
		snprintf(text, size, "config.%s", name);
		return;
	}
	for (unsigned i = 0; i < fn->caps.count; i++) {
		const struct vs_cap *cap = &fn->caps.list[i];
		unsigned len = cap->id == PCI_CAP_ID_VNDR ? cap->cap_len : PCI_MSIX_SIZEOF;
		const char *what = cap->id == PCI_CAP_ID_VNDR ? structure_name(cap) : NULL;

		if (cap->id == PCI_CAP_ID_MSIX)
			what = "msix";
		if (what && offset >= cap->pos && offset < cap->pos + len) {
			snprintf(text, size, "config.cap(%s)+%#" PRIx64, what, offset - cap->pos);
			return;
		}
	}
}

static void name_common(uint64_t offset, char *text, size_t size)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++) {
		const struct vs_common_field_info *info = &vs_common_fields[i];

		if (offset >= info->offset && offset < (uint64_t)info->offset + info->width) {
			const char *half = info->width < 8          ? ""
					   : offset == info->offset ? " (low)"
								    : " (high)";

			snprintf(text, size, "common.%s%s", info->name, half);
			return;
		}
	}
	snprintf(text, size, "common+%#" PRIx64, offset);
}

static void name_legacy(uint64_t offset, char *text, size_t size)
{
	for (int i = 0; i < VS_FIELD_COUNT; i++) {
		const struct vs_common_field_info *info = &vs_legacy_fields[i];

		if (offset >= info->offset && offset < (uint64_t)info->offset + info->width) {
			snprintf(text, size, "legacy.%s", info->name);
			return;
		}
	}
	snprintf(text, size, "legacy%s+%#" PRIx64,
		 offset == VIRTIO_LEGACY_QUEUE_NOTIFY ? ".queue_notify"
		 : offset == VIRTIO_LEGACY_ISR_STATUS ? ".isr_status"
						      : "",
		 offset);
}

void vs_place_name(const struct vs_function *fn, unsigned region, uint64_t offset, char *text,
		   size_t size)
{
	*text = '\0';
	if (region == VS_REGION_CONFIG) {
		name_config(fn, offset, text, size);
		return;
	}
	for (unsigned i = 0; i < fn->caps.count; i++) {
		const struct vs_cap *cap = &fn->caps.list[i];

		if (cap->id != PCI_CAP_ID_VNDR || !cap->length || cap->bar != region ||
		    cap->cfg_type == VIRTIO_PCI_CAP_PCI_CFG || !structure_name(cap) ||
		    offset < cap->offset || offset - cap->offset >= cap->length)
			continue;
		if (cap->cfg_type == VIRTIO_PCI_CAP_COMMON_CFG)
			name_common(offset - cap->offset, text, size);
		else
			snprintf(text, size, "%s+%#" PRIx64, structure_name(cap),
				 offset - cap->offset);
		return;
	}
	if (fn->transitional && region == VIRTIO_LEGACY_BAR)
		name_legacy(offset, text, size);
	if (fn->msix_vectors && region == fn->msix_bar && offset >= fn->msix_table &&
	    offset < fn->msix_table + (uint64_t)fn->msix_vectors * PCI_MSIX_ENTRY_SIZE)
		snprintf(text, size, "msix[%" PRIu64 "]+%#" PRIx64,
			 (offset - fn->msix_table) / PCI_MSIX_ENTRY_SIZE,
			 (offset - fn->msix_table) % PCI_MSIX_ENTRY_SIZE);
}
