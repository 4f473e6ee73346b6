/* Generators: functions that give their results one by one; what a body awaits suspends the task that asked for the next one. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(running_average)
{
    double total = 0, average = 0;
    int count = 0, err;
    const void *sent;
    while ((err = coil_generator_yield(count ? &average : NULL, &sent)) >= 0) {
        total += *(const int *)sent;
        average = total / ++count;
    }
    printf("%d numbers were averaged\n", count);
    return err;
}

COIL_ASYNC(pages, (int, last))
{
    int err = 0;
    for (int page = 1; page <= last && err >= 0; page++) {
        err = coil_sleep(1); /* a server far away */
        if (err >= 0)
            err = coil_generator_yield(&page, NULL);
    }
    coil_ignore(coil_sleep(1)); /* cleanup may await */
    printf("The connection is closed\n");
    return err;
}

static int averages(void)
{
    const int numbers[] = {10, 20, 60};
    double so_far;
    COIL_GENERATOR(average, running_average(), sizeof so_far);
    int err = coil_generator_next(average, NULL);
    for (int i = 0; i < 3 && err >= 0; i++) {
        err = coil_generator_send(average, &numbers[i], &so_far);
        if (err >= 0)
            printf("Average so far: %.0f\n", so_far);
    }
    return err;
}

COIL_ASYNC(read_pages)
{
    int err = averages();
    if (err < 0)
        return err;
    int page;
    COIL_GENERATOR(numbers, pages(9), sizeof page);
    COIL_ASYNC_FOR(err, coil_generator_next(numbers, &page))
    {
        printf("Page %d\n", page);
        if (page == 3) {
            printf("That is enough\n");
            break;
        }
    }
    return err;
}

COIL_MAIN(read_pages())
