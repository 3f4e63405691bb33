// Structured log lines: an event, then fields. Text for a terminal, one JSON object a line otherwise.
//
// Thread-safe. Values are made printable; secrets cannot be passed (Secret<T> does not convert).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace godwit {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

struct LogField {
    std::string_view key;
    std::string value;
};

// Call once, before threads start. Lines go to stderr.
void log_setup(LogFormat format, LogLevel threshold);
void log_threshold(LogLevel threshold);
bool log_enabled(LogLevel level);
// `event` is a constant, short and lower case ("pass finished"), so that lines can be counted by it.
// Fields with an empty value are left out.
void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace godwit
