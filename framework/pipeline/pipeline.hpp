// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

/// A section with `use:`; `section` holds the whole map, host keys among them.
struct Use {
    std::string id;
    core::Place place;  ///< of the id
    Node section;
    std::string path = {};  ///< of the section in the file, for messages: "heads.species"
};

/// Where the samples of training, validation and test come from.
struct SplitRule {
    bool is_given = false;  ///< the pipeline says; else names are looked for where `train` is not there
    /// Form 1: names that the data set knows. Empty name: none.
    std::string train = "train";
    std::string val = "val";
    std::string test;
    /// Form 2 (`by_fraction`): parts of the whole data set.
    bool by_fraction = false;
    double val_fraction = 0;
    double test_fraction = 0;
    std::uint64_t seed = 0;
    std::string stratify;   ///< name of a category target; empty: none
    bool by_group = false;  ///< `group:` given: samples of one group stay together
    core::Place place;
};

enum class Resize { stretch, crop, pad };
enum class Interpolation { bilinear, bicubic };

struct Augment {
    std::string name;            ///< flip | rotate | scale | translate | color
    std::vector<double> values;  ///< flip: [probability]; rotate: [degrees]; scale: [low, high];
                                 ///< translate: [fraction]; color: [strength]
    core::Place place;
};

struct Data {
    Use use;
    SplitRule split;
    std::optional<std::array<std::int64_t, 2>> image_size;  ///< height, width; absent: the weights' own
    core::Place image_size_place;
    std::optional<Resize> resize;
    std::optional<Interpolation> interpolation;
    std::optional<std::int64_t> image_bits;     ///< that the samples of 16-bit files use
    std::optional<std::array<double, 3>> mean;  ///< with `std`: instead of the weights' own normalisation
    std::optional<std::array<double, 3>> std;
    std::vector<Augment> augment;
    std::optional<Frame> orientation;  ///< of all places; absent: as the data set says
    core::Place orientation_place;
    double bad_images = 0.05;            ///< largest fraction of samples that may be undecodable
    std::int64_t limit = 0;              ///< most samples of training and validation together; 0: all
    double fraction = 1;                 ///< part of the training and of the validation samples that is used
    std::string decoded_cache = "auto";  ///< decoded pictures stay in memory: auto | off
};

/// A change of the names in a weight file.
struct Rename {
    std::string pattern;      ///< a regular expression (ECMAScript), searched for in each name
    std::string replacement;  ///< \1 to \9 are the pattern's groups
    core::Place place;
};

struct Backbone {
    Use use;
    std::string weights = "none";  ///< an id of the catalogue, a file, a run's folder
    core::Place weights_place;
    std::string weights_key;  ///< the state dict of a training checkpoint; empty: the plain weights
    core::Place weights_key_place;
    std::string weights_strip;  ///< taken off the beginning of names
    core::Place weights_strip_place;
    std::vector<Rename> weights_rename;  ///< one after the other, after `weights_strip`
    bool weights_heads = false;          ///< the heads that a run has by the same names, too
    core::Place weights_heads_place;
    std::string until;  ///< empty: every stage
    core::Place until_place;
};

/// A loss of a head, for one output or (all outputs it names) several.
struct Loss {
    std::vector<std::string> outputs;  ///< empty: all of the head's outputs in order
    std::optional<Use> use;            ///< absent: the output's default loss
    double weight = 1.0;
    core::Place place;
};

struct Head {
    std::string name;
    Use use;
    /// Head's port -> data set's target; empty: the only fit. `target: label` stands under the empty port
    /// name: it means the head's one port.
    std::map<std::string, std::string> targets;
    core::Place targets_place;
    std::vector<std::string> from;  ///< stages, one an input port; empty: the last kept
    core::Place from_place;
    std::vector<Loss> losses;  ///< empty: default loss of each output
};

struct Optimizer {
    std::string use = "adam";  ///< adam | adamw | sgd
    double learning_rate = 1e-3;
    double weight_decay = 0;
    std::array<double, 2> betas{0.9, 0.999};
    double epsilon = 1e-8;
    double momentum = 0;
    bool nesterov = false;
};

struct Schedule {
    std::string use = "constant";  ///< constant | step | cosine
    double warmup = 0;             ///< fraction of the phase's steps, linear from 0
    std::int64_t every = 1;        ///< step: epochs between two drops
    double factor = 0.1;           ///< step: of a drop
    double minimum = 0;            ///< cosine: learning rate at the end, as a fraction of the start
};

struct EarlyStop {
    std::int64_t patience = 0;  ///< epochs without improvement that end the phase; 0: never
    double minimum_change = 0;
};

