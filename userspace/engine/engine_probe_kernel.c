// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel was configured with, and the module's signature. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "engine_probe.h"

/* ---- configuration ---- */

/* What is set is not told one by one. */
static const struct option {
	const char *name;
	const char *fact;
	enum engine_weight weight;
	const char *why;
} options[] = {
	{ "CONFIG_BPF_SYSCALL", "config:BPF_SYSCALL", ENGINE_REQUIRED,
	  "programs cannot be loaded" },
	{ "CONFIG_BPF_JIT", "config:BPF_JIT", ENGINE_REQUIRED, "programs cannot be attached" },
	{ "CONFIG_BPF_LSM", "config:BPF_LSM", ENGINE_REQUIRED, "programs cannot refuse anything" },
	{ "CONFIG_DEBUG_INFO_BTF", "config:DEBUG_INFO_BTF", ENGINE_REQUIRED,
	  "programs cannot be fitted to this kernel" },
	{ "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "config:DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
	  ENGINE_REQUIRED, "programs cannot be attached" },
	{ "CONFIG_SECURITYFS", "config:SECURITYFS", ENGINE_WANTED,
	  "the module cannot be spoken to" },
	{ "CONFIG_MODULES", "config:MODULES", ENGINE_WANTED, "the module cannot be loaded" },
	{ "CONFIG_DEBUG_INFO_BTF_MODULES", "config:DEBUG_INFO_BTF_MODULES", ENGINE_WANTED,
	  "programs cannot call the module" },
	{ "CONFIG_MODULE_SIG", "config:MODULE_SIG", ENGINE_ADVISED,
	  "nobody looks who made a module" },
	{ "CONFIG_SECURITY_LOCKDOWN_LSM", "config:SECURITY_LOCKDOWN_LSM", ENGINE_ADVISED,
	  "there is no lockdown: root can win in the end" },
	{ "CONFIG_FS_VERITY", "config:FS_VERITY", ENGINE_ADVISED,
	  "no file has a digest that rules of fsverity match" },
	{ "CONFIG_IMA", "config:IMA", ENGINE_ADVISED, "without the module nothing is judged" },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* Which of them @line sets: "CONFIG_X=y" or "=m". */
static void see_line(const char *line, bool set[OPTIONS])
{
	size_t len = strcspn(line, "=");

	if (line[len] != '=' || (line[len + 1] != 'y' && line[len + 1] != 'm'))
		return;
	for (size_t i = 0; i < OPTIONS; i++)
		if (strlen(options[i].name) == len && !strncmp(line, options[i].name, len))
			set[i] = true;
}

/* gzip or plain. Returns 0 or -errno. */
static int read_config(const char *path, bool set[OPTIONS])
{
	gzFile file = gzopen(path, "re");
	char line[512];

	if (!file)
		return errno ? -errno : -ENOMEM;
	while (gzgets(file, line, sizeof(line)))
		see_line(line, set);
	gzclose(file);
	return 0;
}

static int find_config(const struct probe *probe, bool set[OPTIONS])
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config",
					      "/usr/lib/modules/%s/config" };
	char path[512], below[256];
	int err = read_config(probe_path(probe, path, "/proc/config.gz"), set);

	for (size_t i = 0; err && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(below, sizeof(below), places[i], probe->release);
		err = read_config(probe_path(probe, path, "%s", below), set);
	}
	return err;
}

void probe_config(struct probe *probe)
{
	bool set[OPTIONS] = { false };
	struct engine_fact *fact;
	size_t missing = 0;

	if (find_config(probe, set)) {
		/* What matters of it has facts of its own. */
		fact = probe_add(probe, "kernel-config", ENGINE_ADVISED, ENGINE_UNKNOWN);
		probe_say(fact->text, "neither /proc/config.gz nor /boot/config-%s can be read",
			  probe->release);
		probe_say(fact->remedy, "install the file that the kernel's package brings");
		return;
	}
	for (size_t i = 0; i < OPTIONS; i++) {
		if (set[i])
			continue;
		missing++;
		fact = probe_add(probe, options[i].fact, options[i].weight, ENGINE_NO);
		probe_say(fact->text, "%s is not set: %s", options[i].name, options[i].why);
		probe_say(fact->remedy, "use a kernel with %s", options[i].name);
	}
	if (missing)
		return;
	fact = probe_add(probe, "kernel-config", ENGINE_ADVISED, ENGINE_YES);
	probe_say(fact->text, "all %zu options that matter are set", OPTIONS);
}

/* ---- ftrace ---- */

