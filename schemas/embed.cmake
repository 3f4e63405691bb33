# Everything in schemas/ that a program needs at run time is part of its binary, by the assembler's .incbin.
file(GLOB schema_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/schemas
     schemas/migrations/*.sql schemas/queries/*.sql schemas/ledger_file/*.sql schemas/openapi.yaml
     schemas/batch.schema.json)
set(assembly ".section .rodata\n")
set(declarations "")
set(table "")
set(index 0)
foreach(file ${schema_files})
    string(APPEND assembly
        ".global godwit_schema_${index}\n.global godwit_schema_${index}_end\n"
        "godwit_schema_${index}:\n.incbin \"${CMAKE_SOURCE_DIR}/schemas/${file}\"\n"
        "godwit_schema_${index}_end:\n.byte 0\n")
    string(APPEND declarations "extern const char godwit_schema_${index}[], godwit_schema_${index}_end[];\n")
    string(APPEND table "    {\"${file}\", godwit_schema_${index}, godwit_schema_${index}_end},\n")
    math(EXPR index "${index} + 1")
    list(APPEND schema_dependencies ${CMAKE_SOURCE_DIR}/schemas/${file})
endforeach()
string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/schemas/embedded.S CONTENT "${assembly}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/schemas/embedded.cpp CONTENT
"#include \"schemas/embedded.h\"

extern \"C\" {
${declarations}}

namespace godwit::schemas {

namespace {
struct Entry {
    std::string_view name;
    const char* begin;
    const char* end;
};
const Entry entries[] = {
${table}};
}  // namespace

std::vector<File> files() {
    std::vector<File> out;
    for (const auto& entry : entries)
        out.push_back({entry.name, {entry.begin, static_cast<std::size_t>(entry.end - entry.begin)}});
    return out;
}

}  // namespace godwit::schemas
" @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/generated/schemas/embedded.S PROPERTIES
    OBJECT_DEPENDS "${schema_dependencies}")
add_library(schemas STATIC schemas/statements.cpp
                           ${CMAKE_BINARY_DIR}/generated/schemas/embedded.S
                           ${CMAKE_BINARY_DIR}/generated/schemas/embedded.cpp)
target_include_directories(schemas PUBLIC ${CMAKE_SOURCE_DIR})
