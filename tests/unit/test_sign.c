// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `interdict sign` and `verify`, by what they print and exit with; and bundles that go between them
 * and the tools of interdict-policy(5): tar, openssl cms, and certtool for Ed25519, which
 * OpenSSL 3.0's CMS cannot do.
 */
#include <stdbool.h>
#include <sys/wait.h>

#include "tests/unit/bundles.h"

/* What tests/unit/bundles.h's policy has, and each key's certificate. */
static const char setup_commands[] =
	"openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -days 9 "
	"	-subj '/O=Office/CN=rsa signer' &&"
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key "
	"	-out ec.pem -days 9 -subj '/O=Office/CN=ec signer' &&"
	"openssl req -x509 -newkey ed25519 -nodes -keyout ed.key -out ed.pem -days 9 "
	"	-subj '/O=Office/CN=ed signer' -addext keyUsage=digitalSignature &&"
	"openssl req -x509 -newkey ed448 -nodes -keyout ed448.key -out ed448.pem -subj /CN=x &&"
	"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout leaf.key "
	"	-subj '/O=Office/CN=leaf signer' |"
	"openssl x509 -req -CA ec.pem -CAkey ec.key -days 9 -out leaf.pem &&"
	"openssl req -x509 -key ec.key -days 9 -subj /CN=x -addext keyUsage=keyAgreement "
	"	-out usage.pem &&"
	"openssl ec -in ec.key -aes256 -passout pass:secret -out encrypted.key &&"
	"openssl pkcs8 -topk8 -in ec.key -passout pass:secret -out encrypted8.key &&"
	"openssl pkcs12 -export -in ec.pem -inkey ec.key -passout pass:secret -out ec.p12 &&"
	"openssl pkey -in ec.key -outform DER -out ec.der &&"
	"cat ec.key ec.pem >both.pem && cat leaf.pem ec.pem >chain.pem && "
	"for k in rsa ec ed; do mkdir trust-$k && cp $k.pem trust-$k; done && "
	"mkdir none && mkdir bad && echo x >bad/x.pem && "
	"(cd p && find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z | "
	"tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 --numeric-owner "
	"--mtime=@0 --mode=0644 -cf - >../archive) && "
	"(cd p && tar --format=ustar -cf ../plain.tar policy.yaml orders lists)";

