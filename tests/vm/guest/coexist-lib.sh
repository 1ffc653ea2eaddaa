# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the guest scripts coexist_*.sh share: whose refusal it is. After daemon-lib.sh.
# shellcheck disable=SC2034 # used by those who source this file

PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")
HELPER=${VM_LIB%/*}/coexist.py
# Not in /tmp, which is a tmpfs: IMA measures nothing there. They take it away again.
DIR=/opt/coexist

ours='Operation not permitted' theirs='Permission denied'
# Which of two that both refuse is asked first, and is all that is heard.
read -r lsm </sys/kernel/security/lsm
first_ours() { [[ $lsm == *bpf*$1* ]]; }

# says TEXT COMMAND...: the command fails, and says that.
says() {
	local said
	said=$("${@:2}" 2>&1) && { echo "it did not fail: $said"; return 1; }
	[[ $said == *"$1"* ]] || { echo "$said"; return 1; }
}
denied() { count ".event == \"denied\" and .file.path == \"$1\""; }
# denied_is NUMBER PATH
denied_is() { wait_for balanced && [ "$(denied "$2")" = "$1" ]; }
hash_of() { sha256sum | cut -d ' ' -f 1; }
