/* SPDX-FileCopyrightText: the graft authors
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * graft/inference.hpp for C and for languages that call C. A call that fails gives NULL and, where `error` is not
 * NULL, a text there that says what was wrong and what to do; it stays NULL otherwise. Whoever gets a text frees it
 * by graft_text_free. Calls on one model from several threads are safe and wait for one another. */
#ifndef GRAFT_INFERENCE_H
#define GRAFT_INFERENCE_H

#include <stdint.h>

#if defined(__GNUC__)
#define GRAFT_C_API __attribute__((visibility("default")))
#else
#define GRAFT_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_model graft_model;

enum graft_pixel_order { GRAFT_RGB = 0, GRAFT_BGR = 1, GRAFT_GREY = 2 };

/* A run that has finished, or a file of `graft export --to torchscript`; device: "cpu", "cuda", "cuda:N" or "auto". */
GRAFT_C_API graft_model* graft_model_load(const char* source, const char* device, char** error);
GRAFT_C_API void graft_model_free(graft_model* model);

/* What the model says of a picture, as the JSON that `graft predict --json` prints under "heads". */
GRAFT_C_API char* graft_model_predict_file(const graft_model* model, const char* path, char** error);

/* 8 bits a channel; stride: bytes from one row to the next, 0 where the rows lie close together. */
GRAFT_C_API char* graft_model_predict_pixels(const graft_model* model, const uint8_t* pixels, int64_t width,
                                             int64_t height, int64_t stride, enum graft_pixel_order order,
                                             char** error);

GRAFT_C_API void graft_text_free(char* text);

#ifdef __cplusplus
}
#endif

#endif
