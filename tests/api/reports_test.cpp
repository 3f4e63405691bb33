// Verify and undo passes through the API: their parameters, what they found, and their reports.
#include "engine/report/document.h"
#include "engine/report/signed_document.h"
#include "tests/api/api_fixture.h"

namespace godwit::api::test {
namespace {

using namespace scheduler;
using sync::FindingKind;

const NodeId node{"nod_a"};

Awaitable<ClaimedPass> claim(Store& store) {
    co_await store.join(node, "a", std::chrono::seconds(60));
    const auto view = co_await store.queue();
    if (!view || view->lanes.empty()) co_return ClaimedPass{};
    const auto claimed = co_await store.claim(node, {{view->lanes.at(0).id, 1}});
    co_return claimed && !claimed->empty() ? claimed->at(0) : ClaimedPass{};
}

// Runs the pass that is queued, which finds this.
Awaitable<ClaimedPass> run_pass(Store& store, std::vector<sync::Finding> findings = {}) {
    const auto pass = co_await claim(store);
    PassOutcome outcome;
    outcome.report.kind = pass.kind;
    for (const auto& finding : findings) ++outcome.report.findings[static_cast<std::size_t>(finding.kind)];
    outcome.report.counters.messages_verified = 40;
    if (pass.kind != sync::PassKind::sync) outcome.report.folders.push_back({.source_name = "INBOX", .destination_name = "INBOX"});
    if (!findings.empty()) EXPECT_TRUE(co_await store.ledger(node, pass)->add_findings(findings));
    EXPECT_TRUE(co_await store.finish(node, pass, outcome));
    co_return pass;
}

// The path of a migration that was copied.
Awaitable<std::string> copied(Store& store) {
    const Batch batch{new_batch_id(), "b", 0, false, {}};
    MigrationSpec spec;
    spec.id = new_migration_id();
    spec.source = {.host = "old.example", .user = "ann"};
    spec.destination = {.host = "new.example", .user = "bob"};
    spec.options.exclude = {"^Junk"};
    co_await store.create_batch(default_tenant, batch);
    co_await store.add_migrations(default_tenant, batch.id, {spec});
    co_await run_pass(store);
    co_return "/api/v1/migrations/" + spec.id.value;
}

const std::vector<sync::Finding> three{{FindingKind::missing, "INBOX", "INBOX", 7, 0, 100, ""},
                                       {FindingKind::altered, "Sent", "Sent", 8, 18, 200, "<b>"},
                                       {FindingKind::skipped, "Sent", "Sent", 9, 0, 300, "maxsize"}};

TEST(Verify, HasParametersAndFindings) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto target = co_await copied(world.store);
        ASK(asked, "POST", target + "/actions/verify", R"({"verifybytes": 12.5})");
        EXPECT_EQ(asked.status, 200u) << asked.body;
        EXPECT_EQ(json::serialize(object_of(asked).at("verify")),
                  R"({"result":"queued","error":null,"parameters":{"verifybytes":1.25E1},"findings":{},"faults":0})");
        EXPECT_TRUE(object_of(asked).at("preflight").is_null());
        const auto pass = co_await run_pass(world.store, three);
        EXPECT_EQ(pass.options.verifybytes, 12.5);
        ASK(shown, "GET", target);
        EXPECT_EQ(number_at(object_of(shown).at("verify").as_object(), "faults"), 2);
        ASK(first, "GET", target + "/findings?limit=1");
        EXPECT_EQ(json::serialize(object_of(first).at("data").at(0).at("kind")), "\"missing\"");
        ASK(next, "GET", target + "/findings?limit=5&cursor=" + text_at(object_of(first), "next_cursor"));
        EXPECT_EQ(object_of(next).at("data").as_array().size(), 2u);
        ASK(skipped, "GET", target + "/findings?kind=skipped");
        EXPECT_EQ(object_of(skipped).at("data").as_array().size(), 1u);
        ASK(no_kind, "GET", target + "/findings?kind=lost");
        EXPECT_EQ(no_kind.status, 400u);
        ASK(passes, "GET", target + "/passes");
        const auto last = object_of(passes).at("data").at(0).as_object();
        EXPECT_EQ(json::serialize(last.at("findings")), R"({"missing":1,"skipped":1,"altered":1})");
        EXPECT_TRUE(last.at("set_digest").is_null());
        EXPECT_FALSE(object_of(passes).at("data").at(1).as_object().contains("findings"));
    });
}

