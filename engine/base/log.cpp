#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include <fmt/chrono.h>

#include "engine/base/error.h"

namespace godwit {
namespace {

LogFormat log_format = LogFormat::text;

std::shared_ptr<spdlog::logger>& logger() {
    static auto instance = [] {
        auto made = spdlog::stderr_logger_mt("godwit");
        made->set_pattern("%v");
        made->set_level(spdlog::level::info);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warn: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

constexpr std::string_view level_names[] = {"debug", "info", "warn", "error"};

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : printable(text, 2000)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string timestamp() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), millis);
}

}  // namespace

void log_setup(LogFormat format, LogLevel threshold) {
    log_format = format;
    log_threshold(threshold);
}

void log_threshold(LogLevel threshold) { logger()->set_level(to_spdlog(threshold)); }

bool log_enabled(LogLevel level) { return logger()->should_log(to_spdlog(level)); }

void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!log_enabled(level)) return;
    const std::string_view level_name = level_names[static_cast<int>(level)];
    std::string line;
    if (log_format == LogFormat::json) {
        line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", timestamp(), level_name, quoted(event));
        for (const auto& field : fields)
            if (!field.value.empty()) line += fmt::format(",{}:{}", quoted(field.key), quoted(field.value));
        line += '}';
    } else {
        line = fmt::format("{} {:5} {}", timestamp(), level_name, event);
        for (const auto& field : fields)
            if (!field.value.empty()) line += fmt::format(" {}={}", field.key, quoted(field.value));
    }
    logger()->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace godwit
