// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>

int event_ring_open(int fd, struct event_ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err;

	memset(ring, 0, sizeof(*ring));
	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	ring->size = info.max_entries;
	ring->map_len[0] = page;
	ring->maps[0] = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring->maps[0] == MAP_FAILED) {
		ring->maps[0] = NULL;
		return -errno;
	}
	ring->map_len[1] = page + 2 * ring->size;
	ring->maps[1] = mmap(NULL, ring->map_len[1], PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (ring->maps[1] == MAP_FAILED) {
		err = -errno;
		ring->maps[1] = NULL;
		event_ring_close(ring);
		return err;
	}
	ring->consumer = ring->maps[0];
	ring->producer = ring->maps[1];
	ring->data = (const uint8_t *)ring->maps[1] + page;
	return 0;
}

void event_ring_close(struct event_ring *ring)
{
	for (int i = 0; i < 2; i++)
		if (ring->maps[i])
			munmap(ring->maps[i], ring->map_len[i]);
	memset(ring, 0, sizeof(*ring));
}

static uint64_t padded(uint32_t len)
{
	return ((uint64_t)len + BPF_RINGBUF_HDR_SZ + 7) & ~7ULL;
}

size_t event_ring_peek(struct event_ring *ring, const void **data)
{
	uint64_t at = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);

	while (at < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		const uint8_t *head = ring->data + (at & (ring->size - 1));
		uint32_t word = __atomic_load_n((const uint32_t *)head, __ATOMIC_ACQUIRE);
		uint32_t len = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			return 0;
		if (!(word & BPF_RINGBUF_DISCARD_BIT) && len && len <= ring->size) {
			*data = head + BPF_RINGBUF_HDR_SZ;
			return len;
		}
		at += padded(len);
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	}
	return 0;
}

void event_ring_release(struct event_ring *ring)
{
	uint64_t at = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	const uint8_t *head = ring->data + (at & (ring->size - 1));
	uint32_t word = __atomic_load_n((const uint32_t *)head, __ATOMIC_RELAXED);

	__atomic_store_n(ring->consumer, at + padded(word), __ATOMIC_RELEASE);
}

uint64_t event_ring_position(const struct event_ring *ring)
{
	return __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
}

size_t event_ring_waiting(const struct event_ring *ring)
{
	return (size_t)(__atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) -
			__atomic_load_n(ring->consumer, __ATOMIC_RELAXED));
}
