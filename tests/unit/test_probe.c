// SPDX-License-Identifier: GPL-2.0-or-later
/* What `doctor` finds, and what exit status comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/utsname.h>
#include <bpf/btf.h>

#include "run.h"
#include "userspace/commands.h"
#include "userspace/engine/engine.h"

/* A character for each fact: Y, N, ? (required), y, n, u (wanted), +, -, . (advised). */
static const struct {
	const char *facts;
	int status;
} cases[] = {
	{ "", EXIT_DONE },	     { "Yy+", EXIT_DONE },
	{ "Yy-", EXIT_DONE }, /* lockdown is off */
	{ "Yy.", EXIT_DONE }, /* and this kernel does not tell */
	{ "-.-", EXIT_DONE },	     { "Yn+", EXIT_FAILED },
	{ "Yu+", EXIT_FAILED },	     { "?y+", EXIT_FAILED },
	{ "-nY", EXIT_FAILED },	     { "Ny+", EXIT_UNSUPPORTED },
	{ "YNY", EXIT_UNSUPPORTED }, { "?nN", EXIT_UNSUPPORTED },
	{ "Nn-", EXIT_UNSUPPORTED },
};

static void test_status(void **state)
{
	static const char codes[] = "-+.nyuNY?"; /* by weight, then by answer */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct engine_facts facts = { .n = strlen(cases[i].facts) };

		for (size_t j = 0; j < facts.n; j++) {
			size_t code = (size_t)(strchr(codes, cases[i].facts[j]) - codes);

			facts.v[j].weight = (enum engine_weight)(code / 3);
			facts.v[j].answer = (enum engine_answer)(code % 3);
		}
		print_message("%s: %d\n", cases[i].facts, cases[i].status);
		assert_int_equal(engine_facts_status(&facts), cases[i].status);
	}
}

static const struct engine_fact *find(const struct engine_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n; i++)
		if (!strcmp(facts->v[i].name, name))
			return &facts->v[i];
	fail_msg("there is no fact \"%s\"", name);
	return NULL;
}

/* On whatever system this runs: what each fact weighs, and that all of them say something. */
static void test_weights(void **state)
{
	static const struct {
		const char *name;
		enum engine_weight weight;
	} weights[] = {
		{ "root", ENGINE_WANTED },
		{ "bpf-lsm", ENGINE_REQUIRED },
		{ "btf", ENGINE_REQUIRED },
		{ "hook-calls", ENGINE_REQUIRED },
		{ "module", ENGINE_WANTED },
		{ "lockdown", ENGINE_ADVISED },
		{ "ima", ENGINE_ADVISED },
		{ "hook:file_open", ENGINE_REQUIRED },
		{ "hook:bprm_creds_for_exec", ENGINE_WANTED },
	};
	struct engine_facts facts;

	(void)state;
	engine_probe(&facts);
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		assert_int_equal(find(&facts, weights[i].name)->weight, weights[i].weight);
	for (size_t i = 0; i < facts.n; i++) {
		assert_string_not_equal(facts.v[i].text, "");
		if (facts.v[i].answer == ENGINE_YES)
			assert_string_equal(facts.v[i].remedy, "");
	}
	assert_int_equal(find(&facts, "root")->answer, geteuid() ? ENGINE_NO : ENGINE_YES);
}

/* ---- a made system ---- */

#define SECURITY "sys/kernel/security/"
#define CONFIG	 "proc/config.gz"
#define MOUNTS	 "proc/self/mountinfo"
#define TAINT	 "sys/module/interdict/taint"
#define KO	 "lib/modules/%s/extra/interdict.ko"
#define SIGNED	 "content~Module signature appended~\n"

#define ALL_OPTIONS                                                                              \
	"CONFIG_BPF_SYSCALL=y\nCONFIG_BPF_JIT=y\nCONFIG_BPF_LSM=y\nCONFIG_DEBUG_INFO_BTF=y\n"    \
	"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y\nCONFIG_SECURITYFS=y\nCONFIG_MODULES=y\n"     \
	"CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_SECURITY_LOCKDOWN_LSM=y\n" \
	"CONFIG_FS_VERITY=y\n"
