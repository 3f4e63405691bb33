#include "api/router.h"

#include <cassert>

namespace godwit::api {
namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::vector<std::string> split(std::string_view pattern) {
    std::vector<std::string> segments;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const auto end = std::min(pattern.find('/'), pattern.size());
        segments.emplace_back(pattern.substr(0, end));
        pattern.remove_prefix(end);
    }
    return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    return std::ranges::equal(pattern, path, [](const std::string& expected, const std::string& got) {
        return is_parameter(expected) ? !got.empty() : expected == got;
    });
}

// Whether `a` has a literal where `b` first has a parameter.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (is_parameter(a[i]) != is_parameter(b[i])) return is_parameter(b[i]);
    return false;
}

bool serves(const Route& route, std::string_view method) {
    return route.method == method || (route.method == "GET" && method == "HEAD");
}

}  // namespace

const std::string& RequestContext::parameter(std::string_view name) const {
    const auto found = std::ranges::find(parameters, name, [](const auto& pair) { return std::string_view(pair.first); });
    assert(found != parameters.end() && "a handler asks for a parameter that its template has not");
    return found->second;
}

void Router::add(Route route) {
    patterns_.push_back(split(route.pattern));
    routes_.push_back(std::move(route));
}

Match Router::match(std::string_view method, const std::vector<std::string>& path) const {
    Match match;
    std::size_t best = routes_.size();
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (!matches(patterns_[i], path)) continue;
        match.allowed.push_back(routes_[i].method);
        if (routes_[i].method == "GET") match.allowed.emplace_back("HEAD");
        if (serves(routes_[i], method) && (best == routes_.size() || more_literal(patterns_[i], patterns_[best])))
            best = i;
    }
    std::ranges::sort(match.allowed);
    match.allowed.erase(std::ranges::unique(match.allowed).begin(), match.allowed.end());
    if (best == routes_.size()) return match;
    match.route = &routes_[best];
    for (std::size_t i = 0; i < path.size(); ++i)
        if (const auto& name = patterns_[best][i]; is_parameter(name))
            match.parameters.emplace_back(name.substr(1, name.size() - 2), path[i]);
    return match;
}

}  // namespace godwit::api
