/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request at a time through io_uring, by the system calls themselves. */
#ifndef PROBES_RING_H
#define PROBES_RING_H

#include <linux/io_uring.h>

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

/* Ends the probe on failure. */
void ring_setup(struct ring *ring);

/* One request, waited for. Returns its result. */
int ring_do(struct ring *ring, const struct io_uring_sqe *sqe);

#endif
