/* work/slot.h: memory that the program shares with one of its workers, with room for a small job and its answer. See
 * docs/decisions/0010.
 *
 * Whose turn it is says `word`, on which the worker sleeps. The program sets it when it gives a job and the worker clears it when the
 * answer is there; in between bits are added to it, never anything else:
 *
 *   GIVEN   - there is a job; the slot is the worker's
 *   SOCKET  - the job comes through the socket, and so does the answer
 *   RING    - the loop sleeps: the answer is to be told through the bell
 *   TALK    - a thread waits: the answer is to be sent through the socket
 *   ASLEEP  - the worker sleeps, or is about to: whoever gives it something wakes it
 *   END     - there will be no more jobs
 *
 * To the program all of it is a stranger's: each word is copied before it is looked at, and no size or pointer is taken from it.
 */
#ifndef COIL_WORK_SLOT_H
#define COIL_WORK_SLOT_H

#include <stdatomic.h>

#include "work/forkserver.h"

enum {
    COIL__SLOT_GIVEN = 1,
    COIL__SLOT_SOCKET = 2,
    COIL__SLOT_RING = 4,
    COIL__SLOT_TALK = 8,
    COIL__SLOT_ASLEEP = 16,
    COIL__SLOT_END = 32
};
enum { COIL__SLOT_SIZE = 8192, COIL__SLOT_HEADS = 128, COIL__SLOTS = 1024 };

struct coil__slot {
    _Alignas(64) atomic_uint word;
    _Alignas(64) struct coil__job_head job; /* the program writes it */
    struct coil__reply_head reply;          /* the worker writes it  */
    atomic_ullong begun; /* the job's mark turned over; once the worker has begun the mark */
    /* the input, and from coil__slot_out on the output; of a failure the texts */
    _Alignas(16) char room[COIL__SLOT_SIZE - COIL__SLOT_HEADS];
};
_Static_assert(sizeof(struct coil__slot) == COIL__SLOT_SIZE, "two small pages");
_Static_assert(offsetof(struct coil__slot, room) % 16 == 0, "fit for any struct");

/* Where the output is in the room, which begins with the input. */
static inline size_t coil__slot_out(const coil_remote *remote)
{
    return (remote->in_size + 15) & ~(size_t)15;
}
static inline bool coil__slot_fits(const coil_remote *remote)
{
    const size_t room = sizeof((struct coil__slot *)NULL)->room;
    return remote->in_size <= room && remote->out_size <= room &&
           coil__slot_out(remote) + remote->out_size <= room;
}

/* ---- which slot is whose ---- */

/* Maps slots for the workers of a new fork server, before it is forked. Where there is no memory for them workers have none. */
void coil__slots_map(void);
/* One that nobody has, cleared; or NULL. Any thread. */
struct coil__slot *coil__slot_take(void);
/* Gives it back: its worker is dead. */
void coil__slot_leave(struct coil__slot *s);
/* Its name in a request to the fork server, and back. -1: NULL. */
int coil__slot_number(const struct coil__slot *s);
struct coil__slot *coil__slot_at(int number);
/* In a worker: no slot but this one (or none) is there any more. */
void coil__slots_keep(const struct coil__slot *mine);

/* ---- the program's side ---- */

/* Gives a job, for which there is room. how: TALK, or 0. */
void coil__slot_give(struct coil__slot *s, const struct coil__job_head *job, const void *in,
                     unsigned how);
/* Tells the worker that a job comes through its socket, or that none will come. No slot: no-op. */
void coil__slot_call(struct coil__slot *s, unsigned what);
/* The worker has nothing to do: what it was given is over. */
static inline bool coil__slot_is_over(struct coil__slot *s)
{
    return !(atomic_load_explicit(&s->word, memory_order_acquire) & COIL__SLOT_GIVEN);
}
/* Has the answer told in this way, RING or TALK. False: it is there already. */
bool coil__slot_ask(struct coil__slot *s, unsigned how);

/* ---- the worker's side ---- */

struct coil__spin;
/* Waits for something to do. Returns the word. fd: when not -1, its end is looked for now and then. */
unsigned coil__slot_wait(struct coil__slot *s, struct coil__spin *spin, int fd);
/* The answer is in the slot: tells it. False: it is wanted through the socket, and the slot is the program's now. */
bool coil__slot_tell(struct coil__slot *s, int bell);
/* The slot is the program's again; the answer follows through the socket. */
static inline void coil__slot_clear(struct coil__slot *s)
{
    atomic_store(&s->word, 0);
}

#endif
