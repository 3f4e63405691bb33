#include "tools/godwit/problem.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "tools/godwit/import_view.h"
#include "tools/godwit/json_fields.h"

namespace godwit::cli {

namespace json = boost::json;

TEST(Problem, ErrorLines) {
    EXPECT_EQ(error_line(json::parse(R"({"row": 17, "column": "source_password", "code": "empty",
                                         "detail": "The row has no password."})")),
              "row 17, column source_password: empty: The row has no password.");
    EXPECT_EQ(error_line(
                  json::parse(R"({"pointer": "/name", "code": "too_long", "detail": "At most 200 bytes."})")),
              "field /name: too_long: At most 200 bytes.");
    EXPECT_EQ(error_line(json::parse(R"({"parameter": "limit", "code": "invalid"})")),
              "parameter limit: invalid");
    EXPECT_EQ(error_line(json::parse(R"({"row": 3, "code": "column_count", "detail": "5 instead of 6"})")),
              "row 3: column_count: 5 instead of 6");
    EXPECT_EQ(error_line(json::parse("{}")), "an error without a description");
    EXPECT_EQ(error_line(json::parse("[1]")), "an error without a description");
}

TEST(Problem, Documents) {
    const auto problem = json::parse(R"({"title": "Unprocessable", "status": 422, "code": "invalid_body",
        "detail": "Some fields are wrong.", "errors": [{"pointer": "/a", "code": "x", "detail": "y"},
        {"pointer": "/b", "code": "x", "detail": "y"}, {"pointer": "/c", "code": "x", "detail": "y"}]})");
    EXPECT_EQ(problem_text(problem, 422, 2),
              "Some fields are wrong. (invalid_body, HTTP 422)\n"
              "  field /a: x: y\n"
              "  field /b: x: y\n"
              "  and 1 more");
    EXPECT_EQ(
        problem_text(
            json::parse(
                R"({"title": "Conflict", "code": "invalid_transition", "allowed": ["start", "retry"]})"),
            409),
        "Conflict (invalid_transition, HTTP 409)\n  allowed now: start, retry");
    EXPECT_EQ(problem_text(json::parse("{}"), 400), "the daemon refused (HTTP 400)");
}

TEST(Problem, NothingThatAServerSaysReachesTheTerminalRaw) {
    const auto text = problem_text(json::parse(R"({"detail": "a\u001b[2Jb\n", "code": "c\u0007",
                                                   "errors": [{"row": 1, "column": "\u009b1m"}]})"),
                                   400);
    EXPECT_EQ(text, "a [2Jb (c, HTTP 400)\n  row 1, column  1m");
}

TEST(Problem, StatusDecidesTheExitCode) {
    EXPECT_EQ(exit_code_of_status(200), ExitCode::ok);
    EXPECT_EQ(exit_code_of_status(401), ExitCode::not_authorised);
    EXPECT_EQ(exit_code_of_status(403), ExitCode::not_authorised);
    EXPECT_EQ(exit_code_of_status(404), ExitCode::refused);
    EXPECT_EQ(exit_code_of_status(409), ExitCode::refused);
    EXPECT_EQ(exit_code_of_status(422), ExitCode::refused);
    EXPECT_EQ(exit_code_of_status(429), ExitCode::unavailable);
    EXPECT_EQ(exit_code_of_status(500), ExitCode::unavailable);
    EXPECT_EQ(exit_code_of_status(503), ExitCode::unavailable);
}

TEST(Problem, AnswersThatAreNoProblemDocuments) {
    const auto page = failure_of(502, "<html>Bad gateway</html>");
    EXPECT_EQ(page.code, ExitCode::unavailable);
    EXPECT_EQ(page.text, "the daemon answered with HTTP status 502: <html>Bad gateway</html>");
    EXPECT_EQ(failure_of(404, "").text, "the daemon answered with HTTP status 404");
    EXPECT_TRUE(failure_of(401, "").text.contains("--help"));
}

TEST(Problem, ImportsListEveryRow) {
    json::array errors;
    for (int row = 1; row <= 50; ++row)
        errors.push_back({{"row", row}, {"column", "source_host"}, {"code", "bad_host"}});
    const json::object problem{{"status", 422},
                               {"code", "no_valid_rows"},
                               {"detail", "No row can be used."},
                               {"errors", errors},
                               {"stored", 0}};
    const auto failure = import_failure(failure_of(422, json::serialize(problem)));
    EXPECT_EQ(failure.code, ExitCode::incomplete);
    EXPECT_TRUE(failure.text.contains("\n  row 50, column source_host: bad_host"));
    EXPECT_FALSE(failure.text.contains("more"));
}

TEST(Problem, ImportReports) {
    const auto report =
        json::parse(R"({"dry_run": false, "rows": 1200, "valid": 1199, "stored": 1197, "duplicates": 2,
        "errors_total": 3, "errors": [{"row": 17, "column": "password2", "code": "empty", "detail": "No password."}]})");
    EXPECT_EQ(import_text(report), "1,200 rows: 1,197 stored, 2 in the batch already, 3 errors found\n");
    EXPECT_EQ(import_errors_text(report), "row 17, column password2: empty: No password.\nand 2 more\n");
    EXPECT_EQ(import_text(json::parse(R"({"dry_run": true, "rows": 1, "valid": 1})")),
              "1 row: 1 good; nothing was stored\n");
    EXPECT_EQ(import_errors_text(json::parse("{}")), "");
}

TEST(Problem, ImportQueries) {
    Import import;
    EXPECT_EQ(import_query(import, "native"), "?format=native");
    import.dry_run = true;
    import.source_host = "imap.old.example";
    import.source_port = 143;
    import.destination_host = "ü&x";
    import.destination_tls = "starttls";
    EXPECT_EQ(import_query(import, "imapsync"),
              "?format=imapsync&dry_run=true&source_host=imap.old.example&source_port=143&"
              "destination_host=%C3%BC%26x&destination_tls=starttls");
}

TEST(JsonFields, MistypedFieldsAreEmpty) {
    const auto value =
        json::parse(R"({"a": {"b": 5, "c": "x", "d": [1], "e": true, "n": -3, "f": 1.5e3}, "z": null})");
    EXPECT_EQ(number_field(value, "a.b"), 5u);
    EXPECT_EQ(number_field(value, "a.c"), 0u);
    EXPECT_EQ(number_field(value, "a.n"), 0u);
    EXPECT_EQ(number_field(value, "a.f"), 1500u);
    EXPECT_EQ(number_field(value, "a.b.c"), 0u);
    EXPECT_EQ(text_field(value, "a.c"), "x");
    EXPECT_EQ(text_field(value, "a.b"), "");
    EXPECT_EQ(text_field(value, "z.q"), "");
    EXPECT_EQ(array_field(value, "a.d").size(), 1u);
    EXPECT_TRUE(array_field(value, "a.e").empty());
    EXPECT_TRUE(flag_field(value, "a.e"));
    EXPECT_FALSE(flag_field(value, "a.b"));
}

}  // namespace godwit::cli
