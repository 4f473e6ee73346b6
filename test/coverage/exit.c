/* test/coverage/exit.c: a process that ends without exit writes its counts first.
 *
 * Linked into every program of the coverage build, where the linker sends _exit and signal here (--wrap). So a forked worker, the fork
 * server and the children of tests are counted, and the sources need no word about it. A child that shares its parent's memory
 * until it executes another program has the parent's counts too: they begin at zero again, and are neither lost nor added twice.
 * The handler of a stack overflow brings back SIGSEGV's default action as its last word.
 */
#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
__sighandler_t __real_signal(int signo, __sighandler_t handler);
__sighandler_t __wrap_signal(int signo, __sighandler_t handler);

static void write_counts(void)
{
    __gcov_dump();
    __gcov_reset();
}

void __wrap__exit(int status)
{
    write_counts();
    __real__exit(status);
}

__sighandler_t __wrap_signal(int signo, __sighandler_t handler)
{
    if (signo == SIGSEGV && handler == SIG_DFL)
        write_counts();
    return __real_signal(signo, handler);
}
