// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The stack machine of Python's pickletools, protocols 2 to 4, as far as torch.save uses it.
#include "weights/pickle.hpp"

#include <unordered_map>

#include <fmt/format.h>

namespace graft::weights {
namespace {

constexpr std::size_t deepest_stack = 1'000'000;
constexpr std::uint8_t newest_protocol = 4;

using Kind = Value::Kind;

class Machine {
public:
    Machine(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known)
        : cursor_(bytes, source), builder_(dialect, source, known) {}

    Pickle run() {
        while (true) {
            const auto code = cursor_.number<std::uint8_t>();
            if (code == '.') {
                break;
            }
            if (!constant(code) && !text(code) && !container(code) && !memory(code) && !object(code)) {
                throw builder_.refuse(fmt::format(
                    "its pickle has the instruction 0x{:02x} at byte {}, which torch.save never writes", code,
                    cursor_.offset() - 1));
            }
        }
        Value* root = pop();
        Pickle pickle = builder_.take();
        pickle.root = root;
        pickle.size = cursor_.offset();
        return pickle;
    }

private:
    void push(Value* value) {
        if (stack_.size() >= deepest_stack) {
            throw builder_.refuse("its pickle stacks up more than a million values");
        }
        stack_.push_back(value);
    }
    void push_new(Value value) { push(builder_.make(std::move(value))); }

    Value* pop() {
        const std::size_t floor = marks_.empty() ? 0 : marks_.back();
        if (stack_.size() <= floor) {
            throw builder_.refuse("its pickle takes a value where none is");
        }
        Value* top = stack_.back();
        stack_.pop_back();
        return top;
    }

    Value* top() {
        Value* value = pop();
        stack_.push_back(value);
        return value;
    }

    /// The values above the last mark, which goes too.
    std::vector<Value*> pop_marked() {
        if (marks_.empty()) {
            throw builder_.refuse("its pickle ends a group that never began");
        }
        const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
        std::vector<Value*> values(begin, stack_.end());
        stack_.erase(begin, stack_.end());
        marks_.pop_back();
        return values;
    }

    void push_sequence(std::vector<Value*> items) {
        Value value{Kind::sequence};
        value.items = std::move(items);
        push_new(std::move(value));
    }

    void push_tuple(std::size_t length) {
        std::vector<Value*> items(length);
        for (std::size_t index = length; index-- > 0;) {
            items[index] = pop();
        }
        push_sequence(std::move(items));
    }

    void push_text(std::uint64_t length) {
        push_new({Kind::text, 0, std::string(as_text(cursor_.take(length)))});
    }

    void skip(std::uint64_t length) {
        cursor_.take(length);
        push_new({Kind::other});
    }

    /// LONG1: a whole number of any length; longer than 8 bytes, it is only passed over.
    void push_long() {
        const auto length = cursor_.number<std::uint8_t>();
        const Bytes bytes = cursor_.take(length);
        if (length > sizeof(std::uint64_t)) {
            push_new({Kind::other});
            return;
        }
        std::uint64_t number = length > 0 && (std::to_integer<int>(bytes.back()) & 0x80) != 0 ? ~0ULL : 0;
        for (std::size_t index = length; index-- > 0;) {
            number = number << 8 | std::to_integer<std::uint64_t>(bytes[index]);
        }
        push_new({Kind::integer, static_cast<std::int64_t>(number)});
    }

    bool constant(std::uint8_t code) {
        switch (code) {
            case 0x80:  // PROTO
                if (const auto protocol = cursor_.number<std::uint8_t>(); protocol > newest_protocol) {
                    throw builder_.refuse(fmt::format("its pickle is of protocol {}, later than {}", protocol,
                                                      newest_protocol));
                }
                return true;
            case 0x95:  // FRAME: how long the next part is, which the parts themselves tell
                cursor_.take(sizeof(std::uint64_t));
                return true;
            case 'N':
                push_new({Kind::none});
                return true;
            case 0x88:  // NEWTRUE
            case 0x89:  // NEWFALSE
                push_new({Kind::boolean, code == 0x88 ? 1 : 0});
                return true;
            case 'J':  // BININT
                push_new({Kind::integer, cursor_.number<std::int32_t>()});
                return true;
            case 'K':  // BININT1
                push_new({Kind::integer, cursor_.number<std::uint8_t>()});
                return true;
            case 'M':  // BININT2
                push_new({Kind::integer, cursor_.number<std::uint16_t>()});
                return true;
            case 0x8a:
                push_long();
                return true;
            case 'G':  // BINFLOAT
                skip(sizeof(double));
                return true;
            default:
                return false;
        }
    }

