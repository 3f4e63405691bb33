// FakeApi: answers HTTP requests from a list, and keeps what was asked.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/local_server.h"

namespace godwit::test {

class FakeApi {
public:
    struct Request {
        std::string line;  // "GET /api/v1/status"
        std::string head;  // all of it, in lower case
        std::string body;
    };

    // For "GET /api/v1/status"; several answers are given one after the other, the last one again and again.
    void answer(const std::string& line, unsigned status, std::string body) {
        const std::lock_guard lock(mutex_);
        answers_[line].push_back({status, std::move(body)});
    }
    std::vector<Request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

private:
    struct Answer {
        unsigned status;
        std::string body;
    };

    static std::string lower(std::string text) {
        for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return text;
    }

    static std::string body_of(ServerConnection& connection, const std::string& head) {
        std::string body;
        if (const auto at = head.find("content-length: "); at != head.npos)
            return connection.read_exactly(std::stoul(head.substr(at + 16)));
        if (!head.contains("transfer-encoding: chunked")) return body;
        for (;;) {
            const auto size = std::stoul(connection.read_until("\r\n"), nullptr, 16);
            body += connection.read_exactly(size);
            connection.read_exactly(2);
            if (size == 0) return body;
        }
    }

    void serve(ServerConnection& connection) {
        for (;;) {
            const auto head = connection.read_until("\r\n\r\n");
            if (!head.ends_with("\r\n\r\n")) return;
            const auto line = head.substr(0, head.find(" HTTP/1.1"));
            auto body = body_of(connection, lower(head));
            Answer answer{404, R"({"code": "not_found", "detail": "There is nothing here.", "status": 404})"};
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back({line, lower(head), std::move(body)});
                if (const auto found = answers_.find(line); found != answers_.end()) {
                    answer = found->second.front();
                    if (found->second.size() > 1) found->second.pop_front();
                }
            }
            if (answer.status == 0) return connection.reset();
            connection.write(
                fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                            answer.status, answer.body.size(), answer.body));
        }
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::deque<Answer>> answers_;
    std::vector<Request> requests_;
    LocalServer server_{[this](ServerConnection& connection) { serve(connection); }};
};

}  // namespace godwit::test
