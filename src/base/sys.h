/* base/sys.h: the table of system calls. Every call that src/ makes to the kernel goes through a row of it.
 *
 * Layer: libc only; the rows of the pollers stand in engine/kernel.h. A row COIL__SYS_CALL(recv, ...) makes an inline function
 * coil__sys_recv with the parameters and the result of recv. In a release build that is all: the compiler sees the call itself.
 * In a build with COIL_FAULTS (tests) each row asks one predictable question first, so that a test can make the Nth
 * recv fail with an error of its choice: see base/faults.h for how a test says so. ./dev check finds calls past the table.
 *
 * Not in the table: what can't fail (getpid, clock_gettime, _exit ...), mutexes and conditions.
 *
 * How a row fails (the second column):
 *   ERRNO     -1 and errno, the call is not made
 *   LENGTH    the same; or, for COIL__SYS_SHORT, the call is made with half of `size` or `count`: short I/O
 *   NUMBER    the error number itself, as pthread_create and getaddrinfo do
 *   AFTER     the call is made and then says that it failed, as close does, and connect that was interrupted
 */
#ifndef COIL_BASE_SYS_H
#define COIL_BASE_SYS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { COIL__SYS_SHORT = -1 }; /* instead of an error number */

#ifdef COIL_FAULTS
struct coil__faults;
extern struct coil__faults *coil__faults; /* NULL unless a test asks for failures */

/* The error number that this call must fail with, COIL__SYS_SHORT, or 0: make the call. */
int coil__sys_ask(const char *call);

static inline int coil__sys_fault(const char *call)
{
    return __builtin_expect(coil__faults != NULL, 0) ? coil__sys_ask(call) : 0;
}
#else
static inline int coil__sys_fault(const char *call)
{
    (void)call;
    return 0;
}
#endif

/* ThreadSanitizer's clone takes a child that shares our memory for a fork and breaks the parent: past it. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define COIL__SYS_TSAN
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(COIL__SYS_TSAN)
int __clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
#define COIL__SYS_CLONE __clone
#else
#define COIL__SYS_CLONE clone
#endif

#define COIL__SYS_CALL(name, how, type, parameters, call) \
    static inline type coil__sys_##name parameters        \
    {                                                     \
        int coil__fault = coil__sys_fault(#name);         \
        COIL__SYS_##how(type, call);                      \
    }
#define COIL__SYS_ERRNO(type, call) \
    if (coil__fault) {              \
        errno = coil__fault;        \
        return (type)-1;            \
    }                               \
    return call
#define COIL__SYS_LENGTH(type, call)       \
    if (coil__fault == COIL__SYS_SHORT) {  \
        coil__size = (coil__size + 1) / 2; \
    } else if (coil__fault) {              \
        errno = coil__fault;               \
        return (type)-1;                   \
    }                                      \
    return call
#define COIL__SYS_NUMBER(type, call) \
    if (coil__fault)                 \
        return coil__fault;          \
    return call
#define COIL__SYS_AFTER(type, call) \
    type coil__result = call;       \
    if (coil__fault) {              \
        errno = coil__fault;        \
        return (type)-1;            \
    }                               \
    return coil__result

/* clang-format off */

/* ---- sockets ---- */
COIL__SYS_CALL(socket, ERRNO, int, (int domain, int type, int protocol),
               socket(domain, type, protocol))
COIL__SYS_CALL(socketpair, ERRNO, int, (int domain, int type, int protocol, int *ret_pair),
               socketpair(domain, type, protocol, ret_pair))
COIL__SYS_CALL(bind, ERRNO, int, (int fd, const struct sockaddr *address, socklen_t size),
               bind(fd, address, size))
COIL__SYS_CALL(listen, ERRNO, int, (int fd, int backlog), listen(fd, backlog))
COIL__SYS_CALL(accept4, ERRNO, int, (int fd, struct sockaddr *address, socklen_t *size, int flags),
               accept4(fd, address, size, flags))
COIL__SYS_CALL(connect, AFTER, int, (int fd, const struct sockaddr *address, socklen_t size),
               connect(fd, address, size))
COIL__SYS_CALL(shutdown, ERRNO, int, (int fd, int how), shutdown(fd, how))
COIL__SYS_CALL(setsockopt, ERRNO, int,
               (int fd, int level, int option, const void *value, socklen_t size),
               setsockopt(fd, level, option, value, size))