/// Heads that are solved on the features of the frozen stages instead of trained in steps.
struct Solve {
    std::string use;                 ///< what is solved: see the section `solve` of the format
    std::optional<double> strength;  ///< absent: chosen among 45
    std::string choose = "auto";     ///< on what it is chosen: auto | val | folds
    std::int64_t folds = 5;
    double tolerance = 1e-6;
    core::Place place;
};

struct Phase {
    std::int64_t epochs = 1;
    std::optional<Solve> solve;  ///< instead of epochs, optimiser and schedule
    std::string start = "last";  ///< of the phase before, how this one begins: last | best
    std::vector<std::string> freeze;
    std::vector<core::Place> freeze_places;
    Optimizer optimizer;
    Schedule schedule;
    EarlyStop early_stop;
    core::Place place;
};

struct SamplerRule {
    std::string use = "random";  ///< random | balanced | classes
    std::string target;          ///< the category whose classes count; empty: the only one
    std::int64_t classes = 0;    ///< classes: different ones a batch
    std::int64_t samples = 0;    ///< classes: of each a batch; the batch holds classes * samples
    core::Place place;
};

/// Whether a word names a device: auto, cpu, cuda, or cuda: with a number.
bool is_device(const std::string& text);

struct Train {
    std::string device = "auto";
    std::int64_t batch = 32;
    std::int64_t accumulate = 1;  ///< batches an optimiser step
    std::string monitor = "val/loss";
    core::Place monitor_place;
    std::int64_t threads = 0;           ///< that fill batches; 0: from the machine
    std::string precision = "float32";  ///< of what the network computes: float32 | tf32 | bfloat16
    core::Place precision_place;
    bool recompute = false;  ///< stages of the backbone in the backward pass, to need less memory
    bool deterministic = false;
    SamplerRule sampler;
    std::vector<Phase> phases;
};

/// The store of what frozen stages give.
struct Features {
    std::string cache = "auto";         ///< auto | off
    std::string folder;                 ///< empty: the user's
    double limit = 20;                  ///< GiB
    std::int64_t views = 0;             ///< augmented views of a training picture that are kept; 0: none
    std::int64_t redraw = 0;            ///< epochs after which other views are drawn; 0: never
    std::vector<Augment> augment;       ///< of the kept features, anew in every epoch
    std::string precision = "float32";  ///< of the numbers that are kept: float32 | float16
};

struct Pipeline {
    std::string file;
    std::string name;
    std::uint64_t seed = 0;
    std::vector<std::string> plugins;  ///< more folders to search
    Data data;
    Backbone backbone;
    std::vector<Head> heads;
    Train train;
    Features features;
    Node document;  ///< after extends, environment and --set: emit() of it repeats the run
};

struct LoadRequest {
    std::filesystem::path file;
    std::vector<std::string> sets;                   ///< "train.batch=64"
    std::map<std::string, std::string> environment;  ///< what ${NAME} may see
    std::optional<std::size_t> variation = {};       ///< which of a file with `matrix`
};

/// The variables of this process. Thread-safety: while nobody changes them.
std::map<std::string, std::string> process_environment();

/// The merged document: file, `extends`, `--set`, variation, environment. Throws Failure(pipeline) with all
/// problems, and for a file with `matrix` of which no variation is asked for.
Node load_document(const LoadRequest& request);

/// The typed pipeline. Adds to `problems` everything that can be said without loading a plugin:
/// unknown host keys, types, ranges, keys of later versions. Plugins' own options stay unread in
/// `Use::section`. What is invalid keeps its default, so that more problems can be found.
Pipeline interpret(const Node& document, const std::string& file, core::Problems& problems);

/// A plugin's options out of its section, against its table: unknown keys (host keys of that kind of
/// section are known), types, ranges, choices, required ones. Options that are wrong get their fallback.
/// `kind`: "backbone", "head", "dataset", "loss".
Options read_options(const Use& use, const std::string& kind, const OptionTable& table,
                     core::Problems& problems);

/// A component as a command line gives it: an id, and words OPTION=VALUE, each value in YAML. Throws
/// Failure(pipeline) for one that cannot be read.
Use use_from_words(const std::string& id, const std::vector<std::string>& words);

/// Options as they are when a pipeline says nothing; a required one has no value.
Options default_options(const OptionTable& table);

/// The keys that the host itself reads in a section of a kind; a plugin may not declare one of them.
const std::vector<std::string>& host_keys(const std::string& kind);

}  // namespace graft::pipeline
