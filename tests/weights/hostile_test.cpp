// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Files that lie. Each must be refused as unusable data, with a reason; run under AddressSanitizer too.
#include <doctest/doctest.h>

#include <algorithm>

#include "weights/support.hpp"
#include "weights/zip.hpp"

using namespace graft;
using namespace graft::weights;
using namespace graft::weights::test;

// Proves: the builders below make what is read where nothing is wrong; the rest of this file is about lies.
TEST_CASE("an archive of the tests' own is read") {
    CHECK(refusal(archive(dict({{"a", good_tensor}}))) == "");
}

// Proves: archives beyond 4 GB, whose numbers stand in other fields, are read; cut or twisted ones are not.
TEST_CASE("zip64") {
    const Member pickle{"a/data.pkl", dict({{"a", good_tensor}})};
    const Member data{"a/data/0", std::string(16, '\0')};
    const std::string whole = zip64({pickle, data});
    CHECK(refusal(whole) == "");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CHECK(refusal(whole.substr(0, length)) != "");
    }
    std::string twisted = whole;
    twisted.replace(twisted.find("PK\6\7") + 8, 8, number(~0ULL, 8));
    says(twisted, "");
    twisted = whole;
    twisted.replace(twisted.find("PK\6\6") + 48, 8, number(1ULL << 40, 8));
    says(twisted, "its zip directory of 2 entries cannot lie at 1099511627776");
}

// Proves: every beginning of a valid file is refused: no cut is taken for a whole, none crashes.
TEST_CASE("files cut anywhere") {
    for (const char* name : {"zip.pth", "legacy.pth", "views_legacy.pth", "types.safetensors", "scripted.pt",
                             "zip_protocol4.pth", "training/whole_legacy.pth"}) {
        CAPTURE(name);
        const std::string whole = core::read_file(files / name);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            if (refusal(whole.substr(0, length)).empty()) {
                FAIL_CHECK("read when cut to " << length << " bytes");
            }
        }
    }
}

// Proves: any single changed byte gives either a refusal or tensors that lie inside the file.
TEST_CASE("files with a byte changed") {
    for (const char* name :
         {"legacy.pth", "types.safetensors", "views.pth", "tar.pth", "training/whole_legacy.pth"}) {
        CAPTURE(name);
        std::string bytes = core::read_file(files / name);
        for (std::size_t position = 0; position < bytes.size(); ++position) {
            const char before = bytes[position];
            for (const int change : {0x01, 0x80, 0xFF}) {
                bytes[position] = static_cast<char>(before ^ change);
                const std::string text = refusal(bytes);
                CHECK(text != "another category");
            }
            bytes[position] = before;
        }
    }
}

// Proves: the same of the pickles of training programs, whose archives' checksums would hide them.
TEST_CASE("pickles of checkpoints with a byte changed" * doctest::test_suite("slow")) {
    for (const char* name : {"timm.pth.tar", "mmengine.pth", "whole.pth", "random_state.pth"}) {
        CAPTURE(name);
        const std::string whole = core::read_file(files / "training" / name);
        std::vector<Member> members;
        for (const ZipEntry& entry : read_zip(as_bytes(whole), name)) {
            if (entry.name.find("/data") != std::string::npos) {  // data.pkl, data/0, ...
                const std::size_t place = entry.name.ends_with("/data.pkl") ? 0 : members.size();
                members.insert(members.begin() + static_cast<std::ptrdiff_t>(place),
                               {entry.name, std::string(as_text(entry.bytes))});
            }
        }
        REQUIRE(refusal(zip(members)) == "");
        std::string& pickle = members.front().bytes;
        for (std::size_t position = 0; position < pickle.size(); ++position) {
            const char before = pickle[position];
            for (const int change : {0x01, 0x80}) {
                pickle[position] = static_cast<char>(before ^ change);
                CHECK(refusal(zip(members)) != "another category");
            }
            pickle[position] = before;
        }
    }
}