TEST(Verify, WrongParametersAreRefused) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto target = co_await copied(world.store);
        ASK(shown, "GET", target);
        const auto batch = "/api/v1/batches/" + text_at(object_of(shown), "batch_id");
        for (const auto& where : {target, batch}) {
            for (const std::string body : {R"({"verifybytes":101})", R"({"verifybytes":-1})", R"({"verifybytes":"10"})",
                                           R"({"dry":true})", R"({"x":1})"}) {
                ASK(wrong, "POST", where + "/actions/verify", body);
                EXPECT_EQ(wrong.status, 422u) << body;
            }
            for (const std::string body : {R"({"dry":1})", R"({"verifybytes":1})"}) {
                ASK(wrong, "POST", where + "/actions/undo", body);
                EXPECT_EQ(wrong.status, 422u) << body;
            }
            ASK(others, "POST", where + "/actions/start", R"({"dry":true})");
            EXPECT_EQ(others.status, 422u);
        }
        ASK(all, "POST", batch + "/actions/verify", R"({"verifybytes":100})");
        EXPECT_EQ(number_at(object_of(all), "changed"), 1);
        ASK(summary, "GET", batch);
        EXPECT_EQ(number_at(object_of(summary), "verify_passes"), 1);
        EXPECT_EQ(number_at(object_of(summary), "undo_passes"), 0);
    });
}

TEST(Undo, IsDryFirst) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto target = co_await copied(world.store);
        const std::string for_real = R"({"dry":false})";
        ASK(early, "POST", target + "/actions/undo", for_real);
        EXPECT_EQ(early.status, 409u);
        EXPECT_EQ(text_at(object_of(early), "code"), "dry_run_first");
        ASK(dry, "POST", target + "/actions/undo");
        EXPECT_EQ(dry.status, 200u) << dry.body;
        EXPECT_EQ(json::serialize(object_of(dry).at("undo").at("parameters")), R"({"dry":true})");
        ASK(queued, "POST", target + "/actions/undo", for_real);
        EXPECT_EQ(text_at(object_of(queued), "code"), "pass_running");
        EXPECT_TRUE((co_await run_pass(world.store)).options.dry);
        ASK(real, "POST", target + "/actions/undo", for_real);
        EXPECT_EQ(real.status, 200u) << real.body;
        EXPECT_FALSE((co_await run_pass(world.store, {{FindingKind::removed, "INBOX", "INBOX", 1, 2, 3, ""}})).options.dry);
        ASK(undone, "GET", target);
        EXPECT_EQ(text_at(object_of(undone), "phase"), "presync");
        EXPECT_EQ(text_at(object_of(undone), "state"), "waiting");
        ASK(page, "GET", target + "/report?format=html");
        EXPECT_TRUE(page.body.contains("<h1>Undo report</h1>"));
        EXPECT_TRUE(page.body.contains("Removed from the destination: 1 message;"));
    });
}

TEST(Report, IsSignedAndTheSameInThreeForms) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto target = co_await copied(world.store);
        ASK(none, "GET", target + "/report");
        EXPECT_EQ(none.status, 404u);
        EXPECT_EQ(text_at(object_of(none), "code"), "no_report");
        ASK(asked, "POST", target + "/actions/verify");
        co_await run_pass(world.store, three);
        ASK(document, "GET", target + "/report");
        EXPECT_EQ(document.status, 200u) << document.body;
        ASK(again, "GET", target + "/report?format=json");
        EXPECT_EQ(again.body, document.body);
        ASK(page, "GET", target + "/report?format=html");
        EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
        EXPECT_TRUE(page.header("content-security-policy").contains("default-src 'none'"));
        ASK(csv, "GET", target + "/report?format=csv");
        EXPECT_TRUE(csv.header("content-type").starts_with("text/csv"));
        for (const auto& text : {document.body, page.body}) {
            const auto read = report::read_signed(text);
            CO_ASSERT(read);
            EXPECT_EQ(read->document, document.body);
            EXPECT_TRUE(report::belongs_to(csv.body, *read));
            EXPECT_EQ(read->signature.public_key, world.signer->key().public_key());
            EXPECT_EQ(read->signature.node, "nod_test");
            EXPECT_EQ(json::serialize(read->report.at("options")), R"({"exclude":["^Junk"]})");
            EXPECT_EQ(read->report.at("folders").as_array().size(), 1u);
            EXPECT_EQ(json::serialize(read->report.at("verdict").at("code")), "\"faults\"");
        }
        ASK(wrong, "GET", target + "/report?format=pdf");
        EXPECT_EQ(wrong.status, 400u);
        ASK(keys, "GET", "/api/v1/report_keys");
        const auto key = object_of(keys).at("data").at(0).as_object();
        EXPECT_EQ(text_at(key, "fingerprint"), fingerprint_of(world.signer->key().public_key()));
        EXPECT_EQ(text_at(key, "public_key"), base64(world.signer->key().public_key()));
        EXPECT_EQ(text_at(key, "host"), "mover1");
    });
}

TEST(Report, OfManyFindingsIsRead) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto target = co_await copied(world.store);
        ASK(asked, "POST", target + "/actions/verify");
        std::vector<sync::Finding> many;
        for (std::uint32_t i = 1; i <= 5000; ++i) many.push_back({FindingKind::missing, "INBOX", "INBOX", i, 0, i, "x"});
        co_await run_pass(world.store, many);
        ASK(document, "GET", target + "/report");
        const auto read = report::read_signed(document.body);
        CO_ASSERT(read);
        EXPECT_EQ(read->report.at("findings").as_array().size(), 5000u);
        EXPECT_TRUE(read->report.at("cut").is_null());
    });
}

}  // namespace
}  // namespace godwit::api::test
