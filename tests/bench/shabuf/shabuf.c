// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor for hashing: what the kernel's own SHA-256 takes for a 64 MiB buffer, in nanoseconds
 * (instructions, in a VM that counts them), said in the kernel log at each load. Loading fails with
 * EAGAIN when it is done, so that it can be loaded again.
 */
#include <crypto/hash.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#define BUFFER_SIZE (64U << 20)
#define CHUNK_SIZE  (2U << 20) /* what one update may take without the watchdog minding */

static int __init shabuf_init(void)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha256", 0, 0);
	u8 digest[32];
	ktime_t start;
	u8 *buffer;
	u32 at;
	int ret;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	buffer = vzalloc(BUFFER_SIZE);
	if (!buffer) {
		crypto_free_shash(tfm);
		return -ENOMEM;
	}
	{
		SHASH_DESC_ON_STACK(desc, tfm);

		desc->tfm = tfm;
		start = ktime_get();
		ret = crypto_shash_init(desc);
		for (at = 0; !ret && at < BUFFER_SIZE; at += CHUNK_SIZE)
			ret = crypto_shash_update(desc, buffer + at, CHUNK_SIZE);
		if (!ret)
			ret = crypto_shash_final(desc, digest);
		start = ktime_sub(ktime_get(), start);
	}
	pr_info("shabuf: %s 64 MiB %lld\n", crypto_shash_driver_name(tfm), ktime_to_ns(start));
	vfree(buffer);
	crypto_free_shash(tfm);
	return ret ? ret : -EAGAIN;
}
module_init(shabuf_init);

MODULE_DESCRIPTION("Time of SHA-256 over a buffer");
MODULE_SOFTDEP("pre: sha256-ssse3");
MODULE_LICENSE("GPL");
