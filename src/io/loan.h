/* io/loan.h: one block of memory for all streams of a loop, to receive into what is there already.
 *
 * A connection that waits needs no buffer then, and what comes lands in memory that is in the cache: it was just used for another one.
 * The block is lent to the reader that received into it, until that one reads again (coil__loan_end). Who receives in between does not
 * overwrite it: the block becomes its borrower's own, which has kept it longer than usual, and the loop makes another one. So bytes
 * that were given out stay where they are until the next read, whoever runs meanwhile.
 *
 * Always true: the buffer of the borrower is empty, because whatever fills it ends the loan before.
 */
#ifndef COIL_IO_LOAN_H
#define COIL_IO_LOAN_H

#include "io/stream.h"

enum { COIL__LOAN_ROOM = 65536 };

/* A block of COIL__LOAN_ROOM bytes that nobody uses, for a receive that does not suspend. NULL when out of memory. */
char *coil__loan_make(struct coil__streams *room);
static inline char *coil__loan_block(struct coil__streams *room)
{
    return room->loan && !room->borrower ? room->loan : coil__loan_make(room);
}
/* The block has bytes for s now. */
static inline void coil__loan_grant(struct coil__stream *s)
{
    s->room->borrower = s;
}
/* An empty buffer as large as the block is probably one that the loop parted with: it gets it back. */
void coil__loan_return(struct coil__stream *s);
/* s reads again: nobody looks at what it was lent. */
static inline void coil__loan_end(struct coil__stream *s)
{
    if (s->room->borrower == s)
        s->room->borrower = NULL;
    else if (__builtin_expect(s->reader.buf.room == COIL__LOAN_ROOM, 0))
        coil__loan_return(s);
}

#endif
