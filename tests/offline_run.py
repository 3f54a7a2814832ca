"""`voicecoach` in a process without a network, which dies when anything in it opens an internet socket.

Three walls, the first two on Linux only: a network namespace of its own where that is permitted, a filter in the kernel that kills
this process for the call itself, native libraries and children included, and an audit hook that tells which Python did it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import socket
import struct
import sys

TOLD = 97
"""Exit code when Python itself wanted a socket."""
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SOCKET = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
"""The number of the call, and the kernel's name of the architecture."""


def own_network() -> bool:
    """Leave the network for an empty one; False where that is not permitted."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        return False
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - no path of anybody's
            file.write(text)
    return True


def kernel_filter() -> bool:
    """From now on `socket(AF_INET…)` and `socket(AF_INET6…)` kill the process that calls them; False where there is no such filter."""
    if sys.platform != "linux" or platform.machine() not in _SOCKET:
        return False
    number, architecture = _SOCKET[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    program = [
        (load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0), (equal, 0, 4, number),
        (load, 0, 0, 16), (equal, 1, 0, socket.AF_INET), (equal, 0, 1, socket.AF_INET6), (give, 0, 0, kill), (give, 0, 0, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, mode_filter = 38, 22, 2
    return libc.prctl(no_new_privileges, 1, 0, 0, 0) == 0 and libc.prctl(seccomp, mode_filter, ctypes.c_char_p(head), 0, 0) == 0


def tell_of_sockets() -> None:
    """End this process, and say why, when Python opens a socket that leads anywhere but to this machine's own programs."""
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        local = event == "socket.__new__" and arguments[1] == getattr(socket, "AF_UNIX", None)
        if event in {"socket.__new__", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"} and not local:
            os.write(2, f"a socket: {event} {arguments[1:]}\n".encode())
            os._exit(TOLD)
    sys.addaudithook(hook)


if __name__ == "__main__":
    os.umask(0o022)  # as it usually is: what is for the owner alone, voicecoach must make so
    print(f"own network: {own_network()}, kernel filter: {kernel_filter()}", flush=True)  # noqa: T201 - the test reads it
    tell_of_sockets()
    if sys.argv[1:2] == ["-c"]:
        exec(sys.argv[2])  # noqa: S102 - the test's own
        sys.exit(0)
    from voicecoach.__main__ import main
    sys.exit(main(sys.argv[1:] + os.environ.get("FURTHER", "").split()))