#define ROOT_MOUNT "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"

/* A file that is not as on a system where all is well (NULL: it is missing), and what comes of it.
 */
static const struct {
	const char *path, *content;
	const char *fact;
	enum engine_answer answer;
	enum engine_weight weight;
	const char *text;   /* is in what was found */
	const char *remedy; /* and in what to do */
} breaks[] = {
	{ NULL, NULL, "kernel-config", ENGINE_YES, ENGINE_ADVISED, "12 options", "" },
	{ NULL, NULL, "bpf-lsm", ENGINE_YES, ENGINE_REQUIRED, "lockdown,capability,bpf", "" },
	{ NULL, NULL, "ftrace", ENGINE_YES, ENGINE_REQUIRED, "is 1", "" },
	{ NULL, NULL, "module-signature", ENGINE_YES, ENGINE_WANTED, "is signed", "" },
	{ NULL, NULL, "lockdown", ENGINE_YES, ENGINE_ADVISED, "[integrity]", "" },
	{ NULL, NULL, "ima", ENGINE_YES, ENGINE_ADVISED, "there", "" },
	{ NULL, NULL, "btf", ENGINE_YES, ENGINE_REQUIRED, "there", "" },
	{ NULL, NULL, "hook:file_open", ENGINE_YES, ENGINE_REQUIRED, "there", "" },
	{ NULL, NULL, "hook:bprm_creds_for_exec", ENGINE_NO, ENGINE_WANTED, "not found", "" },
	{ NULL, NULL, "file-systems", ENGINE_YES, ENGINE_ADVISED, "ext4 (1): exec, map, open", "" },
	/* active LSMs */
	{ SECURITY "lsm", "capability,xbpf,bpfx", "bpf-lsm", ENGINE_NO, ENGINE_REQUIRED, "xbpf",
	  "lsm=capability,xbpf,bpfx,bpf" },
	{ SECURITY "lsm", NULL, "bpf-lsm", ENGINE_UNKNOWN, ENGINE_REQUIRED, "cannot be read",
	  "mount securityfs" },
	{ NULL, NULL, "lsm-order", ENGINE_YES, ENGINE_ADVISED, "before no module", "" },
	{ SECURITY "lsm", "capability,apparmor,bpf", "lsm-order", ENGINE_YES, ENGINE_ADVISED,
	  "before no module", "" },
	{ SECURITY "lsm", "bpf,capability,apparmor", "lsm-order", ENGINE_NO, ENGINE_ADVISED,
	  "before apparmor", "bpf behind apparmor" },
	{ SECURITY "lsm", "capability,bpf,selinux", "lsm-order", ENGINE_NO, ENGINE_ADVISED,
	  "before selinux", "bpf behind selinux" },
	/* BTF, and hooks by it */
	{ "sys/kernel/btf/vmlinux", NULL, "btf", ENGINE_NO, ENGINE_REQUIRED, "not there",
	  "CONFIG_DEBUG_INFO_BTF" },
	{ "sys/kernel/btf/vmlinux", NULL, "hook:file_open", ENGINE_UNKNOWN, ENGINE_REQUIRED,
	  "not found", "supported kernel" },
	{ "sys/kernel/btf/vmlinux", "none", "hook:mmap_file", ENGINE_UNKNOWN, ENGINE_REQUIRED,
	  "not found", "supported kernel" },
	/* configuration */
	{ CONFIG, NULL, "kernel-config", ENGINE_UNKNOWN, ENGINE_ADVISED, "can be read", "install" },
	{ CONFIG, ALL_OPTIONS, "config:IMA", ENGINE_NO, ENGINE_ADVISED, "CONFIG_IMA is not set",
	  "CONFIG_IMA" },
	{ CONFIG, "CONFIG_BPF_LSM=y\n", "config:BPF_JIT", ENGINE_NO, ENGINE_REQUIRED,
	  "cannot be attached", "CONFIG_BPF_JIT" },
	{ CONFIG, "# CONFIG_BPF_LSM is not set\nCONFIG_BPF_LSMX=y\nCONFIG_BPF_LSM=n\n",
	  "config:BPF_LSM", ENGINE_NO, ENGINE_REQUIRED, "not set", "CONFIG_BPF_LSM" },
	{ CONFIG, "CONFIG_BPF_LSM=y\n", "config:DEBUG_INFO_BTF_MODULES", ENGINE_NO, ENGINE_WANTED,
	  "call the module", "CONFIG_DEBUG_INFO_BTF_MODULES" },
	/* ftrace */
	{ "proc/sys/kernel/ftrace_enabled", "0\n", "ftrace", ENGINE_NO, ENGINE_REQUIRED, "is 0",
	  "sysctl kernel.ftrace_enabled=1" },
	{ "proc/sys/kernel/ftrace_enabled", NULL, "ftrace", ENGINE_UNKNOWN, ENGINE_ADVISED,
	  "cannot be read", "CONFIG_DYNAMIC_FTRACE" },
	/* the module, and its signature */
	{ SECURITY "interdict/control", "", "module", ENGINE_NO, ENGINE_WANTED, "does not answer",
	  "reboot" },
	{ KO, NULL, "module", ENGINE_NO, ENGINE_WANTED, "not installed", "make install" },
	{ KO, NULL, "module-signature", ENGINE_UNKNOWN, ENGINE_ADVISED, "no module", "" },
	{ KO, "content", "module-signature", ENGINE_NO, ENGINE_WANTED, "is not signed",
	  "loads no other" },
	{ KO, "short", "module-signature", ENGINE_NO, ENGINE_WANTED, "is not signed", "mokutil" },
	{ TAINT, "OE\n", "module-signature", ENGINE_NO, ENGINE_WANTED, "not signed by a key",
	  "mokutil" },
	{ TAINT, "O\n", "module-signature", ENGINE_YES, ENGINE_WANTED, "is loaded", "" },
	/* lockdown, IMA */
	{ SECURITY "lockdown", "[none] integrity confidentiality\n", "lockdown", ENGINE_NO,
	  ENGINE_ADVISED, "[none]", "lockdown=integrity" },
	{ SECURITY "lockdown", NULL, "lockdown", ENGINE_UNKNOWN, ENGINE_ADVISED, "not known",
	  "lockdown=integrity" },
	{ SECURITY "ima/policy", NULL, "ima", ENGINE_NO, ENGINE_ADVISED, "not there",
	  "CONFIG_IMA" },
	/* file systems */
	{ MOUNTS, NULL, "file-systems", ENGINE_UNKNOWN, ENGINE_ADVISED, "cannot be read", "proc" },
	{ MOUNTS, ROOT_MOUNT "2 1 0:5 / /home/u/far rw - fuse.sshfs h:/ rw\n",
	  "file-system:fuse.sshfs", ENGINE_NO, ENGINE_ADVISED, "/home/u/far: exec and map",
	  "noexec" },
	{ MOUNTS, ROOT_MOUNT "2 1 0:5 / /a rw - nfs4 h:/ rw\n3 1 0:6 / /b rw - nfs4 h:/b rw\n",
	  "file-system:nfs4", ENGINE_NO, ENGINE_ADVISED, "/a and 1 more", "untrusted-fs: deny" },
	{ MOUNTS, "1 0 8:1 / / rw - xfs /dev/sda1 rw,dax=always\n", "file-system:xfs", ENGINE_NO,
	  ENGINE_ADVISED, "open is not", "noexec" },
	{ MOUNTS, "1 0 8:1 / / rw - xfs /dev/sda1 rw,dax=inode\n", "file-systems", ENGINE_YES,
	  ENGINE_ADVISED, "xfs (1)", "" },
	{ MOUNTS, ROOT_MOUNT "2 1 0:5 / /i ro - erofs /srv/image ro\n", "file-system:erofs",
	  ENGINE_NO, ENGINE_ADVISED, "/i: exec", "noexec" },
	{ MOUNTS, ROOT_MOUNT "2 1 0:5 / /x\\033y rw - 9p t rw\n", "file-system:9p", ENGINE_NO,
	  ENGINE_ADVISED, "/x\\x1by", "noexec" },
	{ MOUNTS, ROOT_MOUNT "2 1 0:5 / /p rw - proc proc rw\n3 1 0:6 / /d rw - devtmpfs u rw\n",
	  "file-systems", ENGINE_YES, ENGINE_ADVISED, "ext4 (1): exec", "" },
};

