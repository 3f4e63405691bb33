#include "engine/net/unwritten.h"

#include <algorithm>

namespace godwit::net {

Unwritten::Unwritten(std::span<const std::string_view> pieces) : pieces_(pieces) { skip_empty(); }

void Unwritten::skip_empty() {
    while (!pieces_.empty() && pieces_.front().empty()) pieces_ = pieces_.subspan(1);
}

void Unwritten::advance(std::size_t bytes) {
    while (bytes > 0) {
        const auto size = front().size();
        if (bytes < size) {
            taken_ += bytes;
            return;
        }
        bytes -= size;
        taken_ = 0;
        pieces_ = pieces_.subspan(1);
        skip_empty();
    }
}

std::span<iovec> Unwritten::gather(std::span<iovec> vectors) const {
    std::size_t used = 0;
    for (std::size_t i = 0; i < pieces_.size() && used < vectors.size(); ++i) {
        const auto piece = i == 0 ? front() : pieces_[i];
        if (!piece.empty()) vectors[used++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    return vectors.first(used);
}

std::string_view Unwritten::joined(std::span<char> scratch) const {
    if (empty()) return {};
    if (pieces_.size() == 1 || front().size() >= scratch.size()) return front();
    std::size_t used = 0;
    for (std::size_t i = 0; i < pieces_.size() && used < scratch.size(); ++i) {
        const auto piece = (i == 0 ? front() : pieces_[i]).substr(0, scratch.size() - used);
        std::ranges::copy(piece, scratch.begin() + static_cast<std::ptrdiff_t>(used));
        used += piece.size();
    }
    return {scratch.data(), used};
}

}  // namespace godwit::net
