// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The stack machine of Python's pickletools, protocols 0 to 5.
#include "weights/pickle.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "core/number_text.hpp"

namespace graft::weights {
namespace {

constexpr std::size_t deepest_stack = 1'000'000;
constexpr std::uint8_t newest_protocol = 5;

using Kind = Value::Kind;

class Machine {
public:
    Machine(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known)
        : cursor_(bytes, source),
          builder_(dialect, source, known),
          none_(builder_.make({Kind::none})),
          other_(builder_.make({Kind::other})),
          false_(builder_.make({Kind::boolean})),
          true_(builder_.make({Kind::boolean, 1})) {}

    Pickle run() {
        while (true) {
            const auto code = cursor_.number<std::uint8_t>();
            if (code == '.') {
                break;
            }
            if (!constant(code) && !text(code) && !line(code) && !container(code) && !stack(code) &&
                !memory(code) && !object(code)) {
                throw unknown(code);
            }
        }
        Value* root = pop();
        Pickle pickle = builder_.take();
        pickle.root = root;
        pickle.size = cursor_.offset();
        return pickle;
    }

private:
    core::Failure unknown(std::uint8_t code) const {
        if (code >= 0x82 && code <= 0x84) {  // EXT1, EXT2, EXT4
            return builder_.refuse("it asks for an object by a number of Python's own registry");
        }
        return builder_.refuse(
            fmt::format("its pickle has the instruction 0x{:02x} at byte {}, which torch.save never writes",
                        code, cursor_.offset() - 1));
    }

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
        push(other_);
    }

    /// A whole number of any length; longer than 8 bytes, it is only passed over.
    void push_long(std::uint64_t length) {
        const Bytes bytes = cursor_.take(length);
        if (length > sizeof(std::uint64_t)) {
            push(other_);
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
                push(none_);
                return true;
            case 0x88:  // NEWTRUE
            case 0x89:  // NEWFALSE
                push(code == 0x88 ? true_ : false_);
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
            case 0x8a:  // LONG1
                push_long(cursor_.number<std::uint8_t>());
                return true;
            case 0x8b:  // LONG4
                push_long(cursor_.number<std::uint32_t>());
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
            case 0x8d:  // BINUNICODE8
                push_text(cursor_.number<std::uint64_t>());
                return true;
            case 'C':  // SHORT_BINBYTES
                skip(cursor_.number<std::uint8_t>());
                return true;
            case 'B':  // BINBYTES
                skip(cursor_.number<std::uint32_t>());
                return true;
            case 0x8e:  // BINBYTES8
            case 0x96:  // BYTEARRAY8
                skip(cursor_.number<std::uint64_t>());
                return true;
            default:
                return false;
        }
    }

    /// A number in decimal digits; a long one ends in L, and one too long is only passed over.
    void push_digits(std::string_view digits) {
        if (digits.ends_with('L')) {
            digits.remove_suffix(1);
        }
        if (const auto number = core::number_of_text<std::int64_t>(digits)) {
            push_new({Kind::integer, *number});
        } else {
            push(other_);
        }
    }

    /// Values of protocol 0, each a line.
    bool line(std::uint8_t code) {
        switch (code) {
            case 'I':
                if (const std::string_view digits = cursor_.line(); digits == "00" || digits == "01") {
                    push(digits == "01" ? true_ : false_);
                } else {
                    push_digits(digits);
                }
                return true;
            case 'L':
                push_digits(cursor_.line());
                return true;
            case 'F':
                cursor_.line();
                push(other_);
                return true;
            case 'S': {  // in quotes
                const std::string_view quoted = cursor_.line();
                if (quoted.size() < 2 || quoted.front() != quoted.back()) {
                    throw builder_.refuse("its pickle has a text without quotes");
                }
                push_new({Kind::text, 0, std::string(quoted.substr(1, quoted.size() - 2))});
                return true;
            }
            case 'V':
                push_new({Kind::text, 0, std::string(cursor_.line())});
                return true;
            default:
                return false;
        }
    }

    void extend_map(const std::vector<Value*>& flat) {
        Value* map = top();
        if ((map->kind != Kind::map && map->kind != Kind::object) || flat.size() % 2 != 0) {
            throw builder_.refuse("its pickle puts entries into what is no dict");
        }
        for (std::size_t index = 0; index < flat.size(); index += 2) {
            map->entries.emplace_back(flat[index], flat[index + 1]);
        }
    }

