// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graft/target.hpp"
#include "image/decode.hpp"
#include "image/preprocess.hpp"

namespace graft::data {

/// What many pictures have in common and their owner should know: said once, not a file at a time.
/// One thread per object.
class Survey {
public:
    /// Takes a picture that was read.
    void note(const std::string& id, const image::Traits& traits);

    /// A sentence or two each. `targets`: those that are used; `says_frame`: whether the pipeline says in
    /// which frame their places lie.
    std::vector<std::string> notes(const image::Preprocess& preprocess,
                                   const std::vector<TargetSchema>& targets, bool says_frame) const;

    /// Where `bits` says something of 16-bit pictures and there is none; empty: all is well.
    std::string note_of_unused_bits(std::int64_t bits) const;

private:
    /// Pictures of a kind: how many, and the first few by name.
    struct Group {
        std::int64_t count = 0;
        std::vector<std::string> names;

        void add(const std::string& id);
    };

    std::string counted(const Group& group) const;
    std::string note_of_bits(std::int64_t bits) const;
    std::string note_of_turned(const std::vector<TargetSchema>& targets) const;

    std::int64_t pictures_ = 0;
    Group transparent_;
    Group turned_;
    Group several_;
    Group deep_;
    std::int64_t highest_ = 0;  ///< sample of those of 16 bits
};

}  // namespace graft::data
