/* io/address.h: the parts of an address's text, for those who also take names. */
#ifndef COIL_IO_ADDRESS_H
#define COIL_IO_ADDRESS_H

#include <stdbool.h>
#include <string.h>

#include "coil/dns.h"

struct coil__host_port {
    char host[256]; /* "" when it was left out: every interface */
    int port;
};

static inline bool coil__address_is_unix(const char *text)
{
    return strncmp(text, "unix:", 5) == 0;
}
/* Splits "HOST:PORT", "[IPv6]:PORT" or ":PORT". Returns 0, or -EINVAL without a message. */
int coil__address_split(const char *text, struct coil__host_port *ret);
/* Makes the address of "unix:PATH" or "unix:@NAME". Returns as coil__connect_unix_address. */
int coil__address_parse_unix(const char *text, coil_address *ret_address);
/* Fails with -EINVAL and what was expected. */
int coil__address_fail(const char *text);

#endif