static char release[65];

/* @path may have the kernel's release in it. Behind the test's directory. */
static const char *below(const char *path)
{
	static char full[256];

	snprintf(full, sizeof(full), path, release);
	return full;
}

/* BTF with the functions of hooks: what 6.1 has of them, but for one. */
static void write_btf(void)
{
	static const char *const hooks[] = {
		"file_open",	 "bprm_check_security", "mmap_file",
		"file_mprotect", "kernel_read_file",	"inode_setattr"
	};
	struct btf *btf = btf__new_empty();
	int proto = btf__add_func_proto(btf, 0);
	char name[64];
	const void *raw;
	__u32 size;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		snprintf(name, sizeof(name), "bpf_lsm_%s", hooks[i]);
		assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
	}
	raw = btf__raw_data(btf, &size);
	tempdir_write("sys/kernel/btf/vmlinux", "");
	spill("sys/kernel/btf/vmlinux", raw, size);
	btf__free(btf);
}

static void write_system(void)
{
	write_btf();
	tempdir_write(SECURITY "lsm", "lockdown,capability,bpf");
	tempdir_write(SECURITY "lockdown", "none [integrity] confidentiality\n");
	tempdir_write(SECURITY "ima/policy", "");
	tempdir_write(CONFIG, ALL_OPTIONS "CONFIG_IMA=y\n");
	run("gzip <" CONFIG " >gz && mv gz " CONFIG);
	tempdir_write("proc/sys/kernel/ftrace_enabled", "1\n");
	tempdir_write(MOUNTS, ROOT_MOUNT);
	tempdir_write(below(KO), SIGNED);
	unlink(tempdir_path(TAINT));
	unlink(tempdir_path(SECURITY "interdict/control"));
}