COIL__SYS_CALL(getsockopt, ERRNO, int,
               (int fd, int level, int option, void *value, socklen_t *size),
               getsockopt(fd, level, option, value, size))
COIL__SYS_CALL(getsockname, ERRNO, int, (int fd, struct sockaddr *address, socklen_t *size),
               getsockname(fd, address, size))
COIL__SYS_CALL(getpeername, ERRNO, int, (int fd, struct sockaddr *address, socklen_t *size),
               getpeername(fd, address, size))
COIL__SYS_CALL(recv, LENGTH, ssize_t, (int fd, void *buf, size_t coil__size, int flags),
               recv(fd, buf, coil__size, flags))
COIL__SYS_CALL(send, LENGTH, ssize_t, (int fd, const void *buf, size_t coil__size, int flags),
               send(fd, buf, coil__size, flags))
COIL__SYS_CALL(recvfrom, ERRNO, ssize_t,
               (int fd, void *buf, size_t size, int flags, struct sockaddr *from, socklen_t *from_size),
               recvfrom(fd, buf, size, flags, from, from_size))
COIL__SYS_CALL(sendto, ERRNO, ssize_t,
               (int fd, const void *buf, size_t size, int flags, const struct sockaddr *to, socklen_t to_size),
               sendto(fd, buf, size, flags, to, to_size))
COIL__SYS_CALL(recvmsg, ERRNO, ssize_t, (int fd, struct msghdr *msg, int flags),
               recvmsg(fd, msg, flags))
COIL__SYS_CALL(sendmsg, ERRNO, ssize_t, (int fd, const struct msghdr *msg, int flags),
               sendmsg(fd, msg, flags))
COIL__SYS_CALL(getaddrinfo, NUMBER, int,
               (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret),
               getaddrinfo(host, service, hints, ret))
COIL__SYS_CALL(getnameinfo, NUMBER, int,
               (const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size, char *service, socklen_t service_size, int flags),
               getnameinfo(address, size, host, host_size, service, service_size, flags))

/* ---- files, pipes ---- */
COIL__SYS_CALL(openat, ERRNO, int, (int dir, const char *path, int flags, mode_t mode),
               openat(dir, path, flags, mode))
COIL__SYS_CALL(close, AFTER, int, (int fd), close(fd))
COIL__SYS_CALL(read, LENGTH, ssize_t, (int fd, void *buf, size_t coil__size),
               read(fd, buf, coil__size))
COIL__SYS_CALL(write, LENGTH, ssize_t, (int fd, const void *buf, size_t coil__size),
               write(fd, buf, coil__size))
COIL__SYS_CALL(pread, LENGTH, ssize_t, (int fd, void *buf, size_t coil__size, off_t offset),
               pread(fd, buf, coil__size, offset))
COIL__SYS_CALL(pwrite, LENGTH, ssize_t, (int fd, const void *buf, size_t coil__size, off_t offset),
               pwrite(fd, buf, coil__size, offset))
COIL__SYS_CALL(readv, LENGTH, ssize_t, (int fd, const struct iovec *iov, int coil__size),
               readv(fd, iov, coil__size))
COIL__SYS_CALL(writev, LENGTH, ssize_t, (int fd, const struct iovec *iov, int coil__size),
               writev(fd, iov, coil__size))
COIL__SYS_CALL(preadv, LENGTH, ssize_t, (int fd, const struct iovec *iov, int coil__size, off_t offset),
               preadv(fd, iov, coil__size, offset))
COIL__SYS_CALL(pwritev, LENGTH, ssize_t, (int fd, const struct iovec *iov, int coil__size, off_t offset),
               pwritev(fd, iov, coil__size, offset))
COIL__SYS_CALL(sendfile, LENGTH, ssize_t, (int to, int from, off_t *offset, size_t coil__size),
               sendfile(to, from, offset, coil__size))
COIL__SYS_CALL(lseek, ERRNO, off_t, (int fd, off_t offset, int from), lseek(fd, offset, from))
COIL__SYS_CALL(fsync, ERRNO, int, (int fd), fsync(fd))
COIL__SYS_CALL(fdatasync, ERRNO, int, (int fd), fdatasync(fd))
COIL__SYS_CALL(stat, ERRNO, int, (const char *path, struct stat *ret), stat(path, ret))
COIL__SYS_CALL(fstat, ERRNO, int, (int fd, struct stat *ret), fstat(fd, ret))
COIL__SYS_CALL(statx, ERRNO, int,
               (int dir, const char *path, int flags, unsigned mask, struct statx *ret),
               statx(dir, path, flags, mask, ret))
