/* protobuf-c as it is, and what Swift cannot see of it. */
#pragma once
#include <protobuf-c/protobuf-c.h>

/* The string that protobuf-c's structs point at when a string field is not set. */
static inline const char *protobuf_c_empty(void) { return protobuf_c_empty_string; }
