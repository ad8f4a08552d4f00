#include "CImages.h"
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* What is wrong with a file is for its decoder to say: counting ends there. */

static int skip(FILE *file, int count) {
  while (count-- > 0)
    if (getc_unlocked(file) == EOF) return -1;
  return 0;
}

/* Markers follow 0xFF. Those below 0xC0, and those of restarts, have no length: in a scan, libjpeg passes over them. */
static int count_scans(FILE *file, int max) {
  int scans = 0;
  for (int byte = getc_unlocked(file); byte != EOF; byte = getc_unlocked(file)) {
    if (byte != 0xFF) continue;
    while (byte == 0xFF) byte = getc_unlocked(file);
    if (byte == EOF || byte == 0xD9) break;
    if (byte < 0xC0 || (byte >= 0xD0 && byte <= 0xD8)) continue;
    if (byte == 0xDA && ++scans > max) break;
    int high = getc_unlocked(file);
    int low = getc_unlocked(file);
    if (high == EOF || low == EOF || skip(file, (high << 8 | low) - 2) != 0) break;
  }
  return scans;
}

static const uint8_t png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

static uint32_t little_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The chunks of a frame, after the 16 bytes of its header, count like all others: libwebp does not look at the frame's
   length, so more frames can hide in one. */
static int count_chunks(FILE *file, uint64_t end, int max) {
  int chunks = 0;
  uint8_t head[8];
  for (uint64_t at = 12; chunks <= max && at + sizeof head <= end; chunks++) {
    if (fseeko(file, (off_t)at, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head) break;
    uint64_t length = little_endian(head + 4);
    at += sizeof head + (memcmp(head, "ANMF", 4) == 0 ? 16 : length + (length & 1));
  }
  return chunks;
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/* Far more than an encoder makes of the largest file. */
enum { PNG_CHUNKS_MAX = 200000 };

/* Whether the chunk that begins here has compressed text: the decoder unpacks it all, whatever it becomes. */
static int is_compressed_text(FILE *file, const uint8_t *head) {
  if (memcmp(head + 4, "zTXt", 4) == 0) return 1;
  if (memcmp(head + 4, "iTXt", 4) != 0) return 0;
  /* A keyword of 79 bytes at most and its end, then whether the text is compressed. */
  uint8_t begin[81] = {0};
  size_t count = fread(begin, 1, sizeof begin, file);
  const uint8_t *end = memchr(begin, 0, count);
  return end == NULL || end + 1 >= begin + count || end[1] != 0;
}

/* Whether a PNG lacks its last chunk, or a part of it: libvips is content when it has all pixels. Also adds up its
   compressed text. */
static int is_png_cut(FILE *file, uint64_t *text_bytes) {
  if (fseeko(file, 0, SEEK_END) != 0) return 1;
  uint64_t size = (uint64_t)ftello(file);
  uint64_t at = sizeof png_signature;
  uint8_t head[8];
  for (int chunk = 0; chunk < PNG_CHUNKS_MAX; chunk++) {
    if (fseeko(file, (off_t)at, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head) return 1;
    if (is_compressed_text(file, head)) *text_bytes += big_endian(head);
    /* The content, and its checksum. */
    at += sizeof head + big_endian(head) + 4;
    if (at > size) return 1;
    if (memcmp(head + 4, "IEND", 4) == 0) return 0;
  }
  return 1;
}

int cimages_count_parts(const char *path, int max, cimages_parts *parts) {
  *parts = (cimages_parts){0, 0, 0, 0};
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return -1;
  uint8_t head[12];
  size_t count = fread(head, 1, sizeof head, file);
  rewind(file);
  if (count >= 2 && head[0] == 0xFF && head[1] == 0xD8)
    parts->scans = count_scans(file, max);
  else if (count == sizeof head && memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WEBP", 4) == 0)
    parts->chunks = count_chunks(file, 8 + (uint64_t)little_endian(head + 4), max);
  else if (count >= sizeof png_signature && memcmp(head, png_signature, sizeof png_signature) == 0)
    parts->is_cut = is_png_cut(file, &parts->text_bytes);
  fclose(file);
  return 0;
}
