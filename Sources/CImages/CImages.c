#include "CImages.h"
#include <string.h>
#include <vips/vips.h>

/* What libvips says is in its error buffer; nothing of it belongs on standard error. */
static void say_nothing(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain, (void)level, (void)message, (void)data;
}

int cimages_start(void) {
  if (VIPS_INIT("fastshop") != 0) return -1;
  g_log_set_handler("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION), say_nothing, NULL);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  /* From memory only, where the shop's own drawings are: what comes from outside is a file. */
  vips_operation_block_set("VipsForeignLoadSvgBuffer", FALSE);
  return 0;
}

static cimages_type type_of(VipsImage *image) {
  const char *loader = NULL;
  if (vips_image_get_typeof(image, VIPS_META_LOADER) == 0) return 0;
  if (vips_image_get_string(image, VIPS_META_LOADER, &loader) != 0) return 0;
  if (strncmp(loader, "jpeg", 4) == 0) return CIMAGES_JPEG;
  if (strncmp(loader, "png", 3) == 0) return CIMAGES_PNG;
  if (strncmp(loader, "webp", 4) == 0) return CIMAGES_WEBP;
  return 0;
}

int cimages_read_header(const char *path, cimages_header *header) {
  VipsImage *image = vips_image_new_from_file(
      path, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
  if (image == NULL) return -1;
  int is_turned = vips_image_get_orientation_swap(image);
  header->type = type_of(image);
  header->width = is_turned ? vips_image_get_height(image) : vips_image_get_width(image);
  header->height = is_turned ? vips_image_get_width(image) : vips_image_get_height(image);
  header->decoded_bytes = VIPS_IMAGE_SIZEOF_IMAGE(image);
  header->has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
  g_object_unref(image);
  return header->type == 0 ? -1 : 0;
}

/* The picture in memory, so that nothing is decoded twice, without metadata: the encoders keep some of it even when
   they are told to strip it. Lets go of `image`. */
static VipsImage *in_memory(VipsImage *image) {
  VipsImage *decoded = vips_image_copy_memory(image);
  g_object_unref(image);
  if (decoded == NULL) return NULL;
  VipsImage *bare = NULL;
  int failed = vips_copy(decoded, &bare, NULL);
  g_object_unref(decoded);
  if (failed) return NULL;
  char **names = vips_image_get_fields(bare);
  for (char **name = names; name != NULL && *name != NULL; name++) vips_image_remove(bare, *name);
  g_strfreev(names);
  return bare;
}

cimages_image *cimages_decode(const char *path, int has_profile, int side_max) {
  VipsImage *image = NULL;
  /* It turns the picture as its orientation says. Without a profile in the file, a conversion to sRGB would change
     colours that are sRGB already. */
  int failed = has_profile
                   ? vips_thumbnail(
                         path, &image, side_max, "height", side_max, "size", VIPS_SIZE_DOWN, "export_profile", "srgb",
                         "fail_on", VIPS_FAIL_ON_ERROR, NULL)
                   : vips_thumbnail(
                         path, &image, side_max, "height", side_max, "size", VIPS_SIZE_DOWN, "fail_on",
                         VIPS_FAIL_ON_ERROR, NULL);
  return failed ? NULL : in_memory(image);
}

cimages_image *cimages_shrink(cimages_image *image, int side_max) {
  VipsImage *smaller = NULL;
  if (vips_thumbnail_image(image, &smaller, side_max, "height", side_max, "size", VIPS_SIZE_DOWN, NULL) != 0)
    return NULL;
  return in_memory(smaller);
}

cimages_image *cimages_from_pixels(const uint8_t *pixels, size_t count, int width, int height, int bands) {
  VipsImage *image = vips_image_new_from_memory_copy(pixels, count, width, height, bands, VIPS_FORMAT_UCHAR);
  if (image == NULL) return NULL;
  VipsImage *coloured = NULL;
  int failed = vips_copy(image, &coloured, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
  g_object_unref(image);
  return failed ? NULL : coloured;
}

static VipsImage *on_white(VipsImage *image) {
  VipsImage *opaque = NULL;
  if (!vips_image_hasalpha(image)) return g_object_ref(image);
  double white = 255;
  VipsArrayDouble *background = vips_array_double_new(&white, 1);
  int failed = vips_flatten(image, &opaque, "background", background, NULL);
  vips_area_unref(VIPS_AREA(background));
  return failed ? NULL : opaque;
}

cimages_image *cimages_draw(const char *text, size_t count) {
  VipsImage *drawn = NULL;
  if (vips_svgload_buffer((void *)text, count, &drawn, NULL) != 0) return NULL;
  VipsImage *opaque = on_white(drawn);
  g_object_unref(drawn);
  return opaque == NULL ? NULL : in_memory(opaque);
}

int cimages_encode(cimages_image *image, cimages_type type, int quality, void **bytes, size_t *count) {
  *bytes = NULL;
  *count = 0;
  switch (type) {
  case CIMAGES_PNG: return vips_pngsave_buffer(image, bytes, count, "strip", TRUE, NULL);
  case CIMAGES_WEBP: return vips_webpsave_buffer(image, bytes, count, "Q", quality, "strip", TRUE, NULL);
  case CIMAGES_JPEG: {
    VipsImage *opaque = on_white(image);
    if (opaque == NULL) return -1;
    int failed = vips_jpegsave_buffer(
        opaque, bytes, count, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, "interlace", TRUE, NULL);
    g_object_unref(opaque);
    return failed;
  }
  }
  return -1;
}

int cimages_pixel(cimages_image *image, int x, int y, double colours[3]) {
  double *point = NULL;
  int bands = 0;
  if (vips_getpoint(image, &point, &bands, x, y, NULL) != 0) return -1;
  for (int band = 0; band < 3; band++) colours[band] = band < bands ? point[band] : 0;
  g_free(point);
  return 0;
}

int cimages_width(const cimages_image *image) { return vips_image_get_width(image); }
int cimages_height(const cimages_image *image) { return vips_image_get_height(image); }
void cimages_free_image(cimages_image *image) { g_object_unref(image); }
void cimages_free_bytes(void *bytes) { g_free(bytes); }

void cimages_take_error(char *text, size_t capacity) {
  char *said = vips_error_buffer_copy();
  g_strlcpy(text, said, capacity);
  g_free(said);
}
