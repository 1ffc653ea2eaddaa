// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers by the names of their control groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "userspace/events/container.h"

#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID   "8f5a3e1c-0b7d-4c2e-9a61-5d2f7b3c9e10"

static const struct {
	const char *path, *id, *runtime; /* id NULL: none */
} cases[] = {
	{ "/", NULL, NULL },
	{ "", NULL, NULL },
	{ "/user.slice/user-1000.slice/session-3.scope", NULL, NULL },
	{ "/system.slice/docker.service", NULL, NULL },
	{ "/system.slice/ssh.service/" HEX, NULL, NULL },
	/* Docker */
	{ "/system.slice/docker-" HEX ".scope", HEX, "docker" },
	{ "/docker/" HEX, HEX, "docker" },
	{ "/system.slice/docker-" HEX ".scope/init.scope", HEX, "docker" },
	{ "/docker/" HEX "/docker/" OTHER, OTHER, "docker" },
	{ "/docker/buildkit/x", NULL, NULL },
	{ "/docker/0123456789abcdef", NULL, NULL },
	{ "/system.slice/docker-0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
	  ".scope",
	  NULL, NULL },
	{ "/system.slice/docker-" HEX "0.scope", NULL, NULL },
	{ "/system.slice/docker-" HEX ".service", NULL, NULL },
	/* Podman */
	{ "/machine.slice/libpod-" HEX ".scope/container", HEX, "podman" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX ".scope", HEX,
	  "podman" },
	{ "/libpod_parent/libpod-" HEX, HEX, "podman" },
	{ "/machine.slice/libpod-conmon-" HEX ".scope", NULL, NULL },
	/* containerd, CRI-O, Kubernetes */
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podx.slice/cri-containerd-" HEX
	  ".scope",
	  HEX, "containerd" },
	{ "/system.slice/nerdctl-" HEX ".scope", HEX, "containerd" },
	{ "/system.slice/containerd.service/kubepods-besteffort-podx.slice:cri-containerd:" HEX,
	  HEX, "containerd" },
	{ "/system.slice/x.slice:cri-containerd:0123", NULL, NULL },
	{ "/kubepods.slice/kubepods-podx.slice/crio-" HEX ".scope", HEX, "crio" },
	{ "/kubepods.slice/kubepods-podx.slice/crio-conmon-" HEX ".scope", NULL, NULL },
	{ "/kubepods/besteffort/pod" UID "/" HEX, HEX, NULL },
	{ "/kubepods/besteffort/pod" UID, NULL, NULL },
	/* LXC */
	{ "/lxc/web", "web", "lxc" },
	{ "/lxc.payload/web/system.slice/x.service", "web", "lxc" },
	{ "/lxc.payload.web-1/init.scope", "web-1", "lxc" },
	{ "/lxc.monitor.web-1", NULL, NULL },
	{ "/lxc", NULL, NULL },
	/* systemd-nspawn */
	{ "/machine.slice/systemd-nspawn@web.service/payload/system.slice/x.service", "web",
	  "systemd-nspawn" },
	{ "/machine.slice/systemd-nspawn@we\\x2db.service", "we-b", "systemd-nspawn" },
	{ "/machine.slice/machine-web.scope", "web", "systemd-nspawn" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", NULL, NULL },
	{ "/user.slice/machine-web.scope", NULL, NULL },
	{ "/machine.slice/systemd-nspawn@\\x0a.service", NULL, NULL },
	{ "/machine.slice/systemd-nspawn@a\\x2.service", "a\\x2", "systemd-nspawn" },
	/* one in another */
	{ "/lxc.payload.web/system.slice/docker-" HEX ".scope", HEX, "docker" },
	{ "/lxc.payload.web/machine.slice/libpod-conmon-" HEX ".scope", "web", "lxc" },
	/* hostile */
	{ "/lxc/a b", NULL, NULL },
	{ "/lxc/a\nb", NULL, NULL },
	{ "/lxc/\xff", NULL, NULL },
	{ "//lxc//x", NULL, NULL },
	{ "/lxc/x/", "x", "lxc" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct container container = { "unset", "unset" };
		bool is = container_of_cgroup(cases[i].path, &container);

		print_message("%s\n", cases[i].path);
		assert_int_equal(is, cases[i].id != NULL);
		assert_string_equal(container.id, is ? cases[i].id : "unset");
		if (is && !cases[i].runtime)
			assert_null(container.runtime);
		else
			assert_string_equal(container.runtime, is ? cases[i].runtime : "unset");
	}
}

/* As long as a name of a control group may be, and longer. */
static void test_long(void **state)
{
	char path[1024] = "/lxc/";
	struct container container;

	(void)state;
	memset(path + 5, 'x', 600);
	assert_true(container_of_cgroup(path, &container));
	assert_int_equal(strlen(container.id), CONTAINER_ID_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
