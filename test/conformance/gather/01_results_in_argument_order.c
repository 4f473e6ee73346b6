/* tutorial: gather returns results in argument order, not in order of completion */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.04));
    printf("done %s\n", name);
    *ret = name;
    return 0;
}

COIL_ASYNC(amain)
{
    const char *a, *b, *c;
    MUST(coil_gather(delay("slow", 3, &a), delay("fast", 1, &b), delay("mid", 2, &c)));
    printf("%s %s %s\n", a, b, c);
    return 0;
}
COIL_MAIN(amain())
