#include "scheduler/import/yaml.h"

#include "tests/scheduler/import/import_test_support.h"

namespace godwit::scheduler::test {
namespace {

constexpr auto yaml = ImportFormat::yaml;
using Codes = std::vector<std::string>;

Imported import_yaml(std::string_view file, const ImportDefaults& defaults = {}, ImportLimits limits = {}) {
    return import_file(yaml, file, defaults, limits);
}

// One row with what it needs, in flow style, and `more`.
Imported import_row(std::string_view more) {
    return import_yaml(fmt::format(
        "migrations:\n- {{host1: a, user1: u1, password1: p1, host2: b, user2: u2, password2: p2, {}}}\n",
        more));
}

std::string refused(std::string_view file, ImportLimits limits = {}) {
    const auto out = import_yaml(file, {}, limits);
    EXPECT_TRUE(out.rows.empty());
    EXPECT_LE(out.errors.size(), 1u);
    return out.failure;
}

TEST(YamlImport, EveryColumn) {
    const auto out = import_yaml(R"(
migrations:
  - source_host: A.example
    source_port: 1143
    source_tls: starttls
    source_user: u1
    source_password: 'p: "1" #'
    source_auth_user: adm1
    destination_host: b.example
    destination_port: 1993
    destination_tls: implicit
    destination_user: u2
    destination_password: " p2 "
    destination_auth_user: adm2
    external_id: 0017
    options: --dry --insecure2

  - Host1: a:143
    USER1: u3
    password1: ~x
    dst-host: "::1"
    dst_user: |-
      u4
    password2: yes
)");
    EXPECT_EQ(to_text(out),
              "seen 2 failure \n"
              "3 0017 a.example:1143/starttls|u1|p: \"1\" #|adm1 -> b.example:1993/implicit/insecure|u2| p2 "
              "|adm2 dry=true\n"
              "18  a:143/starttls|u3|~x| -> ::1:993/implicit|u4|yes| dry=false\n");
}

TEST(YamlImport, OptionsByName) {
    const auto out = import_row(
        "maxsize: 35M, Exclude: [^Spam, '^Trash'], insecure1: true, "
        "options: {automap: true, exclude: ^Junk, include: [], maxsize: 1, subscribe: no, prefix2: '', "
        "maxage: 1.5, "
        "resyncflags: false, mixfolders: off, subscribe_all: ~, sep1: null, port1: 1143, nossl: }");
    EXPECT_EQ(codes(out), Codes{});
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    const auto& options = out.rows[0].options;
    EXPECT_TRUE(options.automap);
    EXPECT_EQ(options.exclude, (std::vector<std::string>{"^Junk", "^Spam", "^Trash"}));
    EXPECT_EQ(options.maxsize, 35u << 20);
    EXPECT_FALSE(options.subscribe);
    EXPECT_FALSE(options.subscribeall);
    EXPECT_EQ(options.prefix2, "");
    EXPECT_EQ(options.sep1, std::nullopt);
    EXPECT_EQ(options.maxage, 1.5);
    EXPECT_EQ(options.resyncflags, sync::ResyncFlags::off);
    EXPECT_EQ(options.mixfolders, false);
    EXPECT_EQ(to_text(out.rows[0].source.endpoint), "a:1143/implicit/insecure");
}

TEST(YamlImport, JsonIsYaml) {
    const auto out = import_yaml(
        R"({"defaults": {"host1": "a", "host2": "b"}, "migrations": [{"user1": "u\u00fc", "password1": "p", "user2": "v",)"
        R"("password2": "\"", "options": {"exclude": ["\\bJunk"], "dry": true}}]})");
    EXPECT_EQ(to_text(out), "seen 1 failure \n1  a:993/implicit|uü|p| -> b:993/implicit|v|\"| dry=true\n");
    EXPECT_EQ(out.rows.at(0).options.exclude, std::vector<std::string>{"\\bJunk"});
}

