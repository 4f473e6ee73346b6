/* tutorial: three blocking steps of 1 unit take 3 units */
#include "port.h"

#define U 0.06

static int delay(const char *name, int units)
{
    printf("start %s\n", name);
    usleep((unsigned)(units * U * 1e6));
    printf("done %s\n", name);
    return units;
}

int main(void)
{
    static const char *const names[] = {"one", "two", "three"};
    double t0 = coil_time();
    int total = 0;
    for (int i = 0; i < 3; i++)
        total += delay(names[i], 1);
    printf("sum %d\n", total);
    printf("units %d\n", (int)((coil_time() - t0) / U + 0.1));
    return 0;
}
