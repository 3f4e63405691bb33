#include "scheduler/host.h"

#include "engine/base/text.h"

namespace godwit::scheduler {

std::string host_key(std::string_view host, std::uint16_t port) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    // "imap.example.org." is the same name, written as the root of DNS wants it.
    if (host.ends_with('.')) host.remove_suffix(1);
    const bool v6 = host.find(':') != std::string_view::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", lower_case(host), v6 ? "]" : "", port);
}

}  // namespace godwit::scheduler
