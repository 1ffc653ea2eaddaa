/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the BPF ring buffer one record at a time, where a record stays in it until it is let go.
 * (libbpf's reader lets go of a record even where the callback failed.)
 *
 * The layout is the kernel's, Documentation/bpf/ringbuf.rst and enum BPF_RINGBUF_* of
 * linux/bpf.h: a page with the consumer's position, a page with the producer's, and the data,
 * mapped twice in a row; each record has a header of 8 bytes, of which the first 4 are its length
 * and two flags, and is padded to 8 bytes.
 */
#ifndef INTERDICT_EVENT_RING_H
#define INTERDICT_EVENT_RING_H

#include <stddef.h>
#include <stdint.h>

struct event_ring {
	uint64_t *consumer;
	const uint64_t *producer;
	const uint8_t *data;
	size_t size; /* bytes of data, a power of two */
	void *maps[2];
	size_t map_len[2];
};

/* Map the ring buffer map @fd. Returns 0 or -errno (-EINVAL: no ring buffer). */
int event_ring_open(int fd, struct event_ring *ring);
void event_ring_close(struct event_ring *ring);

/*
 * The record at the head: *@data points into the ring and lasts until event_ring_release().
 * Returns its length in bytes, or 0 where there is none (or it is being written).
 */
size_t event_ring_peek(struct event_ring *ring, const void **data);

/* Let go of the record that event_ring_peek() gave. */
void event_ring_release(struct event_ring *ring);

/* How many bytes were let go of since the ring was made. */
uint64_t event_ring_position(const struct event_ring *ring);

/* Bytes in the ring that were not let go. */
size_t event_ring_waiting(const struct event_ring *ring);

#endif
