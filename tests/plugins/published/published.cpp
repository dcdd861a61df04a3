// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A backbone with a catalogue of what tests/weights/server.py serves, in several manners; the server's port
// stands in the environment.
#include <cstdlib>
#include <string>

#include <torch/nn/modules/conv.h>

#include "graft/plugin.hpp"

class Published : public graft::Backbone {
public:
    static graft::BackboneInput input(const graft::Options&) { return {32, 8, 1, {}}; }

    static std::vector<graft::WeightEntry> weights() {
        const char* port = std::getenv("PUBLISHED_PORT");
        std::vector<graft::WeightEntry> entries;
        for (const std::string manner : {"well", "crawls", "wrong"}) {
            graft::WeightEntry entry;
            entry.id = manner;
            entry.url = std::string("http://127.0.0.1:") + (port == nullptr ? "1" : port) + "/" + manner +
                        "/published.pth";
            entry.file_name = "published-e870fec3.pth";
            entry.sha256_prefix = "e870fec3";
            entry.licence = "BSD-3-Clause";
            entries.push_back(entry);
        }
        return entries;
    }

    Published(const graft::Options&, const graft::BackboneContext&) {
        auto layer = register_module("layer", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 1)));
        add_stage("layer", {"layer"}, graft::map_feature(4, 1),
                  [=](const at::Tensor& image) mutable { return layer->forward(image); });
    }
};

GRAFT_BACKBONE(Published, "published", "1.0.0", "Its weights are fetched from a server of the tests")
GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")
