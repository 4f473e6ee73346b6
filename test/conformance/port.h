/* conformance/port.h: what every port includes. asyncio.run(main()) is COIL_MAIN(amain()); a port prints errors by the name that
 * the scenario gives them.
 */
#ifndef CONFORMANCE_PORT_H
#define CONFORMANCE_PORT_H

#include <coil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A try block that can't fail in the scenario: leave with the error if it does after all. */
#define MUST(call)             \
    do {                       \
        int must_err = (call); \
        if (must_err < 0)      \
            return must_err;   \
    } while (0)

#endif
