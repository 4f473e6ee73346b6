/* refuse RULE... -- PROGRAM [ARGUMENT...]: runs a program in a place where the kernel refuses some system calls.
 *
 * A seccomp filter, as containers have one, stays on for the program and all its children. A rule is NAME=ERROR, with the name of a row
 * below and the errno's name, or the name of a whole kernel: linux-5.4 lacks all that came later. Exit status 77 where filters can't be
 * had, and 2 for a rule that is not understood.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANY = -1, GUARD_INSTALL = 102 };

static const struct call {
    const char *name;
    long number;
    int argument; /* which must equal `value`; ANY: whatever they are */
    uint32_t value;
    int linux_5_4; /* what that kernel says, or 0: it has it */
} calls[] = {
    {"io_uring", SYS_io_uring_setup, ANY, 0, ENOSYS},
    {"io_uring", SYS_io_uring_enter, ANY, 0, ENOSYS},
    {"io_uring", SYS_io_uring_register, ANY, 0, ENOSYS},
    {"io_uring_register", SYS_io_uring_register, ANY, 0, 0},
    {"io_uring_enter", SYS_io_uring_enter, ANY, 0, 0},
    {"epoll_pwait2", SYS_epoll_pwait2, ANY, 0, ENOSYS},
    {"pidfd_open", SYS_pidfd_open, ANY, 0, 0},
    {"pidfd_getfd", SYS_pidfd_getfd, ANY, 0, ENOSYS},
    {"pidfd_send_signal", SYS_pidfd_send_signal, ANY, 0, 0},
    {"close_range", SYS_close_range, ANY, 0, ENOSYS},
    {"openat2", SYS_openat2, ANY, 0, ENOSYS},
    {"faccessat2", SYS_faccessat2, ANY, 0, ENOSYS},
    {"clone3", SYS_clone3, ANY, 0, ENOSYS},
    {"futex_waitv", SYS_futex_waitv, ANY, 0, ENOSYS},
    {"stack_guard", SYS_madvise, 2, GUARD_INSTALL, EINVAL},
};
enum { CALLS = sizeof calls / sizeof *calls, MOST = 5 * CALLS + 8 };

static struct sock_filter filter[MOST];
static unsigned short size;

static void add(struct sock_filter instruction)
{
    if (size == MOST) {
        fputs("refuse: too many rules\n", stderr);
        exit(2);
    }
    filter[size++] = instruction;
}

/* Loads what it needs itself, so that rows stand alone. */
static void add_call(const struct call *c, int error)
{
    const uint32_t refuse = SECCOMP_RET_ERRNO | (uint32_t)error;
    unsigned char over = c->argument == ANY ? 1 : 3;
    add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->number, 0, over));
    if (c->argument != ANY) {
        uint32_t at = (uint32_t)offsetof(struct seccomp_data, args) + 8 * (uint32_t)c->argument;
        add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
        add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, 1));
    }
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refuse));
}

static int error_number(const char *name)
{
    for (int i = 1; i < 134; i++)
        if (strerrorname_np(i) && strcmp(strerrorname_np(i), name) == 0)
            return i;
    return 0;
}

/* Returns whether the rule was understood. */
static int add_rule(const char *rule)
{
    int known = 0;
    const char *equals = strchr(rule, '=');
    int error = equals ? error_number(equals + 1) : 0;
    for (int i = 0; i < CALLS; i++) {
        const struct call *c = &calls[i];
        if (strcmp(rule, "linux-5.4") == 0 && c->linux_5_4) {
            add_call(c, c->linux_5_4);
            known = 1;
        } else if (error && strlen(c->name) == (size_t)(equals - rule) &&
                   strncmp(rule, c->name, strlen(c->name)) == 0) {
            add_call(c, error);
            known = 1;
        }
    }
    return known;
}

int main(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!add_rule(argv[i])) {
            fprintf(stderr, "refuse: what is %s?\n", argv[i]);
            return 2;
        }
    }
    if (i + 1 >= argc) {
        fputs("refuse RULE... -- PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    struct sock_fprog program = {size, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        printf("this machine lets nobody filter system calls: %s\n", strerror(errno));
        return 77;
    }
    execvp(argv[i + 1], argv + i + 1);
    fprintf(stderr, "refuse: %s: %s\n", argv[i + 1], strerror(errno));
    return 2;
}
