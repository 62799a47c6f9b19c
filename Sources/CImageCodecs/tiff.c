#include "CImageCodecs.h"

// Defined where the package's trait TIFF is enabled.
#ifdef IMAGE_CODECS_TIFF

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

typedef struct {
  ICBytes file;
  uint64_t position;
  ICMessage *message;
} Source;

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t wanted) {
  Source *source = handle;
  if (wanted <= 0 || source->position >= source->file.count) return 0;
  uint64_t count = source->file.count - source->position;
  if (count > (uint64_t)wanted) count = (uint64_t)wanted;
  memcpy(target, source->file.start + source->position, count);
  source->position += count;
  return (tmsize_t)count;
}

static tmsize_t write_bytes(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
  Source *source = handle;
  if (origin == SEEK_CUR) offset += source->position;
  if (origin == SEEK_END) offset += source->file.count;
  source->position = offset;
  return offset;
}

static int close_source(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((Source *)handle)->file.count; }

static int map(thandle_t handle, void **start, toff_t *count) {
  Source *source = handle;
  // libtiff does not write to what it maps.
  *start = (void *)source->file.start;
  *count = source->file.count;
  return 1;
}

static void unmap(thandle_t handle, void *start, toff_t count) {
  (void)handle;
  (void)start;
  (void)count;
}

#if TIFFLIB_VERSION >= 20221213
// The first is the cause; later ones are its consequences.
static int keep_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  ICMessage *message = data;
  if (message->text[0] == 0) vsnprintf(message->text, sizeof message->text, format, arguments);
  return 1;
}

static int ignore_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)data;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

// Of one strip or tile; the picture itself has its own limit.
static const tmsize_t allocationLimit = (tmsize_t)1 << 31;

static TIFF *open_source(Source *source) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (options == NULL) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, allocationLimit);
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, source->message);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, NULL);
  TIFF *tiff = TIFFClientOpenExt(
    "TIFF", "r", source, read_bytes, write_bytes, seek, close_source, size_of, map, unmap, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}
#else
// Before 4.5 libtiff has one handler for the whole process: nothing is told, and nothing printed.
static TIFF *open_source(Source *source) {
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  return TIFFClientOpen("TIFF", "r", source, read_bytes, write_bytes, seek, close_source, size_of, map, unmap);
}
#endif

static bool finished(bool succeeded, ICMessage *message) {
  if (!succeeded && message->text[0] == 0) snprintf(message->text, sizeof message->text, "cannot be decoded");
  return succeeded;
}

bool ic_tiff_header(ICBytes file, ICTIFFHeader *header, ICMessage *message) {
  Source source = {file, 0, message};
  message->text[0] = 0;
  TIFF *tiff = open_source(&source);
  if (tiff == NULL) return finished(false, message);
  memset(header, 0, sizeof *header);
  bool isWhole = TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &header->width)
    && TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &header->height)
    && TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &header->photometric);
  if (!isWhole && message->text[0] == 0)
    snprintf(message->text, sizeof message->text, "no width, height or photometric interpretation");
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &header->orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &header->bitsPerSample);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &header->samplesPerPixel);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &header->sampleFormat);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &header->compression);
  uint16_t count = 0;
  uint16_t *kinds = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  header->isPremultiplied = count > 0 && kinds != NULL && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  TIFFClose(tiff);
  return finished(isWhole, message);
}

bool ic_tiff_decode(ICBytes file, uint32_t *raster, ICMessage *message) {
  Source source = {file, 0, message};
  message->text[0] = 0;
  TIFF *tiff = open_source(&source);
  if (tiff == NULL) return finished(false, message);
  uint32_t width = 0;
  uint32_t height = 0;
  uint16_t count = 0;
  uint16_t *kinds = NULL;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  // So that libtiff neither turns the rows nor multiplies the colours by alpha.
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  if (count > 0 && kinds != NULL && kinds[0] == EXTRASAMPLE_UNASSALPHA) {
    uint16_t raw[64];
    if (count > 64) count = 64;
    memcpy(raw, kinds, count * sizeof *raw);
    raw[0] = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, count, raw);
  }
  // 1: the first error ends it.
  const bool isDecoded = TIFFReadRGBAImageOriented(tiff, width, height, raster, ORIENTATION_TOPLEFT, 1) == 1;
  TIFFClose(tiff);
  // Some codecs report an error and go on with zeros.
  return finished(isDecoded && message->text[0] == 0, message);
}

#endif
