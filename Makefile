# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that is built goes to build/. Each part of the tree brings its own Makefile.inc, which
# may add to ALL (what `make all` builds), CHECKS (targets of `make check`), VM_SCRIPTS (guest scripts
# of `make check-vm`, run on each kernel), VM_DEBIAN_SCRIPTS (the same on a full Debian), INSTALLS
# (targets of `make install`) and UNINSTALL (installed files).
# A check prints KTAP or TAP lines, or nothing.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

BUILD := build
PREFIX ?= /usr
DESTDIR ?=
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
KERNELS ?= 6.1 6.12 7

ALL :=
CHECKS :=
VM_SCRIPTS :=
VM_DEBIAN_SCRIPTS :=
INSTALLS :=
UNINSTALL :=

include $(sort $(wildcard bpf/Makefile.inc userspace/Makefile.inc kmod/Makefile.inc tests/*/Makefile.inc))

.PHONY: all help clean deps
all: $(ALL)

help:
	@echo 'make                  build/interdict'
	@echo 'make deps             install what building and testing need (as root)'
	@echo 'make module           interdict.ko for KVER ($(KVER)), or for the headers KDIR=...'
	@echo 'make modules          interdict.ko for the kernels of the tests ($(KERNELS))'
	@echo 'make install          program, module, units; DESTDIR, PREFIX ($(PREFIX)), KVER'
	@echo 'make uninstall        the same, away'
	@echo 'make check            tests that need no VM'
	@echo 'make check-vm         tests in VMs, on each of KERNELS'
	@echo 'make test             both'
	@echo 'make bench            instructions per operation, to build/bench.json'
	@echo 'make demo             a ban, shown in a VM'
	@echo 'make clean            remove build/'

clean:
	rm -rf $(BUILD)

deps:
	@tests/deps