TEST_CASE("tensors reach nothing outside their storage") {
    const auto with = [](std::int64_t offset, const std::vector<std::int64_t>& shape,
                         const std::vector<std::int64_t>& strides) {
        return archive(dict({{"a", tensor(storage("0", 4), offset, shape, strides)}}));
    };
    says(with(1, {2, 2}, {2, 1}), "a tensor reaches beyond its storage '0' of 4 elements");
    says(with(-1, {2}, {1}), "reaches beyond");
    says(with(0, {2}, {-1}), "a tensor has the stride -1");
    says(with(0, {-2}, {1}), "a tensor has the side -2");
    says(with(0, {2}, {INT64_MAX}), "reaches beyond");
    says(with(INT64_MAX, {2, 2}, {1, 1}), "reaches beyond");
    says(with(0, {INT64_MAX, INT64_MAX}, {0, 0}), "no possible shape");
    says(with(0, {2, 2}, {1}), "no possible shape");
    says(with(5, {0}, {1}), "reaches beyond");
    says(with(0, {1LL << 40}, {0}), "its tensors repeat 4 elements until they are 1099511627776");
    CHECK(refusal(with(3, {1000}, {0})) == "");  // a view that repeats one element a little
}

TEST_CASE("storages are what their declarations say") {
    const auto with = [](const std::string& one, const std::string& data = std::string(16, '\0')) {
        return archive(dict({{"a", tensor(one, 0, {1}, {1})}}), data);
    };
    says(with(storage("0", 1LL << 60)), "storage '0' claims 1152921504606846976 elements");
    says(with(storage("0", -4)), "storage '0' claims -4 elements");
    says(with(storage("0", 5)), "its storage '0' has 16 bytes, its pickle says 20");
    says(with(storage("1", 4)), "its storage '1' is missing");
    says(with(storage("../../etc/passwd", 4)), "is missing");
    says(with(tuple({text("module"), "ctorch\nFloatStorage\n", text("0"), text("cpu"), integer(4)}) + "Q"),
         "no storage");
    says(archive(dict({{"a", good_tensor}, {"b", tensor(storage("0", 2, "DoubleStorage"), 0, {1}, {1})}})),
         "storage '0' is named with different types or sizes");
}

TEST_CASE("pickles that are no programs of torch.save's") {
    says(archive("."), "takes a value where none is");
    says(archive("\x80\x02}"), "ends at byte");
    says(archive("\x80\x09}."), "its pickle is of protocol 9");
    says(archive("\x97"), "has the instruction 0x97 at byte 0");
    says(archive("i"), "in the middle of something");
    says(archive("cmy\nC\n)imy\nC\n."), "ends a group that never began");
    says(archive("(o."), "makes an instance of no class");
    says(archive("S'x\n."), "has a text without quotes");
    says(archive("NpX\n."), "has the memory slot 'X'");
    says(archive("}h\x01."), "recalls memory slot 1, which is empty");
    says(archive("t."), "ends a group that never began");
    says(archive("0."), "takes a value where none is");
    says(archive("(00."), "takes a value where none is");
    says(archive("(})s."), "takes a value where none is");
    says(archive("})s."), "takes a value");
    says(archive("}(Ku."), "");
    says(archive("]K\x01K\x02s."), "into what is no dict");
    says(archive("}N"
                 "a."),
         "into what is no list");
    says(archive("N)R."), "calls what is no function");
    says(archive("NNR."), "where a tuple belongs");
    says(archive("ctorch\nSize\nNR."), "where a tuple belongs");
    says(archive("ctorch\nFloatStorage\n)R."), "which is no function");
    says(archive("N."), "it holds a single value");
    says(archive("}."), "it holds no tensors by name");
    says(archive(dict({{"epoch", "K\x01"}})), "it holds no state dict; its keys are epoch");
    says(archive(dict({{"a", good_tensor}, {"a", good_tensor}})), "it names 'a' twice");
    says(archive(dict({{"a\xFF", good_tensor}})), "a tensor's name is no UTF-8 text");
    // A dict that contains itself, and one that is its own key.
    says(archive("}q\x01X\x01\x00\x00\x00"
                 "ah\x01s."),
         "");
}

