// A PostgreSQL for tests: one server a test program, started at first use, gone when the program ends.
#pragma once

#include <string>

#include <gtest/gtest.h>

namespace godwit::test {

bool postgres_is_installed();
// The URL of an empty database, and of one with the current schema. Call from the main thread.
std::string empty_database();
std::string fresh_database();
// Runs pg_dump and the like: a program of PostgreSQL's, its arguments as for a shell; its output.
std::string postgres_program(const std::string& name, const std::string& arguments);

}  // namespace godwit::test

#define GODWIT_NEEDS_POSTGRES() \
    if (!::godwit::test::postgres_is_installed()) GTEST_SKIP() << "PostgreSQL 15 is not installed"
