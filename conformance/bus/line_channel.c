/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/line_channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t vs_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int vs_line_channel_open(struct vs_line_channel *channel, int fd, size_t capacity)
{
	char *text = malloc(capacity);

	if (!text)
		return -1;
	*channel = (struct vs_line_channel){
		.fd = fd, .side_fd = -1, .text = text, .capacity = capacity
	};
	return 0;
}

void vs_line_channel_close(struct vs_line_channel *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	free(channel->text);
	*channel = (struct vs_line_channel){ .fd = -1, .side_fd = -1 };
}

/* Waits for events on fd until the deadline, serving the side descriptor meanwhile. */
static enum vs_line_result wait_for(struct vs_line_channel *channel, short events,
				    uint64_t deadline)
{
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = channel->fd, .events = events },
			{ .fd = channel->side_fd, .events = POLLIN },
		};
		uint64_t now = vs_monotonic_ns();
		uint64_t left = deadline > now ? deadline - now : 0;
		struct timespec timeout = {
			.tv_sec = (time_t)(left / 1000000000u),
			.tv_nsec = (long)(left % 1000000000u),
		};
		int ready = ppoll(fds, 2, &timeout, NULL);

		if (ready < 0 && errno != EINTR)
			return VS_LINE_CLOSED;
		if (ready > 0 && fds[1].revents)
			channel->side(channel->context);
		if (ready > 0 && fds[0].revents)
			return VS_LINE_OK;
		if (ready == 0 && !left)
			return VS_LINE_LATE;
	}
}

enum vs_line_result vs_line_channel_send(struct vs_line_channel *channel, const char *data,
					 size_t size, uint64_t deadline)
{
	while (size) {
		ssize_t sent = send(channel->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		enum vs_line_result result;

		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN)
			return VS_LINE_CLOSED;
		result = wait_for(channel, POLLOUT, deadline);
		if (result)
			return result;
	}
	return VS_LINE_OK;
}

/* Takes a line out of what has been received; NULL while none is complete. */
static char *take_line(struct vs_line_channel *channel, size_t *searched)
{
	char *line = channel->text + channel->start;
	char *newline = memchr(line + *searched, '\n', channel->end - channel->start - *searched);

	if (!newline) {
		*searched = channel->end - channel->start;
		return NULL;
	}
	channel->start += (size_t)(newline - line) + 1;
	if (newline > line && newline[-1] == '\r')
		newline--;
	*newline = '\0';
	return line;
}

/* Receives what is there. LATE: nothing at the moment. */
static enum vs_line_result fill(struct vs_line_channel *channel)
{
	ssize_t got;

	if (channel->start) {
		memmove(channel->text, channel->text + channel->start,
			channel->end - channel->start);
		channel->end -= channel->start;
		channel->start = 0;
	}
	if (channel->end == channel->capacity)
		return VS_LINE_TOO_LONG;
	do {
		got = recv(channel->fd, channel->text + channel->end,
			   channel->capacity - channel->end, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return VS_LINE_LATE;
	if (got <= 0)
		return VS_LINE_CLOSED;
	channel->end += (size_t)got;
	return VS_LINE_OK;
}

enum vs_line_result vs_line_channel_receive(struct vs_line_channel *channel, char **line,
					    uint64_t deadline)
{
	size_t searched = 0;

	for (;;) {
		enum vs_line_result result;

		*line = take_line(channel, &searched);
		if (*line)
			return VS_LINE_OK;
		/* A reply is rarely there before the peer has run: wait first, then look. */
		result = deadline ? wait_for(channel, POLLIN, deadline) : VS_LINE_OK;
		if (result)
			return result;
		result = fill(channel);
		if (result == VS_LINE_LATE && deadline)
			continue;
		if (result)
			return result;
	}
}