TEST_CASE("pickles that would fill the memory") {
    says(archive("\x80\x02" + std::string(1'100'000, '}')), "its pickle makes more than 1000000 values");
    says(archive("\x80\x02" + std::string(1'100'000, 'N')),
         "its pickle stacks up more than a million values");
    says(archive("\x80\x02N"
                 "q\x01" +
                 [] {
                     std::string many;
                     for (int position = 0; position < 1'100'000; ++position) {
                         many += "h\x01";
                     }
                     return many;
                 }()),
         "its pickle stacks up more than a million values");
    says(archive("\x80\x02" + std::string(1'100'000, '(')), "nests more than a million groups");
    says(archive("\x80\x02X\xFF\xFF\xFF\xFFshort"), "in the middle of something");
    // A list of 1,000 pairs, made a dict 2,000 times.
    std::string pairs = "](";
    for (int position = 0; position < 1'000; ++position) {
        pairs += tuple({"N", "N"});
    }
    std::string again = "\x80\x02" + pairs +
                        "eq\x01"
                        "ccollections\nOrderedDict\nq\x02";
    for (int position = 0; position < 2'000; ++position) {
        again += "h\x02h\x01\x85R";
    }
    says(archive(again), "its pickle makes more than 1000000 values");
}

// Proves: a module in several places of a TorchScript archive is not walked for ever.
TEST_CASE("modules that contain each other") {
    const auto script = [](const std::string& pickle) {
        return zip({{"a/data.pkl", pickle}, {"a/code/x.py", ""}});
    };
    const std::string object = "c__torch__\nM\n)\x81";
    says(script("\x80\x02" + object + "q\x01}" + text("self") + "h\x01sb."),
         "its modules nest more than 64 deep");
    std::string doubled = "\x80\x02" + object + "q\x01";
    for (int level = 0; level < 40; ++level) {  // 2^40 paths
        doubled += object + "}" + text("l") + "h\x01s" + text("r") + "h\x01sb" + "q\x01";
    }
    says(script(doubled + "."), "more than 100000 modules");
}

TEST_CASE("zip archives that lie") {
    const Member pickle{"a/data.pkl", dict({{"a", good_tensor}})};
    const Member data{"a/data/0", std::string(16, '\0')};
    says(zip({{"a/data.pkl", pickle.bytes, 8}, data}), "its entry 'a/data.pkl' is compressed or encrypted");
    says(zip({pickle, {"a/data/0", data.bytes, 8}}), "its entry 'a/data/0' is compressed or encrypted");
    says(zip({pickle, pickle}), "it holds two entries 'a/data.pkl'");
    says(zip({pickle, {"b/data.pkl", pickle.bytes}}), "it holds both 'a/data.pkl' and 'b/data.pkl'");
    says(zip({{"model.json", "{}"}}), "a zip archive without the data.pkl");
    says(zip({pickle, data}, 3), "is not where its directory says");
    says(zip({pickle, data}, 1 << 20), "in the middle of something");
    says(zip({pickle, data, {"a/byteorder", "big"}}), "its numbers are in 'big' order");
    says(zip({{"a/data.pkl", pickle.bytes, 0, 12345}, data}), "'a/data.pkl' is damaged (CRC-32)");
    // A second member inside the first's data: the classic overlap.
    std::string inner =
        "PK\3\4" + number(20, 2) + std::string(20, '\0') + number(8, 2) + number(0, 2) + "a/data/0";
    const std::string outer = zip({{"a/data.pkl", pickle.bytes + inner + std::string(16, '\0')}, data});
    const auto begin = static_cast<std::int64_t>(outer.find(inner));
    const auto second = static_cast<std::int64_t>(outer.find("PK\3\4", static_cast<std::size_t>(begin) + 4));
    says(zip({{"a/data.pkl", pickle.bytes + inner + std::string(16, '\0')}, data}, begin - second),
         "its entries 'a/data.pkl' and 'a/data/0' overlap");
    std::string more = zip({pickle, data});
    more.replace(more.size() - 12, 2, "\xFF\x7F");  // entries
    more.replace(more.size() - 14, 2, "\xFF\x7F");
    says(more, "in the middle of something");
    says("PK", "too short for a zip archive");
    says("PK" + std::string(100, 'x'), "its zip directory is missing");
}

