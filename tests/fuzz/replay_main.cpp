// Runs one fuzz target without libFuzzer: over its corpus, and over simple mutations of it, the same ones
// each time. usage: fuzz_replay TARGET CORPUS    The input of a run that crashes is left in TARGET.crash.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "tests/fuzz/targets.inc"
#undef TARGET

namespace {

using Run = int (*)(const std::uint8_t*, std::size_t);

struct Target {
    std::string_view name;
    Run run;
};
constexpr Target targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "tests/fuzz/targets.inc"
#undef TARGET
};

constexpr std::size_t most_runs = 20'000, longest = 64u << 10;

std::string input, crash_file;

void keep_input(int signal) {
    const int file = open(crash_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (file >= 0 && write(file, input.data(), input.size()) >= 0) close(file);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

std::vector<std::string> read_corpus(const char* folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> files;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return files;
}

class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

    std::string next() {
        std::string text = corpus_[below(corpus_.size())];
        for (std::size_t count = 1 + below(4); count > 0; --count) change(text);
        if (text.size() > longest) text.resize(longest);
        return text;
    }

private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    void change(std::string& text) {
        static constexpr std::string_view pieces[] = {"\r\n",
                                                      "{5}\r\n",
                                                      "{99999999999}\r\n",
                                                      "4294967295",
                                                      "18446744073709551616",
                                                      "\"",
                                                      "\\",
                                                      "(((((((((",
                                                      "\xff\xfe",
                                                      "\xc3\xa9",
                                                      "-1",
                                                      "0",
                                                      " ",
                                                      ","};
        const std::size_t at = below(text.size() + 1),
                          length = below(std::min<std::size_t>(text.size() - at, 16) + 1);
        switch (below(8)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(random_());
                break;
            case 1:
                if (at < text.size()) text[at] ^= static_cast<char>(1u << below(8));
                break;
            case 2: text.insert(at, 1, static_cast<char>(random_())); break;
            case 3: text.erase(at, length); break;
            case 4: text.insert(below(text.size() + 1), text.substr(at, length)); break;
            case 5: text.insert(at, pieces[below(std::size(pieces))]); break;
            case 6: text.resize(at); break;
            default: splice(text, at);
        }
    }
    void splice(std::string& text, std::size_t at) {
        const auto& other = corpus_[below(corpus_.size())];
        text.resize(at);
        text += std::string_view(other).substr(below(other.size() + 1));
    }

    const std::vector<std::string>& corpus_;
    std::mt19937 random_{1};
};

void run(Run target, std::string text) {
    input = std::move(text);
    // A copy of its exact size, so that sanitizers see a read beyond it.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    target(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    const auto* target = std::find_if(std::begin(targets), std::end(targets),
                                      [&](const Target& one) { return argc == 3 && one.name == argv[1]; });
    if (target == std::end(targets)) {
        std::fprintf(stderr, "usage: fuzz_replay TARGET CORPUS\n");
        return 64;
    }
    crash_file = std::string(target->name) + ".crash";
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, keep_input);
    const auto corpus = read_corpus(argv[2]);
    if (corpus.empty()) {
        std::fprintf(stderr, "fuzz_replay: no corpus in %s\n", argv[2]);
        return 1;
    }
    for (const auto& file : corpus) run(target->run, file);
    const auto time = std::getenv("GODWIT_LONG") ? std::chrono::seconds(60) : std::chrono::seconds(1);
    const auto end = std::chrono::steady_clock::now() + time;
    Mutator mutator(corpus);
    std::size_t runs = 0;
    for (; std::chrono::steady_clock::now() < end && (runs < most_runs || std::getenv("GODWIT_LONG")); ++runs)
        run(target->run, mutator.next());
    std::printf("fuzz_replay %s: %zu files, %zu mutations of them\n", argv[1], corpus.size(), runs);
    return 0;
}
