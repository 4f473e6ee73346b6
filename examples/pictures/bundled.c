/* bundled.c: a child that says on its standard output where it listens. */
#include "bundled.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int program_path(char *ret, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", ret, size - 1);
    if (n < 0)
        return -errno;
    ret[n] = 0;
    char *name = strrchr(ret, '/') + 1;
    if ((size_t)(name - ret) + sizeof "pictures-server" > size)
        return -ENAMETOOLONG;
    strcpy(name, "pictures-server");
    return access(ret, X_OK) == 0 ? 0 : -errno;
}

/* In the child, after fork. */
static void become_server(const char *program, const struct options *o, const char *images,
                          int output, pid_t parent)
{
    char delay[40], bandwidth[40];
    snprintf(delay, sizeof delay, "%.6f", o->delay);
    snprintf(bandwidth, sizeof bandwidth, "%.0f", o->bandwidth);
    const char *argv[16] = {program, "--images",    images,   "--delay",
                            delay,   "--bandwidth", bandwidth};
    int n = 7;
    if (o->truncate) {
        argv[n++] = "--truncate";
        argv[n++] = o->truncate;
    }
    if (o->fail_first) {
        argv[n++] = "--fail-first";
        argv[n++] = o->fail_first;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);
    if (getppid() == parent && dup2(output, STDOUT_FILENO) >= 0)
        execv(program, (char *const *)argv);
    _exit(127);
}

/* Reads its first line, which says the address. */
static int read_address(int fd, char *ret, size_t size)
{
    char line[256];
    size_t n = 0;
    while (n < sizeof line - 1) {
        const ssize_t got = read(fd, line + n, sizeof line - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        n += (size_t)got;
        if (memchr(line, '\n', n))
            break;
    }
    line[n] = 0;
    char *address = strstr(line, "http://");
    if (!address)
        return -EPROTO;
    size_t length = strcspn(address, " \r\n");
    while (length > 0 && address[length - 1] == '/')
        length--;
    if (length >= size)
        return -EPROTO;
    memcpy(ret, address, length);
    ret[length] = 0;
    return 0;
}

int bundled_start(struct bundled *b, const struct options *options, const char *images)
{
    char program[PATH_MAX];
    int pipes[2];
    b->pid = 0;
    int err = program_path(program, sizeof program);
    if (err < 0)
        return err;
    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -errno;
    const pid_t parent = getpid();
    const pid_t pid = fork();
    err = pid < 0 ? -errno : 0;
    if (pid == 0)
        become_server(program, options, images, pipes[1], parent);
    close(pipes[1]);
    if (err == 0) {
        b->pid = pid;
        err = read_address(pipes[0], b->base, sizeof b->base);
    }
    close(pipes[0]);
    if (err < 0)
        bundled_stop(b);
    return err;
}

void bundled_stop(struct bundled *b)
{
    if (b->pid <= 0)
        return;
    kill(b->pid, SIGTERM);
    while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    b->pid = 0;
}
