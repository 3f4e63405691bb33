#include "api/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/json.h"

namespace godwit::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Awaitable<Answer> nothing(RequestContext&) { co_return Response{}; }

Router small_router() {
    Router router;
    router.add({"GET", "/api/v1/batches", nothing});
    router.add({"POST", "/api/v1/batches", nothing});
    router.add({"GET", "/api/v1/batches/{id}", nothing});
    router.add({"GET", "/api/v1/batches/summary", nothing});
    router.add({"POST", "/api/v1/batches/{id}/actions/{action}", nothing});
    return router;
}

Request request_to(std::string target) {
    Request request;
    request.method = "GET";
    request.target = std::move(target);
    EXPECT_TRUE(parse_target(request)) << request.target;
    return request;
}

TEST(Router, FindsTemplatesAndTheirParameters) {
    const auto router = small_router();
    const auto match = router.match("POST", request_to("/api/v1/batches/bat%5f1/actions/pause").path);
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/api/v1/batches/{id}/actions/{action}");
    EXPECT_THAT(match.parameters, ElementsAre(Pair("id", "bat_1"), Pair("action", "pause")));
}

TEST(Router, PrefersLiterals) {
    const auto router = small_router();
    EXPECT_EQ(router.match("GET", {"api", "v1", "batches", "summary"}).route->pattern, "/api/v1/batches/summary");
    EXPECT_EQ(router.match("GET", {"api", "v1", "batches", "other"}).route->pattern, "/api/v1/batches/{id}");
}

TEST(Router, TellsUnknownPathsFromWrongMethods) {
    const auto router = small_router();
    const auto unknown = router.match("GET", {"api", "v1", "nothing"});
    EXPECT_EQ(unknown.route, nullptr);
    EXPECT_THAT(unknown.allowed, IsEmpty());
    const auto wrong = router.match("DELETE", {"api", "v1", "batches"});
    EXPECT_EQ(wrong.route, nullptr);
    EXPECT_THAT(wrong.allowed, ElementsAre("GET", "HEAD", "POST"));
    EXPECT_NE(router.match("HEAD", {"api", "v1", "batches"}).route, nullptr);
    EXPECT_EQ(router.match("GET", {"api", "v1", "batches", ""}).route, nullptr);
    EXPECT_EQ(router.match("GET", {}).route, nullptr);
}

TEST(Target, IsSplitAndDecoded) {
    const auto request = request_to("/a%2Fb/c+d?x=1%262&y&x=%C3%A4&z=a+b");
    EXPECT_THAT(request.path, ElementsAre("a/b", "c+d"));
    EXPECT_EQ(request.query_value("x"), "1&2");
    EXPECT_EQ(request.query_value("y"), "");
    EXPECT_EQ(request.query_value("none"), std::nullopt);
    EXPECT_EQ(request.path_text(), "/a%2Fb/c+d");
}

TEST(Target, RefusesWhatIsNoPath) {
    for (const auto* target : {"", "*", "a", "http://h/", "/%", "/%0", "/%gg", "/%00", "/a%0d%0ab", "/?q=%1f", "/a b"}) {
        Request request;
        request.target = target;
        EXPECT_FALSE(parse_target(request)) << target;
    }
}

TEST(Request, JoinsFieldsOfOneName) {
    Request request;
    request.headers = {{"accept", "a"}, {"host", "h"}, {"accept", "b"}};
    EXPECT_EQ(request.header("accept"), "a, b");
    EXPECT_EQ(request.header("none"), "");
}

Request with_body(std::string body, std::string type = "application/json") {
    Request request;
    request.target = "/x";
    request.id = "req_1";
    request.headers = {{"content-type", std::move(type)}};
    request.body = std::move(body);
    return request;
}

