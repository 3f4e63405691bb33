// CsvReader: bytes to rows of RFC 4180, by libcsv in strict mode, with limits and with the lines where rows
// start.
//
// A row that is malformed or too large is reported and left out; reading goes on at the next line break. What
// was read is wiped, since there are passwords in it.
#pragma once

#include <csv.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::scheduler {

class CsvReader {
public:
    class Sink {
    public:
        virtual ~Sink() = default;
        // `line` is where the row starts. False: read nothing more.
        virtual bool on_row(std::uint64_t line, std::span<const std::string_view> values) = 0;
        // The value with this index (from 0) is malformed (code bad_quoting) or makes the row too large
        // (too_long).
        virtual bool on_bad_row(std::uint64_t line, std::size_t index, std::string_view code,
                                std::string detail) = 0;
    };

    CsvReader(char delimiter, std::size_t field_bytes, std::size_t row_bytes, Sink& sink);
    ~CsvReader();
    CsvReader(const CsvReader&) = delete;

    void feed(std::string_view bytes);
    void end();

private:
    static void on_field(void* value, std::size_t size, void* self);
    static void on_row_end(int terminator, void* self);
    void open_parser();
    void close_parser();
    std::size_t room() const;
    std::size_t next_slice(std::string_view bytes) const;
    void parse(std::string_view slice);
    void count_lines(std::string_view slice);
    void give_up_row(std::string_view code, std::string detail);
    void forget_row();

    csv_parser parser_{};
    const char delimiter_;
    const std::size_t field_bytes_, row_bytes_;
    Sink& sink_;
    std::string values_;             // of the row so far, one behind the other
    std::vector<std::size_t> ends_;  // where each ends
    std::uint64_t line_ = 1;         // of the next byte
    std::uint64_t row_line_ = 1;
    std::size_t row_size_ = 0;  // bytes of the row so far; 0: no row has begun
    bool after_cr_ = false;
    bool skipping_ = false;  // up to the next line break
    bool stopped_ = false;
    bool field_too_long_ = false;
};

}  // namespace godwit::scheduler