COIL__SYS_CALL(renameat2, ERRNO, int,
               (int from_dir, const char *from, int to_dir, const char *to, unsigned flags),
               renameat2(from_dir, from, to_dir, to, flags))
COIL__SYS_CALL(unlink, ERRNO, int, (const char *path), unlink(path))
COIL__SYS_CALL(unlinkat, ERRNO, int, (int dir, const char *path, int flags),
               unlinkat(dir, path, flags))
COIL__SYS_CALL(mkdirat, ERRNO, int, (int dir, const char *path, mode_t mode),
               mkdirat(dir, path, mode))
COIL__SYS_CALL(linkat, ERRNO, int,
               (int from_dir, const char *from, int to_dir, const char *to, int flags),
               linkat(from_dir, from, to_dir, to, flags))
COIL__SYS_CALL(symlinkat, ERRNO, int, (const char *target, int dir, const char *path),
               symlinkat(target, dir, path))
COIL__SYS_CALL(readlink, ERRNO, ssize_t, (const char *path, char *buf, size_t size),
               readlink(path, buf, size))
COIL__SYS_CALL(access, ERRNO, int, (const char *path, int mode), access(path, mode))
COIL__SYS_CALL(chmod, ERRNO, int, (const char *path, mode_t mode), chmod(path, mode))
COIL__SYS_CALL(truncate, ERRNO, int, (const char *path, off_t size), truncate(path, size))
COIL__SYS_CALL(ftruncate, ERRNO, int, (int fd, off_t size), ftruncate(fd, size))
COIL__SYS_CALL(fallocate, ERRNO, int, (int fd, int mode, off_t offset, off_t size),
               fallocate(fd, mode, offset, size))
COIL__SYS_CALL(getdents64, ERRNO, ssize_t, (int fd, void *buf, size_t size),
               getdents64(fd, buf, size))
COIL__SYS_CALL(sched_getaffinity, ERRNO, int, (pid_t pid, size_t size, cpu_set_t *ret_set),
               sched_getaffinity(pid, size, ret_set))
COIL__SYS_CALL(inotify_init1, ERRNO, int, (int flags), inotify_init1(flags))
COIL__SYS_CALL(inotify_add_watch, ERRNO, int, (int fd, const char *path, uint32_t events),
               inotify_add_watch(fd, path, events))
COIL__SYS_CALL(inotify_rm_watch, ERRNO, int, (int fd, int number), inotify_rm_watch(fd, number))
COIL__SYS_CALL(pipe2, ERRNO, int, (int *ret_pair, int flags), pipe2(ret_pair, flags))
/* past libc: a child that shares our memory makes it, where ThreadSanitizer would take the child's fds for ours */
COIL__SYS_CALL(dup3, ERRNO, int, (int fd, int to, int flags), (int)syscall(SYS_dup3, fd, to, flags))
COIL__SYS_CALL(fcntl, ERRNO, int, (int fd, int command, long argument),
               fcntl(fd, command, argument))
COIL__SYS_CALL(tcgetattr, ERRNO, int, (int fd, struct termios *ret), tcgetattr(fd, ret))
COIL__SYS_CALL(close_range, ERRNO, int, (unsigned first, unsigned last, int flags),
               close_range(first, last, flags))
COIL__SYS_CALL(poll, ERRNO, int, (struct pollfd *fds, nfds_t n, int timeout_ms),
               poll(fds, n, timeout_ms))
COIL__SYS_CALL(eventfd, ERRNO, int, (unsigned value, int flags), eventfd(value, flags))
COIL__SYS_CALL(eventfd_write, ERRNO, int, (int fd, eventfd_t value), eventfd_write(fd, value))

/* ---- memory ---- */
COIL__SYS_CALL(mmap, ERRNO, void *,
               (void *at, size_t size, int protection, int flags, int fd, off_t offset),
               mmap(at, size, protection, flags, fd, offset))
COIL__SYS_CALL(munmap, AFTER, int, (void *at, size_t size), munmap(at, size))
COIL__SYS_CALL(process_madvise, ERRNO, ssize_t,
               (int pidfd, const struct iovec *ranges, size_t n, int advice),
               syscall(SYS_process_madvise, pidfd, ranges, n, advice, 0u))
