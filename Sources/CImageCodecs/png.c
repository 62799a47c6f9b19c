#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "CImageCodecs.h"

typedef struct {
  ICBytes rest;
  ICMessage *message;
} Source;

static void fail(png_structp png, png_const_charp text) {
  Source *source = png_get_error_ptr(png);
  snprintf(source->message->text, sizeof source->message->text, "%s", text);
  png_longjmp(png, 1);
}

// A warning leaves the pixels as they are; what damages them is an error in libpng.
static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  Source *source = png_get_io_ptr(png);
  if (count > source->rest.count) png_error(png, "truncated");
  memcpy(target, source->rest.start, count);
  source->rest.start += count;
  source->rest.count -= count;
}

static png_structp reader(Source *source) {
  source->message->text[0] = 0;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, fail, ignore);
  if (png == NULL) {
    snprintf(source->message->text, sizeof source->message->text, "does not start");
    return NULL;
  }
  png_set_read_fn(png, source, read_bytes);
  png_set_benign_errors(png, 1);
  // Gamma, profiles and texts change no pixel here, so they may not cost time or memory either.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  return png;
}

bool ic_png_size(ICBytes file, uint32_t *width, uint32_t *height, ICMessage *message) {
  Source source = {file, message};
  png_structp png = reader(&source);
  if (png == NULL) return false;
  png_infop info = png_create_info_struct(png);
  if (info == NULL || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return false;
  }
  png_read_info(png, info);
  *width = png_get_image_width(png, info);
  *height = png_get_image_height(png, info);
  png_destroy_read_struct(&png, &info, NULL);
  return true;
}

bool ic_png_decode(ICBytes file, uint32_t width, uint32_t height, uint8_t *pixels, ICMessage *message) {
  Source source = {file, message};
  png_structp png = reader(&source);
  if (png == NULL) return false;
  png_infop info = png_create_info_struct(png);
  if (info == NULL || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return false;
  }
  png_read_info(png, info);
  // All kinds become 8-bit RGB; 16 bits are rounded, not cut.
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t stride = (size_t)width * 3;
  if (png_get_rowbytes(png, info) != stride) png_error(png, "rows of another length than RGB has");
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + stride * y, NULL);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return true;
}
