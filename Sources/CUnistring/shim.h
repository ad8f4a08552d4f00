#include <stddef.h>
#include <stdint.h>
#include <unicase.h>
#include <uninorm.h>

// The forms are macros, which Swift does not see. The results are malloc's; null when there is no memory.

static inline uint8_t *cunistring_nfc(const uint8_t *text, size_t count, size_t *made) {
  return u8_normalize(UNINORM_NFC, text, count, NULL, made);
}

static inline uint8_t *cunistring_nfkc(const uint8_t *text, size_t count, size_t *made) {
  return u8_normalize(UNINORM_NFKC, text, count, NULL, made);
}

static inline uint8_t *cunistring_nfkd(const uint8_t *text, size_t count, size_t *made) {
  return u8_normalize(UNINORM_NFKD, text, count, NULL, made);
}

static inline uint8_t *cunistring_casefold(const uint8_t *text, size_t count, size_t *made) {
  return u8_casefold(text, count, NULL, UNINORM_NFKC, NULL, made);
}
