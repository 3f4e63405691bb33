#include "engine/base/log.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

using namespace godwit;

namespace {

class Log : public testing::Test {
protected:
    void TearDown() override { log_setup(LogFormat::text, LogLevel::info); }

    static std::string line_of(LogFormat format, LogLevel level, std::string_view event,
                               std::initializer_list<LogField> fields) {
        log_setup(format, LogLevel::info);
        testing::internal::CaptureStderr();
        log_line(level, event, fields);
        return testing::internal::GetCapturedStderr();
    }
};

// What follows the time stamp, whose shape is checked on the way.
std::string after_time(const std::string& line, std::string_view before) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
    EXPECT_TRUE(line.starts_with(before));
    const std::string stamp = line.substr(before.size(), shape.size());
    for (std::size_t i = 0; i < stamp.size(); ++i)
        EXPECT_TRUE(shape[i] == 'd' ? std::isdigit(static_cast<unsigned char>(stamp[i]))
                                    : stamp[i] == shape[i])
            << stamp;
    return line.substr(before.size() + stamp.size());
}

TEST_F(Log, Text) {
    const auto line =
        line_of(LogFormat::text, LogLevel::warn, "pass finished", {{"migration", "7"}, {"why", "a \"b\""}});
    EXPECT_EQ(after_time(line, ""), " warn  pass finished migration=\"7\" why=\"a \\\"b\\\"\"\n");
}

TEST_F(Log, Json) {
    const auto line = line_of(LogFormat::json, LogLevel::error, "pass finished", {{"n", "1"}});
    EXPECT_EQ(after_time(line, "{\"time\":\""),
              "\",\"level\":\"error\",\"event\":\"pass finished\",\"n\":\"1\"}\n");
}

TEST_F(Log, JsonEscapesHostileValues) {
    const auto line = line_of(LogFormat::json, LogLevel::info, "e",
                              {{"text", "\"}\n{\"x\":\"\\"}, {"bytes", std::string("\0\x01\xff\x1b[2J", 7)}});
    EXPECT_EQ(after_time(line, "{\"time\":\""),
              "\",\"level\":\"info\",\"event\":\"e\",\"text\":\"\\\"} {\\\"x\\\":\\\"\\\\\",\"bytes\":\"  ? "
              "[2J\"}\n");
}

TEST_F(Log, LongValuesAreCut) {
    const auto line = line_of(LogFormat::json, LogLevel::info, "e", {{"long", std::string(100'000, 'x')}});
    EXPECT_LT(line.size(), 2200u);
}

TEST_F(Log, Threshold) {
    log_setup(LogFormat::text, LogLevel::warn);
    EXPECT_FALSE(log_enabled(LogLevel::info));
    EXPECT_TRUE(log_enabled(LogLevel::error));
    testing::internal::CaptureStderr();
    log_line(LogLevel::info, "unseen");
    log_threshold(LogLevel::debug);
    log_line(LogLevel::debug, "seen");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.find("unseen"), std::string::npos);
    EXPECT_NE(text.find("debug seen"), std::string::npos);
}

TEST_F(Log, LinesOfThreadsStayWhole) {
    log_setup(LogFormat::text, LogLevel::info);
    testing::internal::CaptureStderr();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([] {
                for (int n = 0; n < 50; ++n) log_line(LogLevel::info, "line", {{"value", "0123456789"}});
            });
    }
    const std::string text = testing::internal::GetCapturedStderr();
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
        const std::size_t end = text.find('\n', at);
        EXPECT_TRUE(text.substr(at, end - at).ends_with("info  line value=\"0123456789\""));
        at = end + 1;
    }
    EXPECT_EQ(lines, 200u);
}

}  // namespace
