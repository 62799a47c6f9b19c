#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "CImageCodecs.h"

// More than any encoder writes; without a limit a file of kilobytes keeps a processor busy for minutes.
enum { SCAN_LIMIT = 500 };

typedef struct {
  struct jpeg_error_mgr manager;  // First: libjpeg hands back its address.
  jmp_buf recovery;
  ICMessage *message;
} ErrorState;

static void fail(j_common_ptr info) {
  ErrorState *state = (ErrorState *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(state->message->text, sizeof state->message->text, "%s", text);
  longjmp(state->recovery, 1);
}

// Warnings after which the pixels are still those of the file. All others say that data are missing or damaged.
static bool is_harmless(int code) {
  switch (code) {
    case JWRN_EXTRANEOUS_DATA:  // Bytes between two markers that nobody needs.
    case JWRN_ADOBE_XFORM:      // An unknown number for the colours, read as the usual one.
    case JWRN_JFIF_MAJOR:       // A version of the wrapping, not of the picture.
    case JWRN_NOT_SEQUENTIAL:   // Parameters that a sequential scan does not use.
      return true;
    default:
      return false;
  }
}

static void emit(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless(info->err->msg_code)) fail(info);
}

static void watch(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (((j_decompress_ptr)info)->input_scan_number <= SCAN_LIMIT) return;
  ErrorState *state = (ErrorState *)info->err;
  snprintf(state->message->text, sizeof state->message->text, "more than %d scans", SCAN_LIMIT);
  longjmp(state->recovery, 1);
}

static void prepare(ErrorState *state, ICMessage *message) {
  jpeg_std_error(&state->manager);
  state->manager.error_exit = fail;
  state->manager.emit_message = emit;
  state->message = message;
  message->text[0] = 0;
}

// Reads the header and sets what the pixels become.
static void read_header(j_decompress_ptr info, ICBytes file) {
  jpeg_mem_src(info, file.start, file.count);
  (void)jpeg_read_header(info, TRUE);
  // Four channels are inks; libjpeg makes CMYK of YCCK, and RGB of the rest.
  info->out_color_space = info->num_components == 4 ? JCS_CMYK : JCS_RGB;
  info->dct_method = JDCT_ISLOW;
}

bool ic_jpeg_header(ICBytes file, ICJPEGHeader *header, ICMessage *message) {
  struct jpeg_decompress_struct info;
  ErrorState state;
  prepare(&state, message);
  memset(&info, 0, sizeof info);
  info.err = &state.manager;
  if (setjmp(state.recovery)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  read_header(&info, file);
  header->width = (int32_t)info.image_width;
  header->height = (int32_t)info.image_height;
  header->channelCount = info.out_color_space == JCS_CMYK ? 4 : 3;
  jpeg_destroy_decompress(&info);
  return true;
}

bool ic_jpeg_decode(ICBytes file, ICJPEGHeader header, uint8_t *pixels, ICMessage *message) {
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress;
  ErrorState state;
  prepare(&state, message);
  memset(&info, 0, sizeof info);
  memset(&progress, 0, sizeof progress);
  info.err = &state.manager;
  if (setjmp(state.recovery)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = watch;
  info.progress = &progress;
  read_header(&info, file);
  (void)jpeg_start_decompress(&info);
  const size_t stride = (size_t)header.width * (size_t)header.channelCount;
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + stride * info.output_scanline;
    (void)jpeg_read_scanlines(&info, &row, 1);
  }
  // Reads to the end of the picture: a file without one is truncated.
  (void)jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

bool ic_jpeg_encode(
  const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **bytes, size_t *count,
  ICMessage *message) {
  struct jpeg_compress_struct info;
  ErrorState state;
  unsigned long size = 0;
  prepare(&state, message);
  memset(&info, 0, sizeof info);
  info.err = &state.manager;
  *bytes = NULL;
  if (setjmp(state.recovery)) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, bytes, &size);
  info.image_width = (JDIMENSION)width;
  info.image_height = (JDIMENSION)height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.dct_method = JDCT_ISLOW;
  for (int channel = 0; channel < info.num_components; channel++) {
    info.comp_info[channel].h_samp_factor = 1;
    info.comp_info[channel].v_samp_factor = 1;
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    // libjpeg does not write to what it compresses.
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * (size_t)width * 3);
    (void)jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *count = size;
  return true;
}