static int setup(void **state)
{
	const char *program = getenv("INTERDICT");

	if (tempdir_setup(state))
		return -1;
	assert_non_null(program);
	assert_int_equal(symlink(program, tempdir_path("interdict")), 0);
	write_policy("p");
	write_policy("package");
	tempdir_write("package/orders/o.yaml",
		      ORDER_HEAD "match:\n  - package: {type: deb, name: x}\n");
	write_policy("critical");
	tempdir_write("critical/lists/x",
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 4\n");
	write_policy("wrong");
	tempdir_write("wrong/policy.yaml", "interdict: 1\n");
	run(setup_commands);
	return 0;
}

struct command {
	const char *line; /* of a shell, in the test's directory */
	int status;
	const char *out; /* part of standard output; NULL: it is empty */
	const char *err; /* part of standard error; NULL: it is empty */
};

static void text_of(const char *path, char *text, size_t size)
{
	text[slurp(path, text, size)] = '\0';
}

static void check_part(const char *line, const char *what, const char *text, const char *part)
{
	if (part ? !strstr(text, part) : !!*text)
		fail_msg("%s: %s is \"%s\", without \"%s\"", line, what, text, part ? part : "");
}

static void try(const struct command *commands, size_t n)
{
	char out[16384], err[16384], *line;
	int status;

	for (size_t i = 0; i < n; i++) {
		const struct command *c = &commands[i];

		if (asprintf(&line, "cd %s && { %s ; } >out 2>err </dev/null", tempdir, c->line) <
		    0)
			abort();
		status = system(line); /* NOLINT(cert-env33-c): a command line is the test */
		free(line);
		text_of("out", out, sizeof(out));
		text_of("err", err, sizeof(err));
		print_message("%s: %d\n", c->line, WEXITSTATUS(status));
		if (WEXITSTATUS(status) != c->status)
			fail_msg("%s: %d, not %d\n%s%s", c->line, WEXITSTATUS(status), c->status,
				 out, err);
		check_part(c->line, "standard output", out, c->out);
		check_part(c->line, "standard error", err, c->err);
	}
}

#define SIGN(k)	 "./interdict sign p --key " k ".key --cert " k ".pem -o " k ".bundle"
#define TOKEN(a) "./interdict sign --token " a " --key ec.key --cert ec.pem -o x"
#define POLICY	 "policy p, serial 3, mode enforce: 1 orders, 1 rules, sha256 "
#define NO_TRACE " && ! ls *.bundle.*"

static const struct command signing[] = {
	{ "./interdict sign", 2, NULL, "interdict sign: a policy's directory is needed" },
	{ "./interdict sign p --key ec.key --cert ec.pem", 2, NULL,
	  "interdict sign: --key, --cert and --output are needed" },
	{ "./interdict sign p -o x --cert ec.pem", 2, NULL,
	  "interdict sign: --key, --cert and --output are needed" },
	{ "./interdict sign p p --key ec.key --cert ec.pem -o x", 2, NULL,
	  "interdict sign: one policy at a time, not also \"p\"" },
	{ "./interdict sign --help", 0, "Usage: interdict sign", NULL },
	/* Tokens. */
	{ "./interdict sign --token load --key ec.key --cert ec.pem -o x", 2, NULL,
	  "--token: \"load\" is not unload, off, break-glass or tool" },
	{ TOKEN("unload") " --device '*'", 2, NULL, "a token needs --device and --until" },
	{ TOKEN("unload") " --until 1h", 2, NULL, "a token needs --device and --until" },
	{ TOKEN("unload") " --until 1h --device x", 1, NULL, "--device is the ID that status" },
	{ TOKEN("unload") " --until never --device '*'", 1, NULL, "a duration is a number" },
	{ TOKEN("unload") " --until 2020-01-01T00:00:00Z --device '*'", 1, NULL,
	  "the token would end before it begins" },
	{ TOKEN("tool") " --until 1h --device '*'", 2, NULL, "--tool goes with --token tool" },
	{ TOKEN("unload") " --until 1h --device '*' p", 2, NULL, "no argument is taken" },
	{ TOKEN("off") " --until 1h --device '*'", 2, NULL, "a policy's directory is needed" },
	{ "./interdict sign p --tool x --device x", 2, NULL, "--key, --cert and --output" },
	{ TOKEN("break-glass") " --until 1h --device '*'", 0, "a token for break-glass, device *",
	  NULL },
	{ "openssl cms -verify -noverify -inform DER -in x | sed -n 2p", 0, "action: break-glass\n",
	  "uccessful" },
	{ TOKEN("off") " --until 1h --device 00112233445566778899aabbccddeeff p", 0,
	  "a token for off, device 00112233445566778899aabbccddeeff", NULL },
	{ "openssl cms -verify -noverify -inform DER -in x | tail -n 2", 0,
	  "policy: p\nserial: 3\n", "uccessful" },
	{ TOKEN("tool") " --until 1h --device '*' --tool rsa.key", 0, "a token for tool", NULL },
	{ "openssl cms -verify -noverify -inform DER -in x | tail -n 1 | "
	  "grep -c \"$(sha256sum <rsa.key | cut -c -64)\"",
	  0, "1\n", "uccessful" },
	{ "rm x && ! ls x.*", 0, NULL, "No such file" },
	{ SIGN("rsa"), 0, "signed by CN=rsa signer,O=Office, certificate ", NULL },
	{ SIGN("ec"), 0, POLICY, NULL },
	{ SIGN("ed"), 0, "signed by CN=ed signer,O=Office, certificate ", NULL },
	{ SIGN("ec") " --json | jq -c '[.signed, .policy.signer.name, .policy.serial, .problems]'",
	  0, "[true,\"CN=ec signer,O=Office\",3,[]]\n", NULL },
	{ "test \"$(stat -c %a ec.bundle)\" = 644" NO_TRACE, 0, NULL, "No such file" },
	/* Keys in other forms. */
	{ "./interdict sign p --key ec.der --cert ec.pem -o x", 0, POLICY, NULL },
	{ "./interdict sign p --key both.pem --cert both.pem -o x", 0, POLICY, NULL },
	{ "./interdict sign p --key leaf.key --cert leaf.pem -o x", 0, "CN=leaf signer", NULL },
	{ "./interdict sign p --key leaf.key --cert chain.pem -o x && "
	  "./interdict verify x --trust trust-ec",
	  0, "CN=leaf signer", NULL },
	{ "./interdict sign p --key leaf.key --cert leaf.pem --chain ec.pem -o x && "
	  "./interdict verify x --trust trust-ec",
	  0, "CN=leaf signer", NULL },
	/* What is refused leaves what was there. */
	{ "cp ec.bundle x && ./interdict sign p --key rsa.key --cert ec.pem -o x", 4, NULL,
	  "rsa.key: error: is not the key of the certificate in ec.pem" },
	{ "cmp ec.bundle x", 0, NULL, NULL },
	{ "./interdict sign p --key ec.key --cert usage.pem -o x", 4, NULL,
	  "x: error: the certificate of CN=x is not for signing: digitalSignature is not in its key "
	  "usage\n" },
	{ "cmp ec.bundle x" NO_TRACE " && ! ls x.*", 0, NULL, "No such file" },
	{ "./interdict sign p --key ec.key --cert ec.pem --chain rsa.pem -o x", 0, POLICY, NULL },
	{ "./interdict sign p --key ec.key --cert ec.pem --chain leaf.pem -o x", 4, NULL,
	  "x: error: it has a certificate in it that is not part of its signer's chain: CN=leaf "
	  "signer,O=Office\n" },
	{ "./interdict sign p --key ed448.key --cert ed448.pem -o x", 1, NULL,
	  "ed448.key: error: bundles are signed with RSA, ECDSA and Ed25519\n" },
	{ "./interdict sign p --key absent --cert ec.pem -o x", 1, NULL,
	  "absent: error: No such file or directory\n" },
	{ "./interdict sign p --key p --cert ec.pem -o x", 1, NULL,
	  "p: error: there is no private key in it that OpenSSL can read\n" },
	{ "./interdict sign p --key ec.pem --cert ec.pem -o x", 1, NULL,
	  "ec.pem: error: there is no private key in it that OpenSSL can read\n" },
	{ "./interdict sign p --key ec.key --cert absent -o x", 1, NULL,
	  "absent: error: No such file or directory\n" },
	{ "./interdict sign p --key ec.key --cert ec.key -o x", 1, NULL,
	  "ec.key: error: has no certificate in it (PEM)\n" },
	{ "./interdict sign p --key ec.key --cert ec.pem --chain p -o x", 1, NULL,
	  "p: error: is not a regular file\n" },
	{ "head -c 300 ec.pem >cut.pem; ./interdict sign p --key ec.key --cert cut.pem -o x", 1,
	  NULL, "cut.pem: error: certificate 1 in it cannot be read\n" },
	{ "./interdict sign p --key ec.key --cert ec.pem -o absent/x", 1, NULL,
	  "absent/x: error: cannot be written: No such file or directory\n" },
	{ "./interdict sign p --key ec.key --cert ec.pem -o none", 1, NULL,
	  "none: error: cannot be written: Is a directory\n" },
	{ "ls none.*", 2, NULL, "No such file" },
	{ "ulimit -f 4; trap '' XFSZ; ./interdict sign p --key ec.key --cert ec.pem -o x", 1, NULL,
	  "x: error: cannot be written: File too large\n" },
	/* The policy first. */
	{ "./interdict sign absent --key absent --cert absent -o x", 1, NULL,
	  "absent: error: the policy's directory cannot be read: No such file or directory\n" },
	{ "./interdict sign wrong --key absent --cert ec.pem -o x", 1, NULL,
	  "wrong/policy.yaml:1:1: error: key \"policy\" is missing in a policy's header\n" },
	{ "./interdict sign package --key ec.key --cert ec.pem -o x", 0, POLICY,
	  "package/lists/x: warning: is not part of the policy: no order names this list\n" },
	{ "./interdict sign critical --key ec.key --cert ec.pem -o x", 4, NULL,
	  "critical/lists/x:1:1: error: sha256: this is the empty file (--allow-critical" },
	{ "./interdict sign critical --allow-critical --key ec.key --cert ec.pem -o x", 0, POLICY,
	  "critical/lists/x:1:1: warning: sha256: this is the empty file" },
	{ "./interdict sign p --json --key absent --cert ec.pem -o x | "
	  "jq -c '[.signed, .policy.name, .problems[0].text]'",
	  0, "[false,\"p\",\"No such file or directory\"]\n", NULL },
};

static void test_signing(void **state)
{
	(void)state;
	try(signing, COUNT_OF(signing));
}

/* A terminal for OpenSSL's question. */
#define ASKED(key, answer)                                                    \
	"printf '" answer "\\n' | script -qec './interdict sign p --key " key \
	" --cert ec.pem -o x' "                                               \
	"/dev/null"
#define NOT_OPEN \
	"the key is encrypted, and the passphrase is wrong or there is no terminal to ask for it"

static const struct command passphrases[] = {
	{ ASKED("encrypted.key", "secret"), 0, POLICY, NULL },
	{ ASKED("encrypted8.key", "secret"), 0, POLICY, NULL },
	{ ASKED("ec.p12", "secret"), 0, POLICY, NULL },
	{ ASKED("encrypted.key", "wrong"), 1, "encrypted.key: error: " NOT_OPEN, NULL },
	{ ASKED("encrypted8.key", "wrong"), 1, "encrypted8.key: error: " NOT_OPEN, NULL },
	{ ASKED("ec.p12", "wrong"), 1, "ec.p12: error: " NOT_OPEN, NULL },
	{ "setsid -w ./interdict sign p --key encrypted.key --cert ec.pem -o x", 1, NULL,
	  "encrypted.key: error: " NOT_OPEN },
};

static void test_passphrases(void **state)
{
	(void)state;
	try(passphrases, COUNT_OF(passphrases));
}

/* SoftHSM, by the engine of Debian 12; what these leak is theirs. */
#define PKCS11                                                            \
	"export SOFTHSM2_CONF=$PWD/hsm.conf ASAN_OPTIONS=detect_leaks=0 " \
	"PKCS11_MODULE_PATH=/usr/lib/softhsm/libsofthsm2.so; "
#define SIGN11(key, cert) \
	PKCS11 "./interdict sign p --key 'pkcs11:token=t;object=" key "' --cert " cert " -o x"

static const struct command pkcs11[] = {
	{ PKCS11 "mkdir hsm && echo directories.tokendir = $PWD/hsm >hsm.conf && "
		 "softhsm2-util --init-token --free --label t --so-pin 4321 --pin 4321 && "
		 "for k in rsa ec; do "
		 "openssl pkcs8 -topk8 -nocrypt -in $k.key -out $k.key8 && "
		 "softhsm2-util --import $k.key8 --token t --label $k --id 0$(expr length $k) "
		 "--pin 4321; done",
	  0, "The key pair has been imported.", NULL },
	{ SIGN11("ec;type=private?pin-value=4321",
		 "ec.pem") " && ./interdict verify x --trust trust-ec",
	  0, "signed by CN=ec signer", NULL },
	{ SIGN11("rsa;type=private?pin-value=4321", "rsa.pem") " && ./interdict verify x --trust "
							       "trust-rsa",
	  0, "signed by CN=rsa signer", NULL },
	{ SIGN11("ec?pin-value=4321", "rsa.pem"), 4, NULL,
	  "pkcs11:token=t;object=ec: error: is not the key of the certificate in rsa.pem\n" },
	/* The PIN is not shown. */
	{ SIGN11("absent?pin-value=4321", "ec.pem"), 1, NULL,
	  "pkcs11:token=t;object=absent: error: the PKCS #11 module has no such private key, or the "
	  "PIN is wrong\n" },
	{ SIGN11("ec?pin-value=1111", "ec.pem"), 1, NULL,
	  "pkcs11:token=t;object=ec: error: the PKCS #11 module has no such private key, or the "
	  "PIN is wrong\n" },
	{ PKCS11
	  "OPENSSL_ENGINES=/var/empty ./interdict sign p --key pkcs11:object=ec --cert ec.pem "
	  "-o x",
	  3, NULL,
	  "pkcs11:object=ec: error: OpenSSL has neither a provider nor an engine for PKCS #11 here "
	  "(Debian's packages: pkcs11-provider, libengine-pkcs11-openssl)\n" },
};

static void test_pkcs11(void **state)
{
	(void)state;
	try(pkcs11, COUNT_OF(pkcs11));
}

/* As the man page says. */
#define CHECK_BY_HAND(k)                                                                           \
	"openssl cms -verify -inform DER -in " k ".bundle -binary -purpose any -CAfile " k ".pem " \
	"-out content && mkdir -p x-" k " && tar -C x-" k " -xf content && diff -r p x-" k
#define MAKE_BY_HAND(k, options)                                                      \
	"openssl cms -sign -binary -nodetach -in archive -signer " k ".pem -inkey " k \
	".key " options                                                               \
	" -outform DER -out hand.bundle && ./interdict verify hand.bundle --trust trust-" k

static const struct command by_hand[] = {
	{ SIGN("rsa") " && " SIGN("ec") " && " SIGN("ed"), 0, POLICY, NULL },
	{ CHECK_BY_HAND("rsa"), 0, NULL, "CMS Verification successful" },
	{ "cmp content archive", 0, NULL, NULL },
	{ CHECK_BY_HAND("ec"), 0, NULL, "CMS Verification successful" },
	{ "cmp content archive", 0, NULL, NULL },
	{ "certtool --p7-verify --inder --load-ca-certificate ed.pem --infile ed.bundle", 0,
	  "Signature Algorithm: EdDSA-Ed25519", "Signature status: ok" },
	{ "certtool --p7-verify --inder --load-certificate ec.pem --infile ec.bundle", 0,
	  "Signature Algorithm: ECDSA-SHA256", "Signature status: ok" },
	{ "test \"$(sha256sum <archive | cut -d' ' -f1)\" = "
	  "\"$(./interdict verify ed.bundle --trust trust-ed --json | jq -r .policy.digest)\"",
	  0, NULL, NULL },
	{ MAKE_BY_HAND("rsa", ""), 0, "signed by CN=rsa signer,O=Office", NULL },
	{ MAKE_BY_HAND("rsa", "-md sha512 -nosmimecap"), 0, "signed by CN=rsa signer", NULL },
	{ MAKE_BY_HAND("ec", ""), 0, "signed by CN=ec signer,O=Office", NULL },
	{ MAKE_BY_HAND("ec", "-md sha384 -keyid"), 0, "signed by CN=ec signer", NULL },
	{ "certtool --p7-sign --p7-include-cert --p7-time --outder --load-privkey ed.key "
	  "--load-certificate ed.pem --infile archive --outfile hand.bundle && "
	  "./interdict verify hand.bundle --trust trust-ed",
	  0, "signed by CN=ed signer,O=Office", NULL },
	{ "openssl cms -sign -binary -nodetach -in archive -signer leaf.pem -inkey leaf.key "
	  "-certfile ec.pem -outform DER -out hand.bundle && "
	  "./interdict verify hand.bundle --trust trust-ec",
	  0, "signed by CN=leaf signer", NULL },
	/* And what openssl and tar make by other options. */
	{ MAKE_BY_HAND("rsa", "-md md5"), 4, NULL,
	  "hand.bundle: error: its digest is MD5; SHA-256, SHA-384 and SHA-512 are accepted\n" },
	{ MAKE_BY_HAND("rsa", "-md sha1"), 4, NULL,
	  "hand.bundle: error: its digest is SHA1; SHA-256, SHA-384 and SHA-512 are accepted\n" },
	{ MAKE_BY_HAND("rsa", "-keyopt rsa_padding_mode:pss"), 4, NULL,
	  "hand.bundle: error: its signature is RSASSA-PSS; RSA (PKCS #1 v1.5), ECDSA and Ed25519 "
	  "are accepted\n" },
	{ MAKE_BY_HAND("ec", "-noattr"), 4, NULL,
	  "hand.bundle: error: it has no signed attributes (openssl cms -noattr)\n" },
	{ MAKE_BY_HAND("ec", "-nocerts"), 4, NULL,
	  "hand.bundle: error: the certificate of its signer is not in it\n" },
	{ MAKE_BY_HAND("ec", "-stream"), 4, NULL,
	  "hand.bundle: error: it is not encoded in DER\n" },
	{ MAKE_BY_HAND("ec", "-signer rsa.pem -inkey rsa.key"), 4, NULL,
	  "hand.bundle: error: it has 2 signatures; a bundle has one\n" },
	{ MAKE_BY_HAND("ec", "-certfile rsa.pem"), 4, NULL,
	  "hand.bundle: error: it has a certificate in it that is not part of its signer's chain: "
	  "CN=rsa signer,O=Office\n" },
	{ "openssl cms -sign -binary -in archive -signer ec.pem -inkey ec.key -outform DER "
	  "-out hand.bundle; ./interdict verify hand.bundle --trust trust-ec",
	  4, NULL, "hand.bundle: error: what it signs is not in it (a detached signature)\n" },
	{ "openssl cms -sign -binary -nodetach -in archive -signer ec.pem -inkey ec.key "
	  "-outform PEM -out hand.bundle; ./interdict verify hand.bundle --trust trust-ec",
	  1, NULL,
	  "hand.bundle: error: is not a bundle but text (PEM or S/MIME); a bundle is DER\n" },
	{ "openssl cms -sign -nodetach -in archive -signer ec.pem -inkey ec.key -outform DER "
	  "-out hand.bundle; ./interdict verify hand.bundle --trust trust-ec",
	  1, NULL, "hand.bundle" },
	{ "openssl cms -sign -binary -nodetach -in plain.tar -signer ec.pem -inkey ec.key "
	  "-outform DER -out hand.bundle; ./interdict verify hand.bundle --trust trust-ec",
	  1, NULL, "hand.bundle:policy.yaml: error: it" },
	{ "gzip -nk archive && openssl cms -sign -binary -nodetach -in archive.gz -signer ec.pem "
	  "-inkey ec.key -outform DER -out hand.bundle; "
	  "./interdict verify hand.bundle --trust trust-ec",
	  1, NULL, "hand.bundle: error: the content is not an archive in ustar format\n" },
};

static void test_by_hand(void **state)
{
	(void)state;
	try(by_hand, COUNT_OF(by_hand));
}

#define VERIFY "./interdict verify ec.bundle --trust "

static const struct command verifying[] = {
	{ SIGN("ec"), 0, POLICY, NULL },
	{ "./interdict verify", 2, NULL, "interdict verify: a bundle is needed" },
	{ "./interdict verify ec.bundle x", 2, NULL, "interdict verify: one bundle at a time" },
	{ "./interdict verify --help", 0, "Usage: interdict verify", NULL },
	{ VERIFY "trust-ec", 0, POLICY, NULL },
	{ VERIFY
	  "trust-ec --json | jq -c '[.good, .policy.mode, .policy.signer.name, "
	  "(.policy.signer.certificate | length), (.policy.signer.signed | length), .problems]'",
	  0, "[true,\"enforce\",\"CN=ec signer,O=Office\",64,20,[]]\n", NULL },
	{ "test \"$(" VERIFY "trust-ec --json | jq -r .policy.signer.certificate)\" = "
	  "\"$(openssl x509 -in ec.pem -outform DER | sha256sum | cut -d' ' -f1)\"",
	  0, NULL, NULL },
	{ VERIFY "trust-rsa", 4, NULL,
	  "ec.bundle: error: the certificate of CN=ec signer,O=Office is not trusted, nor does one "
	  "that is vouch for it\n" },
	{ VERIFY
	  "trust-rsa --json | jq -c '[.good, .policy, .problems[0].refused, .problems[0].problem]'",
	  0, "[false,null,true,\"signature\"]\n", NULL },
	{ VERIFY "none", 4, NULL,
	  "none: error: there is no certificate in it (*.pem): nobody is trusted to sign\n" },
	{ VERIFY "absent", 1, NULL,
	  "absent: error: the trusted certificates cannot be read: No such file or directory\n" },
	{ VERIFY "bad", 1, NULL, "bad/x.pem: error: has no certificate in it (PEM)\n" },
	{ "./interdict verify absent --trust trust-ec", 1, NULL,
	  "absent: error: No such file or directory\n" },
	{ "./interdict verify p --trust trust-ec", 1, NULL, "p: error: is not a regular file\n" },
	{ "./interdict verify archive --trust trust-ec", 1, NULL,
	  "archive: error: is not a bundle but an archive without signature\n" },
	{ "truncate -s 269484033 large; ./interdict verify large --trust trust-ec", 1, NULL,
	  "large: error: its content has more than 256 MiB\n" },
	/* A signed archive of a wrong text is refused as text. */
	{ "sed -i 's/serial: 3/serial: 0/' p/policy.yaml && (cd p && "
	  "find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z | "
	  "tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 --numeric-owner "
	  "--mtime=@0 --mode=0644 -cf - >../archive0) && sed -i 's/serial: 0/serial: 3/' "
	  "p/policy.yaml && openssl cms -sign -binary -nodetach -in archive0 -signer ec.pem -inkey "
	  "ec.key -outform DER -out zero.bundle",
	  0, NULL, NULL },
	{ "./interdict verify zero.bundle --trust trust-ec", 1, NULL,
	  "zero.bundle:policy.yaml:3:9: error: serial: is at least 1\n" },
	{ "./interdict verify zero.bundle --trust trust-rsa", 4, NULL,
	  "zero.bundle: error: the certificate of CN=ec signer,O=Office is not trusted" },
	/* check does the same, and lints. */
	{ "./interdict check ec.bundle --trust trust-ec", 0, POLICY, NULL },
	{ "./interdict check ec.bundle --trust trust-ec", 0, "signed by CN=ec signer", NULL },
	{ "./interdict check --json ec.bundle --trust trust-ec | "
	  "jq -c '[.policy.signer.name, .errors]'",
	  0, "[\"CN=ec signer,O=Office\",0]\n", NULL },
	{ "./interdict check --json p | jq -c .policy.signer", 0, "null\n", NULL },
	{ "./interdict check ec.bundle --trust trust-rsa", 4,
	  "ec.bundle: error: the certificate of CN=ec signer,O=Office is not trusted", NULL },
	{ "./interdict check archive --trust trust-ec", 1,
	  "archive: error: is not a bundle but an archive without signature\n", NULL },
	{ "./interdict check zero.bundle --trust trust-ec", 1,
	  "zero.bundle:policy.yaml:3:9: error: serial: is at least 1\n", NULL },
	{ "./interdict sign critical --allow-critical --key ec.key --cert ec.pem -o c 2>&1 && "
	  "./interdict check c --trust trust-ec",
	  4,
	  "c:lists/x:1:1: error: sha256: this is the empty file (--allow-critical loads it "
	  "anyway)\n",
	  NULL },
};

static void test_verifying(void **state)
{
	(void)state;
	try(verifying, COUNT_OF(verifying));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signing),	  cmocka_unit_test(test_passphrases),
		cmocka_unit_test(test_pkcs11),	  cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_verifying),
	};

	return cmocka_run_group_tests(tests, setup, tempdir_teardown);
}