    void extend_list(const std::vector<Value*>& items) {
        Value* list = top();
        if (list->kind != Kind::sequence && list->kind != Kind::object) {
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
            case 'l':   // LIST
            case 0x91:  // FROZENSET
                push_sequence(pop_marked());
                return true;
            case 'd': {  // DICT
                const std::vector<Value*> flat = pop_marked();
                push_new({Kind::map});
                extend_map(flat);
                return true;
            }
            case ')':   // EMPTY_TUPLE
            case 0x85:  // TUPLE1
            case 0x86:
            case 0x87:
                push_tuple(code == ')' ? 0 : code - 0x84U);
                return true;
            case ']':
            case 0x8f:  // EMPTY_SET
                push_sequence({});
                return true;
            case '}':
                push_new({Kind::map});
                return true;
            case 'a':
                extend_list({pop()});
                return true;
            case 'e':
            case 0x90:  // ADDITEMS
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

    /// Python leaves what it had begun to build when it meets it again inside itself.
    bool stack(std::uint8_t code) {
        switch (code) {
            case '0':  // POP, also of a mark
                if (!marks_.empty() && marks_.back() == stack_.size()) {
                    marks_.pop_back();
                } else {
                    pop();
                }
                return true;
            case '1':  // POP_MARK
                pop_marked();
                return true;
            case '2':  // DUP
                push(top());
                return true;
            default:
                return false;
        }
    }

    std::uint32_t slot_of(std::string_view digits) const {
        const auto slot = core::number_of_text<std::uint32_t>(digits);
        if (!slot) {
            throw builder_.refuse(fmt::format("its pickle has the memory slot '{}'", digits));
        }
        return *slot;
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
            case 'p':  // PUT
                memo_[slot_of(cursor_.line())] = top();
                return true;
            case 'g':  // GET
                recall(slot_of(cursor_.line()));
                return true;
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

    /// Two lines: the module, the name in it.
    Value* named() {
        const std::string module(cursor_.line());
        return builder_.global(module, std::string(cursor_.line()));
    }

    /// INST and OBJ: the class, then its arguments since the last mark.
    void push_instance(Value* class_name, std::vector<Value*> arguments) {
        Value value{Kind::sequence};
        value.items = std::move(arguments);
        push(builder_.call(class_name, builder_.make(std::move(value))));
    }

    bool object(std::uint8_t code) {
        switch (code) {
            case 'c':  // GLOBAL
                push(named());
                return true;
            case 0x93: {  // STACK_GLOBAL
                const std::string name = text_of(pop(), builder_);
                push(builder_.global(text_of(pop(), builder_), name));
                return true;
            }
            case 'i': {  // INST
                Value* class_name = named();
                push_instance(class_name, pop_marked());
                return true;
            }
            case 'o': {  // OBJ
                std::vector<Value*> values = pop_marked();
                if (values.empty()) {
                    throw builder_.refuse("its pickle makes an instance of no class");
                }
                push_instance(values.front(), {values.begin() + 1, values.end()});
                return true;
            }
            case 'R':     // REDUCE
            case 0x81: {  // NEWOBJ
                Value* arguments = pop();
                push(builder_.call(pop(), arguments));
                return true;
            }
            case 0x92: {  // NEWOBJ_EX
                const Value* named_arguments = pop();
                Value* arguments = pop();
                push(builder_.call(pop(), arguments));
                builder_.set_state(top(), named_arguments);
                return true;
            }
            case 'b': {  // BUILD
                const Value* state = pop();
                builder_.set_state(top(), state);
                return true;
            }
            case 'Q':  // BINPERSID
                push(builder_.persistent(pop()));
                return true;
            case 'P':  // PERSID
                push(builder_.persistent(builder_.make({Kind::text, 0, std::string(cursor_.line())})));
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
    // Nobody changes these, so one of each is enough.
    Value* none_;
    Value* other_;
    Value* false_;
    Value* true_;
};

}  // namespace

Pickle read_pickle(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known) {
    return Machine(bytes, dialect, source, known).run();
}

}  // namespace graft::weights