static void test_made(void **state)
{
	struct engine_facts *facts = malloc(sizeof(*facts));
	struct utsname kernel;

	(void)state;
	assert_int_equal(uname(&kernel), 0);
	snprintf(release, sizeof(release), "%s", kernel.release);
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		const struct engine_fact *fact;

		write_system();
		if (breaks[i].path && breaks[i].content)
			tempdir_write(below(breaks[i].path), breaks[i].content);
		else if (breaks[i].path)
			assert_int_equal(unlink(tempdir_path(below(breaks[i].path))), 0);
		if (breaks[i].path && !strcmp(breaks[i].path, SECURITY "ima/policy"))
			assert_int_equal(rmdir(tempdir_path(SECURITY "ima")), 0);
		engine_probe_at(tempdir, facts);
		fact = find(facts, breaks[i].fact);
		print_message("%zu %s: %s. %s\n", i, fact->name, fact->text, fact->remedy);
		assert_int_equal(fact->answer, breaks[i].answer);
		assert_int_equal(fact->weight, breaks[i].weight);
		assert_non_null(strstr(fact->text, breaks[i].text));
		assert_non_null(strstr(fact->remedy, breaks[i].remedy));
	}
	free(facts);
}

/* The file that the kernel's package brings, where it does not show its own. */
static void test_config_elsewhere(void **state)
{
	struct engine_facts *facts = malloc(sizeof(*facts));

	(void)state;
	write_system();
	unlink(tempdir_path(CONFIG));
	tempdir_write(below("boot/config-%s"), ALL_OPTIONS);
	engine_probe_at(tempdir, facts);
	assert_int_equal(find(facts, "config:IMA")->answer, ENGINE_NO);
	free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_config_elsewhere, tempdir_setup,
						tempdir_teardown),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
