#include <utility>

#include "tools/godwit/program.h"

int main(int count, char** arguments) {
    const auto console = godwit::cli::process_console();
    return std::to_underlying(
        godwit::cli::run_program(console, count, arguments, godwit::cli::process_environment()));
}
