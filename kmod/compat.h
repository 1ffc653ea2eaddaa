/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the module is built for (6.1, 6.12, 7.x). Nothing else in
 * the module asks for a kernel version. It is included by kfuncs.c: see there which headers it may
 * include.
 */
#ifndef INTERDICT_COMPAT_H
#define INTERDICT_COMPAT_H

#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm_types.h>
#include <linux/pagemap.h>
#include <linux/version.h>

/* 6.1 has neither the mark of a kfunc nor the pragmas around one. */
#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif

#ifndef __bpf_kfunc_start_defs
#define __bpf_kfunc_start_defs() \
	__diag_push();           \
	__diag_ignore_all("-Wmissing-prototypes", "the kernel calls it by its BTF")
#define __bpf_kfunc_end_defs() __diag_pop()
#endif

/* 6.9 marked the sets of kfuncs apart from other sets of BTF IDs. */
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START(name) BTF_SET8_START(name)
#define BTF_KFUNCS_END(name)   BTF_SET8_END(name)
#endif

/* A namespace became a string in 6.13; the symbols that need it are in none before 6.12. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define COMPAT_IMPORT_BPF_INTERNAL() MODULE_IMPORT_NS("BPF_INTERNAL")
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define COMPAT_IMPORT_BPF_INTERNAL() MODULE_IMPORT_NS(BPF_INTERNAL)
#else
#define COMPAT_IMPORT_BPF_INTERNAL()
#endif

/*
 * Before 6.5 a stacking file system's own opens are known only by not being accounted; nothing
 * else opens so there.
 */
#ifdef FMODE_BACKING
#define COMPAT_FMODE_BACKING FMODE_BACKING
#else
#define COMPAT_FMODE_BACKING FMODE_NOACCOUNT
#endif

/*
 * The flags of an open for reading of the module's own. It waits neither for the holder of a lease
 * nor, up to 6.13, for another tool's answer to a fanotify permission event; later kernels have no
 * way for a module to ask for that.
 */
#ifdef __FMODE_NONOTIFY
#define COMPAT_OPEN_QUIETLY (O_RDONLY | O_LARGEFILE | O_NONBLOCK | __FMODE_NONOTIFY)
#else
#define COMPAT_OPEN_QUIETLY (O_RDONLY | O_LARGEFILE | O_NONBLOCK)
#endif

/* The folio at index with a reference, or NULL. 6.3 made a missing one an error pointer. */
static inline struct folio *compat_get_folio(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio = filemap_get_folio(mapping, index);

	return IS_ERR(folio) ? NULL : folio;
}

/* A new folio of the smallest order that the mapping takes (6.12: larger than a page), or NULL. */
static inline struct folio *compat_alloc_folio(struct address_space *mapping)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return filemap_alloc_folio(mapping_gfp_mask(mapping), mapping_min_folio_order(mapping),
				   NULL);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return filemap_alloc_folio(mapping_gfp_mask(mapping), mapping_min_folio_order(mapping));
#else
	return filemap_alloc_folio(mapping_gfp_mask(mapping), 0);
#endif
}

static inline pgoff_t compat_align_index(struct address_space *mapping, pgoff_t index)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return round_down(index, mapping_min_folio_nrpages(mapping));
#else
	return index;
#endif
}

/* Up to 6.9 an earlier, perhaps passing, read error sticks to a folio until it is cleared. */
static inline void compat_clear_error(struct folio *folio)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	folio_clear_error(folio);
#endif
}

static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*function)(struct hrtimer *),
					clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* A reference on the program that mm runs, or NULL. */
static inline struct file *compat_exe_file(struct mm_struct *mm)
{
	struct file *file;

	rcu_read_lock();
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	file = get_file_rcu(&mm->exe_file);
#else
	file = rcu_dereference(mm->exe_file);
	if (file && !get_file_rcu(file))
		file = NULL;
#endif
	rcu_read_unlock();
	return file;
}

/* The path that the user named, where file is a stacking file system's own open. */
static inline const struct path *compat_user_path(struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

/*
 * That module source uses module target: struct module_use, in the list target->source_list. The
 * same since 2.6.36; kernels from some 7.x on keep it to themselves (kernel/module/internal.h).
 */
struct compat_module_use {
	struct list_head source_list;
	struct list_head target_list;
	struct module *source, *target;
};

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define COMPAT_KNOWS_MODULE_USE
#endif

/* What a stacking file system shows as dentry, where its data is; dentry itself elsewhere. */
static inline struct dentry *compat_real_dentry(struct dentry *dentry)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return d_real(dentry, D_REAL_DATA);
#else
	return d_real(dentry, NULL);
#endif
}

#endif
