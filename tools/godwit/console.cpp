#include "tools/godwit/console.h"

#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/godwit/text.h"

namespace godwit::cli {

void Console::complain(std::string_view text) const { err << "godwit: " << text << std::endl; }

Console process_console() {
    Console console{std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1};
    winsize size{};
    for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
        if (::ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col < 20 || size.ws_row < 5) continue;
        console.width = size.ws_col;
        console.height = size.ws_row;
        break;
    }
    return console;
}

void LiveLines::draw(std::string_view text) {
    std::string picture;
    if (drawn_ > 0) picture += "\x1b[" + std::to_string(drawn_) + "A\r";
    drawn_ = 0;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        picture += shown(line, width_) + "\x1b[K\n";
        ++drawn_;
    }
    out_ << picture << "\x1b[J" << std::flush;
}

void LiveLines::keep() { drawn_ = 0; }

void LiveLines::clear() {
    if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\r\x1b[J" << std::flush;
    drawn_ = 0;
}

}  // namespace godwit::cli
