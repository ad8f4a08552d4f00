/* The operations of libvips that FastShop uses. libvips' functions have variable numbers of arguments, which Swift
   cannot call. Every function may be called from any thread; an image is for one thread at a time. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* A decoded picture, or one that is decoded when it is needed. */
typedef struct _VipsImage cimages_image;

typedef enum { CIMAGES_JPEG = 1, CIMAGES_PNG = 2, CIMAGES_WEBP = 3 } cimages_type;

typedef struct {
  cimages_type type;
  /* In pixels, as it is to be shown: turned as its EXIF orientation says. */
  int width;
  int height;
  /* Bytes of the decoded picture. */
  uint64_t decoded_bytes;
  /* 1 if the colours are those of a profile in the file, otherwise 0. */
  int has_profile;
} cimages_header;

typedef struct {
  /* Scans of a JPEG. Each makes the decoder go over the whole picture once more, with as little as 10 bytes. */
  int scans;
  /* Chunks of a WebP, at least one for each frame of an animation. libvips asks for every frame, also when it reads the
     header only, and libwebp looks for each from the first one on. */
  int chunks;
  /* 1 for a PNG whose end is missing, also if it has all pixels; libvips notices where others are cut. Otherwise 0. */
  int is_cut;
  /* Bytes of compressed text in a PNG. Each may become a thousand in memory. */
  uint64_t text_bytes;
} cimages_parts;

/* Prepares the library, once in a process: one thread for each operation, no cache, and no other decoders of files than
   those of the types above. Returns 0, or -1. */
int cimages_start(void);

/* Counts the parts of the file at `path`, without libvips; beyond `max` it counts no further. A file that is neither
   JPEG nor WebP has none. It also looks for the end of a PNG and for compressed text. Returns 0, or -1 for a file that
   cannot be read. */
int cimages_count_parts(const char *path, int max, cimages_parts *parts);

/* Reads the header of the file at `path`; no pixel is decoded. Returns 0, or -1. */
int cimages_read_header(const char *path, cimages_header *header);

/* Decodes the file at `path`, turned upright, in sRGB, without metadata, and made smaller until no side has more than
   `side_max` pixels. `has_profile` is from its header. A file that is cut or damaged is refused. Returns NULL on
   failure. */
cimages_image *cimages_decode(const char *path, int has_profile, int side_max);

/* A smaller copy: no side has more than `side_max` pixels. Returns NULL on failure. */
cimages_image *cimages_shrink(cimages_image *image, int side_max);

/* A picture of 8-bit pixels, row by row: 3 bytes each, or 4 with alpha. The pixels are copied. NULL on failure. */
cimages_image *cimages_from_pixels(const uint8_t *pixels, size_t count, int width, int height, int bands);

/* The picture of an SVG document of the program's own, on white. Never of one from outside: it may refer to files.
   Returns NULL on failure. */
cimages_image *cimages_draw(const char *text, size_t count);

/* Encodes a picture. JPEG has no alpha: what is transparent becomes white. `quality` is from 1 to 100; PNG has none.
   The bytes are freed with cimages_free_bytes. Returns 0, or -1. */
int cimages_encode(cimages_image *image, cimages_type type, int quality, void **bytes, size_t *count);

/* The first three bands of a pixel: red, green, blue, 0 for those that there are not. Returns 0, or -1. */
int cimages_pixel(cimages_image *image, int x, int y, double colours[3]);

int cimages_width(const cimages_image *image);
int cimages_height(const cimages_image *image);
void cimages_free_image(cimages_image *image);
void cimages_free_bytes(void *bytes);

/* Copies what libvips said about failures, and forgets it. Several threads share it. */
void cimages_take_error(char *text, size_t capacity);
