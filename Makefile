# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that is built goes to $(B). Each part of the tree brings its own Makefile.inc, which may
# add to ALL (what `make all` builds), CHECKS (targets of `make check`), GUEST (files in $(B)/guest/,
# which guest scripts find on their PATH, in /usr/lib/interdict-vm/bin), INSTALLS and UNINSTALLS
# (targets of `make install` and `make uninstall`).

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

B := build
# make ARCH=arm64 builds for that machine, to build/arm64; other values are this machine's.
ifeq ($(ARCH),arm64)
include tests/arm64/cross.mk
endif
PREFIX ?= /usr
DESTDIR ?=
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
KERNELS ?= 6.1 6.12 7
JOBS ?= 2

ALL := $(B)/interdict
CHECKS := unit tidy sparse shellcheck man fuzz
GUEST := $(if $(wildcard tests/vm/probes/Makefile.inc),probes)
INSTALLS := install-program
UNINSTALLS := uninstall-program

include $(sort $(wildcard bpf/Makefile.inc)) userspace/Makefile.inc kmod/Makefile.inc
include $(sort $(wildcard tests/*/Makefile.inc tests/*/*/Makefile.inc))

.PHONY: all help clean deps check check-vm test guest shellcheck man install uninstall
.PHONY: install-program uninstall-program
all: $(ALL)
guest: $(GUEST)

help:
	@echo 'make                  $(B)/interdict'
	@echo 'make deps             install what building and testing need (as root)'
	@echo 'make module           interdict.ko for KVER ($(KVER)), or for the headers KDIR=...'
	@echo 'make modules          interdict.ko for the kernels of the tests ($(KERNELS))'
	@echo 'make install          program, module, units; DESTDIR, PREFIX ($(PREFIX)), KVER'
	@echo 'make uninstall        the same, away'
	@echo 'make deb, make rpm    packages of this tree, to $(B)/deb and $(B)/rpm; what that needs is installed'
	@echo 'make check            tests that need no VM: $(CHECKS)'
	@echo 'make check-real       who signed files that others made (tests/real/README.md); needs npm'
	@echo 'make check-real-tools the same of files that every tool makes here; installs Java'
	@echo 'make check-vm         tests in VMs, on each of KERNELS; ONLY="NAME..." picks scripts;'
	@echo '                      IMAGE=bzImage KDIR=BUILD-TREE: on that kernel'
	@echo 'make races            races, RACES (10000) tries each; make kills: KILLS (100) of the daemon;'
	@echo '                      make power-cuts: POINTS (200) while a policy is accepted;'
	@echo '                      make remove-cuts: CUTS (100) while things are removed;'
	@echo '                      make cycles: CYCLES (100) from on to removed, with the guards on: memory;'
	@echo '                      make f2fs: what is done on that file system, with other kernels'
	@echo 'make flood            DENIALS (1000000) refusals, and FLOOD_KILLS (50) of the daemon: what the record has of them'
	@echo 'make hangs            outputs that hang, measured; a daemon that hangs'
	@echo 'make check-ssh        watch --full over SSH, by a server that is fetched'
	@echo 'make check-alerts     alert rules and dashboard, by promtool, which is fetched'
	@echo 'make check-records    what the daemons of the guest scripts record, against the schemas of events'
	@echo 'make check-dkms       the DKMS package builds the module; make check-boot: an initramfs of Debian enforces, on KERNEL (6.12);'
	@echo '                      REBOOTS (0) times more up and down'
	@echo 'make check-bad-starts no memory, a full or read-only /var, a clock of 1970 and others, on each kernel'
	@echo 'make check-trees      what scan finds in what Podman, Flatpak and snapd made'
	@echo 'make check-ban        a ban from its order to its lifting, of real packages on a whole Debian, on each kernel'
	@echo 'make check-rpm-door   the plug-in that keeps packages out, with the rpm of Debian 13'
	@echo 'make check-coexist    beside AppArmor, IMA, fapolicyd and others, on each kernel; make check-secure-boot: by UEFI'
	@echo 'make test             everything'
	@echo 'make check-kasan      on and off 100 times, and 10,000 broken files, on a kernel with KASAN; builds it first'
	@echo 'make bench            instructions per operation, to $(B)/bench.json'
	@echo 'make bench-events     what a refusal costs the kernel and the daemon, to $(B)/bench-events.json'
	@echo 'make bench-scale      10,000,000 hashes: memory and cost, to $(B)/bench-scale.json'
	@echo 'make scan-bench       a scan of /usr beside sha256sum and clamscan, to $(B)/bench-scan.json'
	@echo 'make log-bench        queries, verification and a report of a record of a million lines'
	@echo 'make bench-packages   how long it takes to ban a package that comes, to $(B)/bench-packages.json'
	@echo 'make demo             a ban, shown in a VM'
	@echo 'make check-arm64      kmod, engine and threat tests on arm64, which make ARCH=arm64 builds for; fetches what that needs'
	@echo 'make clean            remove $(B)/'

clean:
	rm -rf $(B)

deps:
	@tests/install-deps

check: all
	@tests/check $(CHECKS)

check-vm: all guest
	@KERNELS='$(KERNELS)' VMS='$(VMS)' ONLY='$(ONLY)' IMAGE='$(IMAGE)' MODULES='$(MODULES)' \
		KDIR='$(if $(filter file,$(origin KDIR)),,$(KDIR))' tests/vm/matrix

test: deps
	@tests/all

# Scripts are known by their first line; what a shell only reads, by its directive.
shellcheck:
	@files=$$(git ls-files -co --exclude-standard 2>/dev/null | grep -v '^build/' | \
		while read -r f; do [ -f "$$f" ] && head -n 3 "$$f" | grep -qaE '^#!.*sh$$|shellcheck shell=' && echo "$$f"; done); \
	echo $$files | xargs -n 16 -P 2 shellcheck -x -P SCRIPTDIR -P tests/vm -P tests/vm/guest && \
		echo 'ok 1 - shellcheck'

man:
	@tests/man

# WITHOUT: targets of INSTALLS that packages leave out (install-module: DKMS builds it).
install: $(filter-out $(WITHOUT),$(INSTALLS))
uninstall: $(UNINSTALLS)

install-program: $(B)/interdict
	install -D -m 755 $(B)/interdict '$(DESTDIR)$(PREFIX)/bin/interdict'
	for unit in $(wildcard userspace/*.service userspace/*.path); do \
		install -D -m 644 "$$unit" "$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}"; done
	for page in $(wildcard userspace/*.[1-8]); do \
		install -D -m 644 "$$page" "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}"; done
	install -D -m 644 userspace/interdict.bash-completion '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/interdict'
	install -d -m 755 '$(DESTDIR)/etc/interdict' '$(DESTDIR)/etc/interdict/trust.d'

uninstall-program:
	rm -f '$(DESTDIR)$(PREFIX)/bin/interdict' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/interdict'
	for unit in $(wildcard userspace/*.service userspace/*.path); do \
		rm -f "$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}"; done
	for page in $(wildcard userspace/*.[1-8]); do \
		rm -f "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}"; done
