#include <stdint.h>
#include <string.h>
#include <unicode/uloc.h>
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

// The canonical form of a language tag without extensions, with a NUL. Returns its length, or -1 for any other text and
// when it does not fit. A code of two letters must be one that ICU knows.
static inline int32_t cicu_language_tag(const char *text, char *tag, int32_t capacity) {
  char id[96], part[16];
  int32_t parsed = 0;
  UErrorCode status = U_ZERO_ERROR;
  uloc_forLanguageTag(text, id, (int32_t)sizeof id, &parsed, &status);
  if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING) return -1;
  if ((size_t)parsed != strlen(text) || strchr(id, '@')) return -1;
  int32_t language = uloc_getLanguage(id, part, (int32_t)sizeof part, &status);
  if (U_FAILURE(status) || language < 2 || language > 3) return -1;
  if (language == 2 && uloc_getISO3Language(id)[0] == 0) return -1;
  int32_t country = uloc_getCountry(id, part, (int32_t)sizeof part, &status);
  if (U_FAILURE(status) || (country == 2 && uloc_getISO3Country(id)[0] == 0)) return -1;
  int32_t count = uloc_toLanguageTag(id, tag, capacity, 1, &status);
  return U_SUCCESS(status) && count < capacity ? count : -1;
}
