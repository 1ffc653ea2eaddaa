/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kfuncs of interdict.ko; kmod/ says what they do. Weak, so that the object loads without the
 * module; a program that calls one is then not loaded, or has the call behind
 * interdict_setup.have_module, which the verifier knows to be 0.
 */
#ifndef INTERDICT_MODULE_H
#define INTERDICT_MODULE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "../kmod/abi.h"

extern int interdict_identify(struct file *file, __u32 want,
			      struct interdict_ids *ids) __ksym __weak;
extern int interdict_identify_claims(struct file *file, __u32 want, struct interdict_ids *ids,
				     void *claims, __u32 claims__sz) __ksym __weak;
extern int interdict_identify_data(__u64 data, __u64 size, __u32 want, void *identity,
				   __u32 identity__sz) __ksym __weak;
extern int interdict_is_compressed(struct file *file) __ksym __weak;
extern __u32 interdict_file_flags(struct file *file) __ksym __weak;
extern struct inode *interdict_real_inode(struct file *file) __ksym __weak;
extern int interdict_file_path(struct file *file, char *buf, __u32 buf__sz) __ksym __weak;
extern int interdict_real_path(struct file *file, char *buf, __u32 buf__sz) __ksym __weak;
extern int interdict_task_exe(char *buf, __u32 buf__sz) __ksym __weak;
extern int interdict_queue_judgement(struct file *file) __ksym __weak;
extern bool interdict_is_judging(void) __ksym __weak;

#endif