TEST(JsonBody, RefusesOtherThingsThanObjects) {
    EXPECT_EQ(json_body(with_body("{}", "text/plain")).error().status, 415u);
    EXPECT_TRUE(json_body(with_body("{}", "Application/JSON; charset=utf-8")));
    EXPECT_TRUE(json_body(with_body("", "")));
    for (const auto* body : {"{", "[]", "1", "{\"a\":}", "{} {}", "{\"a\":\"\x80\"}"})
        EXPECT_EQ(json_body(with_body(body)).error().code, "malformed_json") << body;
    EXPECT_FALSE(json_body(with_body(std::string(100'000, '['))));
}

TEST(FieldReader, ReportsEveryMistakeWithItsPointer) {
    const auto body = json_body(with_body(R"({"s":1,"long":"aaaa","n":1.5,"big":99,"c":"a\nb","o":[],"in":{"x":true},
                                             "a/b~":1,"null":null})"));
    ASSERT_TRUE(body);
    FieldReader fields(*body);
    EXPECT_FALSE(fields.text("s", 0, 9));
    EXPECT_FALSE(fields.text("long", 0, 3));
    EXPECT_FALSE(fields.integer("n", 0, 9));
    EXPECT_FALSE(fields.integer("big", 0, 9));
    EXPECT_FALSE(fields.text("c", 0, 9));
    EXPECT_FALSE(fields.object("o"));
    EXPECT_FALSE(fields.text("null", 0, 9));
    fields.require("absent");
    FieldReader nested(*fields.object("in"), "/in");
    fields.absorb(std::move(nested));
    const auto finished = fields.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().status, 422u);
    std::vector<std::string> seen;
    for (const auto& error : finished.error().errors) seen.push_back(error.pointer + " " + error.code);
    EXPECT_THAT(seen, testing::UnorderedElementsAre("/s wrong_type", "/long too_long", "/n wrong_type",
                                                    "/big out_of_range", "/c control_characters", "/o wrong_type",
                                                    "/absent required", "/in/x unknown_field", "/a~1b~0 unknown_field"));
}

TEST(FieldReader, TakesGoodFields) {
    const auto body = json_body(with_body(R"({"s":"ä","n":-3,"f":4.0})"));
    ASSERT_TRUE(body);
    FieldReader fields(*body);
    EXPECT_EQ(fields.text("s", 1, 9), "ä");
    EXPECT_EQ(fields.integer("n", -9, 9), -3);
    EXPECT_EQ(fields.integer("f", 0, 9), 4);
    EXPECT_TRUE(fields.finish());
}

TEST(Problem, IsWhatTheRfcSays) {
    auto request = with_body("");
    request.target = "/api/v1/x?token=1";
    Problem problem{422, "invalid_body", "It is wrong.", {{.row = 17, .column = "user1", .code = "empty", .detail = "d"}}, {}};
    problem.more["allowed"] = boost::json::array{"pause"};
    const auto response = to_response(problem, request);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.body,
              R"({"type":"/problems/invalid_body","title":"Invalid body","status":422,"detail":"It is wrong.",)"
              R"("instance":"/api/v1/x","code":"invalid_body","request_id":"req_1",)"
              R"("errors":[{"row":17,"column":"user1","code":"empty","detail":"d"}],"allowed":["pause"]})");
}

TEST(Problem, HidesWhatIsNotTheClientsBusiness) {
    const auto database = problem_of(Error{ErrorKind::database, Reach::node, "host=db password=x", "select"});
    EXPECT_EQ(database.status, 503u);
    EXPECT_THAT(database.detail, testing::Not(HasSubstr("password")));
    EXPECT_EQ(problem_of(Error{ErrorKind::not_found, Reach::account, "no batch", ""}).status, 404u);
    EXPECT_EQ(problem_of(Error{ErrorKind::secret_unreadable, Reach::node, "key", ""}).status, 500u);
}

TEST(Time, IsRfc3339InUtc) {
    EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(1'764'000'000'123)}), "2025-11-24T16:00:00.123Z");
}

}  // namespace
}  // namespace godwit::api
