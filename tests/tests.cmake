# One test program a folder of tests/, named after it; ctest runs each as one test.
find_package(GTest REQUIRED)
enable_testing()

# What tests of the lower layers need, so that they build without the upper ones.
add_library(net_support STATIC tests/support/coro_test.cpp tests/support/memory_stream.cpp
            tests/support/local_server.cpp tests/support/certificate.cpp tests/support/scripted_server.cpp)
target_link_libraries(net_support PUBLIC engine_net GTest::gtest GTest::gmock)
target_precompile_headers(net_support REUSE_FROM platform)

file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.cpp)
list(FILTER support_sources EXCLUDE REGEX "/(coro_test|memory_stream|local_server|certificate|scripted_server|test_postgres)\\.cpp$")
if(support_sources)
    add_library(test_support STATIC ${support_sources})
else()
    add_library(test_support INTERFACE)
endif()
set(support_scope PUBLIC)
if(NOT support_sources)
    set(support_scope INTERFACE)
endif()
target_link_libraries(test_support ${support_scope} net_support engine_sync scheduler)
if(support_sources)
    target_precompile_headers(test_support REUSE_FROM platform)
endif()

# A PostgreSQL for tests; started by what the daemon has for that.
add_library(postgres_support STATIC tests/support/test_postgres.cpp)
target_link_libraries(postgres_support PUBLIC daemon scheduler_pg GTest::gtest)
target_precompile_headers(postgres_support REUSE_FROM platform)

function(godwit_test name folder)
    file(GLOB sources CONFIGURE_DEPENDS tests/${folder}/*_test.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(${name} ${sources})
    set(support test_support)
    if(name MATCHES "^(engine|fakeimap)_")
        set(support net_support)
    endif()
    target_link_libraries(${name} PRIVATE ${ARGN} ${support} GTest::gtest_main)
    target_precompile_headers(${name} REUSE_FROM platform)
    target_compile_definitions(${name} PRIVATE GODWIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                               GODWIT_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()

godwit_test(engine_base_test engine/base engine_base)
godwit_test(engine_net_test engine/net engine_net)
godwit_test(engine_imap_test engine/imap engine_imap)
godwit_test(engine_sync_test engine/sync engine_sync fake_server)
godwit_test(fakeimap_server_test fakeimap fake_server)
godwit_test(scheduler_import_test scheduler/import scheduler_import)
godwit_test(scheduler_test scheduler scheduler)
godwit_test(scheduler_pg_test scheduler/pg scheduler_pg daemon postgres_support)
godwit_test(contract_test contract scheduler_pg daemon postgres_support cli)
godwit_test(api_test api api)
godwit_test(daemon_test daemon daemon postgres_support)
godwit_test(cli_test tools cli api)
godwit_test(fault_test fault engine_sync fake_server)

# What scripts run besides Godwit's own programs.
add_executable(compressed_copy tests/e2e/compressed_copy.cpp)
target_link_libraries(compressed_copy PRIVATE engine_imap)
target_precompile_headers(compressed_copy REUSE_FROM platform)
set_target_properties(compressed_copy PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# Scripts that start real servers and look at what arrived.
file(GLOB script_tests CONFIGURE_DEPENDS tests/e2e/*_test.py tests/e2e/*_test.sh tests/fault/*_test.py
     tests/tools/*_test.py tests/*_test.sh tests/*_test.py)
foreach(script ${script_tests})
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME ${name} COMMAND ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT 600 SKIP_REGULAR_EXPRESSION "SKIPPED" RUN_SERIAL ON
        ENVIRONMENT "GODWIT_BUILD=${CMAKE_BINARY_DIR}")
    if(script MATCHES "tests/(e2e|fault|tools)/")
        set_tests_properties(${name} PROPERTIES LABELS e2e)
    endif()
    if(script MATCHES "/fault/")
        set_tests_properties(${name} PROPERTIES TIMEOUT 3600)   # the long variant repeats everything
    endif()
endforeach()
set_tests_properties(random_faults_test PROPERTIES TIMEOUT 7200)   # its long variant: a thousand runs
set_tests_properties(matrix_test PROPERTIES TIMEOUT 7200)         # likewise: all pairs
set_tests_properties(histories_test PROPERTIES TIMEOUT 3600)      # likewise: 300 histories
add_test(NAME check_layers COMMAND ${CMAKE_SOURCE_DIR}/tools/check_layers)

# Fuzz targets: programs of libFuzzer, or, in every other preset, one program that runs each over its corpus.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
if(GODWIT_FUZZ)
    foreach(source ${fuzz_sources})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE scheduler engine_sync)
        if(name STREQUAL "http_fuzz")
            target_link_libraries(${name} PRIVATE api)
        elseif(name STREQUAL "config_fuzz")
            target_link_libraries(${name} PRIVATE daemon)
        endif()
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endforeach()
else()
    add_executable(fuzz_replay tests/fuzz/replay_main.cpp ${fuzz_sources})
    target_link_libraries(fuzz_replay PRIVATE daemon)
    target_precompile_headers(fuzz_replay REUSE_FROM platform)
    set(fuzz_table "")
    foreach(source ${fuzz_sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_fuzz$" "" name ${name})
        set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=fuzz_${name})
        string(APPEND fuzz_table "TARGET(${name})\n")
        add_test(NAME fuzz_replay_${name} COMMAND fuzz_replay ${name} ${CMAKE_SOURCE_DIR}/tests/corpus/${name})
        set_tests_properties(fuzz_replay_${name} PROPERTIES TIMEOUT 300)
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/tests/fuzz/targets.inc CONTENT "${fuzz_table}")
endif()
