#!/usr/bin/env python3
"""Checks that src/ makes its system calls through the table: base/sys.h and engine/kernel.h.

    syscalls.py [--root DIR]   checks the tree, prints each call past the table, exit status 1 if there is one
    syscalls.py --self-test    tries small trees

A call past the table is one that no test can make fail. What can't fail is not looked for.
"""
import argparse
import pathlib
import re
import sys
import tempfile

TABLE = ["src/base/sys.h", "src/engine/kernel.h"]
EXEMPT = [*TABLE, "src/base/faults.c", "src/base/faults.h"]

# What libc and liburing offer and src/ might be tempted to call; the names in the table are added.
KNOWN = """
accept accept4 bind chdir chmod chown clone clone3 close close_range closefrom connect copy_file_range creat dup dup2
dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd_read eventfd_write execl execv
execve execveat execvp execvpe fallocate fchmod fchown fcntl fdatasync fdopendir fexecve flock fopen fork forkpty fread fstat
fstatat fsync ftruncate futimens fwrite getaddrinfo getdents64 getnameinfo getpeername getrandom getrlimit getsockname
getsockopt inotify_add_watch inotify_init1 io_uring_enable_rings io_uring_enter io_uring_get_events io_uring_get_probe
io_uring_get_probe_ring io_uring_queue_init io_uring_queue_init_params io_uring_queue_mmap io_uring_register_buf_ring
io_uring_register_buffers io_uring_register_eventfd io_uring_register_files io_uring_register_files_sparse
io_uring_register_ring_fd io_uring_register_sync_cancel io_uring_ring_dontfork io_uring_setup_buf_ring io_uring_submit
io_uring_submit_and_get_events io_uring_submit_and_wait io_uring_submit_and_wait_timeout io_uring_wait_cqe
io_uring_wait_cqe_nr io_uring_wait_cqe_timeout io_uring_wait_cqes ioctl kill lchown link linkat listen lseek lstat madvise
memfd_create mkdir mkdirat mkdtemp mkfifo mkostemp mkstemp mlock mmap mprotect mremap msync munmap open openat opendir
openpty pause pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 poll popen posix_fadvise posix_fallocate posix_spawn
posix_spawnp ppoll prctl process_madvise pread preadv preadv2 prlimit pselect pthread_create pthread_key_create pthread_kill pthread_sigmask
pwrite pwritev pwritev2 read readdir readlink readlinkat readv realpath recv recvfrom recvmmsg recvmsg rename renameat
renameat2 rmdir scandir select send sendfile sendmmsg sendmsg sendto setpgid setpriority setrlimit setsid setsockopt
shm_open shm_unlink shutdown sigaction sigaltstack signal signalfd sigprocmask sigqueue sigsuspend sigtimedwait sigwait
sigwaitinfo sleep nanosleep usleep socket socketpair splice stat statfs statvfs statx symlink symlinkat sync sync_file_range
syncfs syscall system tcsetattr tgkill timer_create timerfd_create timerfd_settime truncate unlink unlinkat unshare
utimensat vfork vmsplice wait wait3 wait4 waitid waitpid write writev
""".split()

ROW = re.compile(r"^COIL__SYS_CALL\((\w+),", re.MULTILINE)
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def violations_of(root):
    rows = set()
    for name in TABLE:
        path = root / name
        if path.is_file():
            rows.update(ROW.findall(path.read_text(encoding="utf-8")))
    calls = re.compile(r"(?<![\w.>])(" + "|".join(sorted({*KNOWN, *rows}, key=len, reverse=True)) + r")\s*\(")
    for path in sorted((root / "src").rglob("*.[ch]")):
        name = str(path.relative_to(root))
        if name in EXEMPT:
            continue
        text = NOT_CODE.sub(blank, path.read_text(encoding="utf-8"))
        for match in calls.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            call = match.group(1)
            way = f"coil__sys_{call}" if call in rows else f"the table has no row for it yet: add one to {TABLE[0]}"
            yield f"{name}:{line}: {call}() past the table of system calls: {way}"


CASES = [
    ("a call through the table", 'int n = coil__sys_recv(fd, p, n, 0);', 0),
    ("a call past it", "ssize_t n = recv(fd, p, n, 0);", 1),
    ("a call that has no row", "int fd = memfd_create(name, 0);", 1),
    ("a method is none", "s->read(s); ops.close(x);", 0),
    ("a struct is none", "struct stat st; struct sigaction action;", 0),
    ("a word in a comment or a string is none", '/* recv(2) */ const char *s = "send(x)"; // open(it)', 0),
    ("two on a line", "close(a); close(b);", 2),
    ("longer names", "my_close(a); close_now(b); coil_recv(c);", 0),
]


def self_test():
    wrong = 0
    for title, text, expected in CASES:
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "src/base").mkdir(parents=True)
            (root / "src/base/sys.h").write_text("COIL__SYS_CALL(recv, LENGTH)\nCOIL__SYS_CALL(close, AFTER)\n")
            (root / "src/base/x.c").write_text(text)
            found = list(violations_of(root))
        if len(found) != expected:
            wrong += 1
            print(f"self-test: {title}: expected {expected}, found {found}")
    print(f"{len(CASES)} cases, {wrong} wrong")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="checks that system calls go through the table")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return 1 if self_test() else 0
    found = list(violations_of(arguments.root.resolve()))
    for violation in found:
        print(violation)
    print(f"{len(found)} system calls past the table")
    return 1 if found else 0


sys.exit(main())
