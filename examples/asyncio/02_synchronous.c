/* Where the tutorial starts: blocking calls, one after the other. Nothing overlaps, and there is no loop. */
#include <stdio.h>
#include <time.h>

static const char *fetch_data(int param)
{
    struct timespec tenths = {0, param * 100000000L};
    printf("Do something with %d...\n", param);
    nanosleep(&tenths, NULL); /* the whole program stands still */
    printf("Done with %d\n", param);
    return param == 1 ? "Result of 1" : "Result of 2";
}

int main(void)
{
    const char *result1 = fetch_data(1);
    printf("Fetch 1 fully completed\n");
    const char *result2 = fetch_data(2);
    printf("Fetch 2 fully completed\n");
    printf("[%s, %s]\n", result1, result2);
    return 0;
}
