# SPDX-License-Identifier: GPL-2.0-or-later
# What the Makefile at the top includes for ARCH=arm64: program, module and guests' programs are built there
# by Debian's cross compiler (tests/arm64/deps), against libraries of arm64 that are unpacked in the cache.
# kbuild gets ARCH by itself, and the compiler's name from Debian's headers, or from CROSS_COMPILE.

B := build/arm64
SYSROOT := $(shell ARCH=arm64 tests/vm/cache sysroot)
export CROSS_COMPILE := aarch64-linux-gnu-
CC := $(CROSS_COMPILE)gcc --sysroot=$(SYSROOT)
AR := $(CROSS_COMPILE)ar
STRIP := $(CROSS_COMPILE)strip
OBJCOPY := $(CROSS_COMPILE)objcopy
PROBES_CC := $(CC)
KERNELS ?= 6.12
