/* BoundedSemaphore refuses a release beyond its start value; a plain one grows */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_semaphore b, s;
    MUST(coil_bounded_semaphore_init(&b, 2));
    MUST(coil_semaphore_acquire(&b));
    printf("in\n");
    coil_semaphore_release(&b);
    if (coil_semaphore_release(&b) == -EOVERFLOW)
        printf("bounded ValueError\n");
    MUST(coil_semaphore_init(&s, 0));
    coil_semaphore_release(&s);
    coil_semaphore_release(&s);
    MUST(coil_semaphore_acquire(&s));
    MUST(coil_semaphore_acquire(&s));
    printf("two permits from releases, locked %d\n", coil_semaphore_locked(&s));
    coil_semaphore_release(&s);
    coil_semaphore_release(&s);
    if (coil_semaphore_init(&s, -1) == -EINVAL)
        printf("negative ValueError\n");
    return 0;
}
COIL_MAIN(amain())
