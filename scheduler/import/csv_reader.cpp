#include "scheduler/import/csv_reader.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <new>

#include "engine/base/secret.h"

namespace godwit::scheduler {

namespace {

// Reserved once: growing leaves copies behind.
constexpr std::size_t usual_row_bytes = 4096;

bool is_break(char c) { return c == '\n' || c == '\r'; }

}  // namespace

CsvReader::CsvReader(char delimiter, std::size_t field_bytes, std::size_t row_bytes, Sink& sink)
    : delimiter_(delimiter), field_bytes_(field_bytes), row_bytes_(row_bytes), sink_(sink) {
    values_.reserve(usual_row_bytes);
    open_parser();
}

CsvReader::~CsvReader() {
    close_parser();
    wipe(values_);
}

void CsvReader::open_parser() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter_));
    // Spaces belong to the value (RFC 4180, 2): a password may end in one.
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
    // Allocated once, so that no copy of a password is left behind by growing.
    csv_set_blk_size(&parser_, field_bytes_ + 2);
}

void CsvReader::close_parser() {
    if (parser_.entry_buf) OPENSSL_cleanse(parser_.entry_buf, parser_.entry_size);
    csv_free(&parser_);
}

void CsvReader::feed(std::string_view bytes) {
    while (!bytes.empty() && !stopped_) {
        const std::size_t size = next_slice(bytes);
        const auto slice = bytes.substr(0, size);
        bytes.remove_prefix(size);
        if (skipping_) {
            skipping_ = !is_break(slice.back());
        } else {
            if (row_size_ == 0) row_line_ = line_;
            row_size_ += size;
            parse(slice);
        }
        count_lines(slice);
    }
}

// Bytes that can still come without a limit being passed, plus one: each adds at most one to what is counted,
// so that a limit is noticed at the same byte however the file is cut.
std::size_t CsvReader::room() const {
    // A closing quote is in libcsv's buffer until the byte after it is known.
    const std::size_t field = field_bytes_ + 2 - std::min(parser_.entry_pos, field_bytes_ + 1);
    const std::size_t row = row_bytes_ + 1 - std::min(row_size_, row_bytes_);
    return std::min(field, row);
}

// Up to the next line break: rows then never start within a slice.
std::size_t CsvReader::next_slice(std::string_view bytes) const {
    if (!skipping_) bytes = bytes.substr(0, room());
    const auto found = std::ranges::find_if(bytes, is_break);
    return static_cast<std::size_t>(found - bytes.begin()) + (found == bytes.end() ? 0 : 1);
}

void CsvReader::parse(std::string_view slice) {
    const auto used = csv_parse(&parser_, slice.data(), slice.size(), on_field, on_row_end, this);
    if (stopped_ || row_size_ == 0) return;  // the row ended in this slice
    const bool malformed = used != slice.size();
    if (malformed && csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    const bool row_too_long = row_size_ > row_bytes_;
    const bool field_too_long = field_too_long_ || parser_.entry_pos > field_bytes_ + 1;
    if (field_too_long || (row_too_long && !malformed)) {
        give_up_row("too_long", fmt::format("is longer than {} bytes, or a quote before it is not closed",
                                            field_too_long ? field_bytes_ : row_bytes_));
        skipping_ = !is_break(slice.back());
    } else if (malformed) {
        give_up_row("bad_quoting",
                    "has a quote where none may be: put the whole value in quotes, and double those in it");
        skipping_ = !is_break(slice.back());
    } else if (ends_.empty() && parser_.entry_pos == 0 && is_break(slice.back()) && slice.size() == 1 &&
               row_size_ == 1) {
        row_size_ = 0;  // a blank line
    }
}

void CsvReader::count_lines(std::string_view slice) {
    const char last = slice.back();
    const bool second_half = last == '\n' && slice.size() == 1 && after_cr_;
    if (is_break(last) && !second_half) ++line_;
    after_cr_ = last == '\r';
}

void CsvReader::on_field(void* value, std::size_t size, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    if (size > reader.field_bytes_) reader.field_too_long_ = true;
    if (reader.field_too_long_) return;
    reader.values_.append(static_cast<const char*>(value), size);
    reader.ends_.push_back(reader.values_.size());
}

void CsvReader::on_row_end(int, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    if (reader.field_too_long_) return;  // parse() reports it
    std::vector<std::string_view> values;
    values.reserve(reader.ends_.size());
    std::size_t begin = 0;
    for (const auto end : reader.ends_) {
        values.push_back(std::string_view(reader.values_).substr(begin, end - begin));
        begin = end;
    }
    if (!reader.stopped_ && !reader.sink_.on_row(reader.row_line_, values)) reader.stopped_ = true;
    reader.forget_row();
}

void CsvReader::give_up_row(std::string_view code, std::string detail) {
    if (line_ > row_line_) detail += fmt::format("; lines {} to {} were left out", row_line_, line_);
    if (!sink_.on_bad_row(row_line_, ends_.size(), code, std::move(detail))) stopped_ = true;
    forget_row();
    close_parser();
    open_parser();
}

void CsvReader::forget_row() {
    wipe(values_);
    ends_.clear();
    row_size_ = 0;
    field_too_long_ = false;
}

void CsvReader::end() {
    if (stopped_ || skipping_) return;
    if (csv_fini(&parser_, on_field, on_row_end, this) != 0) {
        give_up_row("bad_quoting", "has a quote that is not closed before the end of the file");
    } else if (field_too_long_) {
        give_up_row("too_long", fmt::format("is longer than {} bytes", field_bytes_));
    }
}

}  // namespace godwit::scheduler
