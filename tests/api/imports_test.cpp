#include <gmock/gmock.h>

#include "tests/api/accounts.h"

namespace godwit::api::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Imports, StoreGoodRowsAndNameBadOnes) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const std::string target = "/api/v1/batches/" + batch + "/imports";
        const auto file = std::string(header) + row(1) + fmt::format("imap.old.example,,{0},imap.new.example,x,{0}\n", canary) +
                          row(3);
        ASK(reply, "POST", target, file, csv_type);
        EXPECT_EQ(reply.status, 201u) << reply.body;
        const auto report = object_of(reply);
        EXPECT_EQ(number_at(report, "rows"), 3);
        EXPECT_EQ(number_at(report, "stored"), 2);
        EXPECT_EQ(number_at(report, "errors_total"), 1);
        const auto& error = report.at("errors").as_array().at(0).as_object();
        EXPECT_EQ(number_at(error, "row"), 3);
        EXPECT_EQ(text_at(error, "column"), "source_user");
        EXPECT_EQ(text_at(error, "code"), "empty");
        EXPECT_EQ(text_at(report, "sha256"), sha256_hex(file));
        EXPECT_GT(world.wakes, 0);
        ASK(again, "POST", target, std::string(header) + row(1) + row(4), csv_type);
        EXPECT_EQ(number_at(object_of(again), "stored"), 1);
        EXPECT_EQ(number_at(object_of(again), "duplicates"), 1);
        EXPECT_EQ(json::serialize(object_of(again).at("duplicate_rows")), "[2]");
        ASK(list, "GET", "/api/v1/migrations?batch=" + batch);
        EXPECT_EQ(object_of(list).at("data").as_array().size(), 3u);
        for (const auto* answer : {&reply, &again, &list}) EXPECT_THAT(answer->body, Not(HasSubstr(std::string(canary))));
        ASK(metrics, "GET", "/metrics");
        EXPECT_THAT(metrics.body, HasSubstr("godwit_import_rows_total{result=\"stored\"} 3"));
        EXPECT_THAT(metrics.body, HasSubstr("godwit_import_rows_total{result=\"error\"} 1"));
    });
}

TEST(Imports, TakeImapsyncListsAndDefaults) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const std::string target = "/api/v1/batches/" + batch + "/imports";
        const std::string list = "# a comment\nold.example;u1;p1;new.example;u1;p1;--folder INBOX;\n";
        ASK(typed, "POST", target, list, "Content-Type: text/plain; profile=imapsync\r\n");
        EXPECT_EQ(typed.status, 201u) << typed.body;
        ASK(named, "POST", target + "?format=imapsync&dry_run=true", list, "Content-Type: application/octet-stream\r\n");
        EXPECT_EQ(named.status, 200u) << named.body;
        EXPECT_EQ(number_at(object_of(named), "valid"), 1) << named.body;
        EXPECT_EQ(number_at(object_of(named), "stored"), 0);
        ASK(defaults, "POST", target + "?source_host=a.example&destination_host=b.example&source_port=143&source_tls=starttls",
            "source_user,source_password,destination_user,destination_password\nv,p,v,p\n", csv_type);
        EXPECT_EQ(defaults.status, 201u) << defaults.body;
        ASK(found, "GET", "/api/v1/migrations?q=v");
        const auto data = object_of(found).at("data").as_array();
        EXPECT_EQ(data.size(), 1u);
        const auto source = data.at(0).at("source").as_object();
        EXPECT_EQ(text_at(source, "host"), "a.example");
        EXPECT_EQ(number_at(source, "port"), 143);
        EXPECT_EQ(text_at(source, "tls"), "starttls");
        for (const std::string type : {"", "Content-Type: text/plain\r\n", "Content-Type: image/png\r\n",
                                       "Content-Type: text/csv; charset=latin1\r\n"}) {
            ASK(reply, "POST", target, list, type);
            EXPECT_EQ(reply.status, 415u) << type;
        }
        for (const std::string query : {"?format=xml", "?dry_run=1", "?source_port=0", "?source_tls=ssl", "?on_error=abort"}) {
            ASK(reply, "POST", target + query, list, csv_type);
            EXPECT_EQ(reply.status, 400u) << query;
        }
    });
}

TEST(Imports, TakeYaml) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const std::string target = "/api/v1/batches/" + batch + "/imports";
        std::string file = "defaults: {host1: old.example, host2: new.example}\nmigrations:\n- {user1: wrong}\n";
        for (int i = 0; i < 2500; ++i) file += fmt::format("- {{user1: u{0}, password1: p, user2: u{0}, password2: p}}\n", i);
        ASK(dry, "POST", target + "?format=yaml&dry_run=true", file, csv_type);
        EXPECT_EQ(dry.status, 200u) << dry.body;
        EXPECT_EQ(number_at(object_of(dry), "valid"), 2500);
        for (const std::string type : {"application/yaml", "text/yaml; charset=utf-8"}) {
            ASK(reply, "POST", target, file, "Content-Type: " + type + "\r\n");
            EXPECT_EQ(reply.status, 201u) << reply.body;
            EXPECT_EQ(number_at(object_of(reply), "rows"), 2501);
            EXPECT_EQ(number_at(object_of(reply), "stored") + number_at(object_of(reply), "duplicates"), 2500);
            EXPECT_THAT(reply.body, HasSubstr("\"row\":3,\"column\":\"source_password\""));
        }
        ASK(broken, "POST", target, "migrations:\n- {user1: [}\n", "Content-Type: application/yaml\r\n");
        EXPECT_EQ(broken.status, 422u);
        EXPECT_EQ(text_at(object_of(broken), "code"), "invalid_import");
        EXPECT_THAT(broken.body, HasSubstr("\"code\":\"bad_yaml\""));
        ASK(empty, "POST", target, "migrations: []", "Content-Type: application/yaml\r\n");
        EXPECT_EQ(text_at(object_of(empty), "code"), "empty_import");
    });
}

