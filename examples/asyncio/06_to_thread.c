/* to_thread: blocking functions in threads, while the loop goes on. The two here really block: each waits for a word that
 * only the loop can give, so the program would hang if the loop stood still. */
#include <coil.h>
#include <semaphore.h>
#include <stdio.h>

static int read_slowly(int number, sem_t *ready, int *ret_square)
{
    while (sem_wait(ready) < 0) /* blocks this thread, not the loop */
        if (errno != EINTR)
            return -errno;
    *ret_square = number * number;
    return 0;
}
COIL_CALLABLE(read_slowly, int, sem_t *, int *); /* an ordinary function becomes wrappable */

COIL_ASYNC(give_the_word, (sem_t *, first), (sem_t *, second))
{
    int err = coil_sleep(0.05);
    printf("The loop is free: the word is given\n");
    sem_post(first); /* also after a cancellation: the threads wait for it */
    sem_post(second);
    return err;
}

COIL_ASYNC(with_threads)
{
    sem_t first, second;
    int square3 = 0, square4 = 0;
    sem_init(&first, 0, 0);
    sem_init(&second, 0, 0);
    /* who gives the word comes first: once a thread waits for it, it will come, whatever is cancelled */
    int err = coil_gather(give_the_word(&first, &second),
                          coil_to_thread(read_slowly(3, &first, &square3)),
                          coil_to_thread(read_slowly(4, &second, &square4)));
    if (err >= 0)
        printf("The threads gave %d and %d\n", square3, square4);
    sem_destroy(&first); /* gather has waited for both, so nobody uses them */
    sem_destroy(&second);
    return err;
}

COIL_MAIN(with_threads())
