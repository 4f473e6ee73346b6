/* The chess exhibition: Judit Polgár plays 24 games of 30 pairs of moves. She needs 5 seconds for a move, an opponent 55. One game
 * after the other takes 12 hours; walking from board to board while the others think, 1 hour. It is her time that counts.
 * The clock is virtual: the program takes no time at all. */
#include <coil.h>
#include <stdio.h>

enum { GAMES = 24, PAIRS = 30, HER_SECONDS = 5, THEIR_SECONDS = 55 };

/* judit: she makes one move at a time; NULL: she stays at this board alone */
COIL_ASYNC(game, (coil_lock *, judit))
{
    for (int pair = 0; pair < PAIRS; pair++) {
        int err = judit ? coil_lock_acquire(judit) : 0;
        if (err < 0)
            return err;
        err = coil_sleep(HER_SECONDS);
        if (judit)
            coil_lock_release(judit);
        if (err >= 0)
            err = coil_sleep(THEIR_SECONDS);
        if (err < 0)
            return err;
    }
    return 0;
}

static int one_by_one(void)
{
    for (int i = 0; i < GAMES; i++) {
        int err = game(NULL);
        if (err < 0)
            return err;
    }
    return 0;
}

static int simultaneously(void)
{
    coil_lock judit;
    int err;
    coil_lock_init(&judit);
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < GAMES; i++)
            coil_group_create_task(g, game(&judit));
    }
    return err;
}

COIL_ASYNC(exhibition)
{
    double begin = coil_time();
    int err = one_by_one();
    if (err < 0)
        return err;
    printf("One by one: %.1f hours\n", (coil_time() - begin) / 3600);
    begin = coil_time();
    err = simultaneously();
    if (err >= 0)
        printf("Simultaneously: %.1f hours\n", (coil_time() - begin) / 3600);
    return err;
}

int main(void)
{
    coil_loop_options options = {.virtual_clock = 1};
    int err = coil_run_with(exhibition(), &options);
    if (err < 0)
        fprintf(stderr, "%s\n", coil_error_message(err));
    return err < 0;
}
