#include <stdint.h>
#include <unicode/utrans.h>

// The names of ICU's functions are macros, which Swift does not see: they have ICU's version in them.

// NULL when there is no such transliterator.
static inline UTransliterator *cicu_transliterator(const uint16_t *rules, int32_t count) {
  UErrorCode status = U_ZERO_ERROR;
  UTransliterator *made = utrans_openU((const UChar *)rules, count, UTRANS_FORWARD, NULL, 0, NULL, &status);
  return U_SUCCESS(status) ? made : NULL;
}

// Transliterates the text in place. Returns its new length, or -1 when it does not fit into the capacity.
static inline int32_t cicu_transliterate(
  const UTransliterator *transliterator, uint16_t *text, int32_t count, int32_t capacity) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t limit = count;
  utrans_transUChars(transliterator, (UChar *)text, &count, capacity, 0, &limit, &status);
  return U_SUCCESS(status) && count <= capacity ? count : -1;
}