TEST(YamlImport, Defaults) {
    ImportDefaults given{
        .source_host = "never", .destination_host = "b", .source_port = 1, .destination_port = 1143};
    given.options = default_options("--exclude ^A --maxsize 1").value();
    const auto out = import_yaml(R"(
migrations:
- {user1: u1, user2: v1}
- {user1: u2, user2: v2, password2: q, host1: "c:1", tls2: none, maxsize: 3, exclude: ^C, options: --noautomap}
defaults:
  source_host: a
  source_tls: starttls
  source_auth_user: admin
  source_password: secret
  destination_password: other
  options: {automap: true, exclude: [^B], maxsize: 2}
)",
                                 given);
    ASSERT_EQ(out.rows.size(), 2u) << to_text(out);
    EXPECT_EQ(to_text(out.rows[0].source), "a:143/starttls|u1|secret|admin");
    EXPECT_EQ(to_text(out.rows[0].destination), "b:1143/implicit|v1|other|");
    EXPECT_EQ(to_text(out.rows[1].source), "c:1/starttls|u2|secret|admin");
    EXPECT_EQ(to_text(out.rows[1].destination), "b:143/none|v2|q|");
    EXPECT_TRUE(out.rows[0].options.automap);
    EXPECT_FALSE(out.rows[1].options.automap);
    EXPECT_EQ(out.rows[0].options.exclude, (std::vector<std::string>{"^A", "^B"}));
    EXPECT_EQ(out.rows[1].options.exclude, (std::vector<std::string>{"^A", "^B", "^C"}));
    EXPECT_EQ(out.rows[0].options.maxsize, 2u);
    EXPECT_EQ(out.rows[1].options.maxsize, 3u);
}

TEST(YamlImport, DefaultsThatAreRefused) {
    const auto wrong = [](std::string_view defaults) {
        return refused(fmt::format("defaults: {}\nmigrations: []\n", defaults));
    };
    EXPECT_EQ(wrong("{port1: x}"),
              "file: line 1, defaults.port1: must be a number from 1 to 65535 (invalid_argument)");
    EXPECT_EQ(wrong("{options: --colour}"),
              "file: line 1, defaults.options: --colour is unknown (invalid_argument)");
    EXPECT_EQ(wrong("{options: {maxsize: x}}"),
              "file: line 1, defaults.options.maxsize: needs a number of bytes, such as 1000000 or 35M "
              "(invalid_argument)");
    for (const auto* defaults :
         {"[]", "x", "{external_id: x}", "{colour: red}", "{exclude: (}", "{tls1: maybe}", "{host1: a b}",
          "{host1: {}}", "{user1: [x]}", "{options: [x]}", "{automap: 7}", "{user1: \"a\\0\"}"})
        EXPECT_NE(wrong(defaults), "") << defaults;
    for (const auto* defaults : {"", "{}", "~", "{user1: u, user2: u}", "{host1: a, host2: a, options: }"})
        EXPECT_EQ(wrong(defaults), "") << defaults;
    EXPECT_NE(wrong("{exclude: ['" + std::string(5000, 'x') + "', '" + std::string(5000, 'x') + "']}"), "");
}

