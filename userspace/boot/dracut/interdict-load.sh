#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# As initramfs-script. dracut sources it.
/usr/bin/interdict load --boot >/dev/kmsg 2>&1 </dev/null || :