TEST_CASE("legacy streams that lie") {
    const std::string start = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    const std::string head = start + "\x80\x02M\xe9\x03." + "\x80\x02}.";
    const auto legacy = [&](const std::string& pickle, const std::string& tail) {
        return head + pickle + tail;
    };
    const std::string keys = "\x80\x02](" + text("0") + "e.";
    const std::string data = number(4, 8) + std::string(16, '\0');
    const std::string pickle = dict({{"a", good_tensor}});
    CHECK(refusal(legacy(pickle, keys + data)) == "");
    says(start + "\x80\x02M\xea\x03.", "its version is 1002, only 1001 is known");
    says(start + "\x80\x02M\xe9\x03." + "\x80\x02}" + text("little_endian") + "\x89s." + pickle + keys + data,
         "its numbers are big-endian");
    says(legacy(pickle, keys + number(5, 8) + std::string(20, '\0')), "has 5 elements, its pickle says 4");
    says(legacy(pickle, keys + number(1ULL << 61, 8)), "its pickle says 4");
    says(legacy(pickle, "\x80\x02]."), "its storage '0' is missing");
    says(legacy(pickle, "\x80\x02](" + text("0") + text("0") + "e." + data + data),
         "it lists storage '0' twice");
    says(legacy(pickle, keys + data + "x"), "1 bytes follow its last storage");
    const auto view = [&](std::int64_t offset, std::int64_t count) {
        const std::string one = tuple({text("storage"), "ctorch\nFloatStorage\n", text("0"), text("cpu"),
                                       integer(4), tuple({text("1"), integer(offset), integer(count)})}) +
                                "Q";
        return legacy(dict({{"a", tensor(one, 0, {2}, {1})}}), keys + data);
    };
    CHECK(refusal(view(2, 2)) == "");
    says(view(3, 2), "a view of storage '0' reaches beyond it");
    says(view(-1, 2), "a view of storage '0' reaches beyond it");
    says(view(2, 1), "a tensor reaches beyond its storage");
    says(view(INT64_MAX, INT64_MAX), "a view of storage '0' reaches beyond it");
}

TEST_CASE("safetensors that lie") {
    const auto with = [](const std::string& header, const std::string& data = std::string(8, '\0')) {
        return number(header.size(), 8) + header + data;
    };
    const std::string rest = R"("dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    CHECK(refusal(with("{\"a\":{" + rest + "}")) == "");
    says(with("{\"a\":{" + rest + ",\"a\":{" + rest + "}"), "its header names 'a' twice");
    says(with("{\"a\":{" + rest + ",\"b\":{" + rest + "}"),
         "tensor 'b' begins at byte 0, inside another that ends at 8");
    says(with("{\"a\":{" + rest + "}", std::string(9, '\0')), "its tensors end at byte 8, its data at 9");
    says(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"), "after a gap");
    says(with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"), "cannot lie at 8..0");
    says(with(R"({"a":{"dtype":"F8_E5M2","shape":[8],"data_offsets":[0,8]}})"), "the unknown dtype");
    says(with(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"), "must be a whole number from 0");
    says(with(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})"),
         "cannot lie at");
    says(with(R"({"__metadata__":{"a":1}})", ""), "__metadata__ must map names to texts");
    says(with("{[}", ""), "its header is no JSON");
    says(with("{\"a\":" + std::string(100'000, '[')), "its header nests too deep");
    says(number(1ULL << 40, 8) + "{", "its header claims 1099511627776 bytes");
    says(number(~0ULL, 8) + "{", "its header claims");
}

TEST_CASE("what is no weight file at all") {
    says("", "it is none of the known containers");
    says("# text", "it is none of the known containers");
    says("\x80\x03}q\x01.", "it is a bare pickle");
    says("\x80\x03}q\x01." + std::string(20, 'x'), "it is a bare pickle");
    CHECK_THROWS_AS(read_weights(files / "no such file"), core::Failure);
    CHECK_THROWS_AS(read_weights(files), core::Failure);
}