TEST(YamlImport, WrongRowsLeaveTheOthersAlone) {
    const auto out = import_yaml(R"(migrations:
- {host1: a, user1: u1, password1: p1, host2: b, user2: u2, password2: p2}
- a;b;c
- [a, b]
- ~
- {}
- {host1: a, user1: u1, password1: p1, host2: b, user2: u2, password2: p2}
- {host1: a, user1: [u1], password1: {p: q}, host2: b, user2: u2, password2: p2, colour: red, host1: c, source_host: d}
- {host1: a b, user1: u1, password1: "p\n", host2: b, user2: u2, password2: p2, port1: 0, exclude: "\x01"}
- {host1: a b, user1: u1, password1: p, host2: b, user2: u2, password2: p2, port1: 0, options: {exclude: {}, maxsize: [1]}}
- {host1: a, user1: u1, password1: p, host2: b, user2: u2, password2: p2, exclude: [(], options: {automap: 2, Auto-Map: 1}}
- {host1: a, user1: u1, password1: p, host2: b, user2: u3, password2: p2, exclude: [^A, (], options: {}, maxsize: 1}
- {host1: a, user1: u1, password1: p, host2: b, user2: u3, password2: p2, options: {nolog: 1, passfile1: /etc/shadow}}
- {host1: a, user1: u1, password1: p, host2: b, user2: u3, password2: p2}
)");
    EXPECT_EQ(codes(out), (Codes{"3  bad_value",
                                 "4  bad_value",
                                 "5  bad_value",
                                 "6 source_host empty",
                                 "6 source_user empty",
                                 "6 source_password empty",
                                 "6 destination_host empty",
                                 "6 destination_user empty",
                                 "6 destination_password empty",
                                 "7 user1 duplicate_in_file",
                                 "8 user1 bad_value",
                                 "8 password1 bad_value",
                                 "8 colour unknown_column",
                                 "8 host1 unknown_column",
                                 "8 source_host unknown_column",
                                 "9 password1 bad_encoding",
                                 "9 exclude bad_encoding",
                                 "10 options.exclude bad_option",
                                 "10 options.maxsize bad_option",
                                 "11 options.Auto-Map unknown_column",
                                 "12 exclude bad_option",
                                 "13 options.nolog unknown_column",
                                 "13 options.passfile1 unknown_column"}));
    EXPECT_EQ(out.rows.size(), 2u);
    EXPECT_EQ(out.rows_seen, 13u);
    EXPECT_EQ(out.errors.at(13).detail, "stands twice, also as host1");
}

TEST(YamlImport, DocumentsThatAreRefused) {
    EXPECT_EQ(refused(""), "file: line 1: migrations is missing (invalid_argument)");
    EXPECT_EQ(refused("defaults: {}\n"), "file: line 1: migrations is missing (invalid_argument)");
    EXPECT_EQ(refused("migrations: []\ncolour: red\n"),
              "file: line 2: colour is not known: a document has migrations and defaults (invalid_argument)");
    EXPECT_EQ(refused("migrations:\n- {user1: *canary}\n"),
              "file: line 2: is not YAML: the referenced anchor is not defined (invalid_argument)");
    EXPECT_EQ(refused("migrations:\n- {user1: &a x}\n- {user1: *a}\n"),
              "file: line 2: anchors (&) and aliases (*) are not read; put a value that begins so in quotes "
              "(invalid_argument)");
    EXPECT_EQ(refused("migrations:\n- {user1: !!binary eA==}\n"),
              "file: line 2: tags (!) are not read; put a value that begins so in quotes (invalid_argument)");
    EXPECT_EQ(refused("migrations:\n- {options: {exclude: [[[]]]}}\n"),
              "file: line 2: is nested too deep (invalid_argument)");
    EXPECT_EQ(refused("migrations: []\n---\nmigrations: []\n"),
              "file: line 2: one YAML document is enough (invalid_argument)");
    EXPECT_EQ(refused("migrations: []\n\n# \x04\n"),
              "file: line 3: is not UTF-8 or has a control character (invalid_argument)");
    EXPECT_EQ(refused("migrations: []\n# \xff\n"),
              "file: line 2: is not UTF-8 or has a control character (invalid_argument)");
    for (const auto* text : {"x",
                             "[]",
                             "~",
                             "- a",
                             "migrations",
                             "migrations: x",
                             "migrations: {}",
                             "migrations: []\nmigrations: []",
                             "{}",
                             "? [a]\n: b\n",
                             "migrations:\n- {[a]: b}",
                             "migrations: [",
                             "migrations: ]",
                             "migrations:\n- a: b: c",
                             "migrations: []\n}",
                             ",",
                             "%YAML 1.2\n",
                             "migrations: !x []",
                             "migrations: [\"\\U00110000\"]",
                             "\tmigrations: []"})
        EXPECT_NE(refused(text), "") << text;
    EXPECT_EQ(refused("---\nmigrations: !!seq [] # none\n...\n"), "");
    EXPECT_EQ(refused("\xEF\xBB\xBFmigrations: []"), "");
}

TEST(YamlImport, Limits) {
    const ImportLimits limits{.row_bytes = 130, .field_bytes = 40, .rows = 2, .yaml_bytes = 400};
    const std::string row = "- {host1: a, user1: u1, password1: p1, host2: b, user2: u2, password2: p2}\n";
    EXPECT_EQ(refused("migrations:\n" + row + row + row, limits),
              "file: line 4: more than 2 rows (limit_exceeded)");
    EXPECT_EQ(refused("migrations: []\n" + std::string(400, '#'), limits),
              "file: a YAML file may have 400 bytes at most; CSV is for more (limit_exceeded)");
    const auto out = import_yaml(
        "migrations:\n- {user1: " + std::string(41, 'u') + "}\n- {exclude: [a" +
            [] {
                std::string more;
                for (int i = 0; i < 20; ++i) more += ",a";
                return more;
            }() +
            "]}\n",
        {}, limits);
    EXPECT_EQ(codes(out), (Codes{"2 user1 too_long", "3  too_long"}));
    std::string wide = "migrations:\n- exclude: [";
    for (int i = 0; i < 2'000'000; ++i) wide += "1,";
    EXPECT_TRUE(refused(wide + "]\n").contains("limit_exceeded")) << "nodes";
    EXPECT_TRUE(refused("migrations: [\"" + std::string(3'000'000, 'x') + "\"]\n").empty());
    std::string growing = "migrations:\n- {user1: \"";
    for (int i = 0; i < 100; ++i) growing += "\\L\\P";
    EXPECT_TRUE(refused(growing + "\"}\n").contains("limit_exceeded")) << "escapes";
}

TEST(YamlImport, DeepNestingEndsSoon) {
    for (const std::string_view open : {"[", "{", "{a: ", "- ", "? ", "[{"}) {
        std::string text;
        for (int i = 0; i < 500'000; ++i) text += open;
        EXPECT_NE(refused(text), "") << open;
        EXPECT_NE(refused("migrations:\n- " + text), "") << open;
    }
}

TEST(YamlImport, RowsComeInGroups) {
    std::string file = "migrations:\n";
    for (int i = 0; i < 2500; ++i)
        file +=
            fmt::format("- {{host1: a, user1: u{}, password1: p, host2: b, user2: u, password2: p}}\n", i);
    const auto importer = make_importer(yaml);
    ASSERT_TRUE(importer->feed(file));
    std::vector<std::size_t> groups;
    do {
        ASSERT_TRUE(importer->end());
        groups.push_back(importer->take_rows().size());
    } while (importer->has_more());
    EXPECT_EQ(groups, (std::vector<std::size_t>{1000, 1000, 500}));
    EXPECT_EQ(importer->rows_seen(), 2500u);
}

TEST(YamlImport, NoErrorEverHoldsAPassword) {
    for (const std::string password :
         {"\"canary\\n\"", "*canary", "&canary", "!canary", "canary: x: y", "[canary]", "{canary: x}",
          "\"canary", "@canary", "%canary", "`canary", "\"\\qcanary\"", "- canary", "|canary", "!<canary",
          "? canary", "\"canary\" canary", "'canary'x"})
        for (const auto* place : {"migrations:\n- host1: a\n  user1: u\n  password1: {}\n",
                                  "migrations:\n- password2: {}\n  user1: {{}}\n",
                                  "defaults:\n  source_password: {}\nmigrations: []\n"}) {
            const auto out = import_yaml(fmt::format(fmt::runtime(place), password));
            EXPECT_TRUE(!out.errors.empty() || !out.failure.empty()) << password;
            EXPECT_EQ(to_text(out).find("canary"), std::string::npos) << to_text(out);
        }
}

TEST(YamlImport, TheSameWhereverTheFileIsCut) {
    expect_same_at_every_cut(
        yaml,
        "defaults: {host1: a, options: {exclude: [^x]}}\nmigrations:\n- {user1: u\xC3\xBC, password1: p, "
        "host2: b, user2: v, password2: \"p\\\"\"}\n- user1: w\n  automap: maybe\n");
    expect_same_at_every_cut(yaml, "migrations:\n- {user1: *x}\n");
}

}  // namespace
}  // namespace godwit::scheduler::test