COIL__SYS_CALL(madvise, ERRNO, int, (void *at, size_t size, int advice), madvise(at, size, advice))
COIL__SYS_CALL(mprotect, ERRNO, int, (void *at, size_t size, int protection),
               mprotect(at, size, protection))

/* ---- threads and processes ---- */
COIL__SYS_CALL(pthread_create, NUMBER, int,
               (pthread_t *ret, const pthread_attr_t *attr, void *(*run)(void *), void *arg),
               pthread_create(ret, attr, run, arg))
COIL__SYS_CALL(pthread_key_create, NUMBER, int, (pthread_key_t *ret, void (*end)(void *)),
               pthread_key_create(ret, end))
COIL__SYS_CALL(fork, ERRNO, pid_t, (void), fork())
COIL__SYS_CALL(clone, ERRNO, int,
               (int (*run)(void *), void *stack, int flags, void *arg, int *ret_pidfd),
               COIL__SYS_CLONE(run, stack, flags, arg, ret_pidfd))
COIL__SYS_CALL(execve, ERRNO, int,
               (const char *path, const char *const *argv, const char *const *env),
               execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env))
/* for a child that shares our memory: a sanitizer's _exit would wind up its parent */
static inline _Noreturn void coil__sys_exit_group(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}
COIL__SYS_CALL(chdir, ERRNO, int, (const char *path), chdir(path))
COIL__SYS_CALL(setsid, ERRNO, pid_t, (void), setsid())
COIL__SYS_CALL(setpgid, ERRNO, int, (pid_t pid, pid_t group), setpgid(pid, group))
COIL__SYS_CALL(getrlimit, ERRNO, int, (int which, struct rlimit *ret), getrlimit(which, ret))
COIL__SYS_CALL(waitid, ERRNO, int, (idtype_t type, id_t id, siginfo_t *ret_info, int flags),
               waitid(type, id, ret_info, flags))
COIL__SYS_CALL(waitpid, ERRNO, pid_t, (pid_t pid, int *ret_status, int flags),
               waitpid(pid, ret_status, flags))
COIL__SYS_CALL(kill, ERRNO, int, (pid_t pid, int signo), kill(pid, signo))
COIL__SYS_CALL(pidfd_open, ERRNO, int, (pid_t pid, unsigned flags),
               (int)syscall(SYS_pidfd_open, pid, flags))
COIL__SYS_CALL(pidfd_send_signal, ERRNO, int, (int pidfd, int signo),
               (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0))
COIL__SYS_CALL(futex_wait, ERRNO, int,
               (void *word, uint32_t value, const struct timespec *timeout),
               (int)syscall(SYS_futex, word, FUTEX_WAIT, value, timeout, NULL, 0))
COIL__SYS_CALL(futex_wake, ERRNO, int, (void *word, int most),
               (int)syscall(SYS_futex, word, FUTEX_WAKE, most, NULL, NULL, 0))
COIL__SYS_CALL(prctl, ERRNO, int, (int option, unsigned long argument),
               prctl(option, argument, 0, 0, 0))

/* ---- signals ---- */
COIL__SYS_CALL(sigaction, ERRNO, int,
               (int signo, const struct sigaction *action, struct sigaction *ret_before),
               sigaction(signo, action, ret_before))
/* the kernel's own, for a child that shares our memory: libc's may keep notes */
COIL__SYS_CALL(rt_sigaction, ERRNO, int, (int signo, const void *action, void *ret_before),
               (int)syscall(SYS_rt_sigaction, signo, action, ret_before, sizeof(uint64_t)))
COIL__SYS_CALL(rt_sigprocmask, ERRNO, int, (int how, const uint64_t *set),
               (int)syscall(SYS_rt_sigprocmask, how, set, NULL, sizeof(uint64_t)))
COIL__SYS_CALL(signal, ERRNO, sighandler_t, (int signo, sighandler_t handler),
               signal(signo, handler))
COIL__SYS_CALL(sigprocmask, ERRNO, int, (int how, const sigset_t *set, sigset_t *ret_before),
               sigprocmask(how, set, ret_before))
COIL__SYS_CALL(sigaltstack, ERRNO, int, (const stack_t *stack, stack_t *ret_before),
               sigaltstack(stack, ret_before))
COIL__SYS_CALL(pthread_sigmask, NUMBER, int, (int how, const sigset_t *set, sigset_t *ret_before),
               pthread_sigmask(how, set, ret_before))

/* clang-format on */

#endif
