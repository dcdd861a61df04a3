// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "graft/inference.h"
#include "graft/inference.hpp"

struct graft_model {
    graft::inference::Model model;
};

namespace {

using graft::inference::Picture;
using graft::inference::PixelOrder;
using graft::inference::Pixels;

/// For graft_text_free; null where there is no memory left.
char* copied(const std::string& text) {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
    return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text.c_str(), text.size() + 1));
}

/// No exception leaves the library through C.
template <class Call>
auto guarded(char** error, Call&& call) -> decltype(call()) {
    if (error != nullptr) {
        *error = nullptr;
    }
    try {
        return call();
    } catch (const std::exception& failure) {
        if (error != nullptr) {
            *error = copied(failure.what());
        }
    }
    return nullptr;
}

const char* given(const char* text, const char* what) {
    if (text == nullptr) {
        throw graft::inference::Error(std::string(what) + " is a null pointer");
    }
    return text;
}

char* predict(const graft_model* model, const Picture& picture) {
    if (model == nullptr) {
        throw graft::inference::Error("the model is a null pointer");
    }
    return copied(model->model.predict(picture).json);
}

}  // namespace

graft_model* graft_model_load(const char* source, const char* device, char** error) {
    return guarded(error, [&] {
        const std::string name = device == nullptr ? "cpu" : device;
        return new graft_model{graft::inference::Model(given(source, "the model's path"), {.device = name})};
    });
}

void graft_model_free(graft_model* model) {
    delete model;
}

char* graft_model_predict_file(const graft_model* model, const char* path, char** error) {
    return guarded(error,
                   [&] { return predict(model, std::filesystem::path(given(path, "the picture's path"))); });
}

char* graft_model_predict_pixels(const graft_model* model, const uint8_t* pixels, int64_t width,
                                 int64_t height, int64_t stride, enum graft_pixel_order order, char** error) {
    return guarded(error, [&] {
        if (order != GRAFT_RGB && order != GRAFT_BGR && order != GRAFT_GREY) {
            throw graft::inference::Error(
                "the order of the channels is none of GRAFT_RGB, GRAFT_BGR, GRAFT_GREY");
        }
        return predict(model, Pixels{pixels, width, height, stride, static_cast<PixelOrder>(order)});
    });
}

void graft_text_free(char* text) {
    std::free(text);
}
