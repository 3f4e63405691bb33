// The server's side of HTTP: whatever a client sends, a connection answers or ends. The first byte says in which pieces
// the rest arrives.
#include "api/connection.h"
#include "api/json.h"
#include "api/router.h"
#include "tests/fuzz/run_to_end.h"

namespace {

using namespace godwit;

class InputStream final : public net::Stream {
public:
    InputStream(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}

    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline) override {
        if (closed_ || input_.empty())
            co_return fail(ErrorKind::connection_lost, Reach::account, std::string(net::end_of_stream));
        const auto size = std::min({buffer.size(), input_.size(), piece_});
        std::copy_n(input_.begin(), size, buffer.begin());
        input_.remove_prefix(size);
        co_return size;
    }
    Awaitable<Result<void>> write(std::string_view, Deadline) override { co_return Result<void>{}; }
    Awaitable<Result<void>> start_tls(const net::TlsOptions&, Deadline) override {
        co_return fail(ErrorKind::tls_unavailable, Reach::host, "none here");
    }
    const net::PeerInfo& peer() const override { return peer_; }
    void close() override { closed_ = true; }
    void reset() override { closed_ = true; }

private:
    std::string_view input_;
    std::size_t piece_;
    net::PeerInfo peer_;
    bool closed_ = false;
};

// Reads the body or not, as the path says, and looks at it as handlers do.
Awaitable<api::Response> respond(api::Request& request, api::BodyReader& body) {
    if (request.path_text() == "/unread") co_return api::Response{};
    body.limit(100'000);
    for (;;) {
        auto piece = co_await body.read_chunk();
        if (!piece) co_return api::to_response(api::problem_of(piece.error()), request);
        if (!*piece) break;
        request.body += **piece;
    }
    const auto object = api::json_body(request);
    if (!object) co_return api::to_response(object.error(), request);
    api::FieldReader fields(*object);
    (void)fields.text("name", 1, 100);
    (void)fields.integer("priority", -9, 9);
    if (const auto finished = fields.finish(); !finished) co_return api::to_response(finished.error(), request);
    co_return api::Response{200, "text/plain", {{"X-Echo", request.header("x-echo")}}, request.body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t piece = data[0] == 0 ? 100'000 : data[0];
    api::Connection connection(std::make_unique<InputStream>(input, piece), {}, respond);
    fuzz::run_to_end(connection.serve());
    return 0;
}