void probe_ftrace(struct probe *probe)
{
	char line[16];
	int r = probe_read_line(probe, "/proc/sys/kernel/ftrace_enabled", line, sizeof(line));
	struct engine_fact *fact = probe_add(probe, "ftrace", r ? ENGINE_ADVISED : ENGINE_REQUIRED,
					     r		       ? ENGINE_UNKNOWN :
					     strcmp(line, "0") ? ENGINE_YES :
								 ENGINE_NO);

	if (r) {
		probe_say(fact->text, "kernel.ftrace_enabled cannot be read: %s", strerror(-r));
		probe_say(fact->remedy, "use a kernel with CONFIG_DYNAMIC_FTRACE");
		return;
	}
	probe_say(fact->text, "kernel.ftrace_enabled is %.10s", line);
	if (fact->answer == ENGINE_NO) {
		probe_say(fact->text,
			  "kernel.ftrace_enabled is 0: up to 6.12 no program of a hook is called");
		probe_say(fact->remedy,
			  "sysctl kernel.ftrace_enabled=1; with the module loaded it cannot be 0");
	}
}

/* ---- the module's signature ---- */

bool probe_module_file(const struct probe *probe, char path[512])
{
	static const char *const dirs[] = { "extra", "updates/dkms", "updates" };
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++)
			if (!access(probe_path(probe, path, "/lib/modules/%s/%s/interdict.ko%s",
					       probe->release, dirs[i], ends[j]),
				    F_OK))
				return true;
	return false;
}

/* Of a file that is not compressed: include/linux/module_signature.h, MODULE_SIG_STRING. */
static enum engine_answer is_signed(const char *path)
{
	static const char magic[] = "~Module signature appended~\n";
	char end[sizeof(magic) - 1];
	enum engine_answer answer = ENGINE_UNKNOWN;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t len = strlen(path);

	if (fd >= 0 && len > 3 && !strcmp(path + len - 3, ".ko") && !fstat(fd, &st))
		answer = st.st_size >= (off_t)sizeof(end) &&
					 pread(fd, end, sizeof(end),
					       st.st_size - (off_t)sizeof(end)) == sizeof(end) &&
					 !memcmp(end, magic, sizeof(end)) ?
				 ENGINE_YES :
				 ENGINE_NO;
	if (fd >= 0)
		close(fd);
	return answer;
}

/* Whether this kernel loads what is signed by a key that it trusts, and nothing else. */
static bool signature_matters(const struct probe *probe)
{
	char line[128];

	if (!probe_read_line(probe, "/sys/module/module/parameters/sig_enforce", line,
			     sizeof(line)) &&
	    line[0] == 'Y')
		return true;
	return !probe_read_line(probe, PROBE_SECURITY "/lockdown", line, sizeof(line)) &&
	       !strstr(line, "[none]");
}

void probe_signature(struct probe *probe)
{
	enum engine_weight weight = signature_matters(probe) ? ENGINE_WANTED : ENGINE_ADVISED;
	struct engine_fact *fact = probe_add(probe, "module-signature", weight, ENGINE_UNKNOWN);
	char path[512], taint[32];

	if (!probe_read_line(probe, "/sys/module/interdict/taint", taint, sizeof(taint))) {
		/* E: Documentation/admin-guide/tainted-kernels.rst */
		fact->answer = strchr(taint, 'E') ? ENGINE_NO : ENGINE_YES;
		probe_say(
			fact->text, "%s",
			fact->answer == ENGINE_YES ?
				"the module that is loaded is signed by a key that the kernel "
				"trusts, or the kernel asks for none" :
				"the module that is loaded is not signed by a key that the kernel "
				"trusts");
	} else if (probe_module_file(probe, path)) {
		fact->answer = is_signed(path);
		probe_say(fact->text, "%.180s %s", path,
			  fact->answer == ENGINE_YES ? "is signed" :
			  fact->answer == ENGINE_NO  ? "is not signed" :
						       "is compressed: its signature is not looked "
						       "at before it is loaded");
	} else {
		/* That it is missing is a fact already. */
		fact->weight = ENGINE_ADVISED;
		probe_say(fact->text, "there is no module to look at");
	}
	if (fact->answer == ENGINE_NO)
		probe_say(
			fact->remedy,
			"sign it with a key of this machine (DKMS does, mok_signing_key), and enrol "
			"that: mokutil --import%s",
			weight == ENGINE_WANTED ? "; this kernel loads no other" : "");
	else if (fact->answer == ENGINE_UNKNOWN)
		probe_say(fact->remedy, "look again when it is loaded");
}
