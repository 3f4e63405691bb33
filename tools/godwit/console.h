// Console: where a command writes. Results go to `out`, everything else (progress, warnings, errors) to
// `err`.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace godwit::cli {

struct Console {
    std::ostream& out;
    std::ostream& err;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::size_t width = 80;  // of the terminal
    std::size_t height = 24;

    // One line on `err`: "godwit: …", further lines as they are.
    void complain(std::string_view text) const;
};

// cout and cerr of this process.
Console process_console();

// Lines at the bottom of a terminal that are drawn again in place.
class LiveLines {
public:
    LiveLines(std::ostream& out, std::size_t width) : out_(out), width_(width) {}
    // Replaces the lines drawn before. Lines are cut to the width.
    void draw(std::string_view text);
    // Leaves what is drawn and goes on below.
    void keep();
    // Takes away what is drawn.
    void clear();

private:
    std::ostream& out_;
    std::size_t width_;
    std::size_t drawn_ = 0;  // lines
};

}  // namespace godwit::cli
