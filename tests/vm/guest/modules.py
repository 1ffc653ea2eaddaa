# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: modules.py MODULE SIGNED DIR: of a module of this kernel, as it is signed, makes in DIR
own.ko		the same, not compressed
unsigned.ko	without its signature
vendor.ko	signed by SIGNED/publisher instead, as scripts/sign-file does it but with the certificate
other.ko	signed by SIGNED/others
again.ko	own.ko signed by SIGNED/others as well
appended.ko	own.ko and one byte
own.ko.xz, unsigned.ko.xz"""
import lzma
import struct
import subprocess
import sys

MARKER = b"~Module signature appended~\n"
module, signed, to = sys.argv[1:]


def write(name, data):
    with open(f"{to}/{name}", "wb") as file:
        file.write(data)


def sign(vendor, data):
    cms = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-noattr", "-nosmimecap", "-md", "sha256", "-outform", "DER",
         "-signer", f"{signed}/{vendor}/cert.pem", "-inkey", f"{signed}/{vendor}/key.pem"],
        input=data, stdout=subprocess.PIPE, check=True).stdout
    # struct module_signature: PKCS#7 is type 2.
    return data + cms + struct.pack(">2xB5xI", 2, len(cms)) + MARKER


with open(module, "rb") as file:
    own = file.read()
if module.endswith(".xz"):
    own = lzma.decompress(own)
if not own.endswith(MARKER):
    sys.exit(f"{module} is not signed")
end = len(own) - len(MARKER)
unsigned = own[:end - 12 - struct.unpack(">I", own[end - 4:end])[0]]
write("own.ko", own)
write("unsigned.ko", unsigned)
write("vendor.ko", sign("publisher", unsigned))
write("other.ko", sign("others", unsigned))
write("again.ko", sign("others", own))
write("appended.ko", own + b"\n")
for name, data in ("own", own), ("unsigned", unsigned):
    write(f"{name}.ko.xz", lzma.compress(data, check=lzma.CHECK_CRC32))
