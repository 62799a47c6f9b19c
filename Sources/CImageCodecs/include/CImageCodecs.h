// What Swift cannot call of libjpeg, libpng and libtiff: functions that report an error by a jump, and functions that
// take any number of arguments.
//
// Every function that can fail returns whether it succeeded; where it did not, the message says why. A picture that is
// not decoded whole is a failure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IC_FALLIBLE __attribute__((warn_unused_result))

/// One line, ended by 0.
typedef struct { char text[256]; } ICMessage;

/// A whole file in memory.
typedef struct {
  const uint8_t *start;
  size_t count;
} ICBytes;

/// Size in pixels, and the bytes of a decoded pixel: 3 are RGB, 4 are CMYK in Adobe's inverted values.
typedef struct {
  int32_t width;
  int32_t height;
  int32_t channelCount;
} ICJPEGHeader;

IC_FALLIBLE bool ic_jpeg_header(ICBytes file, ICJPEGHeader *header, ICMessage *message);

/// Fills width * height * channelCount bytes, as the header says.
IC_FALLIBLE bool ic_jpeg_decode(ICBytes file, ICJPEGHeader header, uint8_t *pixels, ICMessage *message);

/// Baseline, colours not subsampled. The caller frees *bytes, also where it fails.
IC_FALLIBLE bool ic_jpeg_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **bytes, size_t *count,
  ICMessage *message);

IC_FALLIBLE bool ic_png_size(ICBytes file, uint32_t *width, uint32_t *height, ICMessage *message);

/// Fills width * height * 3 bytes: the colours as the file holds them, without alpha.
IC_FALLIBLE bool ic_png_decode(ICBytes file, uint32_t width, uint32_t height, uint8_t *pixels, ICMessage *message);

/// The tags of a TIFF file's first picture that decide how it is read, by the numbers of TIFF 6.0.
typedef struct {
  uint32_t width;
  uint32_t height;
  uint16_t orientation;
  uint16_t photometric;
  uint16_t bitsPerSample;
  uint16_t samplesPerPixel;
  uint16_t sampleFormat;
  uint16_t compression;
  bool isPremultiplied;
} ICTIFFHeader;

IC_FALLIBLE bool ic_tiff_header(ICBytes file, ICTIFFHeader *header, ICMessage *message);

/// Fills width * height values of red, green, blue and alpha, red in the lowest byte; rows as they are stored, whatever
/// the orientation; colours as they are stored, whatever the alpha.
IC_FALLIBLE bool ic_tiff_decode(ICBytes file, uint32_t *raster, ICMessage *message);

#ifdef __cplusplus
}
#endif