    bool text(std::uint8_t code) {
        switch (code) {
            case 'X':  // BINUNICODE
            case 'T':  // BINSTRING, of Python 2
                push_text(cursor_.number<std::uint32_t>());
                return true;
            case 'U':   // SHORT_BINSTRING
            case 0x8c:  // SHORT_BINUNICODE
                push_text(cursor_.number<std::uint8_t>());
                return true;
            case 'C':  // SHORT_BINBYTES
                skip(cursor_.number<std::uint8_t>());
                return true;
            case 'B':  // BINBYTES
                skip(cursor_.number<std::uint32_t>());
                return true;
            default:
                return false;
        }
    }

    void extend_map(const std::vector<Value*>& flat) {
        Value* map = top();
        if (map->kind != Kind::map || flat.size() % 2 != 0) {
            throw builder_.refuse("its pickle puts entries into what is no dict");
        }
        for (std::size_t index = 0; index < flat.size(); index += 2) {
            map->entries.emplace_back(flat[index], flat[index + 1]);
        }
    }

    void extend_list(const std::vector<Value*>& items) {
        Value* list = top();
        if (list->kind != Kind::sequence) {
            throw builder_.refuse("its pickle puts items into what is no list");
        }
        list->items.insert(list->items.end(), items.begin(), items.end());
    }

    bool container(std::uint8_t code) {
        switch (code) {
            case '(':
                if (marks_.size() >= deepest_stack) {
                    throw builder_.refuse("its pickle nests more than a million groups");
                }
                marks_.push_back(stack_.size());
                return true;
            case 't':
                push_sequence(pop_marked());
                return true;
            case ')':   // EMPTY_TUPLE
            case 0x85:  // TUPLE1
            case 0x86:
            case 0x87:
                push_tuple(code == ')' ? 0 : code - 0x84U);
                return true;
            case ']':
                push_sequence({});
                return true;
            case '}':
                push_new({Kind::map});
                return true;
            case 'a':
                extend_list({pop()});
                return true;
            case 'e':
                extend_list(pop_marked());
                return true;
            case 's': {
                Value* value = pop();
                Value* key = pop();
                extend_map({key, value});
                return true;
            }
            case 'u':
                extend_map(pop_marked());
                return true;
            default:
                return false;
        }
    }

    void recall(std::uint32_t slot) {
        const auto found = memo_.find(slot);
        if (found == memo_.end()) {
            throw builder_.refuse(fmt::format("its pickle recalls memory slot {}, which is empty", slot));
        }
        push(found->second);
    }

    bool memory(std::uint8_t code) {
        switch (code) {
            case 'q':  // BINPUT
                memo_[cursor_.number<std::uint8_t>()] = top();
                return true;
            case 'r':  // LONG_BINPUT
                memo_[cursor_.number<std::uint32_t>()] = top();
                return true;
            case 0x94:  // MEMOIZE
                memo_[static_cast<std::uint32_t>(memo_.size())] = top();
                return true;
            case 'h':  // BINGET
                recall(cursor_.number<std::uint8_t>());
                return true;
            case 'j':  // LONG_BINGET
                recall(cursor_.number<std::uint32_t>());
                return true;
            default:
                return false;
        }
    }

    bool object(std::uint8_t code) {
        switch (code) {
            case 'c': {  // GLOBAL
                const std::string module(cursor_.line());
                push(builder_.global(module, std::string(cursor_.line())));
                return true;
            }
            case 0x93: {  // STACK_GLOBAL
                const std::string name = text_of(pop(), builder_);
                push(builder_.global(text_of(pop(), builder_), name));
                return true;
            }
            case 'R':     // REDUCE
            case 0x81: {  // NEWOBJ
                Value* arguments = pop();
                push(builder_.call(pop(), arguments));
                return true;
            }
            case 'b': {  // BUILD
                Value* state = pop();
                builder_.set_state(top(), state);
                return true;
            }
            case 'Q':  // BINPERSID
                push(builder_.persistent(pop()));
                return true;
            default:
                return false;
        }
    }

    Cursor cursor_;
    PickleBuilder builder_;
    std::vector<Value*> stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint32_t, Value*> memo_;
};

}  // namespace

Pickle read_pickle(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known) {
    return Machine(bytes, dialect, source, known).run();
}

}  // namespace graft::weights
