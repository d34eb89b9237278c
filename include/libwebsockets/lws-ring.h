/* Part of 4.1.6's header set; everything is in libwebsockets.h. */
#include <libwebsockets.h>
