#include "tests/fuzz/import_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    godwit::scheduler::fuzz::check_import(godwit::scheduler::ImportFormat::yaml, data, size);
    return 0;
}
