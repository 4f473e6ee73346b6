/* tutorial: 24 games; blocking think time adds up, opponents' waits overlap */
#include "port.h"

enum { GAMES = 24, MOVES = 2 };
#define THINK 0.001
#define REPLY 0.12

static int boards[MOVES][GAMES], n_boards[MOVES];

COIL_ASYNC(game, (int, n), (int, ret, out))
{
    for (int m = 0; m < MOVES; m++) {
        usleep((unsigned)(THINK * 1e6)); /* the champion thinks: blocks the hall */
        boards[m][n_boards[m]++] = n;
        MUST(coil_sleep(REPLY)); /* the opponent thinks: overlaps */
    }
    *ret = n;
    return 0;
}

COIL_ASYNC(amain)
{
    coil_call calls[GAMES];
    int results[GAMES], in_order = 1;
    double t0 = coil_time();
    for (int n = 0; n < GAMES; n++)
        calls[n] = COIL_CALL(game(n, &results[n]));
    MUST(coil_gather_n(calls, GAMES, NULL));
    double elapsed = coil_time() - t0;
    for (int n = 0; n < GAMES; n++)
        in_order = in_order && results[n] == n;
    printf("games %d in order %d\n", GAMES, in_order);
    for (int m = 0; m < MOVES; m++) {
        printf("round %d boards", m);
        for (int n = 0; n < n_boards[m]; n++)
            printf(" %d", boards[m][n]);
        printf("\n");
    }
    printf("faster than one third of one-by-one: %d\n",
           elapsed < GAMES * MOVES * (THINK + REPLY) / 3);
    return 0;
}
COIL_MAIN(amain())
