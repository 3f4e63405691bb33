// Asking for a password at the terminal.
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tools/godwit/sync_arguments.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace {

// The terminal without echo, signals and line editing, until the end of the scope.
class SilentTerminal {
public:
    SilentTerminal() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (file_ < 0 || ::tcgetattr(file_, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
        works_ = ::tcsetattr(file_, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (works_) ::tcsetattr(file_, TCSAFLUSH, &before_);
        if (file_ >= 0) ::close(file_);
    }
    SilentTerminal(const SilentTerminal&) = delete;

    bool works() const { return works_; }
    void say(std::string_view text) {
        [[maybe_unused]] auto written = ::write(file_, text.data(), text.size());
    }
    // Nothing at the end of input.
    std::optional<char> key() {
        char c = 0;
        return ::read(file_, &c, 1) == 1 ? std::optional(c) : std::nullopt;
    }

private:
    int file_;
    termios before_{};
    bool works_ = false;
};

}  // namespace

Result<Secret<std::string>> ask_at_terminal(const std::string& prompt) {
    constexpr std::size_t longest = 1024;
    constexpr char interrupt = 3, end_of_input = 4, backspace = 8, rubout = 127;
    SilentTerminal terminal;
    if (!terminal.works()) return fail(ErrorKind::not_found, Reach::node, "there is no terminal to ask at");
    terminal.say(fmt::format("Password of {}: ", shown(prompt)));
    std::string line;
    line.reserve(longest);
    bool interrupted = false;
    for (auto key = terminal.key(); key && *key != '\n' && *key != '\r' && *key != end_of_input;
         key = terminal.key()) {
        interrupted = *key == interrupt;
        if (interrupted) break;
        const bool erase = *key == backspace || *key == rubout;
        if (erase && !line.empty()) line.pop_back();
        if (!erase && line.size() < longest) line += *key;
    }
    terminal.say("\n");
    Secret<std::string> password(line);
    wipe(line);
    if (interrupted) return fail(ErrorKind::cancelled, Reach::node, "interrupted");
    if (password.empty()) return fail(ErrorKind::not_found, Reach::node, "no password was typed");
    return password;
}

}  // namespace godwit::cli
