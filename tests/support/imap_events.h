// What a Fragmenter says about a stream that arrives in given pieces, as lines to compare.
//
// Pieces of a streamed literal are joined, since only their sum is promised to be the same for each way to
// cut the stream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/imap/fragmenter.h"

namespace godwit::imap::testing {

class EventLog {
public:
    explicit EventLog(WireLimits limits = {}, bool streaming = true) : fragmenter_(limits) {
        fragmenter_.allow_streaming(streaming);
    }

    void feed(std::string_view input) {
        for (;;) {
            const Fragmenter::Step step = fragmenter_.next(input);
            input.remove_prefix(step.consumed);
            if (step.event == Fragmenter::Event::need_more) return;
            note(step);
            if (step.event == Fragmenter::Event::broken) return;
        }
    }

    const std::vector<std::string>& lines() const { return lines_; }
    std::vector<RawResponse>& responses() { return responses_; }
    Fragmenter& fragmenter() { return fragmenter_; }

private:
    void note(const Fragmenter::Step& step) {
        using Event = Fragmenter::Event;
        if (broken_) return;
        switch (step.event) {
            case Event::need_more: break;
            case Event::response: note_response(); break;
            case Event::literal_begin:
                lines_.push_back("begin " + std::to_string(fragmenter_.literal_size()) + " after " +
                                 std::string(fragmenter_.prefix()));
                lines_.push_back("data ");
                break;
            case Event::literal_data: lines_.back() += step.data; break;
            case Event::literal_end: lines_.push_back("end"); break;
            case Event::oversized: lines_.push_back("oversized " + std::string(fragmenter_.prefix())); break;
            case Event::broken:
                broken_ = true;
                lines_.push_back("broken " + fragmenter_.error().cause);
                break;
        }
    }

    void note_response() {
        RawResponse response = fragmenter_.take_response();
        std::string line = "response " + response.text;
        for (const auto& literal : response.literals)
            line += " @" + std::to_string(literal.offset) + "+" + std::to_string(literal.size) +
                    (literal.streamed ? "s" : "");
        lines_.push_back(std::move(line));
        responses_.push_back(std::move(response));
    }

    Fragmenter fragmenter_;
    std::vector<std::string> lines_;
    std::vector<RawResponse> responses_;
    bool broken_ = false;
};

inline std::vector<std::string> events_whole(std::string_view stream, WireLimits limits = {},
                                             bool streaming = true) {
    EventLog log(limits, streaming);
    log.feed(stream);
    return log.lines();
}

inline std::vector<std::string> events_bytewise(std::string_view stream, WireLimits limits = {},
                                                bool streaming = true) {
    EventLog log(limits, streaming);
    for (std::size_t i = 0; i < stream.size(); ++i) log.feed(stream.substr(i, 1));
    return log.lines();
}

inline std::vector<std::string> events_split(std::string_view stream, std::size_t at, WireLimits limits = {},
                                             bool streaming = true) {
    EventLog log(limits, streaming);
    log.feed(stream.substr(0, at));
    log.feed(stream.substr(at));
    return log.lines();
}

}  // namespace godwit::imap::testing
