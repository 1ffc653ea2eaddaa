// SPDX-License-Identifier: GPL-2.0-or-later
/* What this kernel and system can do, for `interdict doctor`. Looks, and changes nothing. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "engine_internal.h"
#include "engine_probe.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

struct engine_fact *probe_add(struct probe *probe, const char *name, enum engine_weight weight,
			      enum engine_answer answer)
{
	static struct engine_fact overflow;
	struct engine_facts *facts = probe->facts;
	struct engine_fact *fact = facts->n < ENGINE_FACTS_MAX ? &facts->v[facts->n++] : &overflow;

	memset(fact, 0, sizeof(*fact));
	snprintf(fact->name, sizeof(fact->name), "%s", name);
	fact->weight = weight;
	fact->answer = answer;
	return fact;
}

void probe_say(char text[256], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, 256, fmt, args);
	va_end(args);
}

const char *probe_path(const struct probe *probe, char buf[512], const char *fmt, ...)
{
	size_t len = (size_t)snprintf(buf, 512, "%s", probe->root);
	va_list args;

	va_start(args, fmt);
	if (len < 512)
		vsnprintf(buf + len, 512 - len, fmt, args);
	va_end(args);
	return buf;
}

int probe_read_line(const struct probe *probe, const char *path, char *line, size_t size)
{
	char full[512];
	int fd = open(probe_path(probe, full, "%s", path), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, line, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static bool is_there(const struct probe *probe, const char *path, int how)
{
	char full[512];

	return !access(probe_path(probe, full, "%s", path), how);
}

/* Where @word is in a list with commas, or NULL. */
static const char *in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ','))
			return at;
	return NULL;
}

static void probe_root(struct probe *probe)
{
	bool root = geteuid() == 0;
	/* Without root this report is less sure; the kernel may well be able. */
	struct engine_fact *fact =
		probe_add(probe, "root", ENGINE_WANTED, root ? ENGINE_YES : ENGINE_NO);

	probe_say(fact->text, "run by user %u", (unsigned int)geteuid());
	if (!root)
		probe_say(fact->remedy,
			  "loading and status need root; this report is less sure without");
}

/* What programs write to /proc/PID/attr is the first module's to take, and bpf takes nothing: then
 * containers get no profile of AppArmor's and do not start. */
static void probe_lsm_order(struct probe *probe, const char *list)
{
	static const char *const labelling[] = { "apparmor", "selinux", "smack" };
	const char *bpf = in_list(list, "bpf");
	const char *behind = NULL;
	struct engine_fact *fact;

	for (size_t i = 0; bpf && i < sizeof(labelling) / sizeof(labelling[0]); i++) {
		const char *at = in_list(list, labelling[i]);

		if (at && at > bpf)
			behind = labelling[i];
	}
	fact = probe_add(probe, "lsm-order", ENGINE_ADVISED, behind ? ENGINE_NO : ENGINE_YES);
	if (behind) {
		probe_say(fact->text,
			  "bpf is before %s: who asks for a label in /proc/PID/attr fails", behind);
		probe_say(fact->remedy, "boot with bpf behind %s in lsm=", behind);
	} else {
		probe_say(fact->text, "bpf is before no module that labels processes");
	}
}

static void probe_lsm(struct probe *probe)
{
	char list[256];
	int r = probe_read_line(probe, PROBE_SECURITY "/lsm", list, sizeof(list));
	struct engine_fact *fact = probe_add(probe, "bpf-lsm", ENGINE_REQUIRED,
					     r			  ? ENGINE_UNKNOWN :
					     in_list(list, "bpf") ? ENGINE_YES :
								    ENGINE_NO);

	if (r) {
		probe_say(fact->text, PROBE_SECURITY "/lsm cannot be read: %s", strerror(-r));
		probe_say(fact->remedy, "mount securityfs on " PROBE_SECURITY ", and look as root");
	} else {
		probe_say(fact->text, "active security modules: %.200s", list);
		if (fact->answer == ENGINE_NO)
			probe_say(fact->remedy,
				  "boot with lsm=%.180s,bpf (CONFIG_BPF_LSM is needed)", list);
		probe_lsm_order(probe, list);
	}
}

static void probe_btf(struct probe *probe)
{
	bool there = is_there(probe, VMLINUX, R_OK);
	struct engine_fact *fact =
		probe_add(probe, "btf", ENGINE_REQUIRED, there ? ENGINE_YES : ENGINE_NO);

	probe_say(fact->text, VMLINUX " is %sthere", there ? "" : "not ");
	if (!there)
		probe_say(fact->remedy, "use a kernel with CONFIG_DEBUG_INFO_BTF");
}

static void probe_calls(struct probe *probe, const struct btf *btf)
{
	bool able = btf && engine_hooks_call_of(btf);
	struct engine_fact *fact = probe_add(probe, "hook-calls", ENGINE_REQUIRED,
					     !btf ? ENGINE_UNKNOWN :
					     able ? ENGINE_YES :
						    ENGINE_NO);

	if (!btf)
		probe_say(fact->text, "not known without BTF");
	else
		probe_say(fact->text, "hooks %s call programs", able ? "can" : "cannot");
	if (!able)
		probe_say(fact->remedy, "%s", ENGINE_DIRECT_CALLS);
}

