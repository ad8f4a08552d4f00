/* protobuf-c as it is, and what Swift cannot see of it. */
#pragma once
#include <protobuf-c/protobuf-c.h>

/* The string that protobuf-c's structs point at when a string field is not set. */
static inline const char *protobuf_c_empty(void) { return protobuf_c_empty_string; }

/* strlen, inlined: most texts of a message end within 64 bytes. Aligned reads never leave the text's page. */
__attribute__((no_sanitize("address"))) static inline size_t protobuf_c_text_length(const char *text) {
#if defined(__SSE2__)
  typedef char bytes16 __attribute__((vector_size(16), may_alias));
  const char *block = (const char *)((uintptr_t)text & ~(uintptr_t)15);
  unsigned ends = (unsigned)__builtin_ia32_pmovmskb128((bytes16)(*(const bytes16 *)block == 0));
  ends >>= (uintptr_t)text & 15;
  if (ends != 0) return (size_t)__builtin_ctz(ends);
  for (int i = 0; i < 3; i++) {
    block += 16;
    ends = (unsigned)__builtin_ia32_pmovmskb128((bytes16)(*(const bytes16 *)block == 0));
    if (ends != 0) return (size_t)(block - text) + (size_t)__builtin_ctz(ends);
  }
  return (size_t)(block + 16 - text) + __builtin_strlen(block + 16);
#else
  return __builtin_strlen(text);
#endif
}
