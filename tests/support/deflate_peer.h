// DeflatePeer: the other end of COMPRESS=DEFLATE, by zlib itself, for tests.
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace godwit::test {

class DeflatePeer {
public:
    DeflatePeer() {
        deflateInit2(&out_, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
        inflateInit2(&in_, -15);
    }
    DeflatePeer(const DeflatePeer&) = delete;
    ~DeflatePeer() {
        deflateEnd(&out_);
        inflateEnd(&in_);
    }

    std::string compressed(std::string_view text) {
        return run(out_, text, [](z_stream* stream) { return deflate(stream, Z_SYNC_FLUSH); });
    }
    // As far as it makes sense.
    std::string plain(std::string_view octets) {
        return run(in_, octets, [](z_stream* stream) { return inflate(stream, Z_SYNC_FLUSH); });
    }

private:
    static std::string run(z_stream& stream, std::string_view input, int (*step)(z_stream*)) {
        std::string result;
        char room[16384];
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream.avail_in = static_cast<uInt>(input.size());
        int code = Z_OK;
        do {
            stream.next_out = reinterpret_cast<Bytef*>(room);
            stream.avail_out = sizeof room;
            code = step(&stream);
            result.append(room, sizeof room - stream.avail_out);
        } while (stream.avail_out == 0 && code == Z_OK);
        return result;
    }

    z_stream out_{}, in_{};
};

}  // namespace godwit::test
