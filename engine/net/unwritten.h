// Unwritten: what is left of the pieces of one write, as the next system call or TLS record takes it.
#pragma once

#include <span>
#include <string_view>

#include <sys/uio.h>

namespace godwit::net {

class Unwritten {
public:
    // Refers to the span and to what its views name.
    explicit Unwritten(std::span<const std::string_view> pieces);

    bool empty() const { return pieces_.empty(); }
    // `bytes` from the front are written.
    void advance(std::size_t bytes);
    // Fills `vectors` from the front; those in use. Never none unless empty().
    std::span<iovec> gather(std::span<iovec> vectors) const;
    // At least one octet from the front unless empty(): a view where the first piece is all there is or
    // larger than `scratch`, else as many pieces as fit, copied there. Asked again without advance(), the
    // same octets.
    std::string_view joined(std::span<char> scratch) const;

private:
    void skip_empty();
    std::string_view front() const { return pieces_.front().substr(taken_); }

    std::span<const std::string_view> pieces_;
    std::size_t taken_ = 0;  // of the first piece
};

}  // namespace godwit::net
