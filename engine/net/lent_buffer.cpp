#include "engine/net/lent_buffer.h"

#include <utility>

namespace godwit::net {
namespace {

thread_local std::unique_ptr<char[]> spare;

}  // namespace

std::span<char> LentBuffer::room() {
    kept_ = {};
    if (!room_) room_ = std::move(spare);
    if (!room_) room_ = std::make_unique_for_overwrite<char[]>(capacity);
    return {room_.get(), capacity};
}

std::string_view LentBuffer::keep(std::string_view octets) {
    if (!room_) return octets;
    kept_ = std::string(octets);
    give_back();
    return kept_;
}

void LentBuffer::release() {
    kept_ = {};
    give_back();
}

void LentBuffer::give_back() {
    if (room_ && !spare) spare = std::move(room_);
    room_.reset();
}

}  // namespace godwit::net
