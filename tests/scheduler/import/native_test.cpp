#include "tests/scheduler/import/import_test_support.h"

namespace godwit::scheduler::test {
namespace {

constexpr auto native = ImportFormat::native;
constexpr std::string_view header = "host1,user1,password1,host2,user2,password2,options\n";

Imported import_native(std::string_view file, const ImportDefaults& defaults = {}, ImportLimits limits = {}) {
    return import_file(native, file, defaults, limits);
}

// One data row below the usual header.
Imported import_row(std::string_view row) {
    return import_native(std::string(header) + std::string(row) + "\n");
}

using Codes = std::vector<std::string>;

TEST(NativeImport, EveryColumn) {
    const auto out = import_native(
        "source_host,source_port,source_tls,source_user,source_password,source_auth_user,"
        "destination_host,destination_port,destination_tls,destination_user,destination_password,destination_"
        "auth_user,"
        "external_id,options\n"
        "A.example,1143,starttls,u1,p1,adm1,b.example,1993,implicit,u2,p2,adm2,x-1,--dry --insecure2\n");
    EXPECT_EQ(
        to_text(out),
        "seen 1 failure \n"
        "2 x-1 a.example:1143/starttls|u1|p1|adm1 -> b.example:1993/implicit/insecure|u2|p2|adm2 dry=true\n");
}

TEST(NativeImport, AliasesOfColumnsInAnyOrderAndCase) {
    const std::string expected =
        "seen 1 failure \n2  a.example:143/starttls|u1|p1| -> b.example:993/implicit|u2|p2| dry=false\n";
    EXPECT_EQ(to_text(import_native(
                  "password2,USER1,Host1,ssl1,user2,host2,Password1\np2,u1,a.example,TLS,u2,b.example,p1")),
              expected);
    EXPECT_EQ(to_text(import_native("src-host,src-port,src_user,src_password,dst_host,dst_user,dst_password\n"
                                    "a.example,143,u1,p1,b.example,u2,p2")),
              expected);
    EXPECT_EQ(to_text(import_native(" source_host ,tls1,user1,password1,dest_host,dest_user,dest_password\r\n"
                                    "a.example,StartTLS,u1,p1,b.example,u2,p2\r\n")),
              expected);
}

TEST(NativeImport, OtherSeparators) {
    for (const char separator : {';', '\t'}) {
        std::string file =
            "host1,user1,password1,host2,user2,password2,options\na.example,u1,p1,b.example,u2,p2,--"
            "dry\n";
        std::ranges::replace(file, ',', separator);
        const auto out = import_native(file);
        ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
        EXPECT_EQ(out.rows[0].source.password.reveal(), "p1");
    }
}

TEST(NativeImport, ByteOrderMarkBlankLinesAndAMissingLastBreak) {
    const auto out = import_native(
        "\xEF\xBB\xBF\n\r\nhost1,user1,password1,host2,user2,password2\r\n\r\na,u1,p1,b,u2,p2\r\n   "
        "\r\n\n\na,u3,p3,b,u4,p4");
    EXPECT_EQ(to_text(out),
              "seen 2 failure \n5  a:993/implicit|u1|p1| -> b:993/implicit|u2|p2| dry=false\n"
              "9  a:993/implicit|u3|p3| -> b:993/implicit|u4|p4| dry=false\n");
}

TEST(NativeImport, QuotedValuesKeepWhatIsInThem) {
    const auto out = import_row(R"(a,"u,1"," p""1' \;",b,u2,"  ",)");
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    EXPECT_EQ(out.rows[0].source.user, "u,1");
    EXPECT_EQ(out.rows[0].source.password.reveal(), " p\"1' \\;");
    EXPECT_EQ(out.rows[0].destination.password.reveal(), "  ");
}

TEST(NativeImport, SpacesAroundPasswordsStay) {
    const auto out = import_row(" a , u1 , p 1 ,b,u2,p2 ,");
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    EXPECT_EQ(out.rows[0].source.endpoint.host, "a");
    EXPECT_EQ(out.rows[0].source.user, "u1");
    EXPECT_EQ(out.rows[0].source.password.reveal(), " p 1 ");
    EXPECT_EQ(out.rows[0].destination.password.reveal(), "p2 ");
}

TEST(NativeImport, RowsCountLinesEvenInsideQuotes) {
    const auto out = import_native(std::string(header) + "a,\"u\n1\",p1,b,u2,p2,\n" + "a,u3,p3,b,u4,p4,\n" +
                                   "a,\"u\r\n5\r\n\",p5,b,u6,p6,\r\n" + "a,u7,p7,b,u8,p8,\n");
    EXPECT_EQ(codes(out), (Codes{"2 user1 bad_encoding", "5 user1 bad_encoding"}));
    ASSERT_EQ(out.rows.size(), 2u);
    EXPECT_EQ(out.rows[0].row, 4u);
    EXPECT_EQ(out.rows[1].row, 8u);
}

TEST(NativeImport, PortAndTls) {
    const auto endpoint = [](std::string_view host, std::string_view port, std::string_view tls) {
        const auto out = import_native(
            fmt::format("host1,port1,tls1,user1,password1,host2,user2,password2\n{},{},{},u1,p1,b,u2,p2\n",
                        host, port, tls));
        return out.rows.empty() ? codes(out).at(0) : to_text(out.rows[0].source.endpoint);
    };
    EXPECT_EQ(endpoint("a", "", ""), "a:993/implicit");
    EXPECT_EQ(endpoint("a", "143", ""), "a:143/starttls");
    EXPECT_EQ(endpoint("a:143", "", ""), "a:143/starttls");
    EXPECT_EQ(endpoint("a:143", "993", ""), "a:993/implicit");
    EXPECT_EQ(endpoint("a", "", "none"), "a:143/none");
    EXPECT_EQ(endpoint("a", "", "Plain"), "a:143/none");
    EXPECT_EQ(endpoint("a", "", "starttls"), "a:143/starttls");
    EXPECT_EQ(endpoint("a", "", "SSL"), "a:993/implicit");
    EXPECT_EQ(endpoint("a", "143", "implicit"), "a:143/implicit");
    EXPECT_EQ(endpoint("[::1]:1143", "", "none"), "::1:1143/none");
    EXPECT_EQ(endpoint("a", "0", ""), "2 port1 bad_port");
    EXPECT_EQ(endpoint("a", "65536", ""), "2 port1 bad_port");
    EXPECT_EQ(endpoint("a", "-1", ""), "2 port1 bad_port");
    EXPECT_EQ(endpoint("a:x", "", ""), "2 host1 bad_port");
    EXPECT_EQ(endpoint("a", "", "yes"), "2 tls1 bad_tls");
}

TEST(NativeImport, OptionsWinOverColumns) {
    const auto out = import_native(
        "host1,port1,tls1,user1,password1,host2,user2,password2,options\n"
        "a,1,none,u1,p1,b,u2,p2,--tls1 --port1 2 --authuser1 adm\n");
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    EXPECT_EQ(to_text(out.rows[0].source), "a:2/starttls|u1|p1|adm");
}

TEST(NativeImport, DefaultsFillWhatRowsLeaveOut) {
    ImportDefaults defaults{.source_host = "old.example",
                            .destination_host = "new.example",
                            .source_port = 1143,
                            .source_tls = net::TlsMode::none};
    auto out = import_native("user1,password1,user2,password2\nu1,p1,u2,p2\n", defaults);
    EXPECT_EQ(to_text(out),
              "seen 1 failure \n"
              "2  old.example:1143/none|u1|p1| -> new.example:993/implicit|u2|p2| dry=false\n");
    out = import_native(
        "host1,tls1,user1,password1,user2,password2\nx.example,starttls,u1,p1,u2,p2\n,,u3,p3,u4,p4\n",
        defaults);
    ASSERT_EQ(out.rows.size(), 2u);
    EXPECT_EQ(to_text(out.rows[0].source.endpoint), "x.example:143/starttls");
    EXPECT_EQ(to_text(out.rows[1].source.endpoint), "old.example:1143/none");
}

TEST(NativeImport, HeadersThatAreRefused) {
    const auto refused = [](std::string_view file) {
        const auto out = import_native(file);
        EXPECT_TRUE(out.rows.empty());
        EXPECT_NE(out.failure.find("invalid_argument"), std::string::npos) << out.failure;
        EXPECT_EQ(out.rows_seen, 0u);
        return out.errors.size() == 1 ? codes(out)[0] : "";
    };
    EXPECT_EQ(refused(""), "1  missing_column");
    EXPECT_EQ(refused("\n\n"), "1  missing_column");
    EXPECT_EQ(refused("host1,user1,password1,host2,user2\na,b,c,d,e\n"),
              "1 destination_password missing_column");
    EXPECT_EQ(refused("host1,user1,password1,user2,password2"), "1 destination_host missing_column");
    EXPECT_EQ(refused("\nhost1,user1,password1,host2,user2,password2,colour\n"), "2 colour unknown_column");
    EXPECT_EQ(refused("host1,source_host,user1,password1,host2,user2,password2\n"),
              "1 source_host unknown_column");
    EXPECT_EQ(refused("a.example,u1,p1,b.example,u2,p2\n"), "1 a.example unknown_column");
    EXPECT_EQ(refused("host1,user\"1,password1\n"), "1  bad_quoting");
    EXPECT_EQ(refused("host1,\"user1\n"), "1  bad_quoting");
    EXPECT_EQ(refused(std::string(70'000, 'a')), "1  too_long");
    EXPECT_EQ(refused(std::string(200'000, ',')), "1  too_long");
}

TEST(NativeImport, NumberOfValues) {
    const auto out =
        import_native(std::string(header) + "a,u1,p1,b,u2,p2\na,u1,p1,b,u2,p2,,\na,u1,p1,b,u2,p2,\n");
    EXPECT_EQ(codes(out), (Codes{"2  column_count", "3  column_count"}));
    EXPECT_EQ(out.errors[0].detail, "has 6 values, the header names 7 columns");
    EXPECT_EQ(out.rows.size(), 1u);
    EXPECT_EQ(out.rows_seen, 3u);
}

TEST(NativeImport, EverythingWrongInARowIsSaid) {
    const auto out = import_row(",,,not a host,u2,,--usecache");
    EXPECT_EQ(codes(out), (Codes{"2 options unknown_option", "2 host1 empty", "2 user1 empty",
                                 "2 password1 empty", "2 host2 bad_host", "2 password2 empty"}));
    EXPECT_EQ(out.errors[0].detail, "--usecache is not supported by this version");
}

TEST(NativeImport, Options) {
    EXPECT_EQ(codes(import_row("a,u1,p1,b,u2,p2,--port1 99999")), Codes{"2 options bad_option"});
    EXPECT_EQ(codes(import_row("a,u1,p1,b,u2,p2,--ssl1 --tls1")), Codes{"2 options bad_option"});
    EXPECT_EQ(codes(import_row("a,u1,p1,b,u2,p2,--exclude (")), Codes{"2 options bad_option"});
    EXPECT_EQ(codes(import_row("a,u1,p1,b,u2,p2,--passfile1 /etc/shadow")),
              Codes{"2 options unknown_option"});
    const auto out = import_row(R"(a,u1,p1,b,u2,p2,"--exclude ""^Junk|Trash"" --maxsize 10")");
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    EXPECT_EQ(out.rows[0].options.exclude, std::vector<std::string>{"^Junk|Trash"});
    EXPECT_EQ(out.rows[0].options.maxsize, 10u);
}

TEST(NativeImport, Encoding) {
    const auto out = import_row("a,u\xFF,p1,b,u2,p\xC3\xBC,");
    EXPECT_EQ(codes(out), Codes{"2 user1 bad_encoding"});
    const auto good = import_row("a,\xC3\xBCser,p\xC3\xBC,b,u2,p2,");
    ASSERT_EQ(good.rows.size(), 1u);
    EXPECT_EQ(good.rows[0].source.user, "\xC3\xBCser");
    EXPECT_EQ(codes(import_row(std::string("a,u\0,p1,b,u2,p2,", 16))), Codes{"2 user1 bad_encoding"});
    EXPECT_EQ(codes(import_row("m\xC3\xBCller.example,u1,p1,b,u2,p2,")), Codes{"2 host1 bad_host"});
}

TEST(NativeImport, Lengths) {
    EXPECT_EQ(import_row("a," + std::string(1024, 'u') + ",p1,b,u2,p2,").rows.size(), 1u);
    EXPECT_EQ(codes(import_row("a," + std::string(1025, 'u') + ",p1,b,u2,p2,")), Codes{"2 user1 too_long"});
    EXPECT_EQ(import_row("a,u1," + std::string(8192, 'p') + ",b,u2,p2,").rows.size(), 1u);
    EXPECT_EQ(codes(import_row("a,u1," + std::string(8193, 'p') + ",b,u2,p2,")),
              Codes{"2 password1 too_long"});
    EXPECT_EQ(import_row("a,u1,\"" + std::string(8192, 'p') + "\",b,u2,p2,").rows.size(), 1u);
    EXPECT_EQ(codes(import_row("a,u1,\"" + std::string(8193, 'p') + "\",b,u2,p2,")),
              Codes{"2 password1 too_long"});
    EXPECT_EQ(codes(import_row("a,u1,p1,b,u2,p2" + std::string(70'000, ','))), Codes{"2  too_long"});
    EXPECT_EQ(codes(import_native("external_id," + std::string(header) + std::string(257, 'x') +
                                  ",a,u1,p1,b,u2,p2,\n")),
              Codes{"2 external_id too_long"});
}

TEST(NativeImport, AQuoteInAPlainValueCostsOnlyItsRow) {
    const auto out = import_native(std::string(header) +
                                   "a,u1,p\"1,b,u2,p2,\na,u3,p3,b,u4,p4,\na,u5,\"p\"5,b,u6,p6,\n"
                                   "a,u7,p7,b,u8,p8,\n");
    EXPECT_EQ(codes(out), (Codes{"2 password1 bad_quoting", "4 password1 bad_quoting"}));
    ASSERT_EQ(out.rows.size(), 2u);
    EXPECT_EQ(out.rows[0].row, 3u);
    EXPECT_EQ(out.rows[1].row, 5u);
    EXPECT_EQ(out.rows_seen, 4u);
}

TEST(NativeImport, AQuoteThatIsNotClosedSaysWhichLinesItCost) {
    std::string file = std::string(header) + "a,u1,\"p1,b,u2,p2,\n";
    for (int i = 0; i < 1000; ++i) file += fmt::format("a,x{},p1,b,y{},p2,\n", i, i);
    const auto out = import_native(file);
    ASSERT_EQ(codes(out), Codes{"2 password1 too_long"});
    const auto first = out.rows.at(0).row;
    EXPECT_NE(out.errors[0].detail.find(fmt::format("lines 2 to {} were left out", first - 1)),
              std::string::npos)
        << out.errors[0].detail;
    EXPECT_EQ(out.rows.size(), 1002 - first + 1);

    EXPECT_EQ(codes(import_native(std::string(header) + "a,u1,\"p1,b,u2,p2,\na,u1,p1,b,u2,p2,\n")),
              Codes{"2 password1 bad_quoting"});
}

TEST(NativeImport, Duplicates) {
    const auto out = import_native(
        "external_id,host1,user1,password1,host2,user2,password2\n"
        "x,a,u1,p1,b,u2,p2\n,A:993,u1,other,b,u2,p2\nx,a,u3,p3,b,u4,p4\n,a,u5,p5,b,u2,p2\n,a,u5,p5,b,u2,p2\n,"
        "a:143,u1,p1,b,u2,p2\n");
    EXPECT_EQ(codes(out), (Codes{"3 user1 duplicate_in_file", "4 external_id duplicate_in_file",
                                 "6 user1 duplicate_in_file"}));
    EXPECT_EQ(out.rows.size(), 3u);
}

TEST(NativeImport, SourceIsDestination) {
    EXPECT_EQ(codes(import_row("a,u1,p1,A,U1,p2,")), Codes{"2 user2 same_source_and_destination"});
    EXPECT_EQ(codes(import_row("a:143,u1,p1,a,u1,p2,")), Codes{"2 user2 same_source_and_destination"});
    EXPECT_EQ(import_row("a:1143,u1,p1,a:2143,u1,p2,").rows.size(), 1u);
    EXPECT_EQ(import_row("a,u1,p1,a,u2,p2,").rows.size(), 1u);
}

TEST(NativeImport, Rows) {
    const auto out = import_native(
        std::string(header) + "a,u1,p1,b,u2,p2,\na,u3,p3,b,u4,p4,\na,u5,p5,b,u6,p6,\n", {}, {.rows = 2});
    EXPECT_NE(out.failure.find("limit_exceeded"), std::string::npos);
    EXPECT_EQ(out.rows.size(), 2u);
}

TEST(NativeImport, NoErrorEverHoldsAPassword) {
    const std::string_view secret = "canary-secret";
    for (const std::string row :
         {"a,u1,canary-secret,a,u1,canary-secret,", "a,u1,canary-secret\xFF,b,u2,canary-secret,",
          "a,u1,canary-secret,b", "a,u1,canary\"-secret,b,u2,canary-secret,", "a,u1,\"canary-secret,b,u2,p2,",
          "a,u1,canary-secret,b,u2,p2,--password1 canary-secret", "a,u1,canary-secret,b,u2,p2,canary-secret",
          "a,u1,canary-secret,b,u2,canary-secret,--password2=canary-secret",
          "a,u1,canary-secret\n,b,u2,p2,"}) {
        const auto out = import_row(row);
        EXPECT_FALSE(out.errors.empty()) << row;
        for (const auto& error : out.errors)
            EXPECT_EQ((error.column + error.code + error.detail).find(secret), std::string::npos) << row;
        EXPECT_EQ(out.failure.find(secret), std::string::npos) << row;
    }
}

TEST(NativeImport, TheSameWhereverTheFileIsCut) {
    expect_same_at_every_cut(native,
                             "\xEF\xBB\xBF\r\nhost1;user1;password1;host2;user2;password2;options\r\n"
                             "a;u1;\"p\"\"1\";b;u2;p2;--dry\r\na;\"u\n3\";p;b;u4;p\"4;\r\n\r\nb:143;\xC3\xBC;"
                             "p;c;u5;p;\"--folder \"\"x\"\"\"\n"
                             "a;u6;p;b;u7\n[::1];u8;p\xFF;b;u9;p;\ra;u1;p;b;u2;p;\na;u10;\"p;b;u11;p;\n");
    expect_same_at_every_cut(native,
                             "host1;user1;password1;host2;user2;password2;exclude;maxsize;exclude\n"
                             "a;u1;p;b;u2;p;^x;35M;\"^y;z\"\na;u3;p;b;u4;p;;x;(\n");
    expect_same_at_every_cut(native, "user1;host1\na;b\n");
    const ImportLimits limits{.row_bytes = 60, .field_bytes = 40};
    expect_same_at_every_cut(
        native, "host1,user1,pass\"" + std::string(30, 'x') + std::string(30, ';') + "\n", limits);
    expect_same_at_every_cut(native, std::string(70, '\n') + "host1;user1;password1;host2;user2;password2\n",
                             limits);
}

TEST(NativeImport, LimitsAreTheSameWhereverTheFileIsCut) {
    const std::string file =
        std::string(header) +
        "a,u1,\"1234567890\",b,u2,p2,\na,u1,12345678901,b,u2,p2,\na,u3,\"12345678901\",b,u2,p2,\n"
        "a,u4,\"1234\n5678901\",b,u2,p2,\na,u5,\"12345\r\n\r\n56789\"x,b,u2,p2,\n"
        "a,u6,p,b,u2,p2,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\na,u7,p7,b,u8,p8,\n"
        "a,u9,12345678901\"x\",b,u2,p2,\na,u9,123456789\"1\"\n,b,u2,p2,\na,u1,1234567890,b,u9,p2,\n";
    expect_same_at_every_cut(native, file, {.row_bytes = 60, .field_bytes = 10});
    const auto out = import_native(file, {}, {.row_bytes = 60, .field_bytes = 10});
    EXPECT_EQ(codes(out), (Codes{"3 password1 too_long", "4 password1 too_long", "5 password1 too_long",
                                 "7 password1 too_long", "10  too_long", "12 password1 bad_quoting",
                                 "13 password1 bad_quoting", "14  column_count"}))
        << to_text(out);
}

TEST(NativeImport, AHundredThousandRows) {
    std::string file(header);
    for (int i = 0; i < 100'000; ++i)
        file += fmt::format(
            "imap.old.example,user{0}@old.example,\"pass,{0}\",imap.new.example,user{0}@new.example,p{0},{1}"
            "\n",
            i, i % 4 ? "" : "--exclude ^Junk$");
    const auto importer = make_importer(native);
    const auto begin = std::chrono::steady_clock::now();
    std::size_t rows = 0;
    for (std::size_t at = 0; at < file.size(); at += 65536) {
        ASSERT_TRUE(importer->feed(std::string_view(file).substr(at, 65536)));
        EXPECT_TRUE(importer->take_errors().empty());
        rows += importer->take_rows().size();
    }
    ASSERT_TRUE(importer->end());
    rows += importer->take_rows().size();
    EXPECT_EQ(rows, 100'000u);
    const auto took = std::chrono::steady_clock::now() - begin;
    RecordProperty("milliseconds",
                   static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    EXPECT_LT(took, std::chrono::seconds(20));
}

}  // namespace
}  // namespace godwit::scheduler::test
