// SPDX-License-Identifier: GPL-2.0-or-later
/* The module: its control file, and loading it. */
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_internal.h"

#define MODPROBE   "/sbin/modprobe"
#define MODULE_DIR "/sys/module/interdict"
#define LOCKDOWN   "/sys/kernel/security/lockdown"

int module_open(void)
{
	int fd = open(ENGINE_CONTROL, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Run modprobe; the first line that it complains with goes to @said. Returns its wait status. */
static int run_modprobe(char *said, size_t size)
{
	char *argv[] = { "modprobe", "interdict", NULL };
	posix_spawn_file_actions_t actions;
	int pipes[2], status = -1;
	ssize_t n, got = 0;
	pid_t pid;

	said[0] = '\0';
	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO);
	if (!posix_spawn(&pid, MODPROBE, &actions, NULL, argv, environ)) {
		close(pipes[1]);
		while ((size_t)got < size - 1 &&
		       (n = read(pipes[0], said + got, size - 1 - got)) > 0)
			got += n;
		said[got] = '\0';
		said[strcspn(said, "\n")] = '\0';
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	} else {
		close(pipes[1]);
		snprintf(said, size, "%s cannot be run: %s", MODPROBE, strerror(errno));
	}
	close(pipes[0]);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

bool module_locked_down(const char *level)
{
	char text[128] = "", active[32];
	int fd = open(LOCKDOWN, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	snprintf(active, sizeof(active), "[%s]", level ? level : "none");
	return n > 0 && (strstr(text, active) != NULL) == (level != NULL);
}

int module_load(char reason[256], char remedy[256])
{
	char said[160];
	int fd = module_open(), status;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd == -EPERM || fd == -EACCES) {
		snprintf(reason, 256, "%s may not be opened: %s", ENGINE_CONTROL, strerror(-fd));
		snprintf(remedy, 256, "run as root with CAP_SYS_ADMIN");
		return fd;
	}
	status = run_modprobe(said, sizeof(said));
	fd = module_open();
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (!access(MODULE_DIR, F_OK)) {
		snprintf(reason, 256, "the module interdict is loaded, but %s is not there",
			 ENGINE_CONTROL);
		snprintf(remedy, 256,
			 "mount securityfs: mount -t securityfs none "
			 "/sys/kernel/security");
		return -ENOENT;
	}
	snprintf(reason, 256, "the module interdict cannot be loaded: %s",
		 said[0] ? said :
		 status	 ? "modprobe failed" :
			   "it is gone again");
	if (module_locked_down(NULL) || strstr(said, "Key was rejected") ||
	    strstr(said, "not permitted"))
		snprintf(remedy, 256,
			 "sign the module with a key that this kernel trusts "
			 "(lockdown or Secure Boot refuses others)");
	else
		snprintf(remedy, 256,
			 "install the module for this kernel (make install KVER=...), "
			 "then start again");
	return -ENOENT;
}

int module_facts(int control, struct interdict_facts *facts, struct engine_error *err)
{
	memset(facts, 0, sizeof(*facts));
	if (ioctl(control, INTERDICT_IOC_FACTS, facts))
		return engine_fail(
			err, -EPROTO, EXIT_FAILED,
			"the module interdict does not answer as this program expects "
			"(%s): it is of another version; reboot to load the installed one",
			strerror(errno));
	if (facts->abi != INTERDICT_ABI && facts->abi != INTERDICT_ABI - 1)
		return engine_fail(
			err, -EPROTO, EXIT_FAILED,
			"the module interdict speaks ABI %u, this program speaks %u and %u: "
			"install both of one version, then reboot",
			facts->abi, INTERDICT_ABI - 1, INTERDICT_ABI);
	return 0;
}

int module_links(uint32_t *id, size_t max)
{
	FILE *file = fopen(ENGINE_STATUS, "re");
	char line[128];
	size_t n = 0;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		unsigned int link;

		if (sscanf(line, "link %u", &link) == 1 && n < max)
			id[n++] = link;
	}
	fclose(file);
	return n;
}

int module_hold(int control, const int *fd, const uint32_t *id, uint32_t n)
{
	struct interdict_hold hold = { .count = n };

	if (n > INTERDICT_HOLD_MAX)
		return -E2BIG;
	memcpy(hold.link_fd, fd, n * sizeof(*fd));
	memcpy(hold.link_id, id, n * sizeof(*id));
	return ioctl(control, INTERDICT_IOC_HOLD, &hold) ? -errno : 0;
}

int module_release(int control)
{
	return ioctl(control, INTERDICT_IOC_RELEASE) ? -errno : 0;
}

int module_quiesce(int control)
{
	return ioctl(control, INTERDICT_IOC_QUIESCE) ? -errno : 0;
}

int module_keep(int control, int fd)
{
	struct interdict_keep keep = { .fd = fd };

	return ioctl(control, INTERDICT_IOC_KEEP, &keep) ? -errno : 0;
}

int module_timer(int control, uint64_t boottime)
{
	struct interdict_timer timer = { .boottime = (int64_t)boottime };

	return ioctl(control, INTERDICT_IOC_TIMER, &timer) ? -errno : 0;
}

int engine_control(void)
{
	int control = module_open();

	return control == -ENOENT ? -ENODEV : control;
}

int engine_identify_by(int control, int fd, uint32_t want, struct interdict_identity *identity)
{
	struct interdict_identify_claims request = { .fd = fd, .want = want };

	if (ioctl(control, INTERDICT_IOC_CLAIMS, &request))
		return -errno;
	*identity = request.identity;
	return 0;
}

int engine_identify(int fd, uint32_t want, struct interdict_identity *identity)
{
	int control = engine_control(), r;

	if (control < 0)
		return control;
	r = engine_identify_by(control, fd, want, identity);
	close(control);
	return r;
}

int engine_package(int fd, char json[INTERDICT_PACKAGE_LEN], uint32_t *len)
{
	struct interdict_package package = { .fd = fd };
	int control = engine_control(), r;

	if (control < 0)
		return control;
	r = ioctl(control, INTERDICT_IOC_PACKAGE, &package) ? -errno : 0;
	close(control);
	if (!r) {
		memcpy(json, package.json, sizeof(package.json));
		*len = package.len;
	}
	return r;
}