TEST(Imports, TakeOptionsForAllRows) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const std::string target = "/api/v1/batches/" + batch + "/imports?options=";
        const std::string file = "host1,user1,password1,host2,user2,password2,exclude,automap\na,u,p,b,u,p,^Spam,no\n";
        ASK(stored, "POST", target + "--automap+--exclude%20%27%5EJunk%27%20--insecure2", file, csv_type);
        EXPECT_EQ(stored.status, 201u) << stored.body;
        ASK(list, "GET", "/api/v1/migrations?batch=" + batch);
        EXPECT_THAT(list.body, HasSubstr("\"verify\":false"));
        for (const auto& [query, detail] : {std::pair{"--colour", "--colour is unknown"}, {"--maxsize%20many", "--maxsize needs"},
                                            {"--host1%20a", "--host1 is not allowed"}, {"%FF", "UTF-8"}}) {
            ASK(reply, "POST", target + query, file, csv_type);
            EXPECT_EQ(reply.status, 400u) << query;
            EXPECT_THAT(reply.body, HasSubstr("\"parameter\":\"options\""));
            EXPECT_THAT(reply.body, HasSubstr(detail));
        }
    });
}

TEST(Imports, RefuseFilesWithoutUsableRows) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const std::string target = "/api/v1/batches/" + batch + "/imports";
        ASK(headerless, "POST", target, "who,where\na,b\n", csv_type);
        EXPECT_EQ(headerless.status, 422u);
        EXPECT_EQ(text_at(object_of(headerless), "code"), "invalid_import");
        EXPECT_THAT(headerless.body, HasSubstr("\"row\":1"));
        ASK(empty, "POST", target, std::string(header), csv_type);
        EXPECT_EQ(text_at(object_of(empty), "code"), "empty_import");
        ASK(bad, "POST", target, std::string(header) + "imap.old.example,,p,imap.new.example,x,p\n", csv_type);
        EXPECT_EQ(text_at(object_of(bad), "code"), "no_valid_rows");
        EXPECT_THAT(bad.body, HasSubstr("\"column\":\"source_user\""));
    });
}

std::size_t resident_bytes() {
    std::size_t pages = 0, resident = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%zu %zu", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return resident * 4096;
}

Awaitable<Result<Reply>> upload(Client& client, World& world, std::string target, int groups, int rows_a_group,
                                std::function<void()> between) {
    auto& stream = client.stream();
    const auto patience = std::chrono::seconds(30);
    GODWIT_CO_CHECK(co_await stream.write("POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                                          "Authorization: Bearer " + world.token +
                                          "\r\nTransfer-Encoding: chunked\r\n\r\n", after(patience)));
    for (int i = 0; i < groups; ++i) {
        const auto text = (i == 0 ? std::string(header) : "") + rows(i * rows_a_group, rows_a_group);
        GODWIT_CO_CHECK(co_await stream.write(fmt::format("{:x}\r\n{}\r\n", text.size(), text), after(patience)));
        between();
    }
    GODWIT_CO_CHECK(co_await stream.write("0\r\n\r\n", after(patience)));
    co_return co_await client.replies().next();
}

TEST(Imports, StoreManyRowsInGroups) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const auto reply = co_await upload(client, world, "/api/v1/batches/" + batch + "/imports", 12, 1000, [] {});
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 201u) << reply->body;
        EXPECT_EQ(number_at(object_of(*reply), "stored"), 12'000);
        ASK(shown, "GET", "/api/v1/batches/" + batch);
        EXPECT_EQ(number_at(object_of(shown), "migrations"), 12'000);
    });
}

TEST(Imports, KeepMemoryFlat) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "a sanitizer keeps freed memory";
#endif
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        std::size_t at_start = 0, most = 0;
        int calls = 0;
        const auto watch = [&] {
            if (++calls == 20) at_start = resident_bytes();
            if (calls > 20) most = std::max(most, resident_bytes());
        };
        // The importer remembers a hash of each pair to find duplicates; nothing else may grow with the file.
        const auto reply = co_await upload(client, world, "/api/v1/batches/" + batch + "/imports?dry_run=true", 200, 1000,
                                           watch);
        CO_ASSERT_OK(reply);
        EXPECT_EQ(number_at(object_of(*reply), "valid"), 200'000);
        EXPECT_LT(most, at_start + (24u << 20));
    });
}

}  // namespace
}  // namespace godwit::api::test
