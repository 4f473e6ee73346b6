/* engine/helpers.h: operations that a kernel can't do without blocking, done by helper threads under the backend's contract.
 *
 * Both backends have one of these. A finished job comes back through a lock-free queue and wakes the backend; the owning
 * thread collects it in poll().
 */
#ifndef COIL_ENGINE_HELPERS_H
#define COIL_ENGINE_HELPERS_H

#include "base/crew.h"
#include "base/mpsc.h"
#include "engine/backend.h"

struct coil__helpers {
    struct coil__backend *backend;
    struct coil__crew *crew; /* made with the first job */
    struct coil__mpsc finished;
    struct coil__list running; /* jobs on their way, by owner_link */
    struct coil__helper_job *spare;
};

void coil__helpers_init(struct coil__helpers *h, struct coil__backend *backend);
void coil__helpers_done(struct coil__helpers *h);
/* Hands an operation over. Returns 0, or the error that it then has as its result. */
int coil__helpers_submit(struct coil__helpers *h, struct coil__op *op);
/* True when the operation was still queued: it will not run, and is the backend's again. */
bool coil__helpers_cancel(struct coil__helpers *h, struct coil__op *op);
static inline bool coil__helpers_pending(struct coil__helpers *h)
{
    return !coil__mpsc_empty(&h->finished);
}
/* Calls collect(ctx, op) for each finished operation, its result set. */
void coil__helpers_collect(struct coil__helpers *h, void (*collect)(void *ctx, struct coil__op *op),
                           void *ctx);
/* Does an operation here and now, blocking: what the helpers run. */
int coil__op_perform(const struct coil__op *op);

#endif
