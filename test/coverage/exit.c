/* test/coverage/exit.c: a process that ends by _exit writes its counts first.
 *
 * Linked into every program of the coverage build, where the linker sends _exit here (--wrap). So a forked worker, the fork
 * server and the children of tests are counted, and the sources need no word about it.
 */
#include <unistd.h>

void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}
