/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which container a task is in, as far as the name of its control group says: runtimes put each
 * into a group of its own, whose name they choose as follows. Who may make control groups may
 * choose such a name, too.
 *
 *	docker-ID.scope, docker/ID		Docker, with systemd's groups and without
 *	libpod-ID.scope, libpod_parent/libpod-ID	Podman
 *	cri-containerd-ID.scope, nerdctl-ID.scope	containerd; also SLICE:cri-containerd:ID
 *	crio-ID.scope				CRI-O
 *	kubepods.../pod.../ID			Kubernetes without systemd's groups, by any runtime
 *	lxc/NAME, lxc.payload/NAME, lxc.payload.NAME	LXC, Incus
 *	systemd-nspawn@NAME.service, machine-NAME.scope	systemd-nspawn
 *
 * An ID is 64 hex digits. Of groups in each other the innermost counts.
 */
#ifndef INTERDICT_CONTAINER_H
#define INTERDICT_CONTAINER_H

#include <stdbool.h>

/* A name of a machine is as long as a host's (machine-info(5)); an ID of Kubernetes is shorter. */
#define CONTAINER_ID_MAX 256

struct container {
	const char *runtime; /* a constant: "docker", "podman", "containerd", "crio", "lxc",
			      * "systemd-nspawn"; NULL: the group does not say */
	char id[CONTAINER_ID_MAX];
};

/* Of the control group at @path, from the root of the hierarchy. False: in none, and *@container is
 * not set. */
bool container_of_cgroup(const char *path, struct container *container);

#endif
