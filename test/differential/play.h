/* play.h: a program of generate.py and its world, as those who play it share them.
 *
 * A program is lines; a line is a statement with its numbers, and one that opens a block ends with a brace. An outcome is a text of up to 512
 * bytes, empty for "ok".
 */
#ifndef TEST_DIFFERENTIAL_PLAY_H
#define TEST_DIFFERENTIAL_PLAY_H

#include <coil.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNIT (1.0 / 64)
enum { FULL = 150, MAX_LINES = 1000, SLOTS = 6 };

/* ---- the program ---- */

struct line {
    char kind[16], text[80];
    int n, arg[4];
    bool opens;
};
extern struct line lines[MAX_LINES];
extern int n_lines, starts[16];

bool load(const char *path);
/* Where the block that begins in this line ends. */
int end_of(int at);

static inline bool is(const struct line *l, const char *kind)
{
    return strcmp(l->kind, kind) == 0;
}

/* ---- its world ---- */

extern coil_lock locks[2];
extern coil_semaphore semaphores[2];
extern coil_event events[2];
extern coil_condition conditions[2];
extern coil_queue queues[2];
extern coil_barrier barriers[2];
extern coil_future *futures[2];
struct slot {
    coil_task *task; /* a reference */
    int index;
};
extern struct slot slots[SLOTS];
extern int created;
extern bool ending;
extern bool owed[FULL + 8]; /* by index: it has cancelled itself and was not told yet */

/* Makes all that is in it. The time of the trace begins. */
int open_world(void);
void close_world(void);
/* How the trace calls an error. */
const char *name_of(int err, char buf[96]);
/* Prints a line of the trace. */
void tell(int me, int at, const char *outcome);
/* Whether n tasks more may be made. */
bool room_for(int n);
/* The task in a slot, if it is a later one than this: nobody waits for an earlier one. */
coil_task *later(int me, int slot);
/* Puts a task that was just made into a slot. */
int keep(int slot, coil_task *task);

/* ---- statements ---- */

COIL_DECLARE(procedure, (int, number), (int, me));
/* Returns what the statement's call returned, and what is to be said when that is no error. */
int statement(int at, int me, coil_group *group, char *outcome);
/* The same for what has to do with tasks. */
int make_tasks(const struct line *l, int me, coil_group *group, char *outcome);
int task_statement(const struct line *l, int at, int me, char *outcome);
int callback_statement(const struct line *l, int me, int at, char *outcome);
int gather_tasks(const struct line *l, int me, char *outcome);
int as_completed(const struct line *l, int me, char *outcome);

#endif