static void probe_module(struct probe *probe)
{
	struct engine_fact *fact = probe_add(probe, "module", ENGINE_WANTED, ENGINE_NO);
	struct interdict_facts about;
	struct engine_error err;
	char path[512];
	int control = open(probe_path(probe, path, "%s", ENGINE_CONTROL), O_RDONLY | O_CLOEXEC);
	int why = control < 0 ? errno : 0;

	if (control >= 0) {
		if (module_facts(control, &about, &err)) {
			probe_say(fact->text, "%.250s", err.text);
			probe_say(fact->remedy,
				  "install program and module of one version, then reboot");
		} else {
			fact->answer = ENGINE_YES;
			probe_say(fact->text, "loaded, ABI %u", about.abi);
		}
		close(control);
		return;
	}
	if (why == EACCES || why == EPERM) {
		fact->answer = ENGINE_UNKNOWN;
		probe_say(fact->text, "loaded; only root may ask more");
		return;
	}
	if (probe_module_file(probe, path)) {
		probe_say(fact->text, "not loaded; installed as %.200s", path);
		probe_say(fact->remedy, "it is loaded by `interdict load` and the daemon; or "
					"modprobe interdict");
	} else {
		probe_say(fact->text, "not loaded, and not installed for kernel %.64s",
			  probe->release);
		probe_say(fact->remedy, "make install KVER=%.64s, with that kernel's headers",
			  probe->release);
	}
}

static void probe_lockdown(struct probe *probe)
{
	char line[128];
	int r = probe_read_line(probe, PROBE_SECURITY "/lockdown", line, sizeof(line));
	bool none = r || strstr(line, "[none]"), most = !r && strstr(line, "[confidentiality]");
	struct engine_fact *fact =
		probe_add(probe, "lockdown", most ? ENGINE_REQUIRED : ENGINE_ADVISED,
			  r	       ? ENGINE_UNKNOWN :
			  none || most ? ENGINE_NO :
					 ENGINE_YES);

	if (r)
		probe_say(fact->text, "not known: %s", strerror(-r));
	else
		probe_say(fact->text, "%.120s", line);
	if (none)
		probe_say(fact->remedy,
			  "without Secure Boot and lockdown root can win in the end; boot "
			  "with lockdown=integrity and a signed module");
	if (most)
		probe_say(fact->remedy,
			  "no BPF program that reads the kernel's memory is loaded any "
			  "more: boot with lockdown=integrity");
}

static void probe_ima(struct probe *probe)
{
	bool there = is_there(probe, PROBE_SECURITY "/ima", F_OK);
	/* Where it matters, the module is missing, and that counts already. */
	struct engine_fact *fact =
		probe_add(probe, "ima", ENGINE_ADVISED, there ? ENGINE_YES : ENGINE_NO);

	probe_say(fact->text, "IMA is %sthere (what judges where there is no module)",
		  there ? "" : "not ");
	if (!there)
		probe_say(fact->remedy,
			  "only matters without the module: a kernel with CONFIG_IMA");
}

static void probe_hook(struct probe *probe, const struct btf *btf, const char *name,
		       const char *hook, const char *duty, enum engine_weight weight)
{
	int args = btf ? engine_hook_args_of(btf, hook) : -1;
	struct engine_fact *fact = probe_add(probe, name, weight,
					     args >= 0 ? ENGINE_YES :
					     !btf      ? ENGINE_UNKNOWN :
							 ENGINE_NO);

	probe_say(fact->text, "%s, for: %s", args >= 0 ? "there" : "not found", duty);
	if (args < 0 && weight == ENGINE_REQUIRED)
		probe_say(fact->remedy,
			  "use a supported kernel (6.1 or later) with CONFIG_BPF_LSM");
}

void engine_probe_at(const char *root, struct engine_facts *facts)
{
	static const struct {
		const char *name, *hook, *duty;
		enum engine_weight weight;
	} hooks[] = {
		{ "hook:file_open", "file_open", "open, exec", ENGINE_REQUIRED },
		{ "hook:bprm_check_security", "bprm_check_security", "exec", ENGINE_REQUIRED },
		{ "hook:bprm_creds_for_exec", "bprm_creds_for_exec",
		  "exec by AT_EXECVE_CHECK, from kernel 6.14", ENGINE_WANTED },
		{ "hook:mmap_file", "mmap_file", "map", ENGINE_REQUIRED },
		{ "hook:file_mprotect", "file_mprotect", "map", ENGINE_REQUIRED },
		{ "hook:kernel_read_file", "kernel_read_file", "load", ENGINE_REQUIRED },
		{ "hook:inode_setattr", "inode_setattr", "content changes", ENGINE_REQUIRED },
	};

	struct probe probe = { .facts = facts, .root = root };
	struct utsname kernel;
	struct btf *btf;
	char path[512];

	memset(facts, 0, sizeof(*facts));
	if (!uname(&kernel))
		memcpy(probe.release, kernel.release, sizeof(probe.release));
	probe_root(&probe);
	probe_lsm(&probe);
	probe_btf(&probe);
	probe_config(&probe);
	probe_ftrace(&probe);
	probe_module(&probe);
	probe_signature(&probe);
	probe_lockdown(&probe);
	probe_ima(&probe);
	btf = btf__parse(probe_path(&probe, path, "%s", VMLINUX), NULL);
	probe_calls(&probe, btf);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		probe_hook(&probe, btf, hooks[i].name, hooks[i].hook, hooks[i].duty,
			   hooks[i].weight);
	btf__free(btf);
	probe_mounts(&probe);
}

void engine_probe(struct engine_facts *facts)
{
	engine_probe_at("", facts);
}

int engine_facts_status(const struct engine_facts *facts)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < facts->n; i++) {
		const struct engine_fact *f = &facts->v[i];

		if (f->weight == ENGINE_REQUIRED && f->answer == ENGINE_NO)
			return EXIT_UNSUPPORTED;
		if (f->weight != ENGINE_ADVISED && f->answer != ENGINE_YES)
			status = EXIT_FAILED;
	}
	return status;
}
