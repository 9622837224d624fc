/* SPDX-License-Identifier: BSD-3-Clause */
/* Negotiation of the version and of capabilities. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/expose/vfio_user_server.h"

/* What the client can do for us. Returns 0, or -1 where the text is not what it should be. */
static int take_capabilities(struct expose_server *s, const char *text, size_t size)
{
	json_t *root, *capabilities, *xfer;
	int result = -1;

	if (size > EXPOSE_VERSION_MAX || text[size - 1])
		return -1;
	root = json_loads(text, 0, NULL);
	if (!root)
		return -1;
	capabilities = json_object_get(root, "capabilities");
	xfer = json_object_get(capabilities, "max_data_xfer_size");
	if (json_is_object(root) && (!capabilities || json_is_object(capabilities)) &&
	    (!xfer || (json_is_integer(xfer) && json_integer_value(xfer) > 0))) {
		if (xfer && (uint64_t)json_integer_value(xfer) < s->client_xfer)
			s->client_xfer = (uint64_t)json_integer_value(xfer);
		s->panel_wanted =
			json_is_object(json_object_get(capabilities, TESTER_PANEL_CAPABILITY));
		result = 0;
	}
	json_decref(root);
	return result;
}

/* Our capabilities. The caller frees the text; NULL without memory. */
static char *offer(const struct expose_server *s)
{
	json_t *capabilities = json_pack("{s:i, s:i, s:i, s:i, s:b}", "max_msg_fds",
					 (int)EXPOSE_FDS_MAX, "max_data_xfer_size",
					 (int)EXPOSE_XFER_MAX, "max_dma_maps", (int)EXPOSE_MAPS_MAX,
					 "pgsizes", (int)VFIO_USER_PAGE_SIZE, "write_multiple", 1);
	json_t *root = json_pack("{s:o}", "capabilities", capabilities);
	char *text;

	/* Nothing is offered that was not proposed. */
	if (s->panel && s->panel_wanted)
		json_object_set_new(capabilities, TESTER_PANEL_CAPABILITY,
				    json_pack("{s:i}", TESTER_PANEL_REGION,
					      (int)EXPOSE_PANEL_REGION));
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

int expose_version(struct expose_server *s, struct expose_message *m)
{
	const struct vfio_user_version *asked = (const void *)m->payload;
	struct vfio_user_version version = { VFIO_USER_MAJOR, VFIO_USER_MINOR };
	size_t size = m->size - sizeof(version);
	char *text;

	if (asked->major != VFIO_USER_MAJOR)
		return ENOTSUP;
	s->client_xfer = EXPOSE_XFER_MAX;
	s->panel_wanted = false;
	if (size && take_capabilities(s, (const char *)m->payload + sizeof(version), size))
		return EINVAL;
	text = offer(s);
	if (!text)
		return ENOMEM;
	if (s->function.attached)
		s->function.attached(s->function.context);
	s->negotiated = true;
	expose_msix_find(s);
	s->clients++;
	expose_answer(s, m, &version, sizeof(version), text, strlen(text) + 1, -1);
	free(text);
	return 0;
}
