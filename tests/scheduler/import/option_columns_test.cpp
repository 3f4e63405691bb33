// Options that are columns of their own in the native form, and options for all rows.
#include "tests/scheduler/import/import_test_support.h"

namespace godwit::scheduler::test {
namespace {

Imported import_native(std::string_view file, const ImportDefaults& defaults = {}) {
    return import_file(ImportFormat::native, file, defaults);
}

using Codes = std::vector<std::string>;

TEST(OptionColumns, AnyOptionOfARow) {
    const auto out = import_native(
        "user1,password1,user2,password2,host1,host2,Auto-Map,exclude,MAXSIZE,options,subscribe_all,exclude,"
        "resyncflags,"
        "subscribe,insecure2\n"
        "u1,p1,u2,p2,a,b,yes,^Junk,35M,--exclude ^Spam --maxsize 1,on,^Trash,additive,no,1\n"
        "u3,p3,u4,p4,a,b,, ,,,,,,,\n");
    ASSERT_EQ(out.rows.size(), 2u) << to_text(out);
    const auto& options = out.rows[0].options;
    EXPECT_TRUE(options.automap);
    EXPECT_EQ(options.exclude, (std::vector<std::string>{"^Spam", "^Junk", "^Trash"}));
    EXPECT_EQ(options.maxsize, 35u << 20);
    EXPECT_TRUE(options.subscribeall);
    EXPECT_FALSE(options.subscribe);
    EXPECT_EQ(options.resyncflags, sync::ResyncFlags::additive);
    EXPECT_FALSE(out.rows[0].destination.endpoint.verify);
    EXPECT_EQ(out.rows[1].options, sync::SyncOptions());
}

TEST(OptionColumns, WrongValues) {
    const std::string columns =
        "user1,password1,user2,password2,host1,host2,Max-Size,automap,exclude,exclude\n";
    const auto row = [&](std::string_view cells) {
        return import_native(columns + "u1,p1,u2,p2,a,b," + std::string(cells) + "\n");
    };
    const auto out = row("many,perhaps,,");
    EXPECT_EQ(codes(out), (Codes{"2 Max-Size bad_option", "2 automap bad_option"}));
    EXPECT_EQ(out.errors[0].detail, "needs a number of bytes, such as 1000000 or 35M");
    EXPECT_EQ(out.errors[1].detail, "must be yes or no");
    EXPECT_EQ(codes(row(",,^Junk,(")), Codes{"2 exclude bad_option"});
    EXPECT_EQ(codes(row(",,\"a\nb\",x\xFF")), (Codes{"2 exclude bad_encoding", "2 exclude bad_encoding"}));
    EXPECT_EQ(row("35m,NO,,").rows.size(), 1u);
}

TEST(OptionColumns, HeadersThatAreRefused) {
    const auto refused = [](std::string_view more) {
        const auto out =
            import_native("user1,password1,user2,password2,host1,host2," + std::string(more) + "\n");
        return out.errors.size() == 1 ? codes(out)[0] + ": " + out.errors[0].detail : "";
    };
    EXPECT_EQ(refused("automap,auto_map"), "1 auto_map unknown_column: stands twice, also as automap");
    EXPECT_EQ(refused("subscribeall,subscribe_all"),
              "1 subscribe_all unknown_column: stands twice, also as subscribeall");
    for (const auto* name : {"autom", "noautomap", "passfile1", "ca1", "timeout", "usecache", "nolog"})
        EXPECT_EQ(refused(name), fmt::format("1 {} unknown_column: is not known", name));
    std::string many = "exclude";
    for (int i = 0; i < 256; ++i) many += ",exclude";
    EXPECT_EQ(refused(many), "1  column_count: has more than 256 columns");
}

TEST(OptionColumns, DefaultOptionsComeFirst) {
    ImportDefaults defaults{.source_port = 143};
    defaults.options =
        default_options("--automap --exclude ^Junk --maxsize 7 --port1 1143 --nossl1 --notls1 --insecure2")
            .value();
    const auto out = import_native(
        "host1,tls1,user1,password1,host2,user2,password2,options,maxsize\n"
        "a,,u1,p1,b,u2,p2,--exclude ^Spam "
        "--noautomap,8\na,implicit,u3,p3,b,u4,p4,,\na:993,,u5,p5,b,u6,p6,--tls1,\n",
        defaults);
    ASSERT_EQ(out.rows.size(), 3u) << to_text(out);
    EXPECT_EQ(to_text(out.rows[0].source.endpoint), "a:1143/none");
    EXPECT_EQ(to_text(out.rows[0].destination.endpoint), "b:993/implicit/insecure");
    EXPECT_EQ(out.rows[0].options.exclude, (std::vector<std::string>{"^Junk", "^Spam"}));
    EXPECT_FALSE(out.rows[0].options.automap);
    EXPECT_EQ(out.rows[0].options.maxsize, 8u);
    EXPECT_EQ(to_text(out.rows[1].source.endpoint), "a:993/implicit");
    EXPECT_TRUE(out.rows[1].options.automap);
    EXPECT_EQ(out.rows[1].options.maxsize, 7u);
    EXPECT_EQ(to_text(out.rows[2].source.endpoint), "a:993/starttls");
}

TEST(OptionColumns, DefaultOptionsThatAreWrong) {
    for (const auto* text : {"--nosuch", "--host1 a", "--maxsize many", "--exclude (", "--ssl1 --tls1", "'"})
        EXPECT_FALSE(default_options(text)) << text;
    EXPECT_TRUE(default_options(""));
    EXPECT_EQ(default_options("--maxsize x").error().cause,
              "--maxsize needs a number of bytes, such as 1000000 or 35M");
    EXPECT_TRUE(default_options("--exclude (").error().cause.starts_with("--exclude \"(\": "));
}

}  // namespace
}  // namespace godwit::scheduler::test
