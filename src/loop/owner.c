/* loop/owner.c: whose a plain struct of a user is: a lock, an event, a queue.
 *
 * Nothing has to be undone when such a struct goes, so a loop can't know of it. It knows the loop instead: by a serial number,
 * which no other loop ever gets, so that what belonged to a closed loop is seen to be free again.
 */
#include "base/error.h"
#include "coil/errors.h"
#include "loop/loop.h"

/* 0: nobody's (any more); 1: this thread's; -COIL_EWRONGTHREAD. */
static int whose(uint64_t serial)
{
    pthread_t owner;
    if (!coil__loop_find_serial(serial, &owner))
        return 0;
    if (!pthread_equal(owner, pthread_self()))
        return -COIL_EWRONGTHREAD;
    if (coil__here.loop && coil__here.loop->serial != serial)
        return coil_fail(-COIL_EWRONGTHREAD, "the object is bound to a different event loop");
    return 1;
}

int coil__loop_check_slowly(const unsigned long long *owner)
{
    int mine = whose(__atomic_load_n(owner, __ATOMIC_RELAXED));
    return mine < 0 ? mine : 0;
}

int coil__loop_claim_slowly(unsigned long long *owner)
{
    int mine = whose(__atomic_load_n(owner, __ATOMIC_RELAXED));
    if (mine == 0 && coil__here.loop)
        __atomic_store_n(owner, coil__here.loop->serial, __ATOMIC_RELAXED);
    return mine < 0 ? mine : 0;
}
