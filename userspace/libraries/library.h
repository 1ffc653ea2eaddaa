/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that few commands need: loaded when they are used first, and not by the dynamic loader.
 * The initramfs has the program with all that it is linked against, and reads neither packages nor
 * what a scan keeps; with these it would be three times as large.
 *
 * A library has a header with its functions, as pointers in a structure, and a function that loads
 * it: to be called before any of the others, by everyone, each time. What is loaded stays.
 *
 * Nothing else says that the program needs them. So it says so itself, in a note that who packs it
 * can read ("ELF dlopen Metadata", uapi-group.org), and debian/control and interdict.spec do.
 */
#ifndef INTERDICT_LIBRARY_H
#define INTERDICT_LIBRARY_H

#include <elf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes that a sentence of library_load() has at the most. */
#define LIBRARY_WHY_MAX 256

struct library_function {
	const char *name;
	void *at; /* of the pointer to it */
};

/* @pointer is to be to @function: of another type it is an error. */
#define LIBRARY_FUNCTION(pointer, function)                                             \
	{                                                                               \
		.name = #function, .at = 1 ? &(pointer) : (__typeof__(function) **)NULL \
	}

struct library {
	const char *soname;
	const char *package; /* where it is to be had */
	const struct library_function *functions;
	size_t n;
	pthread_mutex_t lock;
	bool loaded;
};

/*
 * Load @library, if it is not yet. By any thread. Returns 0; -ELIBACC, with a sentence in @why (cut
 * to @size bytes, with its NUL): it cannot be had, and its functions cannot be called. The next
 * call tries again.
 */
int library_load(struct library *library, char *why, size_t size);

#define LIBRARY_NOTE_TYPE  0x407c0c0aU
#define LIBRARY_NOTE_OWNER "FDO"

/* Where each object of a section is put next to the last, a sanitizer must put nothing between. */
#ifdef __clang__
#define LIBRARY_NOTE_PLAIN __attribute__((no_sanitize("address")))
#else
#define LIBRARY_NOTE_PLAIN
#endif

/* A note (elf(5)) that the program loads a library: @text is JSON. */
#define LIBRARY_NOTE(text)                                                       \
	__attribute__((used, section(".note.dlopen"), aligned(4)))               \
	LIBRARY_NOTE_PLAIN static const struct {                                 \
		Elf64_Nhdr head;                                                 \
		char owner[sizeof(LIBRARY_NOTE_OWNER)];                          \
		char json[sizeof(text)] __attribute__((aligned(4)));             \
	} library_note = {                                                       \
		{ sizeof(LIBRARY_NOTE_OWNER), sizeof(text), LIBRARY_NOTE_TYPE }, \
		LIBRARY_NOTE_OWNER,                                              \
		text,                                                            \
	}

#endif
