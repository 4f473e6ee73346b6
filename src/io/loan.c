/* io/loan.c: how the block is lent, parted with, and taken back. */
#include "io/loan.h"

#include "base/memory.h"

/* The borrower has kept its bytes while others went on: they are its own now, in the block that they lie in. */
static void part_with(struct coil__streams *room)
{
    struct coil__buffer *own = &room->borrower->reader.buf;
    coil__buffer_done(own);
    *own = (struct coil__buffer){.data = room->loan, .room = COIL__LOAN_ROOM};
    room->loan = NULL;
    room->borrower = NULL;
}

char *coil__loan_make(struct coil__streams *room)
{
    if (room->borrower)
        part_with(room);
    if (!room->loan) {
        room->loan = room->spare ? room->spare : coil__malloc(COIL__LOAN_ROOM);
        room->spare = NULL;
    }
    return room->loan;
}

/* One is kept, for the next who is slow. */
void coil__loan_return(struct coil__stream *s)
{
    struct coil__streams *room = s->room;
    struct coil__buffer *own = &s->reader.buf;
    if (coil__buffer_size(own) > 0)
        return;
    if (room->spare) {
        coil__buffer_done(own);
    } else {
        room->spare = own->data;
        *own = (struct coil__buffer){0};
    }
}
