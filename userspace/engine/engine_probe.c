// SPDX-License-Identifier: GPL-2.0-or-later
/* What this kernel and system can do, for `interdict doctor`. Looks, and changes nothing. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine_internal.h"

#define SECURITY "/sys/kernel/security"

static struct engine_fact *add(struct engine_facts *facts, const char *name,
			       enum engine_weight weight, enum engine_answer answer)
{
	static struct engine_fact overflow;
	struct engine_fact *fact = facts->n < ENGINE_FACTS_MAX ? &facts->v[facts->n++] : &overflow;

	memset(fact, 0, sizeof(*fact));
	fact->name = name;
	fact->weight = weight;
	fact->answer = answer;
	return fact;
}

static void __attribute__((format(printf, 2, 3))) say(char text[256], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, 256, fmt, args);
	va_end(args);
}

/* The first line of @path, without its newline. Returns 0 or -errno. */
static int read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
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

static bool in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ','))
			return true;
	return false;
}

static void probe_root(struct engine_facts *facts)
{
	bool root = geteuid() == 0;
	/* Without root this report is less sure; the kernel may well be able. */
	struct engine_fact *fact = add(facts, "root", ENGINE_WANTED, root ? ENGINE_YES : ENGINE_NO);

	say(fact->text, "run by user %u", (unsigned int)geteuid());
	if (!root)
		say(fact->remedy, "loading and status need root; this report is less sure without");
}

static void probe_lsm(struct engine_facts *facts)
{
	char list[256];
	int r = read_line(SECURITY "/lsm", list, sizeof(list));
	struct engine_fact *fact = add(facts, "bpf-lsm", ENGINE_REQUIRED,
				       r		    ? ENGINE_UNKNOWN :
				       in_list(list, "bpf") ? ENGINE_YES :
							      ENGINE_NO);

	if (r) {
		say(fact->text, SECURITY "/lsm cannot be read: %s", strerror(-r));
		say(fact->remedy, "mount securityfs on " SECURITY ", and look as root");
	} else {
		say(fact->text, "active security modules: %.200s", list);
		if (fact->answer == ENGINE_NO)
			say(fact->remedy, "boot with lsm=%.180s,bpf (CONFIG_BPF_LSM is needed)",
			    list);
	}
}

static void probe_btf(struct engine_facts *facts)
{
	bool there = !access("/sys/kernel/btf/vmlinux", R_OK);
	struct engine_fact *fact =
		add(facts, "btf", ENGINE_REQUIRED, there ? ENGINE_YES : ENGINE_NO);

	say(fact->text, "/sys/kernel/btf/vmlinux is %sthere", there ? "" : "not ");
	if (!there)
		say(fact->remedy, "use a kernel with CONFIG_DEBUG_INFO_BTF");
}

static void probe_calls(struct engine_facts *facts)
{
	int able = engine_hooks_call();
	struct engine_fact *fact = add(facts, "hook-calls", ENGINE_REQUIRED,
				       able < 0 ? ENGINE_UNKNOWN :
				       able	? ENGINE_YES :
						  ENGINE_NO);

	if (able < 0)
		say(fact->text, "not known without BTF");
	else
		say(fact->text, "hooks %s call programs", able ? "can" : "cannot");
	if (able <= 0)
		say(fact->remedy, "%s", ENGINE_DIRECT_CALLS);
}

static void probe_module(struct engine_facts *facts)
{
	struct engine_fact *fact = add(facts, "module", ENGINE_WANTED, ENGINE_NO);
	struct interdict_facts about;
	struct engine_error err;
	struct utsname kernel;
	char path[256];
	int control = module_open();

	if (control >= 0) {
		if (module_facts(control, &about, &err)) {
			say(fact->text, "%.250s", err.text);
			say(fact->remedy, "install program and module of one version, then reboot");
		} else {
			fact->answer = ENGINE_YES;
			say(fact->text, "loaded, ABI %u", about.abi);
		}
		close(control);
		return;
	}
	if (control == -EACCES || control == -EPERM) {
		fact->answer = ENGINE_UNKNOWN;
		say(fact->text, "loaded; only root may ask more");
		return;
	}
	uname(&kernel);
	snprintf(path, sizeof(path), "/lib/modules/%s/extra/interdict.ko", kernel.release);
	if (!access(path, F_OK)) {
		say(fact->text, "not loaded; installed as %.200s", path);
		say(fact->remedy, "it is loaded by `interdict load` and the daemon; or modprobe "
				  "interdict");
	} else {
		say(fact->text, "not loaded, and not installed for kernel %.64s", kernel.release);
		say(fact->remedy, "make install KVER=%.64s, with that kernel's headers",
		    kernel.release);
	}
}

static void probe_lockdown(struct engine_facts *facts)
{
	char line[128];
	int r = read_line(SECURITY "/lockdown", line, sizeof(line));
	bool none = r || strstr(line, "[none]");
	struct engine_fact *fact = add(facts, "lockdown", ENGINE_ADVISED,
				       r    ? ENGINE_UNKNOWN :
				       none ? ENGINE_NO :
					      ENGINE_YES);

	if (r)
		say(fact->text, "not known: %s", strerror(-r));
	else
		say(fact->text, "%.120s", line);
	if (none)
		say(fact->remedy, "without Secure Boot and lockdown root can win in the end; boot "
				  "with lockdown=integrity and a signed module");
}

static void probe_ima(struct engine_facts *facts)
{
	struct stat st;
	bool there = !stat(SECURITY "/ima", &st);
	/* Where it matters, the module is missing, and that counts already. */
	struct engine_fact *fact =
		add(facts, "ima", ENGINE_ADVISED, there ? ENGINE_YES : ENGINE_NO);

	say(fact->text, "IMA is %sthere (what judges where there is no module)",
	    there ? "" : "not ");
	if (!there)
		say(fact->remedy, "only matters without the module: a kernel with CONFIG_IMA");
}

static void probe_hook(struct engine_facts *facts, const char *name, const char *hook,
		       const char *duty, enum engine_weight weight)
{
	int args = engine_hook_args(hook);
	struct engine_fact *fact = add(facts, name, weight,
				       args >= 0			       ? ENGINE_YES :
				       access("/sys/kernel/btf/vmlinux", R_OK) ? ENGINE_UNKNOWN :
										 ENGINE_NO);

	say(fact->text, "%s, for: %s", args >= 0 ? "there" : "not found", duty);
	if (args < 0 && weight == ENGINE_REQUIRED)
		say(fact->remedy, "use a supported kernel (6.1 or later) with CONFIG_BPF_LSM");
}

void engine_probe(struct engine_facts *facts)
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

	memset(facts, 0, sizeof(*facts));
	probe_root(facts);
	probe_lsm(facts);
	probe_btf(facts);
	probe_calls(facts);
	probe_module(facts);
	probe_lockdown(facts);
	probe_ima(facts);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		probe_hook(facts, hooks[i].name, hooks[i].hook, hooks[i].duty, hooks[i].weight);
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
