// wire_bench: how fast one core takes apart what servers send, and puts together what is sent to them.
//
//   wire_bench [--benchmark_filter=REGEX] [what else Google Benchmark takes]
//
// Input comes in reads of 32 KiB, as a session has it; bytes_per_second counts octets of the wire.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "engine/imap/encoder.h"
#include "engine/imap/parser.h"
#include "engine/sync/message_key.h"

namespace godwit::bench {
namespace {

using imap::Fragmenter;

constexpr std::size_t read_bytes = 32u << 10;  // of a session at once
constexpr std::size_t stream_bytes = 4u << 20;

const std::string& typical_header() {
    static const std::string header =
        "Date: Tue, 17 Nov 2015 09:12:44 +0100\r\n"
        "From: =?utf-8?q?J=C3=BCrgen?= Example <juergen.example@mail.example.org>\r\n"
        "To: Ann Reader <ann@example.net>, Bob Reader <bob@example.net>,\r\n\tteam@lists.example.com\r\n"
        "Subject: Re: [team] minutes of the meeting on Tuesday, and what is left to do\r\n"
        "Message-ID: <CAF+5s0d2hQ8Zk1x_7Jc6ZQ=Wv3h1Ck9mO3d2@mail.example.org>\r\n\r\n";
    return header;
}

std::string listing_row(std::uint32_t number) {
    return fmt::format(
        "* {0} FETCH (UID {1} FLAGS ({2}) INTERNALDATE \"{3:02}-Nov-2015 09:12:44 +0100\" RFC822.SIZE "
        "{4})\r\n",
        number, number + 70'000, number % 3 ? "\\Seen" : "\\Answered \\Seen $Forwarded", number % 28 + 1,
        2'000 + number * 7 % 40'000);
}

std::string header_row(std::uint32_t number) {
    auto row = listing_row(number);
    row.resize(row.size() - 3);
    return row + fmt::format(" BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM TO SUBJECT)] {{{}}}\r\n{})\r\n",
                             typical_header().size(), typical_header());
}

std::string body_row(std::uint32_t number, std::size_t size) {
    std::string body = typical_header();
    while (body.size() < size)
        body += "The quick brown fox jumps over the lazy dog, and sleeps a little under a tree.\r\n";
    body.resize(size);
    return fmt::format("* {} FETCH (UID {} BODY[] {{{}}}\r\n{})\r\n", number, number + 70'000, size, body);
}

template <class Row>
std::vector<std::string> rows_of(Row row) {
    std::vector<std::string> rows;
    std::size_t bytes = 0;
    for (std::uint32_t number = 1; bytes < stream_bytes; ++number)
        bytes += rows.emplace_back(row(number)).size();
    return rows;
}

std::string joined(const std::vector<std::string>& rows) {
    std::string stream;
    for (const auto& row : rows) stream += row;
    return stream;
}

// Gives every response of `stream` to `visit`.
template <class Visit>
void cut(Fragmenter& fragmenter, std::string_view stream, Visit visit) {
    while (!stream.empty()) {
        auto input = stream.substr(0, read_bytes);
        stream.remove_prefix(input.size());
        for (;;) {
            const auto step = fragmenter.next(input);
            input.remove_prefix(step.consumed);
            if (step.event == Fragmenter::Event::need_more) break;
            if (step.event == Fragmenter::Event::response) visit(fragmenter);
        }
    }
}

template <class Row>
void fragment(benchmark::State& state, Row row) {
    const auto rows = rows_of(row);
    const auto stream = joined(rows);
    Fragmenter fragmenter;
    for (auto _ : state)
        cut(fragmenter, stream,
            [](Fragmenter& from) { benchmark::DoNotOptimize(from.take_response().text.data()); });
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * rows.size()));
}

// Cutting and parsing, as a session does.
template <class Row>
void parse(benchmark::State& state, Row row) {
    const auto rows = rows_of(row);
    const auto stream = joined(rows);
    Fragmenter fragmenter;
    std::size_t parsed = 0;
    for (auto _ : state)
        cut(fragmenter, stream, [&](Fragmenter& from) {
            const auto response = imap::parse_response(from.take_response());
            parsed += response && std::holds_alternative<imap::FetchData>(*response);
        });
    if (parsed != state.iterations() * rows.size()) state.SkipWithError("a row was not understood");
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream.size()));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * rows.size()));
}

void fragment_listing_rows(benchmark::State& state) { fragment(state, listing_row); }
void fragment_1k_literals(benchmark::State& state) {
    fragment(state, [](std::uint32_t number) { return body_row(number, 1'000); });
}
void fragment_100k_literals(benchmark::State& state) {
    fragment(state, [](std::uint32_t number) { return body_row(number, 100'000); });
}
void parse_listing_rows(benchmark::State& state) { parse(state, listing_row); }
void parse_header_rows(benchmark::State& state) { parse(state, header_row); }
void parse_1k_bodies(benchmark::State& state) {
    parse(state, [](std::uint32_t number) { return body_row(number, 1'000); });
}
void parse_100k_bodies(benchmark::State& state) {
    parse(state, [](std::uint32_t number) { return body_row(number, 100'000); });
}

void internal_date(benchmark::State& state) {
    const std::string text = "17-Nov-2015 09:12:44 +0100";
    for (auto _ : state) benchmark::DoNotOptimize(imap::parse_internal_date(text));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

// By the rung of the ladder: a Message-ID, or four fields.
void message_key(benchmark::State& state) {
    const auto& header = typical_header();
    for (auto _ : state)
        benchmark::DoNotOptimize(sync::message_key(header, static_cast<sync::KeyRung>(state.range(0))));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * header.size()));
}

void encode_append(benchmark::State& state) {
    const std::string body = body_row(1, static_cast<std::size_t>(state.range(0)));
    const std::vector<std::string> flags{"\\Seen", "$Forwarded"};
    for (auto _ : state) {
        auto octets = body;  // it is moved into the command, as the transfer does
        imap::CommandBuilder builder("APPEND", {.literal_plus = true});
        builder.astring("Archives/2015")
            .flags(flags)
            .atom("\"17-Nov-2015 09:12:44 +0100\"")
            .literal(std::move(octets));
        benchmark::DoNotOptimize(builder.finish().data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}

BENCHMARK(fragment_listing_rows);
BENCHMARK(fragment_1k_literals);
BENCHMARK(fragment_100k_literals);
BENCHMARK(parse_listing_rows);
BENCHMARK(parse_header_rows);
BENCHMARK(parse_1k_bodies);
BENCHMARK(parse_100k_bodies);
BENCHMARK(internal_date);
BENCHMARK(message_key)->Arg(0)->Arg(1);
BENCHMARK(encode_append)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace godwit::bench

BENCHMARK_MAIN();
