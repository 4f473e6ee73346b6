/* base/error.h: error records and where the current one lives.
 *
 * A record is immutable and counted; it travels from task to awaiter by a reference. "Where" is a
 * pointer to the slot of the running task, or to the thread's own slot outside of tasks: the task room
 * points it elsewhere at each switch. A slot holds one reference or NULL.
 */
#ifndef COIL_BASE_ERROR_H
#define COIL_BASE_ERROR_H

#include "coil/errors.h"

struct coil__error;

/* The slot that coil_fail fills, of this thread now. */
struct coil__error **coil__error_slot(void);
/* Points this thread's slot elsewhere; NULL: back to the thread's own. At every switch of tasks, hence inline. */
extern __thread struct coil__error **coil__error_slot_in_use
    __attribute__((tls_model("initial-exec")));
static inline void coil__error_use_slot(struct coil__error **slot)
{
    coil__error_slot_in_use = slot;
}

/* Makes a record with one reference; NULL when out of memory. message is copied, NULL: the code's sentence. */
struct coil__error *coil__error_new(int code, const char *message, const char *file, int line);
/* The same, of a file name that will not last: it is copied. */
struct coil__error *coil__error_new_copy(int code, const char *message, const char *file, int line);
/* Makes one with causes; takes over a reference of each of them (also on failure, when it gives NULL). */
struct coil__error *coil__error_new_group(int code, struct coil__error **causes, int n);

struct coil__error *coil__error_ref(struct coil__error *e);        /* NULL passes through */
void coil__error_unref(struct coil__error *e);                     /* NULL is fine         */
int coil__error_code(const struct coil__error *e);                 /* 0 for NULL           */
const coil_error *coil__error_public(const struct coil__error *e); /* NULL for NULL */

/* Puts a record into the current slot, taking over the reference; NULL clears the slot. */
void coil__error_put(struct coil__error *e);
/* Gives the record in the current slot when it is for `code`, borrowed, else NULL. */
struct coil__error *coil__error_current(int code);
/* Replaces *slot by e, taking over the reference. */
void coil__error_set(struct coil__error **slot, struct coil__error *e);

#endif
